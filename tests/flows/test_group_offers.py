"""Offers become products as runs bring them: who meets whom, what starts it, what survives."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from flows.market import NOW, Shop
from sparfuchs.flows import group_offers
from sparfuchs.flows.group_offers import group_waiting, regroup, regroup_touched
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.sources import remove_source
from sparfuchs.flows.sweep import sweep
from sparfuchs.kernel.clock import system_clock


def said(title: str, price: float = 199.0, /, **more: str) -> dict[str, str]:
    return {"title": title, "price": f"{price:.2f} EUR", "condition": "new", **more}


SONY = {"brand": "Quarnil", "gtin": "4006381333931", "mpn": "HX-700"}
TV = {"brand": "Vibranor", "gtin": "4012345123456", "mpn": "TV55Q"}

ONE = {
    "a": said("Quarnil HX-700 Kopfhörer Schwarz", 199.0, color="Schwarz", **SONY),
    "b": said("Vibranor TV55Q Fernseher 55 Zoll", 499.0, **TV),
}
TWO = {
    "x": said("Kopfhörer Quarnil HX700 schwarz", 189.0, color="Schwarz", **SONY),
    "y": said("Teslonde Wasserkocher WK-20 Edelstahl", 39.0, brand="Teslonde", mpn="WK-20"),
}


@pytest.fixture
def shops(here: Installation, tmp_path: Path) -> tuple[Shop, Shop]:
    return (
        Shop(here, tmp_path / "one.tsv", merchant="Eins"),
        Shop(here, tmp_path / "two.tsv", merchant="Zwei"),
    )


def products(here: Installation) -> dict[int, int]:
    with here.database.reading() as work:
        found = work.execute("SELECT offer_id, product_id FROM product_members")
        return {row.offer_id: row.product_id for row in found}


def edges(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows("SELECT left_id, right_id, probability FROM product_edges ORDER BY 1, 2")


def test_the_same_thing_at_two_merchants_is_one_product_and_the_rest_stand_alone(
    shops: tuple[Shop, Shop],
) -> None:
    one, two = shops
    one.read(0, ONE)
    two.read(0, TWO)
    assert group_waiting(one.here, now=NOW) == 4
    of = products(one.here)
    assert of[one.id("a")] == of[two.id("x")]
    assert len(set(of.values())) == 3
    [(how, reasons, partner)] = one.rows(
        "SELECT how, reasons, partner_id FROM product_members WHERE offer_id = :id",
        id=two.id("x"),
    )
    assert (how, partner) == ("key", one.id("a"))
    assert "same GTIN 04006381333931" in reasons
    assert group_waiting(one.here, now=NOW) == 0


def test_a_later_offer_meets_the_products_that_are_known_and_their_ids_stay(
    shops: tuple[Shop, Shop],
) -> None:
    one, two = shops
    many = {
        f"n{n}": said(f"Lumerixa Lampe LX-{n} Kugel {n} cm", brand="Lumerixa", mpn=f"LX-{n}")
        for n in range(20, 40)
    }
    one.read(0, {**ONE, **many})
    group_waiting(one.here, now=NOW)
    before = products(one.here)
    two.read(0, TWO)
    assert group_waiting(one.here, now=NOW) == 2  # and not all that is known
    after = products(one.here)
    assert {offer: after[offer] for offer in before} == before
    assert after[two.id("x")] == before[one.id("a")]
    assert one.count("match_versions") == 1
    assert after[two.id("y")] not in before.values()


def test_a_price_starts_nothing_and_other_words_are_compared_anew(shops: tuple[Shop, Shop]) -> None:
    one, two = shops
    one.read(0, ONE)
    two.read(0, TWO)
    group_waiting(one.here, now=NOW)
    before, was = products(one.here), edges(one)
    two.read(1, {**TWO, "x": {**TWO["x"], "price": "149.00 EUR"}})
    assert group_waiting(one.here, now=NOW) == 0
    assert (products(one.here), edges(one)) == (before, was)
    # The merchant now says that it is another thing.
    other = said("Oktavion Drucker DR-9 Laser", brand="Oktavion", mpn="DR-9", gtin="4001234567891")
    two.read(2, {**TWO, "x": other})
    assert group_waiting(one.here, now=NOW) == 1
    after = products(one.here)
    assert after[two.id("x")] != after[one.id("a")]
    assert after[one.id("a")] == before[one.id("a")]


def test_variants_are_siblings_and_never_one_product(shops: tuple[Shop, Shop]) -> None:
    one, two = shops
    phone = {"brand": "Sonaferra", "item_group_id": "S9"}
    one.read(
        0,
        {
            "s64": said("Sonaferra S9 Smartphone 64 GB schwarz", **phone),
            "s128": said("Sonaferra S9 Smartphone 128 GB schwarz", **phone),
        },
    )
    two.read(0, {"p64": said("Sonaferra S9 Smartphone 64GB Schwarz", brand="Sonaferra")})
    group_waiting(one.here, now=NOW)
    of = products(one.here)
    assert of[one.id("s64")] != of[one.id("s128")]
    assert of[two.id("p64")] != of[one.id("s128")]


def test_one_offer_that_comes_by_two_ways_is_merged_with_where_it_came_from(
    here: Installation, tmp_path: Path
) -> None:
    ways = [Shop(here, tmp_path / f"{n}.tsv", name=n, merchant="Eins") for n in ("feed", "netz")]
    for way in ways:
        way.read(0, ONE)
    group_waiting(here, now=NOW)
    kept = ways[0].id("a")
    [(same,)] = ways[0].rows(
        "SELECT same_as FROM product_members WHERE offer_id = :id", id=ways[1].id("a")
    )
    assert same == kept
    assert products(here)[kept] == products(here)[ways[1].id("a")]


def test_what_fails_half_way_leaves_nothing_and_is_done_again(
    shops: tuple[Shop, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = shops
    one.read(0, ONE)
    two.read(0, TWO)

    def breaks(*_: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as patched:
        patched.setattr(group_offers, "ask", breaks)
        with pytest.raises(RuntimeError):
            group_waiting(one.here, now=NOW)
    assert one.count("product_members") == one.count("match_versions") == one.count("products") == 0
    assert group_waiting(one.here, now=NOW) == 4
    # What the failure left on disk is named by nothing; what is named stays.
    later = dataclasses.replace(one.here)
    assert sweep(later, now=system_clock().replace(year=2100)) > 0
    two.read(1, {**TWO, "z": said("Kopfhörer Quarnil HX 700 Schwarz", **SONY)})
    assert group_waiting(one.here, now=NOW) == 1
    assert products(one.here)[two.id("z")] == products(one.here)[one.id("a")]


def test_comparing_all_anew_keeps_the_ids_of_products(shops: tuple[Shop, Shop]) -> None:
    one, two = shops
    one.read(0, ONE)
    two.read(0, TWO)
    group_waiting(one.here, now=NOW)
    before = products(one.here)
    assert regroup(one.here, now=NOW, model=None) == 4
    assert products(one.here) == before
    assert one.rows("SELECT DISTINCT version FROM product_members") == [(2,)]
    assert regroup_touched(one.here, now=NOW) == 0


def test_touched_products_are_looked_at_again_as_a_whole(shops: tuple[Shop, Shop]) -> None:
    one, two = shops
    one.read(0, {**ONE, **{f"l{n}": said(f"Lampe {n} LX-{n}") for n in range(10)}})
    group_waiting(one.here, now=NOW)
    two.read(0, TWO)
    group_waiting(one.here, now=NOW)
    before = products(one.here)
    assert regroup_touched(one.here, now=NOW) == 2  # both offers of the one product
    assert products(one.here) == before
    assert regroup_touched(one.here, now=NOW) == 0


def test_a_removed_source_leaves_no_member_and_the_rest_is_found_as_before(
    shops: tuple[Shop, Shop],
) -> None:
    one, two = shops
    one.read(0, ONE)
    two.read(0, TWO)
    group_waiting(one.here, now=NOW)
    product = products(one.here)[one.id("a")]
    remove_source(one.here, one.source, now=NOW)
    group_waiting(one.here, now=NOW)
    assert set(products(one.here)) == {two.id("x"), two.id("y")}
    ended = one.rows("SELECT id FROM products WHERE ended_at IS NOT NULL")
    assert len(ended) == 1
    # What is left still stands for the product: a new offer finds it.
    one.merchant = "Drei"
    one.read(0, ONE)
    group_waiting(one.here, now=NOW)
    assert products(one.here)[one.id("a")] == product
