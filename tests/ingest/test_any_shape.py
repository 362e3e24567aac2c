"""Feeds whose columns, elements and keys have names of their own."""

import json

import polars as pl
import pytest

from ingest.feeds import REAL, Folder, example, whole
from sparfuchs.ingest.api import FeedSettings, check, from_path
from sparfuchs.ingest.formats.guess_columns import ColumnMapping, guess
from sparfuchs.kernel.errors import FeedUnreadable


def mapping(*names: str, **columns: str) -> ColumnMapping:
    return guess(names, columns, {})


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (
            ["Artikelnummer", "Bezeichnung", "Preis (brutto)", "Preis netto", "Produkt-URL"],
            {"id": "Artikelnummer", "title": "Bezeichnung", "landing": "Produkt-URL"},
        ),
        (["ITEM_ID", "PRODUCTNAME", "PRICE_VAT"], {"id": "ITEM_ID", "price": "PRICE_VAT"}),
        (["sku", "name", "price.amount", "price.currency"],
         {"price": "price.amount", "currency": "price.currency"}),
        (["id", "title", "offers.price", "shipping.price"], {"price": "offers.price"}),
        (["id", "name", "brand.name", "images.0.url"],
         {"brand": "brand.name", "title": "name", "more_images": "images.0.url"}),
        (["id", "name", "price", "sale_price"], {"price": "price", "sale_price": "sale_price"}),
        (["id", "name", "sale_price", "market_price"],
         {"price": "sale_price", "uvp": "market_price"}),
        (["id", "name", "discounted_price", "actual_price"],
         {"price": "discounted_price", "previous": "actual_price"}),
    ],
)  # fmt: skip
def test_columns_are_guessed_by_their_names(names: list[str], found: dict[str, str]) -> None:
    guessed = mapping(*names)
    assert {stated: guessed.sources[stated][0] for stated in found} == found
    assert guessed.doubts == {}


@pytest.mark.parametrize("name", ["shipping.price", "deposit.price", "price_net", "base_price"])
def test_R_G_1_the_price_of_something_else_is_never_the_price(name: str) -> None:
    assert "price" in mapping("id", "title", name).missing


def test_a_name_that_is_not_clear_is_taken_and_marked() -> None:
    guessed = mapping("pid", "product", "list_price")
    assert set(guessed.doubts) == {"id", "title", "price"}
    assert "list_price" in guessed.doubts["price"]
    assert any("id_column=" in note for note in guessed.notes())


def test_values_that_contradict_a_name_raise_a_doubt_and_change_nothing() -> None:
    names = ["id", "title", "price", "link"]
    samples = {"id": ["1"] * 10, "price": ["auf Anfrage"] * 10, "link": ["siehe Shop"] * 10}
    guessed = guess(names, {}, samples)
    assert set(guessed.doubts) == {"id", "price", "landing"}
    assert guessed.sources == mapping(*names).sources


def test_what_the_operator_says_wins_over_the_guess(folder: Folder) -> None:
    feed = "id;name;price;Preis 2\n1;Ding;5,00;4,00\n2;Dong;7,00;6,50\n"
    plain = folder.read(feed, currency="EUR")
    assert plain.offers["regular_minor"].to_list() == [500, 700]
    said = folder.read(feed, currency="EUR", price_column="Preis 2", old_price_column="price")
    assert said.offers["regular_minor"].to_list() == [400, 650]
    assert said.offers["ref_price_minor"].to_list() == [500, 700]
    assert said.reading.detected.mapping is not None
    assert "price" not in said.reading.detected.mapping.doubts


def test_an_empty_sale_price_leaves_the_plain_one(folder: Folder) -> None:
    feed = "sku,name,regular_price,sale_price\n1,Ding,9.00,7.00\n2,Dong,8.00,\n"
    result = folder.read(feed, currency="EUR")
    assert result.offers["regular_minor"].to_list() == [700, 800]


def test_without_an_id_rows_are_rejected_with_advice(folder: Folder) -> None:
    path = folder.write("Produktname;Preis;Marke\nDing;5,00 €;Anker\nDong;7,00 €;Anker\n")
    found = check(from_path(path), FeedSettings())
    assert (found.read, found.rejected) == (2, {"id_missing": 2})
    assert any("id_column=" in text and "id_from=" in text for text in found.advice)


