"""Dead links are found by asking, and stand against the merchant."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.market import Shop, day
from plumbing.loopback import Answer, Loopback, SleptTime, answering, serving
from plumbing.loopback import settings as fetching
from sparfuchs.flows.check_links import check_links
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.merchants import show_merchant
from sparfuchs.plumbing.http import Fetcher

PAGES = {
    "/p/0": Answer(b"<html>there</html>"),
    "/p/1": Answer(b"<html>there</html>"),
    "/p/2": Answer(status=404),
    "/p/3": Answer(status=410),
    "/p/4": Answer(status=403),
    "/p/5": Answer(status=503),
}


@pytest.fixture
def server() -> Iterator[Loopback]:
    with serving(dict(PAGES)) as server:
        yield server


@pytest.fixture
def looking(here: Installation, server: Loopback) -> Iterator[Installation]:
    """The installation with a fetcher that may ask this server, and whose time is slept."""
    slept = SleptTime()
    with Fetcher(
        fetching(server),
        clock=slept.clock,
        sleep=slept.sleep,
        resolve=answering({}),
        chance=random.Random(7),
    ) as fetcher:
        yield replace(here, fetcher=fetcher)


@pytest.fixture
def shop(looking: Installation, server: Loopback, tmp_path: Path) -> Shop:
    shop = Shop(looking, tmp_path / "feed.tsv")
    shop.read(0, {f"o{n}": {"price": "10.00 EUR", "link": server.url(f"/p/{n}")} for n in range(6)})
    return shop


def links(here: Installation) -> dict[str, Any]:
    found: dict[str, Any] = show_merchant(here, "laden")["reputation"]["parts"]["links"]
    return found


def test_what_is_surely_gone_is_dead_and_what_says_nothing_is_not_counted(
    looking: Installation, shop: Shop
) -> None:
    found = check_links(looking, now=day(1))
    assert found.as_json() == {"sources": 1, "alive": 2, "dead": 2, "unknown": 2}
    told = links(looking)
    assert (told["good"], told["bad"]) == (2, 2)
    assert told["points"] <= told["most"]
    # Told to nobody twice: the robots file was asked for as well.
    assert shop.source.live == 6


def test_what_was_found_long_ago_fades(looking: Installation, shop: Shop) -> None:
    assert shop.source.live == 6
    for number in range(4):
        check_links(looking, now=day(1) + timedelta(hours=number))
    assert links(looking)["bad"] == 8
    check_links(looking, now=day(61))
    # Eight weigh four after sixty days, and two are new.
    assert links(looking)["bad"] == 6


def test_an_operator_may_have_no_address_looked_at(
    looking: Installation, server: Loopback, shop: Shop
) -> None:
    assert shop.source.live == 6
    quiet = looking.settings.model_copy(
        update={"links": looking.settings.links.model_copy(update={"per_night": 0})}
    )
    before = len(server.asked)
    found = check_links(replace(looking, settings=quiet), now=day(1))
    assert found.as_json() == {"sources": 0, "alive": 0, "dead": 0, "unknown": 0}
    assert len(server.asked) == before
    assert links(looking)["good"] == 0
