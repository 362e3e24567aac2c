"""From a location to documents: paths, addresses, and shops whose feed has pages."""

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from plumbing.loopback import Answer, Asked, Loopback, SleptTime, answering, serving, settings
from sparfuchs.ingest.fetch import Unchanged, fetch
from sparfuchs.ingest.payload import Earlier, Payload, nothing_earlier
from sparfuchs.ingest.settings import FeedSettings, Format
from sparfuchs.kernel.errors import FeedUnreadable, FetchFailed, FetchRefused, NotFound
from sparfuchs.plumbing.fetched import PUBLIC_TEXT
from sparfuchs.plumbing.http import Fetcher

AT = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
Validators = Mapping[str, Mapping[str, str]]


class PagedShop:
    """A shop as Shopify serves it, with ETags; pages as lists of ids, beyond them nothing."""

    def __init__(self, *pages: list[int]) -> None:
        self.pages = list(pages)
        self.failing: dict[int, int] = {}
        self.etags = True
        self.ignores_page = False

    def __call__(self, asked: Asked) -> Answer:
        query = parse_qs(urlsplit(asked.path).query)
        page = int(query["page"][0])
        if page in self.failing:
            return Answer(status=self.failing[page])
        if self.ignores_page:
            page = 1
        ids = self.pages[page - 1] if page <= len(self.pages) else []
        body = json.dumps({"products": [{"id": one, "title": f"No {one}"} for one in ids]})
        if not self.etags:
            return Answer(body.encode())
        etag = f'W/"{hash(tuple(ids)):x}"'
        if asked.headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(body.encode(), headers={"ETag": etag, "Content-Type": "application/json"})


@pytest.fixture
def shop() -> PagedShop:
    return PagedShop([1, 2], [3, 4], [5])


@pytest.fixture
def server(shop: PagedShop) -> Iterator[Loopback]:
    with serving({"/products.json": shop}) as server:
        yield server


@pytest.fixture
def fetcher(server: Loopback) -> Iterator[Fetcher]:
    time = SleptTime()
    with Fetcher(
        settings(server),
        clock=time.clock,
        sleep=time.sleep,
        resolve=answering({}),
        chance=random.Random(7),
    ) as fetcher:
        yield fetcher


@pytest.fixture
def get(server: Loopback, fetcher: Fetcher, tmp_path: Path) -> "Get":
    return Get(server, fetcher, tmp_path / "payload")


class Get:
    def __init__(self, server: Loopback, fetcher: Fetcher, into: Path) -> None:
        self.server, self.fetcher, self.into = server, fetcher, into

    def __call__(
        self,
        path: str = "/products.json",
        validators: Validators | None = None,
        *,
        feed: FeedSettings = FeedSettings(),  # noqa: B008 - frozen
        max_pages: int = 1000,
        earlier: Earlier = nothing_earlier,
    ) -> Payload | Unchanged:
        self.server.asked.clear()
        return fetch(
            self.server.url(path),
            settings=feed,
            validators=validators or {},
            into=self.into,
            fetcher=self.fetcher,
            at=AT,
            max_pages=max_pages,
            earlier=earlier,
        )

    def payload(
        self, path: str = "/products.json", validators: Validators | None = None
    ) -> Payload:
        payload = self(path, validators)
        assert isinstance(payload, Payload)
        return payload

    def pages(self) -> list[int]:
        return [int(parse_qs(urlsplit(path).query)["page"][0]) for path in self.server.paths()]


def ids(payload: Payload | Unchanged) -> list[list[int]]:
    assert isinstance(payload, Payload)
    return [
        [product["id"] for product in json.loads(document.path.read_bytes())["products"]]
        for document in payload.documents
    ]


def test_a_file_is_taken_where_it_lies(tmp_path: Path, fetcher: Fetcher) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_bytes(b"id;title\n")
    payload = fetch(
        str(feed),
        settings=FeedSettings(),
        validators={},
        into=tmp_path / "payload",
        fetcher=fetcher,
        at=AT,
    )
    assert isinstance(payload, Payload)
    assert [document.path for document in payload.documents] == [feed]
    assert not (tmp_path / "payload").exists()


def test_a_path_with_nothing_behind_it_is_said_to_be_so(tmp_path: Path, fetcher: Fetcher) -> None:
    with pytest.raises(NotFound):
        fetch(
            str(tmp_path / "none.csv"),
            settings=FeedSettings(),
            validators={},
            into=tmp_path,
            fetcher=fetcher,
            at=AT,
        )


