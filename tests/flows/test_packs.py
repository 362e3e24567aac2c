"""Shrinkflation, from the feed to what is said of the offer."""

from typing import Any

import pytest

from flows.market import NOW, Rows, Shop, day
from sparfuchs.flows.query_to_slate import find
from sparfuchs.flows.sources import remove_source
from sparfuchs.flows.subscriptions import ensure_index
from sparfuchs.kernel.errors import UsageError
from sparfuchs.search.api import Query, Sort


def pack(title: str, price: float) -> dict[str, str]:
    return {"title": title, "price": f"{price:.2f} EUR", "product_type": "Lebensmittel > Kaffee"}


def less_in(shop: Shop, name: str) -> dict[str, Any] | None:
    shrunk: dict[str, Any] | None = shop.offer(name)["unit_price"]["shrunk"]
    return shrunk


def test_R_GP_2_a_title_alone_that_tells_of_less_is_noticed(shop: Shop) -> None:
    shop.read(0, {"a": pack("Röstkaffee 500 g", 6.99), "b": 5.0})
    shop.read(1, {"a": pack("Röstkaffee 500 g", 6.49), "b": 5.0})
    assert less_in(shop, "a") is None
    shop.read(2, {"a": pack("Röstkaffee 400 g", 6.49), "b": 5.0})
    assert less_in(shop, "a") == {
        "percent": 25,  # 12,98 to 16,23 a kilogram
        "since": day(2).isoformat(),
        "amount": 0.4,
        "amount_before": 0.5,
        "before": {"minor": 1298, "currency": "EUR"},
    }


def test_E13_a_smaller_pack_is_noticed_once_the_old_one_is_gone(shop: Shop) -> None:
    old: Rows = {"old": pack("Röstkaffee 500 g", 6.99), "b": 5.0}
    shop.read(0, old)
    both: Rows = {**old, "new": pack("Röstkaffee 400 g", 6.79)}
    shop.read(10, both)
    assert less_in(shop, "new") is None  # both sizes are sold
    without = {name: said for name, said in both.items() if name != "old"}
    shop.read(11, without)
    shop.read(12, {**without, "b": 5.1})
    assert shop.offer("old")["status"] == "gone"
    told = less_in(shop, "new")
    assert told is not None
    assert (told["amount_before"], told["percent"]) == (0.5, 21)


def test_E13_a_smaller_pack_that_comes_when_the_old_is_gone_is_noticed(shop: Shop) -> None:
    shop.read(0, {"old": pack("Röstkaffee 500 g", 6.99), "b": 5.0})
    shop.read(11, {"b": 5.0})
    shop.read(12, {"b": 5.1})
    shop.read(30, {"new": pack("RÖSTKAFFEE 400g", 6.79), "b": 5.0})
    told = less_in(shop, "new")
    assert told is not None
    assert (told["amount_before"], told["percent"]) == (0.5, 21)


def test_what_is_read_twice_or_of_the_past_changes_no_pack(shop: Shop) -> None:
    shop.read(5, {"a": pack("Röstkaffee 500 g", 6.49), "b": 5.0})
    shop.read(6, {"a": pack("Röstkaffee 500 g", 6.49), "b": 5.0})
    assert shop.rows("SELECT amount, since, amount_before FROM packs") == [(500.0, day(5), None)]


def test_packs_go_with_their_source(shop: Shop) -> None:
    shop.read(0, {"a": pack("Röstkaffee 500 g", 6.99), "b": 5.0})
    assert len(shop.rows("SELECT 1 FROM packs")) == 1
    remove_source(shop.here, shop.source, now=NOW)
    assert shop.rows("SELECT 1 FROM packs") == []


def test_R_GP_1_what_is_sold_by_weight_is_ordered_by_what_a_kilogram_costs(shop: Shop) -> None:
    shop.read(
        0,
        {
            "large": pack("Röstkaffee Fee 1 kg", 12.99),
            "small": pack("Röstkaffee Rabe 250 g", 2.99),
            "dear": pack("Röstkaffee Gold 500 g", 9.99),
            "cola": {**pack("Kaffeecola 1 l", 1.0), "product_type": "Lebensmittel > Getränke"},
            "b": 5.0,
        },
    )
    ensure_index(shop.here)
    asked = Query(sort=Sort.UNIT_PRICE, units=("kg",))
    found = find(shop.here, asked, now=NOW)
    assert [item["title"].split()[1] for item in found["items"]] == ["Rabe", "Fee", "Gold"]
    assert {one["value"]: one["count"] for one in found["facets"]["unit"]} == {"kg": 3, "l": 1}
    for units in ((), ("kg", "l"), ("stone",)):
        with pytest.raises(UsageError):
            find(shop.here, Query(sort=Sort.UNIT_PRICE, units=units), now=NOW)
