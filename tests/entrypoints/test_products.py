"""Products as people at a terminal and programs over HTTP meet them."""

import json
from pathlib import Path

import pytest

from entrypoints.conftest import Program
from entrypoints.web import asked, key
from flows.market import NOW, Shop, feed, installed
from flows.test_group_offers import ONE, TWO
from flows.test_review_matches import doubt
from sparfuchs.accounts.api import Scope
from sparfuchs.flows.group_offers import group_waiting
from sparfuchs.kernel.ids import public_id
from sparfuchs.plumbing.settings import Settings

API = "/api/v1"


@pytest.fixture
def filled(program: Program) -> str:
    """Two shops that were read and compared; gives the id of the product they both have."""
    for merchant, rows in (("Eins", ONE), ("Zwei", TWO)):
        path = program.write(feed(rows), f"{merchant}.tsv")
        program.json("ingest", path, "--merchant", merchant)
    assert program.json("status")["products"]["products"] == 0
    found = program.json("matching", "run")
    assert (found["compared"], found["products"]) == (4, 3)
    [item] = program.json("search", "Kopfhörer")["items"]
    return str(item["product"]["id"])


def test_a_terminal_shows_a_product_why_it_is_one_and_takes_an_answer_back(
    program: Program, filled: str
) -> None:
    shown = program.run("product", "show", filled, "--why").stdout
    assert "2 offers of 2 merchants" in shown
    assert "same GTIN 04006381333931" in shown
    why = program.json("product", "show", filled, "--why")["why"]
    offer = why["members"][1]["offer"]
    assert why["members"][0]["with"] == offer
    assert f"Product {filled}" in program.run("offer", offer).stdout
    split = program.json("matching", "review", "split", offer)
    assert len(set(split["products"].values())) == 2
    assert len(program.json("search", "Kopfhörer")["items"]) == 2
    assert "split" in program.run("matching", "review", "answers").stdout
    program.run("matching", "review", "undo")
    assert len(program.json("search", "Kopfhörer")["items"]) == 1
    assert "No pair waits" in program.run("matching", "review", "list").stdout
    assert program.run("matching", "review", "accept", "99", told=2)
    assert "in force" not in program.run("matching", "models").stdout
    told = program.json("matching", "run", "--anew")
    assert (told["compared"], told["version"]) == (4, 2)
    assert program.json("matching", "run", "--touched")["compared"] == 0


@pytest.mark.usefixtures("filled")
def test_a_site_with_few_offers_is_told_that_there_is_too_little_to_learn_from(
    program: Program,
) -> None:
    told = program.json("matching", "train", "--from", "live", "--offers", "300", told=2)
    assert "the least that says something" in told["error"]
    assert program.json("matching", "models")["models"] == []
    program.run("matching", "rollback", told=2)


def test_over_http_products_are_public_and_answers_want_a_key(
    settings: Settings, tmp_path: Path
) -> None:
    with installed(settings) as here:
        one = Shop(here, tmp_path / "one.tsv", merchant="Eins")
        two = Shop(here, tmp_path / "two.tsv", merchant="Zwei")
        one.read(0, ONE)
        two.read(0, TWO)
        group_waiting(here, now=NOW)
        pair = doubt(one, one.id("b"), two.id("y"))
        with asked(here) as web:
            offer = web.get(f"{API}/offers/{public_id(one.id('a'))}").json()
            name = offer["product"]["id"]
            product = web.get(f"{API}/products/{name}").json()
            assert [item["merchant"]["slug"] for item in product["items"]] == ["zwei", "eins"]
            assert product["lowest"][0]["price"] == {"minor": 18900, "currency": "EUR"}
            why = web.get(f"{API}/products/{name}/why").json()
            assert "same GTIN" in why["members"][0]["reasons"]
            assert web.get(f"{API}/products/{public_id(one.id('a'))}").status_code == 404
            assert web.get(f"{API}/reviews").status_code == 401
            assert web.post(f"{API}/reviews/{pair}/accept").status_code == 401
        with asked(here, secret=key(here, Scope.READ)) as reader:
            assert reader.get(f"{API}/reviews").json()["items"][0]["id"] == pair
            assert reader.post(f"{API}/reviews/{pair}/accept").status_code == 403
        with asked(here, secret=key(here, *Scope)) as ops:
            answered = ops.post(f"{API}/reviews/{pair}/accept").json()
            assert len(set(answered["products"].values())) == 1
            undone = ops.post(f"{API}/answers/{answered['answer']}/undo").json()
            assert len(set(undone["products"].values())) == 2
            split = ops.post(f"{API}/offers/{public_id(two.id('x'))}/split").json()
            assert json.dumps(split).count(split["moved"][0]) >= 1
            kinds = [one["kind"] for one in ops.get(f"{API}/answers").json()["items"]]
            assert kinds == ["split", "accept"]
            assert ops.get(f"{API}/reviews", params={"cursor": "x"}).status_code == 400