def test_an_address_is_one_document_with_its_validators(get: Get) -> None:
    get.server.routes["/feed.xml"] = Answer(
        b"<rss/>", headers={"ETag": '"a"', "Content-Type": "text/xml; charset=iso-8859-1"}
    )
    payload = get.payload("/feed.xml?token=secret")
    (document,) = payload.documents
    assert document.name == get.server.url("/feed.xml?token=***")
    assert document.path.read_bytes() == b"<rss/>"
    assert (document.size, document.charset) == (6, "iso-8859-1")
    assert document.content_type == "text/xml; charset=iso-8859-1"
    assert payload.validators == {document.name: {"etag": '"a"'}}


def test_R_C_1_an_address_that_answers_304_is_unchanged_at_this_moment(get: Get) -> None:
    get.server.routes["/feed.xml"] = Answer(b"<rss/>", headers={"ETag": '"a"'})
    payload = get.payload("/feed.xml")
    get.server.routes["/feed.xml"] = Answer(status=304)
    again = get("/feed.xml", payload.validators)
    assert again == Unchanged(AT, {get.server.url("/feed.xml"): {"etag": '"a"'}})
    assert get.server.asked[-1].headers["if-none-match"] == '"a"'


def test_validators_of_another_address_are_not_sent(get: Get) -> None:
    get.server.routes["/feed.xml"] = Answer(b"<rss/>")
    get("/feed.xml", {get.server.url("/old.xml"): {"etag": '"a"'}})
    assert "if-none-match" not in get.server.asked[-1].headers


def test_R_X_5_the_reason_stands_in_a_note_and_never_in_the_message(get: Get) -> None:
    with pytest.raises(FetchFailed) as failed:
        get("/nothing-here.xml")
    assert failed.value.message == PUBLIC_TEXT
    assert failed.value.facts == {"address": get.server.url("/nothing-here.xml")}
    assert failed.value.__notes__ == ["status 404"]
    with pytest.raises(FetchRefused) as refused:
        fetch(
            "http://169.254.169.254/latest/",
            settings=FeedSettings(),
            validators={},
            into=get.into,
            fetcher=get.fetcher,
            at=AT,
        )
    assert refused.value.message == PUBLIC_TEXT
    assert "address_forbidden" in refused.value.__notes__[0]


@pytest.mark.parametrize("location", ["ftp://shop.example/feed.csv", "file:///etc/passwd"])
def test_other_schemes_are_refused_and_no_path(location: str, get: Get) -> None:
    with pytest.raises(FetchRefused):
        fetch(
            location,
            settings=FeedSettings(),
            validators={},
            into=get.into,
            fetcher=get.fetcher,
            at=AT,
        )


def test_1_9_pages_are_turned_until_one_is_empty(get: Get) -> None:
    payload = get.payload("/products.json?currency=EUR")
    assert payload.complete
    assert ids(payload) == [[1, 2], [3, 4], [5]]
    assert get.pages() == [1, 2, 3, 4]
    assert get.server.paths()[1] == "/products.json?currency=EUR&limit=250&page=2"
    assert payload.documents[1].name == get.server.url(
        "/products.json?currency=EUR&limit=250&page=2"
    )
    assert len(payload.validators) == 4  # the empty one too: it says that nothing was added


def test_1_9_a_shop_that_ignores_the_page_is_read_once(shop: PagedShop, get: Get) -> None:
    shop.ignores_page = True
    payload = get.payload()
    assert payload.complete
    assert ids(payload) == [[1, 2]]
    assert get.pages() == [1, 2]


def test_an_empty_shop_is_one_empty_document(shop: PagedShop, get: Get) -> None:
    shop.pages = []
    payload = get.payload()
    assert payload.complete
    assert ids(payload) == [[]]


def test_the_limit_of_pages_makes_the_reading_partial(get: Get) -> None:
    payload = get(max_pages=2)
    assert isinstance(payload, Payload)
    assert not payload.complete
    assert ids(payload) == [[1, 2], [3, 4]]
    assert payload.validators == {}
    assert "2 pages" in payload.failures[0]


def test_R_RUN_4_a_page_that_fails_in_the_middle_makes_the_reading_partial(
    shop: PagedShop, get: Get
) -> None:
    shop.failing = {2: 404}
    payload = get.payload()
    assert not payload.complete
    assert ids(payload) == [[1, 2], [5]]
    assert payload.failures == (f"{get.server.url('/products.json?limit=250&page=2')}: status 404",)
    assert payload.validators == {}


def test_two_failing_pages_in_a_row_end_the_reading(shop: PagedShop, get: Get) -> None:
    shop.failing = {2: 404, 3: 404}
    payload = get.payload()
    assert ids(payload) == [[1, 2]]
    assert len(payload.failures) == 2
    assert get.pages() == [1, 2, 3]


