import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds import Folder, item, rss
from sparfuchs.ingest.formats.google_rss import ItemParser, _frame
from sparfuchs.ingest.formats.item_elements import ElementItems
from sparfuchs.ingest.formats.item_names import ItemNames
from sparfuchs.ingest.formats.regular_items import RegularItems
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.ingest.split_items import ItemSplitter, namespaces_of, root_tag
from sparfuchs.kernel.errors import FeedUnreadable

HEADER = b'<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>'


def split(text: str, block: int) -> tuple[list[bytes], ItemSplitter]:
    data, splitter = text.encode(), ItemSplitter("item", "feed")
    rows: list[bytes] = []
    for start in range(0, len(data), block):
        rows += splitter.feed(data[start : start + block]).rows
    rows += splitter.feed(b"", last=True).rows
    return rows, splitter


TRICKY = [
    "<g:id>1</g:id>",
    "<g:id>1</g:id><g:title><![CDATA[ein </item> darin]]></g:title>",
    "<g:id>1</g:id><g:title><![CDATA[<!-- kein Kommentar]]></g:title>",
    "<g:id>1</g:id><!-- <item> </item> --><g:title>x</g:title>",
    "<g:id>1</g:id><g:item_group_id>9</g:item_group_id><g:title>&lt;/item&gt;</g:title>",
]


@pytest.mark.parametrize("block", [1, 5, 64, 10_000])
def test_items_are_cut_where_they_end_and_not_where_they_seem_to(block: int) -> None:
    rows, splitter = split(rss(*TRICKY), block)
    assert [row.decode() for row in rows] == [f"<item>{text}" for text in TRICKY]
    assert splitter.header is not None
    assert root_tag(splitter.header).startswith(b"<rss")
    assert namespaces_of(splitter.header) == b'xmlns:g="http://base.google.com/ns/1.0"'


def test_what_stands_in_comments_between_items_is_no_item(folder: Folder) -> None:
    feed = rss(item(id="A1"), item(id="A2")).replace(
        "\n<item>", f"\n<!-- <item>{item(id='A0')}</item> -->\n<item >"
    )
    result = folder.read(feed)
    assert result.offers["source_offer_id"].to_list() == ["A1", "A2"]
    assert result.offers["line"].to_list() == [1, 2]


@pytest.mark.parametrize("cut", [30, 60, 12])
def test_R_C_4_a_feed_without_its_end_is_refused(folder: Folder, cut: int) -> None:
    feed = rss(item(id="A1"), item(id="A2")).rstrip()
    with pytest.raises(FeedUnreadable, match="ends in the middle"):
        folder.read(feed[:-cut])


def test_R_F_1_a_broken_item_is_one_bad_row(folder: Folder) -> None:
    broken = ["<g:id>B</g:ID>", "<g:id>B & C</g:id>", "<g:id>B<g:id>", "<x:id>B</x:id>", "<b"]
    for text in broken:
        result = folder.read(rss(item(id="A1"), text, item(id="A3")))
        assert result.offers["source_offer_id"].to_list() == ["A1", "A3"], text
        assert result.reasons == {"row_malformed": 1}
        assert result.rejected["line"] == 2


def test_control_characters_and_the_entities_of_html_are_mended(folder: Folder) -> None:
    result = folder.read(
        rss(item(id="A1", title="Gr&ouml;&szlig;e&nbsp;5"), item(id="A2", title="ab\x0bc"))
    )
    assert result.offers["title"].to_list() == ["Größe 5", "abc"]


def test_a_stray_attribute_or_another_prefix_changes_nothing(folder: Folder) -> None:
    feed = rss(item().replace("<g:id>", "<g:id namespaces=\"{'g': 'x'}\">"))
    assert folder.read(feed).only["source_offer_id"] == "A1"
    other = (
        rss(item()).replace("xmlns:g=", "xmlns:goo=").replace("g:", "goo:").replace("googoo", "goo")
    )
    assert folder.read(other).only["regular_minor"] == 1999


def test_a_feed_that_forgot_to_declare_its_prefix_is_read(folder: Folder) -> None:
    feed = rss(item()).replace(' xmlns:g="http://base.google.com/ns/1.0"', "")
    assert folder.read(feed).only["regular_minor"] == 1999


def test_no_entity_is_ever_resolved_from_outside(folder: Folder) -> None:
    result = folder.read(rss(item(title="&datei;")))
    assert result.reasons == {"row_malformed": 1}


_TEXT = st.sampled_from(
    [
        "x",
        "",
        " ",
        "Größe",
        "a &amp; b",
        "&lt;b&gt;",
        "&#228;",
        "<![CDATA[<i>c</i> & d]]>",
        "5.00 EUR",
    ]
)
_NAME = st.sampled_from(
    ["g:id", "g:title", "title", "g:price", "g:sale_price", "g:additional_image_link", "g:brand",
     "g:promotion_id", "g:custom_label_0", "custom", "g:ean", "g:gtin", "link"]
)  # fmt: skip
_SHIPPING = st.just("<g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>")
_ELEMENT = st.one_of(
    st.builds(lambda name, text: f"<{name}>{text}</{name}>\n", _NAME, _TEXT),
    st.builds(lambda name: f"<{name}/>", _NAME),
    _SHIPPING,
)


@given(st.lists(st.lists(_ELEMENT, max_size=6).map("".join), min_size=1, max_size=5))
def test_the_quick_way_reads_what_the_parser_reads(bodies: list[str]) -> None:
    names = ItemNames(HEADER, {})
    rows = [f"<item>{body}".encode() for body in bodies]
    quick, rest = RegularItems(names, b"<item").read(rows)
    read = ElementItems(names, b"</item>").read(rows)
    assert len(quick) + len(rest) == len(rows)
    assert all(row is not None for row in read)
    slow = _frame([row for row in read if row is not None], list(range(len(rows))))
    for got in quick.to_dicts():
        want = slow.filter(pl.col("record") == got["record"]).row(0, named=True)
        assert said(got) == said(want)


def said(row: dict[str, str | None]) -> dict[str, object]:
    """What a row says, without what is empty; attributes as values, whatever their order."""
    return {
        name: json.loads(text) if name == "attributes" else text.strip()
        for name, text in row.items()
        if isinstance(text, str) and text.strip()
    }


def test_the_parser_takes_own_names_of_elements() -> None:
    settings = FeedSettings.from_pairs({"id_column": "sku"})
    parser = ItemParser(HEADER, "item", settings)
    assert parser is not None
