"""The HTTP API as integrators and operators meet it."""

import csv
import gzip
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from entrypoints.asgi import Client
from entrypoints.conftest import Program
from entrypoints.web import asked, key, limited, opened
from flows.market import NOW, Shop
from sparfuchs.accounts.api import Scope, revoke
from sparfuchs.kernel.ids import public_id
from sparfuchs.migrations import newest
from sparfuchs.plumbing.db import Database
from sparfuchs.plumbing.settings import Settings

API = "/api/v1"


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Iterator[Shop]:
    with opened(settings, tmp_path) as shop:
        yield shop


@pytest.fixture
def web(shop: Shop) -> Iterator[Client]:
    """A stranger."""
    with asked(shop.here) as client:
        yield client


@pytest.fixture
def ops(shop: Shop) -> Iterator[Client]:
    """An operator with every scope."""
    with asked(shop.here, secret=key(shop.here, *Scope)) as client:
        yield client


def pages(client: Client, path: str, limit: int) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    while True:
        params: dict[str, Any] = {"limit": limit} | ({"cursor": cursor} if cursor else {})
        answer = client.get(path, params=params).json()
        assert len(answer["items"]) <= limit
        found += answer["items"]
        cursor = answer["next_cursor"]
        if cursor is None:
            return found


def test_what_search_finds_can_be_opened_with_history_and_evidence(web: Client) -> None:
    slate = web.get(f"{API}/search", params={"q": "Angebot", "sort": "price"}).json()
    assert slate["total"]["value"] == 10
    cheapest = slate["items"][0]
    assert cheapest["price"] == {"minor": 500, "currency": "EUR"}
    offer = web.get(f"{API}/offers/{cheapest['id']}").json()
    assert [span["price"]["minor"] for span in offer["spans"]] == [1000, 500]
    assert offer["verdict"]["evidence"]
    assert web.get(f"{API}/listings/{cheapest['id']}").json() == offer


def test_every_listing_is_on_one_page_of_a_search(web: Client) -> None:
    found = pages(web, f"{API}/search", 3)
    assert len(found) == len({one["id"] for one in found}) == 10


def test_history_is_a_table_for_who_asks_for_one(web: Client, shop: Shop) -> None:
    answer = web.get(f"{API}/offers/{public_id(shop.id('p0'))}/history", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["price_minor"] for row in rows] == ["1000", "500"]


