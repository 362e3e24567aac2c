import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ingest.feeds import REAL, Folder, example
from ingest.pages.corpus_pages import JSON_LD, Seen, product
from sparfuchs.ingest.formats.schema_page import variants_of
from sparfuchs.ingest.pages import json_ld, microdata
from sparfuchs.ingest.pages.nodes import Node
from sparfuchs.kernel.errors import FeedUnreadable

ADDRESS = "https://shop.example/p/ding-d1"
FIVE = product('{"price": "5", "priceCurrency": "EUR"}')


def page(*blocks: str, body: str = "", head: str = "") -> str:
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return f"<!doctype html><html><head>{head}{scripts}</head><body>{body}</body></html>"


def named(name: str, sku: str, price: str = "5", **more: str) -> str:
    offers = {"price": price, "priceCurrency": "EUR"}
    return json.dumps({"@type": "Product", "name": name, "sku": sku, "offers": offers, **more})


@pytest.mark.parametrize("seen", JSON_LD, ids=lambda seen: seen.where)
def test_markup_of_the_corpus_means_one_price_or_none(folder: Folder, seen: Seen) -> None:
    content = page(seen.block)
    result = folder.read_as(content, ADDRESS, format="schema-pages")
    if seen.means is None:
        assert result.offers.height == 0
        assert result.rejections.height == 1
        return
    (row,), several = variants_of(content.encode(), ADDRESS)
    assert (several, row["price"], row["currency"]) == (0, *seen.means)
    assert result.only["source_offer_id"] == "D1"


def test_R_J_1_a_bad_block_costs_no_other(folder: Folder) -> None:
    bad = ['{"@type": "Product", "name": ', "null", "[[[", "{}", '{"@type": 5}', "<!-- -->"]
    result = folder.read_as(page(*bad, FIVE, *bad), ADDRESS)
    assert result.only["regular_minor"] == 500


def test_R_J_2_of_several_products_the_pages_own_is_taken(folder: Folder) -> None:
    others = [named("Dong", "X-77"), named("Dung", "X-78", url="https://shop.example/p/dung")]
    by_sku = folder.read_as(page(*others, named("Ding", "ding-d1")), ADDRESS)
    assert by_sku.only["title"] == "Ding"
    by_url = folder.read_as(
        page(*others, named("Ding", "Q", url=ADDRESS + "?utm_source=x")), ADDRESS
    )
    assert by_url.only["title"] == "Ding"
    canonical = f'<link rel="canonical" href="{ADDRESS}">'
    elsewhere = "https://shop.example/index.php?product=17"
    by_name = page(*others, named("Ding", "Q", url=ADDRESS), head=canonical)
    assert folder.read_as(by_name, elsewhere).only["landing_url"] == ADDRESS


def test_R_J_2_without_one_that_fits_nothing_is_guessed(folder: Folder) -> None:
    result = folder.read_as(page(named("Dong", "X-77"), named("Dung", "X-78")), ADDRESS)
    assert result.offers.height == 0
    assert result.rejected["reason"] == "product_unclear"
    assert result.rejected["rule"] == "R-J-2"


def test_the_same_product_twice_is_one(folder: Folder) -> None:
    assert folder.read_as(page(FIVE, FIVE), ADDRESS).offers.height == 1


def test_R_J_3_a_price_that_the_page_shows_otherwise_is_kept_and_flagged(folder: Folder) -> None:
    shown = (
        '<div itemscope itemtype="http://schema.org/Product"><b itemprop="name">Ding</b>'
        '<div itemprop="offers" itemscope itemtype="http://schema.org/Offer">'
        '<span itemprop="price" content="{}">x</span></div></div>'
    )
    differs = folder.read_as(page(FIVE, body=shown.format("6.00")), ADDRESS).only
    assert (differs["regular_minor"], differs["flags"]) == (500, ["price_differs"])
    assert json.loads(differs["attributes"])["price_beside"] == "6.00"
    assert folder.read_as(page(FIVE, body=shown.format("5.00")), ADDRESS).only["flags"] == []
    meta = '<meta property="product:price:amount" content="6,00">'
    assert folder.read_as(page(FIVE, head=meta), ADDRESS).only["flags"] == ["price_differs"]