def test_an_id_is_made_of_what_the_operator_names(folder: Folder) -> None:
    feed = "Produktname;Preis;Marke\nDing;5,00 €;Anker\nDing;7,00 €;Boje\nDing;8,00 €;\n"
    made = folder.read(feed, id_from="title+brand").offers["source_offer_id"].to_list()
    assert len(set(made)) == 3
    assert all(len(each) == 16 for each in made)
    again = folder.read(feed.replace("5,00", "4,00"), id_from="title+brand")
    assert again.offers["source_offer_id"].to_list() == made
    assert folder.read(feed, id_from="title").offers["source_offer_id"].to_list() == ["Ding"] * 3


def test_a_stated_id_is_never_replaced_by_the_rule(folder: Folder) -> None:
    feed = "id,title,price\nA1,Ding,5.00 EUR\n,Dong,6.00 EUR\n"
    ids = folder.read(feed, id_from="title").offers["source_offer_id"].to_list()
    assert ids == ["A1", "Dong"]


def test_the_sign_of_thousands_can_be_said(folder: Folder) -> None:
    feed = "sku;name;Preis\n1;Ding;1.299 €\n2;Dong;629 €\n3;Dung;24,30 €\n"
    assert folder.read(feed).reasons == {"price_ambiguous": 1}
    said = folder.read(feed, thousands=".")
    assert said.offers["regular_minor"].to_list() == [129900, 62900, 2430]
    found = check(from_path(folder.write(feed)), FeedSettings())
    assert any("thousands=" in text for text in found.advice)


def test_lists_written_as_json_in_a_field_are_lists(folder: Folder) -> None:
    feed = (
        "sku|name|price|image\n"
        '1|Ding|5.00 EUR|"[""https://i.example/1.jpg"", ""https://i.example/2.jpg""]"\n'
    )
    assert folder.read(feed).only["image_urls"] == [
        "https://i.example/1.jpg", "https://i.example/2.jpg",
    ]  # fmt: skip


def test_a_number_of_pieces_says_whether_there_are_any(folder: Folder) -> None:
    feed = "sku,name,price,quantity\n1,A,5.00 EUR,3\n2,B,5.00 EUR,0\n3,C,5.00 EUR,viele\n"
    assert folder.read(feed).offers["availability"].to_list() == [
        "in_stock", "out_of_stock", "unknown",
    ]  # fmt: skip


def test_the_example_of_a_comparison_feed_reads_as_it_says() -> None:
    result = example("lampenhaus-vergleich.xml", currency="EUR")
    detected = result.reading.detected
    assert (detected.format, detected.item_tag) == ("product-xml", "SHOPITEM")
    lamp = result.offer("L1")
    assert (lamp["title"], lamp["regular_minor"]) == ("Leuchte Fjord 40 cm", 7990)
    assert (lamp["brand"], lamp["gtin14"]) == ("Nordlicht", "04006381333931")
    assert (lamp["description"], lamp["colour"]) == ("Aus Papier & Holz", "weiß")
    assert len(lamp["image_urls"]) == 3
    assert json.loads(lamp["attributes"])["fassung"] == "E27"
    assert result.offer("L2")["regular_minor"] == 10900


def products(*inner: str) -> str:
    body = "".join(f"<product>{each}</product>" for each in inner)
    return f"<?xml version='1.0'?><products><shop>Anker</shop>{body}</products>"


def test_attributes_and_named_fields_are_read_like_elements(folder: Folder) -> None:
    feed = products(
        '<productID>1</productID><name>Ding</name><price currency="EUR">143.99</price>'
        '<additional><field name="EAN">4006381333931</field><field name="brand" value="Anker"/>'
        '<field name="deliveryCosts">4.95</field></additional>'
    )
    offer = folder.read(feed).only
    assert (offer["regular_minor"], offer["currency"]) == (14399, "EUR")
    assert (offer["gtin14"], offer["shipping_minor"]) == ("04006381333931", 495)


def test_R_G_1_a_nested_price_is_no_price_of_the_product(folder: Folder) -> None:
    feed = products(
        "<sku>1</sku><name>Ding</name><price>19.99</price>"
        "<delivery><price>4.95</price></delivery><related><price>1.00</price></related>"
    )
    assert folder.read(feed, currency="EUR").only["regular_minor"] == 1999


def test_two_different_prices_are_no_price(folder: Folder) -> None:
    feed = products("<sku>1</sku><name>Ding</name><price>19.99</price><price>29.99</price>")
    assert folder.read(feed, currency="EUR").reasons == {"price_ambiguous": 1}


