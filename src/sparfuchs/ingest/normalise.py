"""Stated texts to typed columns: money, times, identifiers, addresses, plain text.

Takes a frame of STATED columns, gives the columns of OFFER with the reason beside a row that cannot
be an offer. Columns that a feed does not have cost nothing here.
"""

from typing import Final

import polars as pl

from sparfuchs.ingest.dates import moments
from sparfuchs.ingest.gtin import clean_gtins
from sparfuchs.ingest.offer_ids import offer_ids
from sparfuchs.ingest.offer_links import image_urls, offer_links
from sparfuchs.ingest.offer_prices import offer_prices
from sparfuchs.ingest.stated import absent, constant, stripped, text
from sparfuchs.ingest.terms import Terms
from sparfuchs.ingest.texts import plain_texts
from sparfuchs.ingest.words import AVAILABILITIES, CONDITIONS, SWITCHES, UNITS, meanings
from sparfuchs.kernel.frames import (
    AUDIENCE,
    AVAILABILITY,
    CONDITION,
    Audience,
    Availability,
    Condition,
)

_PLAIN: Final = ("brand", "mpn", "colour", "size", "material", "category_path", "product_type")


def normalise(stated: pl.DataFrame, how: Terms) -> pl.DataFrame:
    """OFFER columns (without `line` and `raw_hash`) beside `place`, `record` and the faults.

    Faults are `price_fault`, `currency_fault`, `sale_fault`: null, or field, value and reason.
    Flags say what was stated and not believed: `bad_sale` (R-G-3), `bad_interval`, `bad_gtin`
    (R-F-8), `default_gtin` (R-F-9), `bad_reference`, `bad_member_price`, `bad_url`;
    `price_differs` says that a page shows two (R-J-3), `price_from_text` that it was read out of a
    sentence.
    """
    columns: dict[str, pl.Series] = {
        "place": stated["place"],
        "record": stated["record"],
    }
    flags: dict[str, pl.Series] = {}
    columns["source_offer_id"] = offer_ids(stated, how.id_from)
    columns["item_group_id"] = stripped(stated, "item_group_id")
    for name in ("title", "description", *_PLAIN):
        columns[name] = plain_texts(text(stated, name))
    _identify(stated, how, columns, flags)
    offer_prices(stated, how, columns, flags)
    offer_links(stated, columns, flags)
    columns["availability"] = _availability(stated)
    columns["condition"] = _condition(stated)
    columns["audience"] = _audience(stated)
    columns["expires_at"] = moments(text(stated, "expires"), how.zone)
    columns["unit_amount"], columns["unit"] = _unit(text(stated, "unit_measure"))
    columns["image_urls"] = image_urls(stated)
    columns["promotion_ids"] = _split(text(stated, "promotions"))
    columns["attributes"] = text(stated, "attributes")
    for name, flag in (("price_beside", "price_differs"), ("price_from_text", "price_from_text")):
        if name in stated.columns:
            flags[flag] = stated[name].is_not_null()
    columns["flags"] = _flags(flags, stated.height)
    return pl.DataFrame({name: column.alias(name) for name, column in columns.items()})


def _identify(
    stated: pl.DataFrame, how: Terms, columns: dict[str, pl.Series], flags: dict[str, pl.Series]
) -> None:
    """The first of the stated GTINs that is one; known feed defaults are dropped (R-F-9)."""
    names = [name for name in ("gtin", "gtin_2", "gtin_3", "gtin_4") if name in stated.columns]
    given = [stripped(stated, name) for name in names]
    given = [column for column in given if not absent(column)]
    if not given:
        columns["gtin14"] = text(stated, "gtin")
        if not absent(columns["gtin14"]):
            columns["gtin14"] = columns["gtin14"].clear().extend_constant(None, stated.height)
        return
    clean = [clean_gtins(column) for column in given]
    gtin = pl.select(pl.coalesce(clean)).to_series()
    flags["bad_gtin"] = pl.select(pl.coalesce(given)).to_series().is_not_null() & gtin.is_null()
    if how.suspects:
        usual = gtin.is_in(list(how.suspects)).fill_null(value=False)
        gtin = pl.select(pl.when(~usual).then(gtin)).to_series()
        flags["default_gtin"] = usual
    columns["gtin14"] = gtin


