"""A feed is checked over HTTP: by its address or sent as a file; nothing of it is stored."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entrypoints.asgi import Client
from entrypoints.conftest import Program
from entrypoints.web import asked, key, limited, opened
from flows.market import Shop, feed
from ingest.feeds import EXAMPLES
from plumbing.loopback import Answer, Route, SleptTime, serving
from sparfuchs.accounts.api import Scope
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.plumbing.settings import FetchSettings, Settings

CHECK = "/api/v1/sources/check"
BYTES = {"content-type": "application/octet-stream"}
MIXED = feed({**{f"p{n}": 10.0 + n for n in range(9)}, "bad": {"price": "viel"}}).encode()


@pytest.fixture
def shop(settings: Settings, tmp_path: Path) -> Iterator[Shop]:
    with opened(settings, tmp_path) as shop:
        yield shop


@pytest.fixture
def ops(shop: Shop) -> Iterator[Client]:
    with asked(shop.here, secret=key(shop.here, Scope.SOURCES)) as client:
        yield client


def send(client: Client, body: bytes, told: int = 200, **params: Any) -> dict[str, Any]:
    answer = client.post(CHECK, pieces=[body[:100], body[100:]], headers=BYTES, params=params)
    assert answer.status_code == told, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_sent_file_is_told_as_at_the_terminal_and_not_stored(
    ops: Client, program: Program, shop: Shop
) -> None:
    before = shop.count("sources"), shop.count("feed_runs")
    for example in sorted(EXAMPLES.iterdir()):
        told = program.json("check", str(example), "--set", "currency=EUR")
        found = send(ops, example.read_bytes(), name=example.name, set="currency=EUR")
        assert found == told, example.name
    assert (shop.count("sources"), shop.count("feed_runs")) == before


def test_the_answer_says_what_is_wrong_and_how_to_mend_it(ops: Client) -> None:
    found = send(ops, MIXED)
    assert (found["format"], found["read"], found["accepted"]) == ("google-tsv", 10, 9)
    assert found["would_hold"] == []
    assert found["offers"][0]["price"] == {"minor": 1000, "currency": "EUR"}
    (kind,) = found["remedies"]
    assert (kind["reason"], kind["rows"], kind["share"]) == ("price_unreadable", 1, 0.1)
    (row,) = found["problems"]
    assert (row["line"], row["source_offer_id"], row["value"]) == (11, "bad", "viel")
    assert row["mend"] == kind["mend"]


def test_settings_are_tried_at_once(ops: Client) -> None:
    table = b"pid;Bezeichnung;Preis\n1;Ding;5,00\n2;Dong;6,00\n"
    bare = send(ops, table)
    assert bare["rejected"] == {"currency_missing": 2}
    assert bare["would_hold"] == ["rejected"]
    assert bare["columns"]["id"]["doubt"]
    better = send(ops, table, set=["currency=EUR", "id_column=pid"])
    assert (better["accepted"], better["columns"]["id"]["doubt"]) == (2, None)
    send(ops, table, told=400, set="colour=red")
    send(ops, table, told=400, set="colour")


def test_two_rows_with_one_id_are_found_before_they_are_read(ops: Client) -> None:
    twice = feed({"a": 1.0, "b": 2.0}) + feed({"a": 3.0}).splitlines()[1] + "\n"
    found = send(ops, twice.encode())
    assert (found["accepted"], found["rejected"]) == (2, {"id_duplicate": 1})
    assert (found["problems"][0]["line"], found["problems"][0]["source_offer_id"]) == (4, "a")


@pytest.mark.parametrize(
    ("body", "told"),
    [(b"", 422), (b"<html><title>x</title></html>", 422), (b"\x1f\x8bkaputt", 422)],
)
def test_what_is_no_feed_is_refused_with_a_sentence(ops: Client, body: bytes, told: int) -> None:
    assert send(ops, body, told=told)["detail"]


def test_only_operators_may_check_and_a_file_has_an_end(shop: Shop, ops: Client) -> None:
    with asked(shop.here) as stranger:
        assert stranger.post(CHECK, pieces=[MIXED], headers=BYTES).status_code == 401
    with asked(shop.here, secret=key(shop.here, Scope.READ)) as reader:
        assert reader.post(CHECK, pieces=[MIXED], headers=BYTES).status_code == 403
    assert ops.post(CHECK, pieces=[b"x" * 100_000], headers=BYTES).status_code == 422
    small = limited(shop.here, max_upload_bytes=500)
    with asked(small, secret=key(shop.here, Scope.SOURCES)) as client:
        for stated in (True, False):
            answer = client.post(CHECK, pieces=[MIXED, MIXED], headers=BYTES, stated=stated)
            assert answer.status_code == 413
    with asked(limited(shop.here, max_body_bytes=50), secret=key(shop.here, *Scope)) as client:
        long = {"location": "https://shop.example/" + "x" * 100}
        assert client.post(CHECK, json=long).status_code == 413


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/feed.xml",
        "http://[::1]/feed.xml",
        "http://169.254.169.254/latest",
        "http://2130706433/feed.xml",
        "http://100.64.0.1/feed",
        "http://localhost./x",
    ],
)
def test_R_X_3_no_address_inside_is_asked(ops: Client, location: str) -> None:
    answer = ops.post(CHECK, json={"location": location})
    assert answer.status_code in {422, 502}, answer.text
    assert "127." not in answer.json()["detail"]


@pytest.mark.parametrize(
    "question",
    [None, {}, {"location": "/etc/passwd"}, {"location": "file:///etc/passwd"}, {"location": 5},
     {"location": "https://shop.example/x", "colour": "red"}, []],
)  # fmt: skip
def test_only_addresses_are_asked_for(ops: Client, question: object) -> None:
    body = json.dumps(question).encode()
    answer = ops.post(CHECK, pieces=[body], headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:sparfuchs:Invalid"
    broken = ops.post(CHECK, pieces=[b"{"], headers={"content-type": "application/json"})
    assert broken.status_code == 400


def test_an_address_is_checked_and_saved_as_a_source(shop: Shop) -> None:
    routes: dict[str, Route] = {
        "/feed.tsv": Answer(MIXED, headers={"Content-Type": "text/tab-separated-values"}),
        "/none.tsv": Answer(b"id\ttitle\tprice\n1\tx\tviel\n"),
    }
    slept = SleptTime()
    with serving(routes) as server:
        address = server.url("")
        fetch = FetchSettings.model_validate({"allow_private": {server.pair}})
        with Fetcher(fetch, clock=slept.clock, sleep=slept.sleep) as fetcher:
            here = replace(shop.here, fetcher=fetcher)
            with asked(here, secret=key(shop.here, *Scope)) as ops:
                question = {"location": f"{address}/feed.tsv", "settings": {"country": "AT"}}
                found = ops.post(CHECK, json=question).json()
                assert (found["accepted"], found["saved"]) == (9, None)
                save = {"merchant": "Neuer Laden", "name": "google"}
                found = ops.post(CHECK, json={**question, "save": save}).json()
                assert found["saved"] == "neuer-laden/google"
                source = ops.get("/api/v1/sources/neuer-laden/google").json()
                assert (source["location"], source["settings"], source["offers"]) == (
                    f"{address}/feed.tsv", {"country": "AT"}, 0,
                )  # fmt: skip
                bad = {"location": f"{address}/none.tsv", "save": save}
                assert ops.post(CHECK, json=bad).status_code == 400
                missing = ops.post(CHECK, json={"location": f"{address}/nowhere"})
                assert missing.status_code == 502


def test_check_saves_at_the_terminal(program: Program) -> None:
    path = program.write({"a": 5.0})
    program.json("check", path, "--save", told=2)
    saved = program.json("check", path, "--save", "--merchant", "Laden", "--set", "country=AT")
    assert saved["saved"] == "laden/feed"
    assert program.json("source", "show", "laden/feed")["settings"] == {"country": "AT"}
    assert program.json("source", "run", "laden/feed")["accepted"] == 1
    nothing = program.write({"a": {"price": "viel"}}, "bad.tsv")
    program.json("check", nothing, "--save", "--merchant", "Andere", told=2)
    assert "Saved as" in program.run("check", path, "--save", "--merchant", "Dritte").stdout
