import json

import pytest

from ingest.feeds import Folder, example, shopify, whole
from sparfuchs.ingest.api import FeedSettings, from_path
from sparfuchs.kernel.errors import FeedUnreadable

ADDRESS = "https://shop.example/products.json?limit=250&page=1"


@pytest.mark.parametrize(
    ("compare", "reference", "kind"),
    [("32.00", 3200, "previous"), ("0.00", None, "none"), ("24.00", None, "none"),
     ("20.00", None, "none"), (None, None, "none")],
)  # fmt: skip
def test_a_compare_price_is_a_reference_only_above_the_price(
    folder: Folder, compare: str | None, reference: int | None, kind: str
) -> None:
    offer = folder.read(shopify({"compare_at_price": compare}), currency="EUR").only
    assert (offer["regular_minor"], offer["ref_price_minor"], offer["ref_kind"]) == (
        2400, reference, kind,
    )  # fmt: skip
    assert offer["flags"] == []


def test_the_currency_is_never_assumed(folder: Folder) -> None:
    page = shopify({}, {})
    unset = folder.read_as(page, ADDRESS)
    assert unset.reasons == {"currency_missing": 2}
    assert "currency=EUR" in unset.reading.detected.notes[0]
    assert folder.read_as(page, ADDRESS, currency="GBP").offers["currency"].to_list() == [
        "GBP", "GBP",
    ]  # fmt: skip
    asked = folder.read_as(page, ADDRESS + "&currency=chf")
    assert asked.offers["currency"].to_list() == ["CHF", "CHF"]


def test_R_S_1_a_variant_is_an_offer_with_its_own_link(folder: Folder) -> None:
    page = shopify({"title": "blau"}, {"title": "rot"}, options=[{"name": "Farbe"}])
    result = folder.read_as(page, ADDRESS, currency="EUR")
    first, second = result.offers.rows(named=True)
    assert (first["source_offer_id"], second["source_offer_id"]) == ("70", "71")
    assert first["item_group_id"] == second["item_group_id"] == "7"
    assert (first["title"], second["title"]) == ("Schale blau", "Schale rot")
    assert first["landing_url"] == "https://shop.example/products/schale?variant=70"
    assert first["raw_hash"] == second["raw_hash"]


def test_the_default_title_is_no_part_of_the_name(folder: Folder) -> None:
    assert folder.read(shopify({}), currency="EUR").only["title"] == "Schale"


def test_without_a_host_there_is_no_link_unless_the_shop_is_set(folder: Folder) -> None:
    assert folder.read(shopify({}), currency="EUR").only["landing_url"] is None
    stated = folder.read(shopify({}), currency="EUR", shop_url="https://shop.example/").only
    assert stated["landing_url"] == "https://shop.example/products/schale?variant=70"


@pytest.mark.parametrize(
    ("variant", "means"),
    [
        ({"available": True}, "in_stock"),
        ({"available": False}, "out_of_stock"),
        ({"inventory_quantity": 0, "inventory_policy": "deny"}, "out_of_stock"),
        ({"inventory_quantity": 3, "inventory_policy": "deny"}, "in_stock"),
        ({"inventory_quantity": 0, "inventory_policy": "continue"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_stock_is_the_variants(folder: Folder, variant: dict[str, object], means: str) -> None:
    assert folder.read(shopify(variant), currency="EUR").only["availability"] == means


def test_a_bare_list_of_products_is_read_as_well(folder: Folder) -> None:
    products = json.dumps(json.loads(shopify({}))["products"])
    assert folder.read(products, currency="EUR").offers.height == 1


def test_pages_are_read_in_their_order_and_an_empty_last_page_is_no_fault(folder: Folder) -> None:
    for page, variant in ((10, "c"), (2, "b"), (1, "a")):
        folder.write(shopify({"id": page, "title": variant}), f"page-{page}.json")
    folder.write('{"products": []}', "page-11.json")
    result = whole(from_path(folder.path), FeedSettings.from_pairs({"currency": "EUR"}))
    assert result.offers["title"].to_list() == ["Schale a", "Schale b", "Schale c"]


def test_R_C_4_a_page_that_ends_in_the_middle_is_refused(folder: Folder) -> None:
    with pytest.raises(FeedUnreadable, match="no complete list"):
        folder.read(shopify({})[:-3], currency="EUR")


def test_R_F_1_one_broken_product_does_not_stop_the_page(folder: Folder) -> None:
    page = json.loads(shopify({}))
    page["products"] += [{"id": 8, "title": 5, "variants": 3}, {"id": 9, "title": "leer"}]
    result = folder.read(json.dumps(page), currency="EUR")
    assert result.offers.height == 1
    assert result.reasons == {"row_malformed": 2}
    assert result.rejections["line"].to_list() == [2, 3]


def test_the_example_page_reads_as_it_says() -> None:
    result = example("keramik-shopify.json", currency="EUR", shop_url="https://keramik.example")
    bowl = result.offer("70011")
    assert bowl["title"] == "Schale Nordsee blau / klein"
    assert (bowl["colour"], bowl["size"], bowl["ref_price_minor"]) == ("blau", "klein", 3200)
    assert bowl["description"] == "Gedreht & glasiert."
    assert result.offer("70012")["availability"] == "out_of_stock"
    assert result.offer("70021")["title"] == "Becher Ebbe"