def test_variants_of_a_group_are_offers_of_their_own(folder: Folder) -> None:
    variants = [
        {"@type": "Product", "sku": f"H-{size}", "size": size, "url": f"/p/hemd?size={size}",
         "offers": {"price": price, "priceCurrency": "EUR"}}
        for size, price in (("M", "20"), ("L", "22"))
    ]  # fmt: skip
    group = {
        "@type": "ProductGroup", "name": "Hemd", "productGroupID": "H", "brand": {"name": "Anker"},
        "hasVariant": variants,
    }  # fmt: skip
    result = folder.read_as(page(json.dumps(group)), "https://shop.example/p/hemd")
    assert result.offers["regular_minor"].to_list() == [2000, 2200]
    assert result.offers["size"].to_list() == ["M", "L"]
    assert set(result.offers["item_group_id"]) == {"H"}
    assert set(result.offers["brand"]) == {"Anker"}
    assert result.offers["landing_url"].to_list()[1] == "https://shop.example/p/hemd?size=L"


def test_offers_with_skus_of_their_own_are_variants(folder: Folder) -> None:
    offers = [
        {"sku": "D-1", "price": "5", "priceCurrency": "EUR"},
        {"sku": "D-2", "price": "6", "priceCurrency": "EUR"},
    ]
    result = folder.read_as(page(product(json.dumps(offers))), ADDRESS)
    assert result.offers["source_offer_id"].to_list() == ["D-1", "D-2"]


def test_a_page_is_its_own_id_where_the_product_has_none(folder: Folder) -> None:
    bare = '{"@type": "Product", "name": "Ding", "offers": {"price": 5, "priceCurrency": "EUR"}}'
    offer = folder.read_as(page(bare), ADDRESS).only
    assert (offer["source_offer_id"], offer["landing_url"]) == (ADDRESS, ADDRESS)


@pytest.mark.parametrize(
    ("word", "means"),
    [("https://schema.org/InStock", "in_stock"), ("http://schema.org/SoldOut", "out_of_stock"),
     ("OutOfStock", "out_of_stock"), ("schema:PreOrder", "preorder"), ("LimitedAvailability",
     "limited"), ("BackOrder", "backorder"), ("Discontinued", "out_of_stock"),
     ("MadeToOrder", "backorder"), ("OnlineOnly", "in_stock"), ("Vielleicht", "unknown")],
)  # fmt: skip
def test_availability_is_the_last_part_of_its_address(
    folder: Folder, word: str, means: str
) -> None:
    offers = f'{{"price": "5", "priceCurrency": "EUR", "availability": "{word}"}}'
    assert folder.read_as(page(product(offers)), ADDRESS).only["availability"] == means


def test_a_page_that_changes_around_its_product_is_the_same_record(folder: Folder) -> None:
    first = folder.read_as(page(FIVE, body="<p>1 Besucher</p>"), ADDRESS).only
    second = folder.read_as(page(FIVE, body="<p>2 Besucher</p>"), ADDRESS).only
    assert first["raw_hash"] == second["raw_hash"]


def test_a_page_without_a_product_is_no_feed_unless_it_is_said_to_be_one(folder: Folder) -> None:
    article = page('{"@type": "Article", "name": "Über uns"}')
    with pytest.raises(FeedUnreadable, match="web page"):
        folder.read_as(article, ADDRESS)
    said = folder.read_as(article, ADDRESS, format="schema-pages")
    assert (said.offers.height, said.rejections.height) == (0, 0)


def test_the_encoding_that_a_page_names_is_used(folder: Folder) -> None:
    content = page(FIVE.replace("Ding", "Stühle"), head='<meta charset="iso-8859-1">')
    result = folder.read_as(content.encode("cp1252"), ADDRESS)
    assert result.only["title"] == "Stühle"