def test_the_same_answer_is_not_sent_twice(web: Client) -> None:
    tag = web.get(f"{API}/merchants").headers["etag"]
    for known in (tag, f'"x", W/{tag}', "*"):
        again = web.get(f"{API}/merchants", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert web.get(f"{API}/merchants", headers={"if-none-match": '"x"'}).status_code == 200


def test_large_answers_are_compressed_for_those_who_take_it(web: Client) -> None:
    plain = web.get(f"{API}/search")
    packed = web.get(f"{API}/search", headers={"accept-encoding": "br, gzip"})
    assert gzip.decompress(packed.raw) == plain.raw
    assert packed.headers["etag"] != plain.headers["etag"]
    refused = web.get(f"{API}/search", headers={"accept-encoding": "gzip;q=0"})
    assert "content-encoding" not in refused.headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/offers/0000000000000", 404),
        ("/offers/laden%2Ffeed:p0", 404),
        ("/nothing", 404),
        ("/search?limit=0", 422),
        ("/search?cursor=x", 400),
        ("/search?q=%00", 400),
        ("/merchants/a%00b", 400),
        ("/merchants?cursor=%00", 400),
        ("/sources", 401),
        ("/search?q=" + "a" * 9000, 414),
    ],
)
def test_what_goes_wrong_is_a_problem_with_words(web: Client, path: str, status: int) -> None:
    answer = web.get(API + path)
    body = answer.json()
    assert answer.status_code == status == body["status"]
    assert body["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"


def test_our_own_fault_tells_nothing_of_itself(shop: Shop) -> None:
    path = f"{API}/offers/{public_id(shop.id('p0'))}"
    shop.change("ALTER TABLE verdicts RENAME TO gone_verdicts")
    try:
        with capture_logs() as log, asked(shop.here) as client:
            answer = client.get(path)
    finally:
        shop.change("ALTER TABLE gone_verdicts RENAME TO verdicts")
    assert [one["event"] for one in log] == ["http.failed", "http.answered"]
    assert answer.status_code == 500
    assert "verdicts" not in answer.text
    assert answer.headers["x-request-id"]


OPERATOR = [
    ("GET", "/sources", Scope.READ),
    ("GET", "/sources/laden/feed", Scope.READ),
    ("GET", "/runs", Scope.READ),
    ("GET", "/runs/laden/feed/1", Scope.READ),
    ("GET", "/runs/laden/feed/1/rejections", Scope.READ),
    ("GET", "/status", Scope.READ),
    ("POST", "/sources", Scope.SOURCES),
    ("PATCH", "/sources/laden/feed", Scope.SOURCES),
    ("DELETE", "/sources/laden/feed", Scope.SOURCES),
    ("POST", "/sources/laden/feed/read", Scope.SOURCES),
    ("PUT", "/sources/zweitladen/netz/credential", Scope.SOURCES),
    ("DELETE", "/sources/zweitladen/netz/credential", Scope.SOURCES),
    ("POST", "/runs/laden/feed/3/release", Scope.RUNS),
    ("POST", "/runs/laden/feed/3/discard", Scope.RUNS),
]
BODIES = {
    ("POST", "/sources"): {"merchant": "X", "location": "https://x.example/"},
    ("PATCH", "/sources/laden/feed"): {"status": "paused"},
    ("PUT", "/sources/zweitladen/netz/credential"): {"kind": "bearer", "value": "abcd-efgh"},
}


def test_each_door_opens_to_its_scope_alone(shop: Shop) -> None:
    for lacking in Scope:
        secret = key(shop.here, *(one for one in Scope if one is not lacking))
        with asked(shop.here) as stranger, asked(shop.here, secret=secret) as keyed:
            for method, path, scope in OPERATOR:
                if scope is not lacking:
                    continue
                body = BODIES.get((method, path))
                refused = stranger.request(method, API + path, json=body)
                assert (refused.status_code, path) == (401, path)
                told = keyed.request(method, API + path, json=body)
                assert (told.status_code, path) == (403, path)
    assert shop.source.live == 10


def test_a_revoked_key_opens_nothing(shop: Shop) -> None:
    secret = key(shop.here, *Scope)
    with asked(shop.here, secret=secret) as client:
        assert client.get(f"{API}/status").status_code == 200
        with shop.here.database.unit_of_work() as work:
            revoke(work, secret[:12], at=NOW)
        assert client.get(f"{API}/status").status_code == 401


def test_no_answer_shows_the_secret_of_a_location(ops: Client) -> None:
    seen = [
        ops.get(API + path).text for path in ("/sources", "/status", "/sources/zweitladen/netz")
    ]
    assert "shop.example" in seen[0]
    assert all("geheim" not in text and "passwort" not in text for text in seen)


def test_rejections_in_a_spreadsheet_are_no_formulas(ops: Client) -> None:
    path = f"{API}/runs/laden/feed/3/rejections"
    (row,) = ops.get(path).json()["items"]
    assert (row["source_offer_id"], row["value"]) == ("=bad", "=1+1")
    (line,) = csv.DictReader(io.StringIO(ops.get(path, params={"format": "csv"}).text))
    assert (line["source_offer_id"], line["value"]) == ("'=bad", "'=1+1")
    assert line["mend_de"] == row["mend"]["de"]
    assert line["mend_en"] == row["mend"]["en"]


def test_rejections_of_a_source_are_counted_by_day(ops: Client, web: Client) -> None:
    path = f"{API}/sources/laden/feed/rejections"
    days = ops.get(path, params={"days": 400}).json()["days"]
    assert [(one["rejected"], one["held"]) for one in days] == [
        ({"price_unreadable": 1}, 0),
        ({}, 0),
        ({"price_ambiguous": 1}, 1),
    ]
    assert ops.get(path).json()["days"] == []
    assert web.get(path).status_code == 401


def test_a_held_run_says_what_would_have_changed(ops: Client) -> None:
    found = ops.get(f"{API}/runs/laden/feed/3").json()
    assert found["difference"]["missing"] == 9
    assert found["difference"]["examples"]["missing"][0]["source_offer_id"] == "p1"


def test_a_held_run_is_released_once(ops: Client) -> None:
    path = f"{API}/runs/laden/feed/3"
    assert ops.get(path).json()["reasons"]
    assert ops.post(f"{path}/release").status_code == 200
    assert ops.post(f"{path}/release").status_code == 409


def test_a_number_of_a_run_that_no_database_can_hold_is_not_found(ops: Client) -> None:
    assert ops.get(f"{API}/runs/laden/feed/{2**70}").status_code in {404, 422}


def test_sources_and_runs_are_told_as_at_the_terminal(ops: Client, program: Program) -> None:
    assert ops.get(f"{API}/sources/laden/feed").json() == program.json(
        "source", "show", "laden/feed"
    )
    assert ops.get(f"{API}/runs").json()["items"] == program.json("run", "list")["runs"]


def test_lists_of_operators_come_in_pages(ops: Client) -> None:
    names = [one["source"] for one in pages(ops, f"{API}/sources", 1)]
    assert names == ["laden/feed", "zweitladen/netz"]
    runs = [one["run"] for one in pages(ops, f"{API}/runs", 1)]
    assert runs == ["laden/feed:3", "laden/feed:2", "laden/feed:1"]


def test_too_many_requests_are_told_when_to_come_again(shop: Shop) -> None:
    with asked(limited(shop.here, requests_per_minute=3)) as client:
        told = [client.get(f"{API}/version") for _ in range(4)]
        assert [one.status_code for one in told] == [200, 200, 200, 429]
        assert told[0].headers["ratelimit-policy"] == '"minute";q=3;w=60'
        assert int(told[3].headers["retry-after"]) == 20
        assert client.get("/health/live").status_code == 200


def test_a_key_has_a_bucket_of_its_own(shop: Shop) -> None:
    few = limited(shop.here, requests_per_minute=2, key_requests_per_minute=5)
    with asked(few, secret=key(shop.here, Scope.READ)) as client:
        told = [client.get(f"{API}/version").status_code for _ in range(7)]
    assert told == [200] * 5 + [429] * 2


def test_invented_keys_are_counted_to_the_address_that_tries_them(shop: Shop) -> None:
    with asked(limited(shop.here, requests_per_minute=3)) as client:
        told = [
            client.get(
                f"{API}/version", headers={"authorization": f"Bearer spf_{number:043d}"}
            ).status_code
            for number in range(5)
        ]
    assert told == [200, 200, 200, 429, 429]


def test_only_trusted_proxies_say_who_asks(shop: Shop) -> None:
    def spent(**limits: Any) -> list[int]:
        with asked(limited(shop.here, requests_per_minute=2, **limits), address="10.0.0.1") as one:
            return [
                one.get(
                    f"{API}/version", headers={"x-forwarded-for": f"192.0.2.1, 198.51.100.{n}"}
                ).status_code
                for n in (1, 2, 3)
            ]

    assert spent() == [200, 200, 429]
    assert spent(trusted_proxies=frozenset({"10.0.0.1"})) == [200, 200, 200]


def test_bodies_have_a_largest_size_stated_or_not(shop: Shop) -> None:
    secret = key(shop.here, *Scope)
    with asked(limited(shop.here, max_body_bytes=100), secret=secret) as client:
        stated = client.post(f"{API}/sources", pieces=[b"x" * 101])
        unstated = client.post(f"{API}/sources", pieces=[b"x" * 60, b"x" * 60], stated=False)
    assert (stated.status_code, unstated.status_code) == (413, 413)


def test_figures_are_for_the_machine_itself_and_for_keys(shop: Shop) -> None:
    with asked(shop.here, address="127.0.0.1") as client:
        assert "sparfuchs_http" in client.get("/metrics").text
        passed_on = client.get("/metrics", headers={"x-forwarded-for": "127.0.0.1"})
        assert passed_on.status_code == 401
    with asked(shop.here) as client:
        assert client.get("/metrics").status_code == 401


def test_a_database_that_is_away_is_said_without_its_address(shop: Shop) -> None:
    away = Database("postgresql://geheim@127.0.0.1:1/geheim")
    with asked(replace(shop.here, database=away)) as client:
        answer = client.get(f"{API}/merchants")
        ready = client.get("/health/ready")
    assert (answer.status_code, ready.status_code) == (503, 503)
    assert answer.headers["retry-after"]
    assert all(word not in answer.text + ready.text for word in ("geheim", "127.0.0.1"))
    assert not ready.json()["parts"]["database"]["ok"]


def test_readiness_names_the_part_that_is_missing(shop: Shop) -> None:
    with asked(shop.here) as client:
        assert client.get("/health/ready").json()["status"] == "ready"
        shop.change("UPDATE alembic_version SET version_num = '0001'")
        late = client.get("/health/ready")
        shop.change(f"UPDATE alembic_version SET version_num = '{newest()}'")
        assert late.status_code == 503
        assert not late.json()["parts"]["migrations"]["ok"]


def test_cards_come_by_id_in_the_order_asked_for_without_those_that_are_not_there(
    web: Client, shop: Shop
) -> None:
    known = [public_id(shop.id(name)) for name in ("p3", "p0")]
    asked_for = [known[0], "0000000000000", "nonsense", known[1], known[0]]
    found = web.get(f"{API}/cards", params={"id": asked_for}).json()["items"]
    assert [one["id"] for one in found] == known
    (hit,) = [one for one in pages(web, f"{API}/search", 50) if one["id"] == known[1]]
    assert found[1] == hit
    assert web.get(f"{API}/cards").status_code == 422


def test_the_past_says_where_each_price_began(web: Client, shop: Shop) -> None:
    found = web.get(f"{API}/offers/{public_id(shop.id('p0'))}/past").json()["stretches"]
    assert [(one["price"]["minor"], one["state"]) for one in found] == [
        (1000, "known"),
        (500, "known"),
    ]
    assert found[0]["to"] == found[1]["from"]
    assert found[1]["to"] is None
    assert web.get(f"{API}/offers/laden%2Ffeed:p0/past").status_code == 404


def test_promotions_are_listed_by_merchant_and_shown_on_offers(
    web: Client, shop: Shop, tmp_path: Path
) -> None:
    def granted(number: int) -> str:
        named = f"<g:promotion_id>P{number}</g:promotion_id><g:long_title>P{number}</g:long_title>"
        return (
            f"<item>{named}<g:offer_type>no_code</g:offer_type>"
            "<g:coupon_value_type>free_shipping_standard</g:coupon_value_type>"
            "<g:promotion_effective_dates>2026-01-01/2027-01-31</g:promotion_effective_dates></item>"
        )

    items = "".join(map(granted, range(5)))
    head = '<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel>'
    grants = Shop(shop.here, tmp_path / "aktionen.xml", "aktionen")
    grants.read(0, f"{head}{items}</channel></rss>")
    found = pages(web, f"{API}/promotions?merchant=laden", 2)
    assert [one["title"] for one in found] == [f"P{n}" for n in range(5)]
    assert web.get(f"{API}/promotions/{found[2]['id']}").json() == found[2]
    offer = web.get(f"{API}/offers/{public_id(shop.id('p0'))}").json()
    assert [one["id"] for one in offer["promotions"]] == [one["id"] for one in found]
    assert web.get(f"{API}/promotions", params={"merchant": "niemand"}).status_code == 404
    assert web.get(f"{API}/promotions/0000000000000").status_code == 404
