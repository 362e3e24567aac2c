"""Project: what is known of offers, laid out as listings."""

import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.search.model import LISTING

# What merchants write between the levels of a path.
_BETWEEN = r"\s*(?:>|›|»|/{2,}|\|)\s*"
DEEPEST = 5
_SHELVES = {"offer_id": pl.Int64(), "category": pl.List(pl.String())}


def project(
    offers: pl.DataFrame,
    verdicts: pl.DataFrame,
    ratings: pl.DataFrame,
    shelves: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """LISTING of offers that live.

    `offers` has offer_id, product (null where there is none yet), title, text, brand, mpn, gtin,
    category_path, product_type, merchant (its slug), merchant_name, price_minor, currency, unit and
    unit_minor (null where it is not sold by amount), available, merchants (how many offer the
    same), stars (stated, 0 to 5, or null), new_at, valid_to, deal; `verdicts` offer_id, verdict,
    honest_pct, badge and tags, `ratings` offer_id and score; `shelves` offer_id and category (the
    paths of one tree from the top down) of offers whose place in it is known. The others keep the
    merchant's own path.
    """
    rows = offers.join(
        verdicts.select(
            "offer_id", pl.col("verdict").cast(pl.String), "honest_pct", "badge", "tags"
        ),
        on="offer_id",
        how="left",
    ).join(ratings.select("offer_id", rating="score"), on="offer_id", how="left")
    if shelves is None:
        shelves = pl.DataFrame(schema=_SHELVES)
    rows = rows.join(shelves.rename({"category": "shelf"}), on="offer_id", how="left")
    path = pl.coalesce("category_path", "product_type").fill_null("")
    listings = rows.with_columns(
        category=pl.coalesce("shelf", _levels(path)),
        vouched=pl.col("badge").fill_null(value=False),
    )
    return conform(listings, LISTING)


def _levels(path: pl.Expr) -> pl.Expr:
    """`A > B > C` as `A`, `A > B`, `A > B > C`; a number (a code of a taxonomy) is no path."""
    parts = (
        pl.when(path.str.contains(r"^\s*\d*\s*$"))
        .then(pl.lit(""))
        .otherwise(path)
        .str.replace_all(_BETWEEN, "\x1f")
        .str.strip_chars()
        .str.split("\x1f")
    )
    levels = [
        pl.when(parts.list.len() > depth).then(parts.list.head(depth + 1).list.join(" > "))
        for depth in range(DEEPEST)
    ]
    named = pl.concat_list(levels).list.drop_nulls()
    return named.list.eval(pl.element().filter(pl.element() != ""))
