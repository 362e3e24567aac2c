"""Packs that hold less: found by what one offer states, or by the offer that takes its place."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.build import ago
from sparfuchs.pricing.packs import PACK, follow_packs, packs, shrunk, taking_place

FIRST, SECOND = (7 << 32) + 1, (7 << 32) + 2


def read(
    title: str, price: int | None, days: float, offer: int = FIRST, **more: Any
) -> pl.DataFrame:
    stated = {
        "offer_id": offer,
        "title": title,
        "brand": "Milfina",
        "category_path": "Lebensmittel > Vorrat",
        "product_type": None,
        "price_minor": price,
        "currency": "EUR",
        "unit_amount": None,
        "unit": None,
        **more,
    }
    kinds = {
        "product_type": pl.String,
        "price_minor": pl.Int64,
        "unit_amount": pl.Float64,
        "unit": pl.String,
    }
    return packs(pl.DataFrame([stated], schema_overrides=kinds), ago(days))


def told(kept: pl.DataFrame) -> list[tuple[Any, ...]]:
    found = shrunk(kept, ago(0))
    return found.select("percent", "since", "amount_before", "amount").rows()


def test_R_GP_2_less_for_the_same_price_is_named_with_its_percent() -> None:
    before = read("Schokolade 250 g", 299, -20)
    after = follow_packs(read("Schokolade 200 g", 299, -10), before)
    assert (before["unit_minor"].item(), after["unit_minor"].item()) == (1196, 1495)
    assert told(after) == [(25, ago(-10), 250.0, 200.0)]
    assert told(follow_packs(read("Schokolade 250 g", 299, -5), after)) == []


def test_it_goes_on_while_the_amount_stands_and_the_price_moves() -> None:
    kept = follow_packs(read("Chips 150 g", 199, -20), read("Chips 175 g", 199, -40))
    assert told(kept) == [(16, ago(-20), 175.0, 150.0)]
    kept = follow_packs(read("Chips 150 g", None, -10), kept)  # the price is not known
    assert told(kept) == [(16, ago(-20), 175.0, 150.0)]
    kept = follow_packs(read("Chips 150 g", 229, -5), kept)
    assert told(kept) == [(34, ago(-20), 175.0, 150.0)]
    kept = follow_packs(read("Chips 150 g", 149, -2), kept)  # as cheap by weight as before
    assert told(kept) == []


def test_it_is_told_for_a_year() -> None:
    kept = follow_packs(read("Chips 150 g", 199, -364), read("Chips 175 g", 199, -400))
    assert len(shrunk(kept, ago(0))) == 1
    assert shrunk(kept, ago(1) + timedelta(hours=1)).is_empty()


@pytest.mark.parametrize(
    ("title", "price"),
    [
        ("Schokolade 300 g", 399),  # more
        ("Schokolade 200 g", 239),  # less, and no dearer by weight
        ("Schokolade 100 g", 299),  # less than half is another pack
        ("Schokolade 200 ml", 299),  # another dimension
        ("Schokolade", 299),  # nothing is said
    ],
)
def test_what_is_no_shrunken_pack(title: str, price: int) -> None:
    assert told(follow_packs(read(title, price, -1), read("Schokolade 250 g", 299, -20))) == []


def test_another_currency_is_another_price() -> None:
    before = read("Schokolade 250 g", 299, -20)
    assert told(follow_packs(read("Schokolade 200 g", 299, -1, currency="CHF"), before)) == []


def test_E13_a_smaller_pack_that_takes_the_place_of_one_is_told_to_be_dearer() -> None:
    gone = read("Milfina Müsli, 250 g", 299, -30)
    fresh = read("Milfina Müsli 200g", 269, -3, offer=SECOND)
    after = taking_place(fresh, gone, gone["offer_id"])
    assert after["offer_id"].to_list() == [SECOND]
    assert shrunk(after, ago(0)).select("percent", "unit_before").rows() == [(12, 1196)]
    assert told(after) == [(12, ago(-3), 250.0, 200.0)]


@pytest.mark.parametrize(
    "gone",
    [
        read("Milfina Müsli Schoko 250 g", 299, -30),  # another thing
        read("Milfina Müsli 500 g", 549, -30),  # a larger size, twice as dear
        read("Milfina Müsli 150 g", 229, -30),  # a smaller one
        read("Milfina Müsli 250 g", 299, -2),  # came later
        read("Milfina Müsli 250 g", 299, -30, brand="Andere"),
    ],
)
def test_what_takes_no_place(gone: pl.DataFrame) -> None:
    fresh = read("Milfina Müsli 200 g", 269, -3, offer=SECOND)
    assert taking_place(fresh, gone, gone["offer_id"]).is_empty()


def test_of_several_that_are_gone_the_newest_counts() -> None:
    gone = pl.concat(
        [
            read("Milfina Müsli 300 g", 299, -300),
            read("Milfina Müsli 250 g", 299, -30, offer=FIRST + 9),
        ]
    )
    fresh = read("Milfina Müsli 200 g", 299, -3, offer=SECOND)
    assert told(taking_place(fresh, gone, gone["offer_id"])) == [(25, ago(-3), 250.0, 200.0)]


def test_beside_a_size_that_is_still_sold_nothing_takes_a_place() -> None:
    gone = read("Milfina Müsli 300 g", 299, -300)
    sold = read("Milfina Müsli 250 g", 299, -30, offer=FIRST + 9)
    fresh = read("Milfina Müsli 200 g", 299, -3, offer=SECOND)
    assert taking_place(fresh, pl.concat([gone, sold]), gone["offer_id"]).is_empty()


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from([100, 150, 200, 250, 300]), st.integers(1, 10_000)),
        min_size=2,
        max_size=8,
    )
)
def test_whatever_is_told_is_less_in_it_and_dearer(readings: list[tuple[int, int]]) -> None:
    kept = read("Reis 1 kg", 100, -100).clear()
    for number, (grams, price) in enumerate(readings):
        now = read(f"Reis {grams} g", price, number - 50)
        kept = follow_packs(now, kept)
        # Read twice it is the same.
        assert follow_packs(now, kept).equals(kept)
    assert kept.schema == pl.Schema(PACK)
    for percent, _, before, amount in told(kept):
        grams, price = readings[-1]
        assert (amount, percent >= 0) == (grams, True)
        assert before / 2 <= amount < before
        assert any(g == before and price * g > p * grams for g, p in readings)
