import json
from typing import Any

import pytest

from ingest.feeds import Folder, example
from sparfuchs.kernel.errors import FeedUnreadable

PRICES = {"currency_code": "EUR", "currency_minor_unit": 2, "price": "1105", "price_range": None}


def page(*prices: dict[str, Any], **product: Any) -> str:
    return json.dumps(
        [
            {"id": place, "name": "Ding", "prices": {**PRICES, **one}, **product}
            for place, one in enumerate(prices, 1)
        ]
    )


@pytest.mark.parametrize(
    ("price", "unit", "currency", "minor"),
    [
        ("1105", 2, "GBP", 1105),
        ("1025", 0, "JPY", 1025),
        ("5", 2, "EUR", 5),
        ("1250", 3, "KWD", 1250),
        ("19", 0, "EUR", 1900),
        ("19990", 3, "EUR", 1999),
        (1105, 2, "EUR", 1105),
    ],
)
def test_R_W_1_the_scale_of_a_price_is_the_stated_one(
    folder: Folder, price: str | int, unit: int, currency: str, minor: int
) -> None:
    stated = {"price": price, "currency_minor_unit": unit, "currency_code": currency}
    offer = folder.read(page(stated)).only
    assert (offer["regular_minor"], offer["currency"]) == (minor, currency)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"currency_minor_unit": None}, "price_unreadable"),
        ({"currency_minor_unit": 40}, "price_unreadable"),
        ({"price": "11.05"}, "price_unreadable"),
        ({"price": "19999", "currency_minor_unit": 3}, "price_too_precise"),
        ({"price": ""}, "price_missing"),
        ({"price": "0"}, "price_not_positive"),
        ({"price_range": {"min_amount": "900", "max_amount": "1900"}}, "price_ambiguous"),
        ({"currency_code": None}, "currency_missing"),
    ],
)
def test_R_W_1_a_price_without_a_scale_or_of_a_range_is_none(
    folder: Folder, stated: dict[str, Any], reason: str
) -> None:
    assert folder.read(page(stated)).reasons == {reason: 1}


def test_a_range_of_one_amount_is_a_price(folder: Folder) -> None:
    span = {"price_range": {"min_amount": "1105", "max_amount": "1105"}}
    assert folder.read(page(span)).only["regular_minor"] == 1105


def test_only_what_is_on_sale_has_a_former_price(folder: Folder) -> None:
    sale = {"price": "900", "regular_price": "1900", "sale_price": "900"}
    reduced = folder.read(page(sale, on_sale=True)).only
    assert (reduced["ref_price_minor"], reduced["ref_kind"]) == (1900, "previous")
    assert folder.read(page(sale, on_sale=False)).only["ref_price_minor"] is None


def test_one_product_of_another_shape_costs_no_other(folder: Folder) -> None:
    good = json.loads(page({}, {}))
    result = folder.read(json.dumps([good[0], {"id": 9, "prices": 5}, 7, good[1]]))
    assert result.offers.height == 2
    assert result.reasons == {"row_malformed": 2}
    assert result.rejections["line"].to_list() == [2, 3]


def test_R_C_4_a_page_that_ends_in_the_middle_is_refused(folder: Folder) -> None:
    with pytest.raises(FeedUnreadable, match="no complete list"):
        folder.read(page({}, {})[:-4])


def test_the_example_page_reads_as_it_says() -> None:
    result = example("messerwerk-woocommerce.json")
    assert result.reading.detected.format == "woocommerce-json"
    assert result.reasons == {"price_ambiguous": 1}
    knife = result.offer("311")
    assert knife["title"] == "Kochmesser „Wels“ 20 cm"
    assert (knife["regular_minor"], knife["ref_price_minor"]) == (8900, 10900)
    assert (knife["availability"], knife["material"]) == ("limited", "Carbonstahl")
    assert knife["category_path"] == "Messer > Kochmesser"
    assert len(knife["image_urls"]) == 2
    board = result.offer("313")
    assert (board["item_group_id"], board["size"], board["availability"]) == (
        "312", "groß", "out_of_stock",
    )  # fmt: skip
    assert board["landing_url"].endswith("?attribute_groesse=gross")
