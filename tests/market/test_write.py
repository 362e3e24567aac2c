"""What is written is what our own reader reads: each format against the real thing."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.feeds import Result, whole
from market.build import AT, many, stated
from sparfuchs.ingest.api import FeedSettings, Format, Payload, document_from, read_promotions
from sparfuchs.ingest.texts import plain_texts
from sparfuchs.kernel.frames import conform
from sparfuchs.market.api import SHOPS, make_world
from sparfuchs.market.faults import Fault, spoil
from sparfuchs.market.write import promotions
from sparfuchs.market.write.feed import PAGED, WRITTEN, write
from sparfuchs.market.write.style import CurrencyPlace, Page, Shop, Style, Words, style_of
from sparfuchs.market.write.words import asked_price

ORIGIN = "http://127.0.0.1:4711"
TEXTS = ("title", "description", "brand", "mpn", "colour", "size", "material", "product_type")


def shop(**style: Any) -> Shop:
    return Shop("Laden & Söhne", ORIGIN, style=Style(**style))


def read_back(pages: list[Page], tmp: Any) -> Result:
    documents = []
    for number, page in enumerate(pages):
        path = tmp / f"page-{number}"
        path.write_bytes(page.body)
        parts = page.content_type.partition("charset=")
        name = f"{ORIGIN}{page.path}" + ("&currency=EUR" if "json" in page.content_type else "")
        documents.append(document_from(path, name=name, charset=parts[2] or None))
    return whole(Payload(tuple(documents)), FeedSettings())


def by_id(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort("source_offer_id")


def cleaned(frame: pl.DataFrame, name: str) -> list[str | None]:
    """What a reader may make of a text: no control characters, no mark-up, no doubled blanks."""
    bare = frame[name].str.replace_all("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]", " ")
    return plain_texts(bare).to_list()


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = st.text("abcdefgäöü &<>\"';,|\t0123456789", min_size=1, max_size=20).map(lambda t: f"x{t}x")
money = st.integers(1, 50_000_000)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(  # noqa: DTZ001 - made UTC
    lambda t: t.replace(microsecond=0, tzinfo=UTC)
)
maybe = st.none()


@st.composite
def offers(draw: st.DrawFn) -> dict[str, Any]:
    regular = draw(st.integers(200, 50_000_000))
    row: dict[str, Any] = {
        "title": draw(names),
        "mpn": draw(maybe | names),
        "gtin": draw(maybe | st.just("4006381333931")),
        "colour": draw(maybe | names),
        "size": draw(maybe | names),
        "material": draw(maybe | names),
        "category_path": draw(maybe | names),
        "condition": draw(st.sampled_from(["new", "used", "refurbished"])),
        "availability": draw(
            st.sampled_from(["in_stock", "out_of_stock", "preorder", "backorder", "limited"])
        ),
        "regular_minor": regular,
        "shipping_minor": draw(maybe | st.integers(0, 99_99)),
        "image_url": draw(maybe | st.just("https://shop.example/bild.svg")),
        "promotion_id": draw(maybe | st.just("HERBST")),
        "description": draw(maybe | words),
        "brand": draw(maybe | names),
        "product_type": draw(maybe | names),
    }
    if draw(st.booleans()):
        row["sale_minor"] = draw(st.integers(1, regular - 1))
        start = draw(moments)
        row["sale_from"] = start
        row["sale_to"] = draw(
            maybe | st.integers(1, 90).map(lambda days: start + timedelta(days=days))
        )
    elif draw(st.booleans()):
        row["ref_price_minor"] = regular + draw(st.integers(1, 100_000))
        row["ref_kind"] = draw(st.sampled_from(["uvp", "previous"]))
    return row


styles: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    decimal=st.sampled_from([".", ","]),
    grouped=st.booleans(),
    currency=st.sampled_from(CurrencyPlace),
    prefixed=st.booleans(),
    nested_shipping=st.booleans(),
    words=st.sampled_from(Words),
    delimiter=st.sampled_from([",", ";", "|", "\t"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin"]),
    zipped=st.booleans(),
    stamped=st.booleans(),
)
slow = settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.mark.parametrize("format", [Format.GOOGLE_RSS, Format.GOOGLE_TSV, Format.GOOGLE_ATOM])
@slow
@given(rows=st.lists(offers(), min_size=1, max_size=6), style=styles)
def test_google_feeds_say_everything_again(
    format: Format,  # noqa: A002
    rows: list[dict[str, Any]],
    style: dict[str, Any],
    tmp_path: Any,
) -> None:
    frame = stated(*rows)
    result = read_back(write(format, frame, shop=shop(**style), at=AT), tmp_path)
    assert result.reasons == {}
    read = by_id(result.offers)
    lifted = frame["ref_price_minor"].is_not_null()  # as `price`, for want of a field
    expected = frame.select(
        regular=pl.coalesce("ref_price_minor", "regular_minor"),
        sale=pl.when(lifted).then("regular_minor").otherwise("sale_minor"),
    )
    assert read["regular_minor"].to_list() == expected["regular"].to_list()
    assert read["sale_minor"].to_list() == expected["sale"].to_list()
    for name in ("sale_from", "sale_to", "availability", "condition", "shipping_minor"):
        assert read[name].cast(frame[name].dtype).to_list() == frame[name].to_list(), name
    for name in (*TEXTS, "category_path"):
        assert read[name].to_list() == cleaned(frame, name), name
    assert read["landing_url"].to_list() == [f"{ORIGIN}/p/{n}" for n in range(len(rows))]
    assert read["currency"].unique().to_list() == ["EUR"]
    assert [g is not None for g in read["gtin14"]] == [g is not None for g in frame["gtin"]]
    promoted = (read["promotion_ids"].list.len() > 0).to_list()
    assert promoted == frame["promotion_id"].is_not_null().to_list()


@slow
@given(rows=st.lists(offers(), min_size=1, max_size=6), style=styles)
def test_an_awin_feed_says_the_price_of_the_moment_and_what_it_was(
    rows: list[dict[str, Any]], style: dict[str, Any], tmp_path: Any
) -> None:
    frame = stated(*rows)
    pages = write(Format.AWIN_CSV, frame, shop=shop(**style), at=AT)
    result = read_back(pages, tmp_path)
    assert result.reasons == {}
    read = by_id(result.offers)
    on = [
        row["sale_minor"] is not None
        and row["sale_from"] <= AT
        and (row["sale_to"] is None or row["sale_to"] > AT)
        for row in frame.rows(named=True)
    ]
    paid = [
        sale if is_on else regular
        for sale, regular, is_on in zip(
            frame["sale_minor"], frame["regular_minor"], on, strict=True
        )
    ]
    assert read["regular_minor"].to_list() == paid
    said = [
        (ref, kind) if ref else ((regular, "previous") if is_on else (None, "none"))
        for ref, kind, regular, is_on in zip(
            frame["ref_price_minor"], frame["ref_kind"], frame["regular_minor"], on, strict=True
        )
    ]
    assert list(zip(read["ref_price_minor"], read["ref_kind"], strict=True)) == said
    for name in ("availability", "condition", "shipping_minor"):
        assert read[name].cast(frame[name].dtype).to_list() == frame[name].to_list(), name
    for name in (*TEXTS, "category_path"):
        assert read[name].to_list() == cleaned(frame, name), name


@slow
@given(
    groups=st.lists(st.lists(offers(), min_size=1, max_size=4), min_size=1, max_size=5),
    page_size=st.integers(1, 3),
)
def test_a_shopify_shop_says_each_variant_as_an_offer(
    groups: list[list[dict[str, Any]]], page_size: int, tmp_path: Any
) -> None:
    shared = ("description", "brand", "product_type", "image_url")
    rows = [
        {**row, **{name: group[0][name] for name in shared}, "group_id": str(500 + number)}
        for number, group in enumerate(groups)
        for row in group
    ]
    frame = stated(*rows)
    pages = write(Format.SHOPIFY_JSON, frame, shop=shop(), at=AT, page_size=page_size)
    assert len(pages) == -(-len(groups) // page_size)
    result = read_back(pages, tmp_path)
    assert result.reasons == {}
    read = by_id(result.offers)
    assert read["item_group_id"].to_list() == frame["group_id"].to_list()
    for name in TEXTS:
        assert read[name].to_list() == cleaned(frame, name), name
    assert [a == "out_of_stock" for a in read["availability"]] == [
        a == "out_of_stock" for a in frame["availability"]
    ]
    assert read["regular_minor"].is_not_null().all()
    wanted = [
        f"{ORIGIN}/products/{group}?variant={offer}"
        for group, offer in frame.select("group_id", "source_offer_id").rows()
    ]
    assert read["landing_url"].to_list() == wanted


@pytest.mark.parametrize("format", WRITTEN)
def test_the_same_frame_gives_the_same_bytes_and_a_feed_without_offers_is_still_one(
    format: Format,  # noqa: A002
    tmp_path: Any,
) -> None:
    its = Shop("Laden", ORIGIN, style=style_of("laden", format))
    assert write(format, many(100), shop=its, at=AT) == write(format, many(100), shop=its, at=AT)
    nothing = write(format, many(100).clear(), shop=its, at=AT)
    assert read_back(nothing, tmp_path).offers.height == 0


@pytest.mark.parametrize("format", [Format.GOOGLE_RSS, Format.GOOGLE_TSV, Format.AWIN_CSV])
def test_a_shop_with_an_old_encoding_is_read_with_its_umlauts(
    format: Format,  # noqa: A002
    tmp_path: Any,
) -> None:
    frame = stated({"title": "Gemütliche Öllampe – weiß"}, {"title": "Tee für süße Träume"})
    its = shop(encoding="cp1252", currency=CurrencyPlace.SIGN, delimiter=";")
    pages = write(format, frame, shop=its, at=AT)
    assert b"\xfc" in pages[0].body
    read = by_id(read_back(pages, tmp_path).offers)
    assert read["title"].to_list() == frame["title"].to_list()
    assert read["regular_minor"].to_list() == [2499, 2499]


def test_the_columns_of_a_feed_do_not_depend_on_what_is_on_sale() -> None:
    its = shop()
    plain, reduced = stated({}), stated({"sale_minor": 1999, "brand": "Nordhang"})
    for each in (Format.GOOGLE_TSV, Format.AWIN_CSV):
        heads = {
            write(each, frame, shop=its, at=AT)[0].body.split(b"\n")[0]
            for frame in (plain, reduced)
        }
        assert len(heads) == 1


def test_a_stamped_feed_has_other_bytes_and_the_same_offers(tmp_path: Any) -> None:
    its = shop(stamped=True, delimiter=",")
    one, two = (
        write(Format.AWIN_CSV, many(20), shop=its, at=AT + timedelta(hours=hours))
        for hours in (0, 1)
    )
    assert one != two
    first, second = (
        read_back(pages, tmp_path).offers.drop("raw_hash", "attributes") for pages in (one, two)
    )
    assert first.equals(second)


def test_a_zipped_feed_is_the_same_feed() -> None:
    (page,) = write(Format.GOOGLE_RSS, many(10), shop=shop(), at=AT)
    (zipped,) = write(Format.GOOGLE_RSS, many(10), shop=shop(zipped=True), at=AT)
    assert zipped.path == "/feed.xml.gz"
    assert gzip.decompress(zipped.body) == page.body


def test_styles_belong_to_their_shops_and_differ() -> None:
    slugs = [f"laden-{n}" for n in range(40)]
    first = [style_of(slug, Format.GOOGLE_TSV) for slug in slugs]
    assert first == [style_of(slug, Format.GOOGLE_TSV) for slug in slugs]
    assert len(set(first)) > 20


@pytest.mark.parametrize("format", WRITTEN)
def test_whatever_style_a_shop_has_its_prices_and_names_are_read_right(
    format: Format,  # noqa: A002
    tmp_path: Any,
) -> None:
    frame = many(60).with_columns(ref_price_minor=None, ref_kind=None, sale_minor=None)
    for number in range(40):
        its = Shop("Laden", ORIGIN, style=style_of(f"laden-{number}", format))
        result = read_back(write(format, frame, shop=its, at=AT), tmp_path)
        assert result.reasons == {}, its.style
        read = by_id(result.offers)
        for name in ("regular_minor", "shipping_minor", "title", "availability"):
            if name == "shipping_minor" and format in PAGED:
                continue  # it says nothing of shipping
            assert read[name].cast(frame[name].dtype).equals(frame[name]), (name, its.style)


def test_faults_of_content_change_what_is_stated_and_nothing_else() -> None:
    frame = many(10)
    assert spoil(frame, Fault.HALF).height == 4
    assert spoil(frame, Fault.NO_OFFERS).height == 0
    dear = spoil(frame, Fault.PRICES_TIMES_100)
    assert dear["regular_minor"].to_list() == [p * 100 for p in frame["regular_minor"]]
    assert dear.drop("regular_minor", "sale_minor", "ref_price_minor", "shipping_minor").equals(
        frame.drop("regular_minor", "sale_minor", "ref_price_minor", "shipping_minor")
    )
    assert spoil(frame, Fault.SLOW).equals(frame)


@slow
@given(rows=st.lists(offers(), min_size=1, max_size=6), page_size=st.integers(1, 4))
def test_a_woocommerce_shop_says_each_offer_with_its_scale(
    rows: list[dict[str, Any]], page_size: int, tmp_path: Any
) -> None:
    frame = stated(*({**row, "group_id": f"g{number}"} for number, row in enumerate(rows)))
    pages = write(Format.WOOCOMMERCE_JSON, frame, shop=shop(), at=AT, page_size=page_size)
    assert len(pages) == -(-len(rows) // page_size)
    result = read_back(pages, tmp_path)
    assert result.reasons == {}
    read = by_id(result.offers)
    asked = frame.select(asked_price(AT)).to_series().to_list()
    assert read["regular_minor"].to_list() == asked
    before = [
        next(
            (one for one in (row["ref_price_minor"], row["regular_minor"]) if one and one > now),
            None,
        )
        for row, now in zip(frame.rows(named=True), asked, strict=True)
    ]
    assert read["ref_price_minor"].to_list() == before
    for name in (*TEXTS, "category_path"):
        if name == "product_type":
            continue  # it knows categories alone
        assert read[name].to_list() == cleaned(frame, name), name
    assert [a == "out_of_stock" for a in read["availability"]] == [
        a == "out_of_stock" for a in frame["availability"]
    ]
    assert read["landing_url"].to_list() == [f"{ORIGIN}/p/{n}" for n in range(len(rows))]


def test_what_a_shop_grants_is_read_as_promotions(tmp_path: Any) -> None:
    rows = {
        "promotion_id": ["p-spar10", "versandfrei"],
        "title": ["10 % & mehr", "Versandkostenfrei"],
        "code": ["SPAR10", None],
        "percent": [10, None],
        "minimum_minor": [3000, 4900],
        "valid_from": [AT, AT],
        "valid_to": [AT + timedelta(days=14), AT + timedelta(days=90)],
    }
    for number, style in enumerate(({}, {"decimal": ",", "currency": CurrencyPlace.SIGN})):
        page = promotions.write(conform(pl.DataFrame(rows), promotions.GRANTED), shop(**style))
        path = tmp_path / f"aktionen-{number}.xml"
        path.write_bytes(page.body)
        read = read_promotions(Payload((document_from(path),)), FeedSettings())
        assert read.rejections.height == 0
        first, second = read.promotions.rows(named=True)
        assert (first["title"], first["code"], first["percent"], first["minimum_minor"]) == (
            "10 % & mehr", "SPAR10", 10, 3000,
        )  # fmt: skip
        assert (first["starts_at"], first["ends_at"]) == (AT, AT + timedelta(days=14))
        assert (second["kind"], second["code"]) == ("free_shipping", None)


def test_a_shop_that_grants_nothing_now_has_a_document_all_the_same(tmp_path: Any) -> None:
    page = promotions.write(pl.DataFrame(schema=promotions.GRANTED), shop())
    path = tmp_path / "aktionen.xml"
    path.write_bytes(page.body)
    stated_format = FeedSettings.from_pairs({"format": "google-promotions"})
    read = read_promotions(Payload((document_from(path),)), stated_format)
    assert (read.promotions.height, read.rejections.height) == (0, 0)


def test_the_market_of_a_shop_with_codes_names_them_on_its_offers() -> None:
    world = make_world(1, offers=500, opened=AT, shops=SHOPS[7:8])
    (shop_of_codes,) = world.shops
    granted = world.granted(shop_of_codes, AT)
    named = world.stated(shop_of_codes.slug, AT)["promotion_id"].drop_nulls().unique()
    assert set(named) <= set(granted["promotion_id"])
    assert "versandfrei" in granted["promotion_id"]
