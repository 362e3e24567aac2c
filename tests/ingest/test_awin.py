import json

import pytest

from ingest.feeds import Folder, awin, example, gzipped


def test_R_A_the_price_is_search_price_and_no_other_column(folder: Folder) -> None:
    offer = folder.read(
        awin(
            {
                "search_price": "24.95",
                "store_price": "99.00",
                "display_price": "EUR99.00",
                "base_price": "39.95",
                "saving": "15.00",
            }
        )
    ).only
    assert (offer["regular_minor"], offer["currency"]) == (2495, "EUR")
    assert (offer["ref_price_minor"], offer["ref_kind"], offer["claim_percent"]) == (
        None, "none", None,
    )  # fmt: skip
    assert json.loads(offer["attributes"])["base_price"] == "39.95"


@pytest.mark.parametrize(
    ("columns", "reference", "kind", "flags"),
    [
        ({"rrp_price": "39.95"}, 3995, "uvp", []),
        ({"product_price_old": "29.95"}, 2995, "previous", []),
        ({"product_price_old": "29.95 EUR"}, 2995, "previous", []),
        ({"rrp_price": "39.95", "product_price_old": "29.95"}, 2995, "previous", []),
        ({"rrp_price": "19.99"}, None, "none", []),
        ({"rrp_price": "0.00"}, None, "none", []),
        ({"product_price_old": "399.90 BRL"}, None, "none", ["bad_reference"]),
        ({"rrp_price": "UVP"}, None, "none", ["bad_reference"]),
    ],
)
def test_R_A_a_reference_price_keeps_the_name_that_the_merchant_gives_it(
    folder: Folder,
    columns: dict[str, str],
    reference: int | None,
    kind: str,
    flags: list[str],
) -> None:
    offer = folder.read(awin(columns)).only
    assert (offer["ref_price_minor"], offer["ref_kind"]) == (reference, kind)
    assert offer["flags"] == flags
    assert offer["regular_minor"] == 1999


def test_R_A_a_former_price_in_the_rows_own_foreign_currency_is_one(folder: Folder) -> None:
    row = {"search_price": "299.90", "currency": "BRL", "product_price_old": "399.90 BRL"}
    offer = folder.read(awin(row)).only
    assert (offer["currency"], offer["ref_price_minor"]) == ("BRL", 39990)


@pytest.mark.parametrize(("text", "percent"), [("37", 37), ("37.5%", 37), ("0", None), ("x", None)])
def test_R_A_the_percentage_is_the_merchants_claim_alone(
    folder: Folder, text: str, percent: int | None
) -> None:
    offer = folder.read(awin({"savings_percent": text})).only
    assert (offer["claim_percent"], offer["sale_minor"]) == (percent, None)


@pytest.mark.parametrize(
    ("columns", "means"),
    [
        ({"in_stock": "1"}, "in_stock"),
        ({"in_stock": "yes"}, "in_stock"),
        ({"in_stock": "false"}, "out_of_stock"),
        ({"in_stock": ""}, "unknown"),
        ({"in_stock": "1", "is_for_sale": "0"}, "out_of_stock"),
        ({"in_stock": "1", "is_for_sale": "1", "pre_order": "1"}, "preorder"),
        ({"stock_status": "in stock"}, "in_stock"),
        ({"stock_status": "Sold out", "in_stock": "1"}, "out_of_stock"),
        ({"stock_status": "wenige", "in_stock": "1"}, "in_stock"),
    ],
)
def test_R_A_stock_is_what_the_switches_say_together(
    folder: Folder, columns: dict[str, str], means: str
) -> None:
    assert folder.read(awin(columns)).only["availability"] == means


@pytest.mark.parametrize("column", ["ean", "product_GTIN", "upc", "isbn"])
def test_R_A_the_gtin_is_looked_for_in_all_four_columns(folder: Folder, column: str) -> None:
    row = {"ean": "", "product_GTIN": "", "upc": "", "isbn": "", column: "4006381333931"}
    assert folder.read(awin(row)).only["gtin14"] == "04006381333931"


def test_R_A_a_wrong_ean_gives_way_to_a_right_upc(folder: Folder) -> None:
    offer = folder.read(awin({"ean": "4006381333932", "upc": "036000291452"})).only
    assert (offer["gtin14"], offer["flags"]) == ("00036000291452", [])


def test_R_A_the_merchants_own_id_is_the_key_and_awins_the_last_resort(folder: Folder) -> None:
    rows = ({"aw_product_id": "9"}, {"aw_product_id": "10", "merchant_product_id": ""})
    result = folder.read(awin(*rows))
    assert result.offers["source_offer_id"].to_list() == ["W1", "10"]


def test_R_A_the_order_of_columns_means_nothing(folder: Folder) -> None:
    header, row = awin({"ean": "4006381333931"}).splitlines()
    turned = "\n".join(",".join(reversed(line.split(","))) for line in (header, row))
    assert folder.read(turned).only["gtin14"] == "04006381333931"


def test_R_A_free_shipping_is_zero_and_nothing_said_is_null(folder: Folder) -> None:
    rows = [{"delivery_cost": text} for text in ("3.95", "0.00", "", "frei")]
    assert folder.read(awin(*rows)).offers["shipping_minor"].to_list() == [395, 0, None, None]


def test_R_A_a_gzipped_feed_of_commas_and_semicolons_is_understood(folder: Folder) -> None:
    feed = awin({"search_price": "1.249,00"}, {"search_price": "24,95"}, delimiter=";")
    result = folder.read(gzipped(feed))
    assert result.offers["regular_minor"].to_list() == [124900, 2495]
    assert result.reading.detected.facts() == {
        "format": "awin-csv",
        "encoding": "utf-8",
        "compression": "gzip",
        "delimiter": ";",
        "decimal": ",",
        "currency": "EUR",
    }


def test_the_example_feed_reads_as_it_says() -> None:
    result = example("strickstube-awin.csv")
    hat = result.offer("WM-1")
    assert hat["title"] == "Wollmütze Fjäll"
    assert hat["description"] == "Aus Merinowolle; warm und weich"
    assert (hat["regular_minor"], hat["ref_price_minor"], hat["ref_kind"]) == (2495, 3995, "uvp")
    assert (hat["size"], hat["gtin14"], hat["claim_percent"]) == ("M", "04006381333931", 37)
    scarf = result.offer("WM-2")
    assert (scarf["regular_minor"], scarf["ref_kind"], scarf["shipping_minor"]) == (
        124900, "previous", 0,
    )  # fmt: skip
    assert scarf["line"] == 4
    assert result.offer("WM-3")["availability"] == "out_of_stock"
    assert result.reading.detected.encoding == "cp1252"