def test_a_page_that_is_no_json_counts_as_failed(shop: PagedShop, get: Get) -> None:
    def route(asked: Asked) -> Answer:
        return Answer(b"<html>one moment</html>") if "page=2" in asked.path else shop(asked)

    get.server.routes["/products.json"] = route
    payload = get.payload()
    assert not payload.complete
    assert ids(payload) == [[1, 2], [5]]


def test_a_first_page_that_is_no_page_of_products_is_unreadable(get: Get) -> None:
    get.server.routes["/products.json"] = Answer(b'{"items": []}')
    with pytest.raises(FeedUnreadable):
        get()


def test_a_first_page_that_fails_is_a_failed_fetch(shop: PagedShop, get: Get) -> None:
    shop.failing = {1: 403}
    with pytest.raises(FetchFailed):
        get()


def test_R_C_1_a_shop_whose_pages_all_answer_304_is_unchanged(get: Get) -> None:
    payload = get.payload()
    again = get(validators=payload.validators)
    assert again == Unchanged(AT, {name: dict(held) for name, held in payload.validators.items()})
    assert get.pages() == [1, 2, 3, 4]


def test_R_C_4_a_shop_with_one_changed_page_is_read_whole(shop: PagedShop, get: Get) -> None:
    payload = get.payload()
    shop.pages[1] = [3, 40]
    again = get.payload(validators=payload.validators)
    assert again.complete
    assert ids(again) == [[1, 2], [3, 40], [5]]
    assert get.pages() == [1, 2, 1, 3, 4]  # page 2 had come and is not asked for again
    assert again.digest != payload.digest


def test_R_C_1_of_a_changed_shop_only_the_changed_pages_are_sent_again(
    shop: PagedShop, get: Get, tmp_path: Path
) -> None:
    first = get.payload()
    kept = {}
    for document in first.documents:
        place = tmp_path / document.name.rpartition("=")[2]
        place.write_bytes(document.path.read_bytes())
        kept[document.name] = replace(document, path=place)
    shop.pages[1] = [3, 4, 44]
    answers: list[int] = []

    def watched(asked: Asked) -> Answer:
        answer = shop(asked)
        answers.append(answer.status)
        return answer

    get.server.routes["/products.json"] = watched
    second = get("/products.json", first.validators, earlier=kept.get)
    assert ids(second) == [[1, 2], [3, 4, 44], [5]]
    assert get.pages() == [1, 2, 3, 4]
    assert answers == [304, 200, 304, 200]  # the empty end is no document: asked for whole
    assert isinstance(second, Payload)
    assert second.validators.keys() == first.validators.keys()
    kept.clear()
    third = get("/products.json", first.validators, earlier=kept.get)
    assert ids(third) == ids(second)


def test_a_product_added_behind_the_last_page_is_seen(shop: PagedShop, get: Get) -> None:
    payload = get.payload()
    shop.pages.append([6])
    again = get.payload(validators=payload.validators)
    assert ids(again) == [[1, 2], [3, 4], [5], [6]]


def test_a_page_that_is_gone_is_seen(shop: PagedShop, get: Get) -> None:
    payload = get.payload()
    del shop.pages[2]
    again = get.payload(validators=payload.validators)
    assert ids(again) == [[1, 2], [3, 4]]
    assert len(again.validators) == 3


def test_pages_without_validators_are_all_read_again(shop: PagedShop, get: Get) -> None:
    shop.etags = False
    payload = get.payload()
    again = get.payload(validators=payload.validators)
    assert get.pages() == [1, 2, 3, 4]
    assert again.digest == payload.digest


def test_a_page_that_fails_while_asking_for_changes_is_asked_once_more(
    shop: PagedShop, get: Get
) -> None:
    payload = get.payload()
    shop.failing = {2: 404}
    again = get.payload(validators=payload.validators)
    assert not again.complete
    assert ids(again) == [[1, 2], [5]]
    assert get.pages() == [1, 2, 1, 2, 3, 4]


def test_an_address_with_a_page_of_its_own_means_that_page(get: Get) -> None:
    payload = get.payload("/products.json?page=2")
    assert ids(payload) == [[3, 4]]
    assert get.pages() == [2]


def test_a_stated_format_other_than_shopifys_turns_no_pages(shop: PagedShop, get: Get) -> None:
    get.server.routes["/products.json"] = Answer(b"id\ttitle\n")
    payload = get(feed=replace(FeedSettings(), format=Format.GOOGLE_TSV))
    assert isinstance(payload, Payload)
    assert len(payload.documents) == 1
    get.server.routes["/products.json"] = shop
    assert ids(get(feed=replace(FeedSettings(), format=Format.SHOPIFY_JSON)))[0] == [1, 2]