def test_the_example_page_reads_as_it_says() -> None:
    result = example("korbflechter-produktseite.html")
    assert result.reading.detected.format == "schema-pages"
    basket = result.offer("KH-1")
    assert (basket["title"], basket["brand"]) == ("Weidenkorb Havel", "Havelkorb")
    assert (basket["regular_minor"], basket["ref_price_minor"]) == (3990, 4990)
    assert (basket["ref_kind"], basket["shipping_minor"]) == ("previous", 490)
    assert (basket["gtin14"], basket["availability"]) == ("04006381333931", "in_stock")
    assert basket["image_urls"] == [
        "https://korbflechter.example/bilder/havel.jpg",
        "https://korbflechter.example/bilder/havel-2.jpg",
    ]
    assert json.loads(basket["attributes"]) == {"seller": "Korbflechter"}
    assert basket["flags"] == []


@given(st.text(alphabet='{}[]",:;/*<>!-\\ \n@type0eN', max_size=80))
def test_no_text_of_a_block_raises(text: str) -> None:
    json_ld.read_block(text)


@given(st.binary(max_size=300))
def test_no_bytes_of_a_page_raise(data: bytes) -> None:
    variants_of(b"<html>" + data, ADDRESS)
    variants_of(page(data.decode("latin-1")).encode(), ADDRESS)


# What the samples expect and we read otherwise on purpose, with the reason.
OTHERWISE = {
    "product-ref.html": "an element with itemscope that itemref names is an item of its own: by "
    "the HTML standard its properties are not those of the item that refers to it",
    "SearchAction.001.html": "attributes of input elements are no property of a product",
    "opengraph_test.html": "Open Graph says no more of a product than a price beside (R-J-3)",
}


def shape(value: Any) -> Any:
    """A node as the samples write items."""
    if isinstance(value, list):
        return [shape(each) for each in value]
    if not isinstance(value, dict):
        return " ".join(value.split())
    item = {name[1:]: value[name] for name in ("@type", "@id") if name in value}
    properties = {name: shape(each) for name, each in value.items() if name[0] != "@"}
    if set(properties) == {"value"}:
        return {**item, **properties}
    return {**item, "properties": properties}


def told(value: Any) -> Any:
    """What a sample expects, numbers as texts and blanks once."""
    if isinstance(value, list):
        return [told(each) for each in value]
    if isinstance(value, dict):
        return {name: told(each) for name, each in value.items()}
    return " ".join(str(value).split())


def tree(name: str) -> Any:
    data = (REAL / "html-structured-data" / name).read_bytes()
    return etree.fromstring(data, etree.HTMLParser(encoding="utf-8"))


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there")
class TestSamples:
    def test_microdata_reads_as_the_samples_say_or_for_a_reason_otherwise(self) -> None:
        different, right = set(), 0
        for path in sorted((REAL / "html-structured-data").rglob("*.html")):
            expected = path.with_suffix(".json")
            if expected.exists():
                name = str(path.relative_to(REAL / "html-structured-data"))
                found: list[Node] = microdata.items_of(tree(name))
                if shape(found) == told(json.loads(expected.read_text("utf-8"))):
                    right += 1
                else:
                    different.add(path.name)
        assert different == set(OTHERWISE)
        assert right == 10

    @pytest.mark.parametrize("name", ["misc/null_ld_mock", "schema.org/CreativeWork.001"])
    def test_json_ld_reads_as_the_samples_say(self, name: str) -> None:
        root = tree(f"{name}.html")
        blocks = [
            json_ld.read_block(script.text)
            for script in root.iter("script")
            if script.get("type") == "application/ld+json"
        ]
        expected = (REAL / "html-structured-data" / f"{name}.jsonld").read_text("utf-8")
        assert [told(block) for block in blocks if block is not None] == told(json.loads(expected))

    @pytest.mark.parametrize(
        "name", ["schema.org/product.html", "schema.org/product-ref.html",
                 "misc/product_microdata.html"],
    )  # fmt: skip
    def test_the_product_of_the_samples_is_found_with_its_price(self, name: str) -> None:
        content = (REAL / "html-structured-data" / name).read_bytes()
        (row,), several = variants_of(content, "https://shop.example/anvil")
        assert several == 0
        assert (row["title"], row["price"], row["currency"]) == ("Executive Anvil", "119.99", "USD")
        assert (row["condition"], row["availability"], row["mpn"]) == (
            "UsedCondition", "InStock", "925872",
        )  # fmt: skip
