"""What makes two offers one at once, and what forbids it."""

from typing import Any

import polars as pl
import pytest

from matching.offers import offered
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.explain import explain
from sparfuchs.matching.keys import canonical, exact
from sparfuchs.matching.normalise import normalise
from sparfuchs.matching.veto import vetoes

GTIN = "04006381333931"
OTHER = "04006381333948"


def keys(*rows: dict[str, Any]) -> list[tuple[int, int, str, str]]:
    offers = offered(*({"title": "Ding", **row} for row in rows))
    return exact(offers, normalise(offers)).rows()


def veto(one: dict[str, Any] | str, two: dict[str, Any] | str) -> str | None:
    corpus = Corpus.of(offered(one, two))
    pairs = pl.DataFrame({"left": [0, 1], "right": [1, 0]}, schema_overrides={"left": pl.UInt32()})
    there, back = vetoes(corpus, corpus, pairs).cast(pl.String).to_list()
    assert there == back
    return None if there is None else str(there)


def test_a_merchants_own_number_makes_the_same_offer_and_anothers_does_not() -> None:
    row = {"merchant": "a", "sku": "7"}
    assert keys(row, row) == [(0, 1, "same_offer", "merchant + sku")]
    assert keys(row, {"merchant": "b", "sku": "7"}) == []


def test_a_gtin_makes_the_same_product_unless_the_brands_contradict() -> None:
    sony, jbl = {"gtin14": GTIN, "brand": "Sony"}, {"gtin14": GTIN, "brand": "JBL"}
    assert keys(sony, sony) == [(0, 1, "same_product", "gtin")]
    assert keys(sony, {"gtin14": GTIN, "brand": "SONY Europe"})
    assert keys(sony, {"gtin14": GTIN})
    assert keys(sony, jbl) == []


def test_a_gtin_of_many_brands_is_a_default_value_and_makes_nothing() -> None:
    brands = ("Sony", "JBL", "Bosch", "Siemens", None)
    assert keys(*({"gtin14": GTIN, "brand": brand} for brand in brands)) == []


def test_brand_and_part_number_make_the_same_product_however_it_is_written() -> None:
    found = keys({"brand": "Sony", "mpn": "WH-1000/XM5"}, {"brand": "SONY", "mpn": "wh1000xm5"})
    assert found == [(0, 1, "same_product", "brand + mpn")]
    assert keys({"mpn": "WH-1000"}, {"mpn": "WH-1000"}) == []


def test_many_offers_with_one_number_make_few_pairs_that_hang_together() -> None:
    found = keys(*({"gtin14": GTIN} for _ in range(50)))
    assert len(found) <= 2 * 49
    assert {row[1] for row in found} == set(range(1, 50))


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("https://www.shop.de/p/1?utm_source=x&v=2#top", "http://shop.de/p/1?v=2", True),
        ("https://shop.de/p/1/?gclid=9", "https://shop.de/p/1", True),
        ("https://shop.de/p/1?v=2", "https://shop.de/p/1?v=3", False),
        ("https://shop.de/p/1", "https://other.de/p/1", False),
    ],
)
def test_an_address_is_the_same_without_what_merely_tracks(
    one: str, two: str, *, same: bool
) -> None:
    made = pl.DataFrame({"url": [one, two]}).select(canonical(pl.col("url"))).to_series()
    assert (made[0] == made[1]) == same


@pytest.mark.parametrize(
    ("one", "two", "reason"),
    [
        ("SSD 980 Pro 500 GB", "SSD 980 Pro 1 TB", "measure"),
        ("HDMI-Kabel 2 m", "HDMI-Kabel 3 m", "measure"),
        ("Shampoo 250 ml 2er-Pack", "Shampoo 250 ml", "pack"),
        ("Hemd Leinen blau M", "Hemd Leinen blau XL", "size"),
        ("Hemd Leinen blau", "Hemd Leinen rot", "colour"),
        ("iPhone 12 generalüberholt", "iPhone 12", "condition"),
        ("Sony WH-1000XM5", "Bose QC45", "model"),
        ("Sony WH-1000XM5 schwarz", "SONY WH1000XM5 black", None),
        ("Hemd blau M", "Hemd", None),
        ("Kaffee 1000 g", "Kaffee 1 kg", None),
    ],
)
def test_another_variant_is_another_product(one: str, two: str, reason: str | None) -> None:
    assert veto(one, two) == reason


def test_two_gtins_are_two_products_and_a_missing_one_says_nothing() -> None:
    assert veto({"title": "A", "gtin14": GTIN}, {"title": "A", "gtin14": OTHER}) == "gtin"
    assert veto({"title": "A", "gtin14": GTIN}, {"title": "A"}) is None


def test_reasons_are_words_a_person_can_check() -> None:
    one = {"title": "Sony WH-1000XM5, schwarz", "price_minor": 30900, "currency": "EUR"}
    two = {"title": "SONY WH1000XM5 blau", "price_minor": 30000, "currency": "EUR"}
    corpus = Corpus.of(offered(one, two))
    pairs = pl.DataFrame({"left": [0], "right": [1]}, schema_overrides={"left": pl.UInt32()})
    said = explain(corpus, corpus, pairs)[0]
    assert said.startswith(
        "same model number wh1000xm5; price 3 % apart; colours differ: black against blue; "
    )
