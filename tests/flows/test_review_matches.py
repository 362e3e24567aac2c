"""People answer: what they say holds, whatever is computed, until they take it back."""

from pathlib import Path

import pytest

from flows.market import NOW, Shop
from flows.test_group_offers import ONE, SONY, TWO, products, said
from sparfuchs.flows.group_offers import group_waiting, regroup, regroup_touched
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.product_facts import product_name, product_number
from sparfuchs.flows.query_to_slate import find
from sparfuchs.flows.review_matches import (
    answer_review,
    list_answers,
    list_reviews,
    split_offer,
    undo_answer,
)
from sparfuchs.flows.show_offer import show_offer
from sparfuchs.flows.show_product import show_product, why
from sparfuchs.flows.subscriptions import catch_up, ensure_index
from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.kernel.ids import public_id
from sparfuchs.search.api import Query, Sort


@pytest.fixture
def shops(here: Installation, tmp_path: Path) -> tuple[Shop, Shop]:
    ensure_index(here)
    one = Shop(here, tmp_path / "one.tsv", merchant="Eins")
    two = Shop(here, tmp_path / "two.tsv", merchant="Zwei")
    one.read(0, ONE)
    two.read(0, TWO)
    group_waiting(here, now=NOW)
    catch_up(here)
    return one, two


def doubt(one: Shop, left: int, right: int) -> int:
    """As if the model had been in doubt about two offers. Gives the number of the pair."""
    low, high = sorted((left, right))
    one.change(
        "INSERT INTO match_reviews (left_id, right_id, probability, reasons, version, asked_at) "
        f"VALUES ({low}, {high}, 0.6, 'price 3 % apart', 1, now())"
    )
    return int(one.rows("SELECT max(id) FROM match_reviews")[0][0])


def test_two_offers_that_a_person_accepts_are_one_and_stay_so_when_all_is_compared_anew(
    shops: tuple[Shop, Shop],
) -> None:
    one, two = shops
    tv, kettle = one.id("b"), two.id("y")
    pair = doubt(one, tv, kettle)
    [item] = list_reviews(one.here, limit=10, now=NOW)
    assert (item["id"], item["reasons"]) == (pair, "price 3 % apart")
    assert {end["merchant"]["slug"] for end in item["offers"]} == {"eins", "zwei"}
    told = answer_review(one.here, pair, same=True, now=NOW)
    assert len(told["moved"]) == 1
    of = products(one.here)
    assert of[tv] == of[kettle]
    assert list_reviews(one.here, limit=10, now=NOW) == []
    regroup(one.here, now=NOW, model=None)
    assert products(one.here) == of
    regroup_touched(one.here, now=NOW)
    assert products(one.here) == of
    held = {member["offer"]: member for member in why(one.here, product_name(of[tv]))["members"]}
    assert held[public_id(kettle)]["how"] == "person"


def test_what_a_person_splits_stays_apart_and_undo_brings_it_back(
    shops: tuple[Shop, Shop],
) -> None:
    one, two = shops
    before = products(one.here)
    name = public_id(two.id("x"))
    told = split_offer(one.here, name, now=NOW)
    assert told["moved"] == [name]
    apart = products(one.here)
    assert apart[two.id("x")] != apart[one.id("a")] == before[one.id("a")]
    regroup(one.here, now=NOW, model=None)
    assert products(one.here) == apart
    catch_up(one.here)
    assert len(find(one.here, Query(text="Kopfhörer"), now=NOW)["items"]) == 2
    undone = undo_answer(one.here, None, now=NOW)
    assert undone["answer"] == told["answer"]
    assert products(one.here) == before
    catch_up(one.here)
    assert len(find(one.here, Query(text="Kopfhörer"), now=NOW)["items"]) == 1
    [kept] = list_answers(one.here, limit=5)
    assert (kept["kind"], kept["undone_at"]) == ("split", NOW.isoformat())
    with pytest.raises(NotFound):
        undo_answer(one.here, None, now=NOW)


def test_a_rejected_pair_is_not_asked_again(shops: tuple[Shop, Shop]) -> None:
    one, two = shops
    pair = doubt(one, one.id("b"), two.id("y"))
    before = products(one.here)
    answer_review(one.here, pair, same=False, now=NOW)
    assert products(one.here) == before
    with pytest.raises(NotFound):
        answer_review(one.here, pair, same=True, now=NOW)


def test_an_offer_that_stands_alone_cannot_be_split(shops: tuple[Shop, Shop]) -> None:
    with pytest.raises(UsageError, match="stands alone"):
        split_offer(shops[0].here, public_id(shops[0].id("b")), now=NOW)


def test_a_product_shows_its_offers_by_price_its_lows_and_its_variants(
    shops: tuple[Shop, Shop],
) -> None:
    one, two = shops
    phones = {
        f"s{gb}": said(
            f"Sonaferra S9 Smartphone {gb} GB", 300.0 + gb, brand="Sonaferra", item_group_id="S9"
        )
        for gb in (64, 128)
    }
    one.read(1, {**ONE, **phones})
    two.read(1, {**TWO, "x": {**TWO["x"], "price": "209.00 EUR"}})
    group_waiting(one.here, now=NOW)
    name = show_offer(one.here, public_id(one.id("a")), now=NOW)["product"]["id"]
    found = show_product(one.here, name, now=NOW)
    assert [item["price"]["minor"] for item in found["items"]] == [19900, 20900]
    assert (found["offers"], found["merchants"], found["from"]["minor"]) == (2, 2, 19900)
    assert found["gtin"] == "0" + SONY["gtin"]
    # Two was cheaper before, and that counts for the product.
    low = next(low for low in found["lowest"] if low["days"] is None)
    assert (low["price"]["minor"], low["offer"]) == (18900, public_id(two.id("x")))
    assert found["siblings"] == []
    small = show_product(one.here, product_name(products(one.here)[one.id("s64")]), now=NOW)
    [sibling] = small["siblings"]
    assert sibling["differs"] == {"storage": "128 GB"}
    assert sibling["offer"] == public_id(one.id("s128"))
    with pytest.raises(NotFound):
        show_product(one.here, public_id(one.id("a")), now=NOW)  # the name of an offer
    assert product_number(name) == products(one.here)[one.id("a")]


def test_a_search_shows_a_product_once_by_its_cheapest_honest_offer(
    shops: tuple[Shop, Shop],
) -> None:
    one, two = shops
    [item] = find(one.here, Query(text="Kopfhörer"), now=NOW)["items"]
    assert item["price"]["minor"] == 18900
    assert (item["product"]["offers"], item["product"]["from"]["minor"]) == (2, 18900)
    # Who asks for one merchant sees that merchant's.
    [mine] = find(one.here, Query(text="Kopfhörer", merchants=("eins",)), now=NOW)["items"]
    assert (mine["merchant"]["slug"], mine["price"]["minor"]) == ("eins", 19900)
    [cheap] = find(one.here, Query(text="Kopfhörer", sort=Sort.PRICE), now=NOW)["items"]
    assert cheap["price"]["minor"] == 18900
    # A cheaper price that is not to be had stands for nothing.
    two.read(1, {**TWO, "x": {**TWO["x"], "availability": "out_of_stock"}})
    [item] = find(one.here, Query(text="Kopfhörer"), now=NOW)["items"]
    assert item["price"]["minor"] == 19900
