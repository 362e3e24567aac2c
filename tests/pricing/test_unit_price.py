"""Grundpreis: the table of the rule book, and titles as shops write them."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.pricing.unit_price import unit_prices

FOOD = "Lebensmittel > Vorrat"


def priced(
    title: str = "",
    price: int | None = 199,
    *,
    category: str | None = FOOD,
    amount: float | None = None,
    unit: str | None = None,
    offer: int = 1,
    text: str | None = None,
) -> dict[str, Any]:
    frame = pl.DataFrame(
        {
            "offer_id": [offer],
            "title": [title],
            "category_path": [category],
            "product_type": [None],
            "price_minor": [price],
            "unit_amount": [amount],
            "unit": [unit],
            "unit_text": [text],
        },
        schema_overrides={
            "category_path": pl.String,
            "product_type": pl.String,
            "price_minor": pl.Int64,
            "unit_amount": pl.Float64,
            "unit": pl.String,
            "unit_text": pl.String,
        },
    )
    return unit_prices(frame).row(0, named=True)


@pytest.mark.parametrize(
    ("title", "price", "unit_minor", "dimension"),
    [
        ("Butter 250 g", 129, 516, "mass"),
        ("Limonade 330 ml", 249, 755, "volume"),
        ("Apfelschorle 1,5 l", 199, 133, "volume"),
        ("Bier 6 × 330 ml", 599, 303, "volume"),
        ("Champignons 400 g, 240 g Abtropfgewicht", 189, 788, "mass"),
    ],
)
def test_the_table_of_the_rule_book(
    title: str, price: int, unit_minor: int, dimension: str
) -> None:
    found = priced(title, price)
    assert (found["unit_minor"], found["dimension"]) == (unit_minor, dimension)


@pytest.mark.parametrize(
    ("title", "amount", "dimension"),
    [
        ("Cola 6x0,33l", 1980, "volume"),
        ("Wasser 6 x 330 ml", 1980, "volume"),
        ("Nudeln 2er-Pack 500g", 1000, "mass"),
        ("Nudeln 500g 2er Pack", 1000, "mass"),
        ("Mehl 1 kg", 1000, "mass"),
        ("Spülmittel 750ML", 750, "volume"),
        ("Hähnchen ca. 1,2 kg", 1200, "mass"),
        ("Oliven, Abtropfgewicht: 250 g", 250, "mass"),
        ("Pack of 3 oat drink 1 l", 3000, "volume"),
        ("Kaffeebohnen 1kg", 1000, "mass"),
        ("Apfelsaft 6 Flaschen à 0,75 l", 4500, "volume"),
        ("Müsliriegel 12 Stück je 25 g", 300, "mass"),
        ("Oat milk case of 6, 1 litre", 6000, "volume"),
        ("Ginger beer 4-pack 500 ml", 2000, "volume"),
        ("Maple syrup 12 fl. oz", 12 * 29.5735295625, "volume"),
        ("Ground coffee 8 oz", 8 * 28.349523125, "mass"),
        ("Basmati rice 2 lbs", 2 * 453.59237, "mass"),
        ("Butter 250 g (1 kg = 5,16 €)", 250, "mass"),
        ("Käse 400 g, 12,48 €/kg", 400, "mass"),
    ],
)
def test_R_GP_3_amounts_are_read_out_of_titles(title: str, amount: float, dimension: str) -> None:
    found = priced(title)
    assert (found["amount"], found["dimension"]) == (pytest.approx(amount), dimension)
    assert found["estimated"] == ("ca." in title)


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Trekkingrucksack Grat 38 l", "Sport > Rucksäcke"),
        ("Notebook 8 GB 512 GB", "Elektronik"),
        ("Kettlebell 12 kg", None),
        ("Probierset Honig 125 g und 250 g", FOOD),
        ("Vitamin B12", FOOD),
    ],
)
def test_what_is_not_sold_by_amount_has_no_unit_price(title: str, category: str | None) -> None:
    assert priced(title, category=category)["unit_minor"] is None


def test_what_the_source_states_counts_more_than_its_title() -> None:
    found = priced("Rucksack 38 l", 1000, category="Sport", amount=500, unit="g")
    assert (found["unit_minor"], found["dimension"]) == (2000, "mass")


def test_without_a_price_there_is_an_amount_and_no_unit_price() -> None:
    found = priced("Mehl 1 kg", None)
    assert (found["amount"], found["unit_minor"]) == (1000, None)


def test_R_GP_1_dimensions_are_told_apart() -> None:
    assert priced("Eis 1 l")["dimension"] != priced("Eis 1 kg")["dimension"]


@given(st.integers(1, 5000), st.integers(1, 100_000))
def test_the_unit_price_is_rounded_half_up(grams: int, price: int) -> None:
    found = priced("", price, amount=grams, unit="g")
    assert found["unit_minor"] == (price * 2000 + grams) // (2 * grams)


@pytest.mark.parametrize(
    ("title", "price", "text", "stated", "contradicts"),
    [
        ("Butter 250 g (1 kg = 5,16 €)", 129, None, 516, False),
        ("Butter 250 g", 129, "5,16 € / kg", 516, False),
        ("Butter 250 g", 129, "EUR 0.52 per 100 g", 520, False),
        ("Butter 250 g", 129, "1 kg = 7,16 €", 716, True),
        ("Limonade 330 ml", 249, "7,55 €/l", 755, False),
        ("Limonade 330 ml", 249, "0,76 € je 100 ml", 760, False),
        ("Limonade 330 ml", 249, "7,55 €/kg", None, None),
        ("Limonade 330 ml", 249, "19,99", None, None),
        ("Käse", 499, "12,48 €/kg", None, None),
        ("Salz 500 g", 29, "0,06 € / 100 g", 60, False),
    ],
)
def test_total_and_unit_price_are_checked_against_each_other(
    title: str,
    price: int,
    text: str | None,
    stated: int | None,
    contradicts: bool | None,  # noqa: FBT001 - a value of the table above
) -> None:
    found = priced(title, price, text=text)
    assert (found["stated_minor"], found["contradicts"]) == (stated, contradicts)
