"""Google product data, in XML and in delimited files."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ingest.feeds import Folder, example, item, rss, tsv
from sparfuchs.kernel.errors import FeedUnreadable


def test_R_G_1_a_shipping_price_is_no_price_of_the_item(folder: Folder) -> None:
    shipping = "<g:country>DE</g:country><g:price>4.90 EUR</g:price>"
    assert folder.read(rss(item(shipping=shipping))).only["regular_minor"] == 1999
    assert folder.read(rss(item(shipping=shipping))).only["shipping_minor"] == 490
    assert folder.read(rss(item(shipping=shipping, price=""))).reasons == {"price_missing": 1}


@pytest.mark.parametrize(
    ("interval", "start", "end"),
    [
        ("2026-11-01T08:00+0100/2026-11-30T20:00+0100", (11, 1, 7), (11, 30, 19)),
        ("2026-11-01T08:00Z / 2026-11-30T20:00Z", (11, 1, 8), (11, 30, 20)),
        ("2026-11-01T08:00:00+01:00 2026-11-30T20:00:00+01:00", (11, 1, 7), (11, 30, 19)),
        ("2026-11-01T08:00Z,2026-11-30T20:00Z", (11, 1, 8), (11, 30, 20)),
        ("2026-11-01T08:00/2026-11-30T20:00", (11, 1, 7), (11, 30, 19)),
        ("2026-07-01T08:00/2026-07-30T20:00", (7, 1, 6), (7, 30, 18)),
        ("2026-11-01/2026-11-30", (10, 31, 23), (11, 30, 23)),
    ],
)
def test_R_G_2_the_interval_of_a_sale_is_given_in_utc(
    folder: Folder, interval: str, start: tuple[int, int, int], end: tuple[int, int, int]
) -> None:
    feed = tsv({"sale_price": "9.99 EUR", "sale_price_effective_date": interval})
    offer = folder.read(feed).only
    assert (offer["regular_minor"], offer["sale_minor"]) == (1999, 999)
    assert offer["sale_from"] == datetime(2026, *start, tzinfo=UTC)
    assert offer["sale_to"] == datetime(2026, *end, tzinfo=UTC)


def test_R_G_2_an_interval_without_zone_is_in_the_market_zone(folder: Folder) -> None:
    interval = "2026-11-01T08:00/2026-11-30T20:00"
    feed = tsv({"sale_price": "9.99 EUR", "sale_price_effective_date": interval})
    offer = folder.read(feed, zone="America/New_York").only
    assert offer["sale_to"] == datetime(2026, 11, 30, 20, tzinfo=timezone(timedelta(hours=-5)))


def test_R_G_2_a_sale_without_interval_has_no_bounds(folder: Folder) -> None:
    offer = folder.read(rss(item(sale_price="9.99 EUR"))).only
    assert (offer["sale_minor"], offer["sale_from"], offer["sale_to"]) == (999, None, None)


@pytest.mark.parametrize("interval", ["bald", "2026-11-30T00:00Z/2026-11-01T00:00Z", "2026-13-01/"])
def test_a_sale_whose_interval_cannot_be_read_is_not_asserted(
    folder: Folder, interval: str
) -> None:
    feed = tsv({"sale_price": "9.99 EUR", "sale_price_effective_date": interval})
    offer = folder.read(feed).only
    assert offer["sale_minor"] is None
    assert sorted(offer["flags"]) == ["bad_interval", "bad_sale"]


@pytest.mark.parametrize("sale", ["19.99 EUR", "20.00 EUR", "0.00 EUR"])
def test_R_G_3_a_sale_price_that_is_no_reduction_is_ignored_and_flagged(
    folder: Folder, sale: str
) -> None:
    offer = folder.read(rss(item(sale_price=sale))).only
    assert (offer["regular_minor"], offer["sale_minor"]) == (1999, None)
    assert offer["flags"] == ["bad_sale"]


def test_a_sale_price_that_cannot_be_read_rejects_the_row(folder: Folder) -> None:
    result = folder.read(tsv({"sale_price": "bald billiger"}, {"sale_price": "9.99 USD"}))
    assert result.reasons == {"price_unreadable": 1, "currency_contradicts": 1}
    assert set(result.rejections["field"]) == {"sale_price"}


def test_R_G_4_unknown_attributes_are_kept_and_known_ones_have_columns(folder: Folder) -> None:
    detail = "<g:section>Maße</g:section><g:name>Höhe</g:name>"
    offer = folder.read(
        rss(item(size="42", color="rot", custom_label_0="Herbst", product_detail=detail))
    ).only
    assert (offer["size"], offer["colour"]) == ("42", "rot")
    assert json.loads(offer["attributes"]) == {
        "custom_label_0": "Herbst",
        "product_detail": {"section": "Maße", "name": "Höhe"},
    }
    delimited = folder.read(tsv({"size": "42", "custom label 0": 'Herbst "neu"'}, {})).offers
    assert delimited["attributes"].to_list() == ['{"custom_label_0":"Herbst \\"neu\\""}', None]


def test_R_G_4_loyalty_prices_and_packs_never_become_the_price(folder: Folder) -> None:
    offer = folder.read(
        rss(
            item(
                loyalty_program="<g:label>Club</g:label><g:price>9.99 EUR</g:price>",
                multipack="6",
                is_bundle="yes",
            )
        )
    ).only
    kept = json.loads(offer["attributes"])
    assert (offer["regular_minor"], offer["sale_minor"]) == (1999, None)
    assert (offer["audience"], offer["member_minor"]) == ("public", 999)
    assert kept["loyalty_program"] == {"label": "Club", "price": "9.99 EUR"}
    assert (kept["multipack"], kept["is_bundle"]) == ("6", "yes")


def test_R_G_5_repeated_elements_become_lists(folder: Folder) -> None:
    more = "".join(
        f"<g:additional_image_link>https://i.example/{n}.jpg</g:additional_image_link>"
        f"<g:promotion_id>P{n}</g:promotion_id><g:product_highlight>H{n}</g:product_highlight>"
        for n in (1, 2, 3)
    )
    offer = folder.read(rss(item(image_link="https://i.example/0.jpg") + more)).only
    assert offer["image_urls"] == [f"https://i.example/{n}.jpg" for n in range(4)]
    assert offer["promotion_ids"] == ["P1", "P2", "P3"]
    assert json.loads(offer["attributes"])["product_highlight"] == ["H1", "H2", "H3"]


def test_R_G_5_lists_of_delimited_files_are_parted_where_an_address_begins(folder: Folder) -> None:
    more = "https://i.example/a,b.jpg,https://i.example/2.jpg"
    offer = folder.read(tsv({"additional image link": more, "promotion_id": "P1, P2"})).only
    assert offer["image_urls"] == ["https://i.example/a,b.jpg", "https://i.example/2.jpg"]
    assert offer["promotion_ids"] == ["P1", "P2"]


def test_two_different_prices_of_one_item_are_ambiguous(folder: Folder) -> None:
    twice = "<g:price>18.99 EUR</g:price>"
    result = folder.read(rss(item() + twice))
    assert result.reasons == {"price_ambiguous": 1}
    assert result.rejected["value"] == "19.99 EUR | 18.99 EUR"
    assert folder.read(rss(item() + "<g:price>19.99 EUR</g:price>")).offers.height == 1


@pytest.mark.parametrize(
    "head",
    [
        "<!DOCTYPE rss>\n",
        '<!DOCTYPE rss [<!ENTITY a "b"><!ENTITY c "&a;&a;">]>\n',
        '<!DOCTYPE rss SYSTEM "file:///etc/passwd">\n',
        "<!-- a word --><!doctype rss>\n",
    ],
)
def test_R_G_6_a_doctype_rejects_the_file(folder: Folder, head: str) -> None:
    with pytest.raises(FeedUnreadable, match="DOCTYPE"):
        folder.read(rss(item(title="&c;"), head=head))


def test_R_G_6_the_word_in_a_text_is_no_doctype(folder: Folder) -> None:
    assert folder.read(rss(item(title="<![CDATA[<!DOCTYPE html> Buch]]>"))).offers.height == 1


def test_googles_elements_win_over_plain_ones_and_empty_ones_over_nothing(folder: Folder) -> None:
    plain = "<title>Schlicht</title><link>https://shop.example/plain</link>"
    result = folder.read(
        rss(
            plain + item(id="A1"),
            item(id="A2") + plain,
            plain + item(id="A3", title="", link=""),
            plain + "<g:title/><g:id>A4</g:id><g:price>1.00 EUR</g:price>",
        )
    )
    assert result.offers["title"].to_list() == ["Ding", "Ding", "Schlicht", "Schlicht"]
    assert result.offers["landing_url"].to_list()[2] == "https://shop.example/plain"


def test_atom_entries_are_read_with_their_links(folder: Folder) -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">'
        "<title>Shop</title><entry><g:id>A1</g:id><title>Ding</title>"
        '<link href="https://shop.example/a1"/><summary>x</summary><g:price>1.00 EUR</g:price>'
        "</entry></feed>"
    )
    offer = folder.read(feed).only
    assert (offer["title"], offer["landing_url"]) == ("Ding", "https://shop.example/a1")


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("in stock", "in_stock"),
        ("In_Stock", "in_stock"),
        ("https://schema.org/InStock", "in_stock"),
        ("out of stock", "out_of_stock"),
        ("preorder", "preorder"),
        ("backorder", "backorder"),
        ("limited availability", "limited"),
        ("vielleicht", "unknown"),
        ("", "unknown"),
    ],
)
def test_availability_is_read_in_the_spellings_of_feeds(
    folder: Folder, text: str, means: str
) -> None:
    assert folder.read(tsv({"availability": text})).only["availability"] == means


def test_condition_is_new_unless_something_else_is_said(folder: Folder) -> None:
    rows = [{"condition": text} for text in ("used", "Refurbished", "neu", "", "gebraucht")]
    assert folder.read(tsv(*rows)).offers["condition"].to_list() == [
        "used", "refurbished", "new", "new", "used",
    ]  # fmt: skip


def test_an_expiry_day_lasts_until_its_end_and_a_pause_ends_the_offer_now(folder: Folder) -> None:
    offer = folder.read(rss(item(expiration_date="2026-12-24", pause="ads"))).only
    assert offer["expires_at"] == datetime(2026, 12, 24, 23, tzinfo=UTC)
    assert offer["availability"] == "out_of_stock"


def test_the_measure_of_a_pack_is_read_with_its_unit(folder: Folder) -> None:
    rows = [{"unit_pricing_measure": text} for text in ("750ml", "1.5 kg", "2 dozen", "0 g", "")]
    offers = folder.read(tsv(*rows)).offers
    assert offers["unit_amount"].to_list() == [Decimal(750), Decimal("1.5"), None, None, None]
    assert offers["unit"].to_list() == ["ml", "kg", None, None, None]


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("DE::Standard:4.90 EUR", 490),
        ("AT:::9.90 EUR,DE::Standard:4.90 EUR", 490),
        (":::4.90 EUR", 490),
        ("4.90 EUR", 490),
        ("DE:::0.00 EUR", 0),
        ("AT:::9.90 EUR,CH:::19.90 EUR", None),
        ("DE:::4.90 CHF", None),
        ("", None),
    ],
)
def test_shipping_is_that_to_the_country_and_none_is_not_zero(
    folder: Folder, text: str, minor: int | None
) -> None:
    assert folder.read(tsv({"shipping": text})).only["shipping_minor"] == minor


def test_the_example_feed_in_xml_reads_as_it_says() -> None:
    result = example("laufladen-google.xml")
    shoe = result.offer("LL-1001-42")
    assert shoe["title"] == "Waldläufer 3 Trailschuh & Gamasche"
    assert shoe["description"] == "Griffige Sohle, wasserdicht."
    assert (shoe["regular_minor"], shoe["sale_minor"], shoe["shipping_minor"]) == (12995, 9995, 490)
    assert shoe["landing_url"] == "https://laufladen.example/p/waldlaeufer-3?groesse=42"
    assert len(shoe["image_urls"]) == 3
    assert result.offer("LL-1002")["title"] == "Stirnlampe Glühwurm 400 lm"
    assert result.reasons == {"price_ambiguous": 1}
    assert result.rejected["line"] == 4


def test_the_example_feed_in_tabs_reads_as_it_says() -> None:
    result = example("teehaus-google.tsv")
    assert result.offer("T1")["sale_minor"] == 990
    assert result.offer("T2")["title"] == 'Kanne 5" hoch'
    assert result.reasons == {"price_unreadable": 1}
    assert result.reading.slow_rows == 1


def test_an_unknown_element_of_a_bad_item_alone_costs_no_other(folder: Folder) -> None:
    items = [item(id=f"A{number}") for number in range(3)]
    result = folder.read(rss(*items, item(id="A9", einheit="Stück\x01")))
    assert result.offers.height == 4