def _availability(stated: pl.DataFrame) -> pl.Series:
    """As stated, from one word or from Awin's three switches; not for sale and paused are out."""
    out = pl.lit(Availability.OUT_OF_STOCK.value)
    found = pl.lit(None, dtype=pl.String)
    switches = {
        name: meanings(stated[name], SWITCHES)
        for name in ("in_stock", "preorder", "for_sale", "paused")
        if name in stated.columns
    }
    if "availability" in stated.columns:
        found = pl.coalesce(found, meanings(stated["availability"], AVAILABILITIES))
    if "in_stock" in switches:
        inside = pl.lit(Availability.IN_STOCK.value)
        switch = switches["in_stock"]
        found = pl.coalesce(
            found, pl.when(switch == "yes").then(inside).when(switch == "no").then(out)
        )
    if "preorder" in switches:
        before = pl.lit(Availability.PREORDER.value)
        found = pl.when(switches["preorder"] == "yes").then(before).otherwise(found)
    if "for_sale" in switches:
        found = pl.when(switches["for_sale"] == "no").then(out).otherwise(found)
    if "paused" in switches:
        found = pl.when(switches["paused"] == "yes").then(out).otherwise(found)
    unknown = pl.lit(Availability.UNKNOWN.value)
    return stated.select("place", availability=pl.coalesce(found, unknown).cast(AVAILABILITY))[
        "availability"
    ]


def _condition(stated: pl.DataFrame) -> pl.Series:
    """New where nothing is said: feeds must name the condition of what is not new (1.4)."""
    if "condition" not in stated.columns:
        return constant(stated, Condition.NEW.value, CONDITION)
    return meanings(stated["condition"], CONDITIONS).fill_null(Condition.NEW.value).cast(CONDITION)


def _audience(stated: pl.DataFrame) -> pl.Series:
    """Everyone, unless a format says that the price takes a code or a membership."""
    everyone = constant(stated, Audience.PUBLIC.value, AUDIENCE)
    if "audience" not in stated.columns:
        return everyone
    known = stated["audience"].is_in([each.value for each in Audience])
    return (
        pl.select(pl.when(known).then(stated["audience"]).otherwise(pl.lit(Audience.PUBLIC.value)))
        .to_series()
        .cast(AUDIENCE)
    )


def _unit(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`750ml` -> 750 and `ml`, for units that Google knows; anything else is left out."""
    if absent(texts):
        nothing = texts.cast(pl.Decimal(18, 4))
        return nothing, texts
    parts = texts.str.extract_groups(r"^\s*([0-9]{1,9}(?:\.[0-9]{1,4})?)\s*([a-zA-Z ]+?)\s*$")
    amount = parts.struct.field("1")
    unit = parts.struct.field("2").str.to_lowercase().str.replace_all(" ", "")
    known = unit.is_in(list(UNITS)).fill_null(value=False)
    read = pl.select(
        pl.when(known).then(amount).cast(pl.Decimal(18, 4)).alias("amount"),
        pl.when(known).then(unit).alias("unit"),
    )
    positive = (read["amount"] > 0).fill_null(value=False)
    kept = read.select(pl.when(positive).then(pl.col("amount")), pl.when(positive).then("unit"))
    return kept["amount"], kept["unit"]


def _split(texts: pl.Series) -> pl.Series:
    if absent(texts):
        return pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, len(texts))
    return (
        texts.str.replace_all(r"\s*[,\n]\s*", "\n").str.strip_chars().str.split("\n").fill_null([])
    )


def _flags(flags: dict[str, pl.Series], height: int) -> pl.Series:
    raised = {name: column for name, column in flags.items() if column.any()}
    if not raised:
        return pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, height)
    return pl.select(
        pl.concat_list(
            pl.when(column).then(pl.lit(name, pl.String)).alias(name)
            for name, column in raised.items()
        ).list.drop_nulls()
    ).to_series()
