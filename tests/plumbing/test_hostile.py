"""The corpus of hostile addresses, redirects and bombs: nothing of it is asked or read."""

from contextlib import suppress
from pathlib import Path

import pytest

from plumbing.loopback import Answer, SleptTime, answering, serving, settings
from sparfuchs.ingest.api import FeedSettings, from_path, nothing_known, read
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.plumbing.fetched import Failed, Refused
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.testing.hostile import ADDRESSES, BOMBS, NAMES, REDIRECTS, Bomb, Hostile

UNFOLDED = 8 << 20


def test_the_corpus_is_as_large_as_is_said_of_it_and_says_nothing_twice() -> None:
    assert (len(ADDRESSES), len(REDIRECTS), len(BOMBS)) == (131, 23, 15)
    for part in (ADDRESSES, REDIRECTS):
        assert len({one.url for one in part}) == len(part)


@pytest.mark.parametrize("hostile", ADDRESSES, ids=lambda one: ascii(one.url))
def test_R_X_1_and_R_X_3_no_hostile_address_is_asked(hostile: Hostile, tmp_path: Path) -> None:
    with Fetcher(settings(), resolve=answering(NAMES), sleep=SleptTime().sleep) as fetcher:
        outcome = fetcher.get(hostile.url, into=tmp_path / "x")
    assert isinstance(outcome, Refused)
    assert outcome.reason is hostile.refused
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("obey_robots", [True, False])
@pytest.mark.parametrize("hostile", REDIRECTS, ids=lambda one: ascii(one.url))
def test_R_X_4_no_hostile_redirect_is_followed(
    hostile: Hostile, tmp_path: Path, *, obey_robots: bool
) -> None:
    time = SleptTime()
    with serving({"/secret": Answer(b"secret")}) as inner, serving({}) as shop:
        where = hostile.url.replace("{inner}", str(inner.port)).replace("{outer}", str(shop.port))
        shop.routes["/feed.csv"] = Answer(
            status=302, headers={"Location": where.encode().decode("latin-1")}
        )
        with Fetcher(
            settings(shop), clock=time.clock, sleep=time.sleep, resolve=answering(NAMES)
        ) as fetcher:
            outcome = fetcher.get(
                shop.url("/feed.csv"), into=tmp_path / "x", obey_robots=obey_robots
            )
        assert isinstance(outcome, Refused)
        assert outcome.reason is hostile.refused
        assert inner.asked == []
        assert shop.paths() == ["/feed.csv"]


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda one: one.name)
def test_no_bomb_becomes_an_offer(bomb: Bomb, tmp_path: Path) -> None:
    path = tmp_path / f"feed{bomb.suffix}"
    body = bomb.write(UNFOLDED)
    if bomb.wire:
        with serving({"/x": Answer(body, headers={"Content-Encoding": "gzip"})}) as shop:
            time = SleptTime()
            with Fetcher(settings(shop), clock=time.clock, sleep=time.sleep) as fetcher:
                outcome = fetcher.get(shop.url("/x"), into=path)
        if isinstance(outcome, Failed):
            assert outcome.reason.value in {"ratio", "too_large"}
            return
    else:
        path.write_bytes(body)
    offers = 0
    with suppress(FeedUnreadable):  # what is left of the others is rejected row by row
        for batch in read(from_path(path), FeedSettings(), known=nothing_known):
            offers += batch.offers.height
    assert offers == 0
