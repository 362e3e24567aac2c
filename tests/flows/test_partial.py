"""A shop with pages on a real server: what a reading asserts when pages are missing (R-RUN-4)."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from flows.market import NOW, Shop, day, installed
from plumbing.loopback import Answer, Asked, Loopback, SleptTime, serving
from plumbing.loopback import settings as fetching
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.sources import add_source
from sparfuchs.kernel.errors import FetchFailed
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.plumbing.settings import Settings


class Pages:
    """A Shopify shop: pages of prices by product; a page may fail."""

    def __init__(self) -> None:
        self.pages: list[dict[int, float]] = [{1: 10.0, 2: 20.0}, {3: 30.0}]
        self.failing: set[int] = set()
        self.etags = False

    def __call__(self, asked: Asked) -> Answer:
        page = int(parse_qs(urlsplit(asked.path).query)["page"][0])
        if page in self.failing:
            return Answer(status=404)
        held = self.pages[page - 1] if page <= len(self.pages) else {}
        body = json.dumps(
            {
                "products": [
                    {
                        "id": number,
                        "title": f"Ding {number}",
                        "handle": f"ding-{number}",
                        "variants": [{"id": number * 10, "price": f"{price:.2f}"}],
                    }
                    for number, price in held.items()
                ]
            }
        ).encode()
        if not self.etags:
            return Answer(body)
        tag = f'"{hash(body):x}"'
        status = 304 if asked.headers.get("if-none-match") == tag else 200
        return Answer(b"" if status == 304 else body, status, {"ETag": tag})


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def server(pages: Pages) -> Iterator[Loopback]:
    with serving({"/products.json": pages}) as server:
        yield server


class WebShop(Shop):
    """A shop read over HTTP."""

    address: str

    def add(self) -> catalog.Source:
        return add_source(
            self.here, self.merchant, self.name, self.address, {"currency": "EUR"}, now=NOW
        )

    def look(self, number: float) -> catalog.FeedRun:
        return read_and_judge(self.here, self.add(), at=day(number), now=NOW).run


@pytest.fixture
def web(settings: Settings, server: Loopback, tmp_path: Path) -> Iterator[WebShop]:
    clock = SleptTime()
    fetch = fetching(server)
    with (
        installed(settings) as here,
        Fetcher(fetch, clock=clock.clock, sleep=clock.sleep) as fetcher,
    ):
        shop = WebShop(replace(here, fetcher=fetcher), tmp_path)
        shop.address = server.url("/products.json")
        yield shop


def test_R_RUN_4_a_reading_without_a_page_is_partial_and_expires_nothing(
    web: WebShop, pages: Pages
) -> None:
    assert web.look(0).kind == "full"
    pages.failing = {2}
    for number in (1, 2, 3):
        run = web.look(number)
        assert (run.kind, run.counts.gone, run.counts.read) == ("partial", 0, 2)
    offer = web.offer("30")
    assert offer["status"] == "live"
    assert web.history("30") == [("first", 0, 3000), ("unseen", 2, 3000)]
    assert [span["price"] for span in offer["spans"]][-1] is None
    pages.failing = set()
    assert web.look(4).counts.changed == 0
    assert web.history("30")[-1] == ("seen", 4, 3000)


def test_R_RUN_4_a_partial_reading_still_brings_its_prices(web: WebShop, pages: Pages) -> None:
    web.look(0)
    pages.failing = {2}
    pages.pages[0][1] = 9.0
    assert web.look(1).counts.changed == 1
    assert web.offer("10")["price"]["minor"] == 900


def test_R_RUN_4_the_same_partial_bytes_again_are_no_unchanged_run(
    web: WebShop, pages: Pages
) -> None:
    web.look(0)
    pages.failing = {2}
    web.look(1)
    assert web.look(2).kind == "partial"
    pages.failing = set()
    assert web.look(3).kind == "full"
    assert web.look(4).kind == "unchanged"


def test_R_RUN_4_a_partial_reading_breaks_no_absence_that_was_counted(
    web: WebShop, pages: Pages
) -> None:
    web.look(0)
    pages.pages = [{1: 10.0, 2: 20.0}]
    assert web.look(0.5).counts.gone == 0
    pages.pages = [{1: 10.0}, {2: 20.0}]
    pages.failing = {2}
    assert web.look(1).counts.gone == 0
    pages.failing = set()
    assert web.look(1.5).counts.gone == 1
    assert ("gone", 0.5, 3000) in web.history("30")


def test_R_C_1_a_304_is_one_row_and_an_observation_of_every_offer(
    web: WebShop, pages: Pages
) -> None:
    pages.etags = True
    assert web.look(0).kind == "full"
    run = web.look(1)
    assert (run.kind, run.counts.read, run.counts.unchanged) == ("unchanged", 3, 3)
    with web.here.database.reading() as work:
        assert catalog.timeline(work, web.source.id).number.tolist() == [1, 2]


def test_R_C_4_a_304_repeats_the_absences_of_the_run_before(web: WebShop, pages: Pages) -> None:
    pages.etags = True
    web.look(0)
    pages.pages = [{1: 10.0, 2: 20.0}]
    web.look(1)
    run = web.look(2)
    assert (run.kind, run.counts.gone, run.counts.read) == ("unchanged", 1, 2)
    assert web.offer("30")["status"] == "gone"


def test_R_C_4_other_settings_ask_without_validators(web: WebShop, pages: Pages) -> None:
    pages.etags = True
    web.look(0)
    add_source(web.here, "Laden", "feed", web.address, {"country": "AT"}, now=NOW)
    assert web.look(1).kind == "full"
    assert web.look(2).kind == "unchanged"


def test_a_shop_that_does_not_answer_leaves_a_failed_run_with_the_reason(
    web: WebShop, pages: Pages
) -> None:
    web.look(0)
    pages.failing = {1}
    with pytest.raises(FetchFailed):
        web.look(1)
    with web.here.database.reading() as work:
        failed = catalog.runs(work, web.source.id, 1)[0]
    assert failed.status == "failed"
    assert "404" in failed.doubts[0].text
    assert web.source == replace(web.source, head_run=1, live=3)
