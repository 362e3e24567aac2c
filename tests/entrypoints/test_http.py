"""The API over its whole stack: what it says, how it refuses, and what it keeps to itself."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from flows.market import NOW, START, Shop, day, installed, read_at_once
from sparfuchs.accounts import api as accounts
from sparfuchs.entrypoints.http.app import make_app
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.subscriptions import ensure_index, rebuild_index
from sparfuchs.plumbing.settings import Settings

SECRET_PLACE = "https://user:hunter2@shop.example/feed?apikey=0123456789abcdef"


@pytest.fixture
def here(settings: Settings) -> Iterator[Installation]:
    fresh = settings.http.model_copy(update={"answer_seconds": 0.0})
    with installed(settings.model_copy(update={"http": fresh})) as here:
        yield here


@pytest.fixture
def shop(here: Installation, tmp_path: Path) -> Shop:
    ensure_index(here)
    shop = Shop(here, tmp_path / "feed.tsv")
    prices = {"a": 100, "b": 50, "c": 20, "d": 30, "e": 40}
    usual = {
        name: {"title": f"Angebot {name}", "price": f"{price}.00 EUR"}
        for name, price in prices.items()
    }
    sale = {**usual["a"], "price": "120.00 EUR", "sale_price": "80.00 EUR"}
    last = {**usual, "a": sale, "=bad": {"title": "Ohne Preis", "price": "0.00 EUR"}}
    read_at_once(here, shop, [usual] * 35 + [last], [day(n) for n in range(36)])
    return shop


@pytest.fixture
def client(shop: Shop) -> Iterator[TestClient]:
    app = make_app(shop.here, clock=lambda: day(36))
    with TestClient(app, client=("203.0.113.7", 1234), raise_server_exceptions=False) as client:
        yield client


def key(shop: Shop, *scopes: accounts.Scope) -> dict[str, str]:
    with shop.here.database.unit_of_work() as work:
        issued = accounts.issue(work, "test", frozenset(scopes), at=START)
    return {"authorization": f"Bearer {issued.secret}"}


def items(client: TestClient, query: str) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/search?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


# --- what it says ---------------------------------------------------------------------------------


def test_a_search_shows_our_verdict_and_the_merchants_claim_beside_it(client: TestClient) -> None:
    (item,) = items(client, "q=angebot&deals_only=true")
    assert item["price"] == {"minor": 8000, "currency": "EUR"}
    assert (item["verdict"], item["honest_pct"], item["claim_verdict"]) == (
        "genuine",
        20,
        "claim_inflated",
    )
    assert item["claim"] == {
        "reference": {"minor": 12000, "currency": "EUR"},
        "kind": "unspecified",
        "percent": None,
    }
    assert "30-Tage-Tiefpreis" in item["explanation"]["de"]


def test_filters_orders_and_pages_are_those_of_the_address(client: TestClient) -> None:
    assert [i["price"]["minor"] for i in items(client, "sort=price")] == [
        2000,
        3000,
        4000,
        5000,
        8000,
    ]
    assert [i["price"]["minor"] for i in items(client, "price_min=4500&price_max=6000")] == [5000]
    assert items(client, "merchant=nobody") == []
    assert len(items(client, "not_merchant=nobody")) == 5
    seen, address = [], "/api/v1/search?sort=price&limit=1"
    page = client.get(address).json()
    while page["next_cursor"]:
        seen += page["items"]
        page = client.get(f"{address}&cursor={page['next_cursor']}").json()
    assert len({i["id"] for i in [*seen, *page["items"]]}) == 5
    popular = client.get("/api/v1/search?sort=popular").json()
    assert "Händler" in popular["popular_means"]["de"]


def test_an_offer_has_its_history_evidence_and_a_table_of_prices(client: TestClient) -> None:
    name = items(client, "deals_only=true")[0]["id"]
    offer = client.get(f"/api/v1/offers/{name}").json()
    assert offer["verdict"]["evidence"]["lowest_30_days"] == {"minor": 10000, "currency": "EUR"}
    assert client.get(f"/api/v1/listings/{name}").json() == offer
    history = client.get(f"/api/v1/offers/{name}/history").json()
    assert [span["price"]["minor"] for span in history["spans"]] == [10000, 8000]
    table = client.get(f"/api/v1/offers/{name}/history?format=csv")
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(table.text)))
    assert rows[0] == ["from", "to", "price_minor", "currency"]
    assert [row[2] for row in rows[1:]] == ["10000", "8000"]


def test_merchants_are_paged_and_told_with_how_their_claims_hold(
    client: TestClient, shop: Shop
) -> None:
    other = Shop(shop.here, shop.path.with_name("o.tsv"), merchant="Zweiter Laden")
    other.read(0, {"z": 9.0})
    first = client.get("/api/v1/merchants?limit=1").json()
    assert [one["slug"] for one in first["items"]] == ["laden"]
    second = client.get(f"/api/v1/merchants?limit=1&cursor={first['next_cursor']}").json()
    assert [one["slug"] for one in second["items"]] == ["zweiter-laden"]
    assert second["next_cursor"] is None
    one = client.get("/api/v1/merchants/laden").json()
    assert (one["offers"], one["deals"]) == (5, 1)
    assert one["claims"] == {"judged": 1, "inflated": 1}
    assert one["rows"] == {"read": 6, "rejected": 1}


# --- how it refuses -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/v1/nothing", 404),
        ("/api/v1/offers/zzz", 404),
        ("/api/v1/offers/0000000000000", 404),
        ("/api/v1/offers/laden%2Ffeed:a", 404),
        ("/api/v1/merchants/nobody", 404),
        ("/api/v1/search?limit=0", 422),
        ("/api/v1/search?sort=luck", 422),
        ("/api/v1/search?verdict=splendid", 422),
        ("/api/v1/search?price_min=5&price_max=1", 400),
        ("/api/v1/search?cursor=nonsense", 400),
        ("/api/v1/status", 401),
        ("/api/v1/sources", 401),
    ],
)
def test_every_refusal_is_a_problem_with_a_sentence(
    client: TestClient, address: str, status: int
) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert told["instance"].startswith("urn:uuid:")
    assert told["instance"].endswith(answer.headers["x-request-id"])


def test_a_fault_of_ours_says_nothing_of_the_inside(client: TestClient, shop: Shop) -> None:
    shop.change("ALTER TABLE offer_texts RENAME TO secret_name")
    answer = client.get("/api/v1/search?q=angebot")
    shop.change("ALTER TABLE secret_name RENAME TO offer_texts")
    assert answer.status_code == 500
    assert "secret_name" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_requests_are_limited_by_address_and_say_when_to_come_again(shop: Shop) -> None:
    http = shop.here.settings.http.model_copy(
        update={"requests_per_minute": 3, "key_requests_per_minute": 5}
    )
    here = Installation(
        **{
            **{name: getattr(shop.here, name) for name in shop.here.__dataclass_fields__},
            "settings": shop.here.settings.model_copy(update={"http": http}),
        }
    )
    app = make_app(here)
    with TestClient(app, client=("203.0.113.7", 1)) as client:
        answers = [client.get("/api/v1/version") for _ in range(4)]
        assert [a.status_code for a in answers] == [200, 200, 200, 429]
        assert answers[0].headers["ratelimit-policy"] == '"minute";q=3;w=60'
        assert answers[0].headers["ratelimit"].startswith('"minute";r=2;')
        assert int(answers[3].headers["retry-after"]) >= 1
        # A forged header is not believed, a key has an allowance of its own, health has none.
        forged = {"x-forwarded-for": "198.51.100.1"}
        assert client.get("/api/v1/version", headers=forged).status_code == 429
        assert client.get("/api/v1/version", headers=key(shop, accounts.Scope.READ)).is_success
        assert client.get("/health/live").status_code == 200
    trusting = http.model_copy(update={"trusted_proxies": frozenset({"203.0.113.7"})})
    trusted = Installation(
        **{
            **{name: getattr(shop.here, name) for name in shop.here.__dataclass_fields__},
            "settings": shop.here.settings.model_copy(update={"http": trusting}),
        }
    )
    with TestClient(make_app(trusted), client=("203.0.113.7", 1)) as client:
        asked = [
            client.get("/api/v1/version", headers={"x-forwarded-for": f"198.51.100.{n}"})
            for n in range(6)
        ]
        assert {a.status_code for a in asked} == {200}


def test_addresses_and_bodies_have_an_end(client: TestClient, shop: Shop) -> None:
    assert client.get("/api/v1/search?q=" + "a" * 9000).status_code == 414
    allowed = key(shop, accounts.Scope.SOURCES)
    long = {"merchant": "x", "location": "https://x.example/" + "a" * 70_000}
    assert client.post("/api/v1/sources", json=long, headers=allowed).status_code == 413


# --- keys -----------------------------------------------------------------------------------------


def test_a_key_opens_what_its_scopes_say_and_nothing_after_its_end(
    client: TestClient, shop: Shop
) -> None:
    reader = key(shop, accounts.Scope.READ)
    assert client.get("/api/v1/sources", headers=reader).status_code == 200
    denied = client.post("/api/v1/sources/laden/feed/read", headers=reader)
    assert denied.status_code == 403
    assert denied.json()["facts"] == {"scope": "write:sources"}
    for wrong in ("Bearer spf_guess", "Bearer x", "Basic abc", "Bearer " + "spf_" + "a" * 500):
        answer = client.get("/api/v1/sources", headers={"authorization": wrong})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    with shop.here.database.unit_of_work() as work:
        accounts.revoke(work, reader["authorization"][7:19], at=NOW)
    assert client.get("/api/v1/sources", headers=reader).status_code == 401


def test_only_a_digest_of_a_key_is_stored(client: TestClient, shop: Shop) -> None:
    secret = key(shop, accounts.Scope.READ)["authorization"][7:]
    client.get("/api/v1/sources", headers={"authorization": f"Bearer {secret}"})
    stored = str(shop.rows("SELECT * FROM api_keys"))
    assert secret not in stored
    assert secret[:12] in stored


def test_an_operator_adds_pauses_and_removes_a_source(client: TestClient, shop: Shop) -> None:
    allowed = key(shop, accounts.Scope.SOURCES, accounts.Scope.READ)
    made = client.post(
        "/api/v1/sources",
        json={"merchant": "Neuer", "location": SECRET_PLACE, "settings": {"currency": "EUR"}},
        headers=allowed,
    )
    assert made.status_code in {201, 400}, made.text
    plain = {"merchant": "Neuer", "location": "https://shop.example/feed?apikey=0123456789abcdef"}
    made = client.post("/api/v1/sources", json=plain, headers=allowed)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/api/v1/sources/neuer/feed"
    assert "0123456789abcdef" not in made.text
    assert "hunter2" not in client.get("/api/v1/sources", headers=allowed).text
    where = made.headers["location"]
    paused = client.patch(where, json={"status": "paused"}, headers=allowed)
    assert paused.json()["status"] == "paused"
    assert client.delete(where, headers=allowed).status_code == 200
    assert client.get(where, headers=allowed).status_code == 404
    files = {"merchant": "Böse", "location": "/etc/passwd"}
    assert client.post("/api/v1/sources", json=files, headers=allowed).status_code == 422
    unknown = {**plain, "settings": {"no_such": "1"}}
    assert client.post("/api/v1/sources", json=unknown, headers=allowed).status_code == 400


def test_rejections_are_paged_and_safe_for_a_spreadsheet(client: TestClient, shop: Shop) -> None:
    allowed = key(shop, accounts.Scope.READ)
    run = client.get("/api/v1/runs?source=laden/feed&limit=1", headers=allowed).json()["items"][0]
    assert run["rejected"] == {"price_not_positive": 1}
    address = f"/api/v1/runs/laden/feed/{run['run'].rpartition(':')[2]}/rejections"
    (row,) = client.get(address, headers=allowed).json()["items"]
    assert (row["source_offer_id"], row["field"]) == ("=bad", "price")
    table = client.get(f"{address}?format=csv", headers=allowed).text
    assert list(csv.reader(io.StringIO(table)))[1][1] == "'=bad"


def test_runs_are_paged_newest_first(client: TestClient, shop: Shop) -> None:
    allowed = key(shop, accounts.Scope.READ)
    address, seen = "/api/v1/runs?limit=15", list[str]()
    page = client.get(address, headers=allowed).json()
    while page["next_cursor"]:
        seen += [run["run"] for run in page["items"]]
        page = client.get(f"{address}&cursor={page['next_cursor']}", headers=allowed).json()
    seen += [run["run"] for run in page["items"]]
    assert seen == [f"laden/feed:{number}" for number in range(36, 0, -1)]
    for wrong in ("x", "1.2", "1.2.3.4", "9" * 40 + ".1.1", "-1.1.1"):
        refused = client.get(f"{address}&cursor={wrong}", headers=allowed)
        assert refused.status_code == 400


def test_a_held_run_is_released_or_thrown_away(client: TestClient, shop: Shop) -> None:
    allowed = key(shop, accounts.Scope.RUNS, accounts.Scope.READ)
    for number, (verb, status) in enumerate((("release", "published"), ("discard", "discarded"))):
        dear = dict.fromkeys("abcde", 9000.0 * 3**number)
        held = shop.read(36 + number, dear)
        assert held.held
        run = f"/api/v1/runs/laden/feed/{held.run.number}"
        assert client.get(run, headers=allowed).json()["reasons"][0]["code"] == "prices_leapt"
        assert client.post(f"{run}/{verb}", headers=allowed).json()["status"] == status
        again = client.post(f"{run}/{verb}", headers=allowed)
        assert again.status_code == 409
        if verb == "release":
            assert items(client, "sort=price")[0]["price"]["minor"] == 900_000


# --- how it travels -------------------------------------------------------------------------------


def test_an_etag_spares_the_body_and_changes_with_the_answer(
    client: TestClient, shop: Shop
) -> None:
    first = client.get("/api/v1/merchants")
    tag = first.headers["etag"]
    same = client.get("/api/v1/merchants", headers={"if-none-match": f'"other", {tag}'})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    Shop(shop.here, shop.path.with_name("o.tsv"), merchant="Zweiter").read(0, {"z": 9.0})
    assert client.get("/api/v1/merchants", headers={"if-none-match": tag}).status_code == 200


def test_a_public_answer_is_the_same_for_some_seconds_and_says_so(shop: Shop) -> None:
    kept = shop.here.settings.http.model_copy(update={"answer_seconds": 30.0})
    here = replace(shop.here, settings=shop.here.settings.model_copy(update={"http": kept}))
    with TestClient(make_app(here), client=("203.0.113.7", 1)) as client:
        first = client.get("/api/v1/merchants")
        assert first.headers["cache-control"] == "public, max-age=30"
        Shop(shop.here, shop.path.with_name("o.tsv"), merchant="Zweiter").read(0, {"z": 9.0})
        assert client.get("/api/v1/merchants").content == first.content
        assert client.get("/api/v1/merchants?limit=9").json()["items"][1]["slug"] == "zweiter"


def test_large_answers_are_packed_for_those_who_ask(client: TestClient) -> None:
    packed = client.get("/api/v1/search", headers={"accept-encoding": "gzip"})
    plain = client.get("/api/v1/search", headers={"accept-encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.json()["total"] == plain.json()["total"]


def test_a_head_says_what_a_get_would_without_its_body(client: TestClient) -> None:
    get, head = client.get("/api/v1/version"), client.head("/api/v1/version")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == get.headers["etag"]


def test_every_answer_keeps_browsers_from_guessing(client: TestClient) -> None:
    for address in ("/api/v1/version", "/api/v1/nothing", "/health/live"):
        headers = client.get(address).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "access-control-allow-origin" not in headers


def test_ready_names_what_is_not(client: TestClient, shop: Shop) -> None:
    assert client.get("/health/ready").json()["status"] == "ready"
    pointer = shop.here.settings.data_dir / "index" / "current"
    pointer.rename(pointer.with_name("away"))
    told = client.get("/health/ready")
    assert told.status_code == 503
    assert told.json()["parts"]["index"]["ok"] is False
    assert client.get("/api/v1/search").status_code == 503
    assert client.get("/api/v1/merchants").status_code == 200


def test_figures_are_for_this_machine_or_a_key(client: TestClient, shop: Shop) -> None:
    assert client.get("/metrics").status_code == 401
    allowed = client.get("/metrics", headers=key(shop, accounts.Scope.READ))
    assert "sparfuchs_http_request_seconds" in allowed.text
    with TestClient(make_app(shop.here), client=("127.0.0.1", 1)) as local:
        assert local.get("/metrics").status_code == 200
        assert local.get("/metrics", headers={"x-forwarded-for": "1.1.1.1"}).status_code == 401


# --- categories -----------------------------------------------------------------------------------


def test_anybody_may_see_the_tree_of_categories(client: TestClient) -> None:
    answer = client.get("/api/v1/categories")
    assert answer.status_code == 200
    nodes = {node["id"]: node for node in answer.json()["items"]}
    assert nodes[222]["name"] == {"de": "Elektronik", "en": "Electronics"}
    assert nodes[223]["parent"] == 222
    assert nodes[223]["path"] == "Elektronik > Audio & HiFi"


def test_an_operator_maps_a_path_by_hand_and_takes_it_back(client: TestClient, shop: Shop) -> None:
    place = "/api/v1/sources/laden/feed/categories"
    allowed = key(shop, accounts.Scope.SOURCES, accounts.Scope.READ)
    wish = {"path": "Regale > Neu", "category": 464}
    assert client.put(place, json=wish).status_code == 401
    reading = key(shop, accounts.Scope.READ)
    assert client.put(place, json=wish, headers=reading).status_code == 403
    mapped = client.put(place, json=wish, headers=allowed)
    assert mapped.json() == {"source": "laden/feed", "path": "Regale > Neu", "moved": 0}
    unknown = {**wish, "category": 99_999_999}
    assert client.put(place, json=unknown, headers=allowed).status_code == 400
    assert client.get(place, headers=allowed).status_code == 200
    gone = {"path": "Regale > Neu"}
    assert client.delete(place, params=gone, headers=allowed).status_code == 200
    assert client.delete(place, params=gone, headers=allowed).status_code == 404


def test_what_was_read_into_words_is_told_and_can_be_refused(client: TestClient) -> None:
    found = client.get("/api/v1/search?q=angebot+unter+25+euro").json()
    assert found["understood"]["price_max"] == 2500
    assert [item["title"] for item in found["items"]] == ["Angebot c"]
    refused = client.get("/api/v1/search?q=angebot+unter+25+euro&verbatim=true").json()
    assert refused["understood"]["price_max"] is None
    assert refused["total"]["value"] == 0
    # The same text with a price of its own is another question, and counted by itself.
    given = client.get("/api/v1/search?q=angebot+unter+25+euro&price_max=2500").json()
    assert given["total"]["value"] == len(given["items"])
    none = client.get("/api/v1/search?q=angebot&price_min=100000").json()
    assert none["reliefs"] == [{"filter": "price", "value": 5}]


def test_suggestions_are_made_with_the_index_and_the_ranking_says_its_weights(
    client: TestClient, shop: Shop
) -> None:
    assert client.get("/api/v1/suggestions?q=ang").json() == {"items": []}
    rebuild_index(shop.here)
    found = client.get("/api/v1/suggestions?q=ange").json()["items"]
    assert ("product", "Angebot c", 1) in [(s["kind"], s["text"], s["listings"]) for s in found]
    told = client.get("/api/v1/ranking").json()
    assert told["paid"] == []
    assert told["words"]["fields"]["title"] > told["words"]["fields"]["text"]