def test_R_F_1_a_broken_product_costs_no_other(folder: Folder) -> None:
    good = "<sku>{}</sku><name>Ding</name><price>5 EUR</price>"
    feed = products(good.format(1), "<sku>2<name>Dong</name>", good.format(3) + "&nbsp;")
    result = folder.read(feed)
    assert result.offers["source_offer_id"].to_list() == ["1", "3"]
    assert result.reasons == {"row_malformed": 1}


def test_R_G_6_a_doctype_rejects_the_file(folder: Folder) -> None:
    bomb = '<!DOCTYPE p [<!ENTITY a "aaaa">]>'
    feed = products("<sku>1</sku><name>&a;</name><price>5 EUR</price>")
    with pytest.raises(FeedUnreadable, match="DOCTYPE"):
        folder.read(feed.replace("?>", "?>" + bomb), format="product-xml", item_tag="product")


def test_the_element_of_a_product_can_be_said(folder: Folder) -> None:
    feed = (
        "<export><head><row><a>1</a></row><row><a>2</a></row></head><rows>"
        "<zeile><nr>1</nr><name>Ding</name><preis>5,00 EUR</preis></zeile>"
        "<zeile><nr>2</nr><name>Dong</name><preis>6,00 EUR</preis></zeile></rows></export>"
    )
    result = folder.read(feed, item_tag="zeile", id_column="nr")
    assert result.offers["regular_minor"].to_list() == [500, 600]


def test_json_lists_are_found_under_their_usual_names(folder: Folder) -> None:
    item = {
        "offerId": "A1",
        "title": "Ding",
        "price": {"value": "19.99", "currency": "EUR"},
        "salePrice": {"value": "15.00", "currency": "EUR"},
        "link": "https://shop.example/a1",
        "gtin": "4006381333931",
        "imageLink": "https://shop.example/a1.jpg",
        "availability": "in stock",
    }
    for page in ({"resources": [item]}, {"data": {"items": [item]}}, [item], item):
        offer = folder.read(json.dumps(page)).only
        assert (offer["source_offer_id"], offer["regular_minor"]) == ("A1", 1999)
        assert (offer["sale_minor"], offer["gtin14"]) == (1500, "04006381333931")


def test_a_json_row_of_another_shape_costs_no_other(folder: Folder) -> None:
    good = {"sku": "1", "name": "Ding", "price": 5.5, "currency": "EUR"}
    result = folder.read(json.dumps([good, "text", [1], {**good, "sku": "2"}, None]))
    assert result.offers["regular_minor"].to_list() == [550, 550]
    assert result.reasons == {"row_malformed": 3}


def test_R_RUN_5_another_mapping_reads_known_records_again(folder: Folder) -> None:
    feed = "sku;name;price;preis_alt\n1;Ding;5,00;4,00\n"
    first = folder.read(feed, currency="EUR").offers["raw_hash"].to_list()
    said = folder.read(feed, currency="EUR", old_price_column="preis_alt").offers["raw_hash"]
    assert first != said.to_list()


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there")
class TestRealFiles:
    @pytest.mark.parametrize(
        ("name", "settings", "read", "accepted"),
        [
            ("feeds-misc/tradetracker_productfeed.xml", {}, 10, 10),
            ("feeds-misc/google_shopping_search_2013.json", {}, 25, 25),
            ("feeds-misc/dm_rawitem.json", {}, 1, 1),
            ("feeds-misc/flink_rawitem.json", {}, 1, 1),
            ("catalog-flipkart/flipkart.csv.gz", {"currency": "INR"}, 686, 684),
            (
                "catalog-amazon-in/products.csv.gz",
                {"thousands": ","},
                859,
                810,
            ),  # 49 ids are there twice
            ("feed-onbuy-history/2026-05-19_feed.xml.gz", {"currency": "GBP"}, 79, 79),
        ],
    )
    def test_real_feeds_of_other_shapes_are_read(
        self, name: str, settings: dict[str, str], read: int, accepted: int
    ) -> None:
        found = check(from_path(REAL / name), FeedSettings.from_pairs(settings))
        assert (found.read, found.accepted) == (read, accepted)

    def test_a_list_price_of_a_real_catalogue_is_above_the_price_asked(self) -> None:
        path = from_path(REAL / "catalog-flipkart/flipkart.csv.gz")
        offers = whole(path, FeedSettings.from_pairs({"currency": "INR"})).offers
        claimed = offers.filter(pl.col("ref_price_minor").is_not_null())
        assert claimed.height > 0.5 * offers.height
        assert set(claimed["ref_kind"]) == {"uvp"}
