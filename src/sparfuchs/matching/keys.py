"""Keys: pairs that are one by a number both state, and when a number is not to be believed.

- *same offer*: merchant and the merchant's own number; the canonical address; merchant, GTIN,
  condition and pack
- *same product*: a GTIN, unless the brands contradict or the number stands at too many brands and
  models to be one thing's (a default value); brand and part number

A key makes a candidate and no more: the scorer sees the number as one of its features and the
vetoes hold, for merchants copy numbers of neighbouring variants.
"""

from typing import Final

import polars as pl

from sparfuchs.matching.model import Relation

# A number at more distinct brands, or more model numbers, than this is a default value. One thing
# is called by its maker's and seldom by a second name; ingest refuses more than three (R-F-9).
_BRANDS: Final = 3
_MODELS: Final = 12
# Brands are written longer and shorter: "HP", "HP Inc."; "Bosch", "Bosch Professional".
_BEGIN: Final = 4

# One row a pair of rows (left < right) and the key that both have.
KEYED: Final = {
    "left": pl.UInt32(),
    "right": pl.UInt32(),
    "relation": pl.Enum([relation.value for relation in Relation]),
    "key": pl.String(),
}


def exact(offers: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """KEYED pairs of OFFERED rows and their READ. Of n offers with one key, a chain of n - 1 pairs
    and each to the first, so that no number costs the square of its offers.
    """
    rows = offers.select(
        "merchant", "sku", url=canonical(pl.col("url")), condition=pl.col("condition")
    ).hstack(read.select("gtin14", "brand", "mpn", "pack", "models"))
    rows = rows.with_row_index("row").with_columns(
        condition=pl.col("condition").cast(pl.String).fill_null("new"),
        pack=pl.col("pack").fill_null(1),
    )
    believed = rows.join(unbelievable(rows), on="gtin14", how="anti")
    found = [
        _paired(rows, Relation.SAME_OFFER, "merchant + sku", "merchant", "sku"),
        _paired(rows, Relation.SAME_OFFER, "url", "url"),
        _paired(
            believed,
            Relation.SAME_OFFER,
            "merchant + gtin",
            "merchant", "gtin14", "condition", "pack",
        ),
        _paired(believed, Relation.SAME_PRODUCT, "gtin", "gtin14"),
        _paired(rows, Relation.SAME_PRODUCT, "brand + mpn", "brand", "mpn"),
    ]  # fmt: skip
    every = pl.concat(found).unique(["left", "right"], keep="first", maintain_order=True)
    return every.filter(~_brands_contradict(every, rows))


def keys_between(offers: pl.DataFrame, read: pl.DataFrame, pairs: pl.DataFrame) -> pl.Series:
    """The key that both offers of each pair (left, right) have, the strongest; null for none."""
    rows = offers.select(
        "merchant", "sku", url=canonical(pl.col("url")), condition=pl.col("condition")
    ).hstack(read.select("gtin14", "brand", "mpn", "pack"))
    rows = rows.with_columns(
        condition=pl.col("condition").cast(pl.String).fill_null("new"),
        pack=pl.col("pack").fill_null(1),
        begins=pl.col("brand").str.replace_all("[^a-z0-9]", ""),
    )
    both = pl.concat(
        [
            rows[pairs["left"]].select(pl.all().name.suffix("_1")),
            rows[pairs["right"]].select(pl.all().name.suffix("_2")),
        ],
        how="horizontal",
    )

    def same(*columns: str) -> pl.Expr:
        return pl.all_horizontal(pl.col(f"{name}_1") == pl.col(f"{name}_2") for name in columns)

    contradict = ~(
        pl.col("begins_1").str.starts_with(pl.col("begins_2").str.head(_BEGIN))
        | pl.col("begins_2").str.starts_with(pl.col("begins_1").str.head(_BEGIN))
    )
    return both.select(
        pl.when(contradict.fill_null(value=False))
        .then(pl.lit(None, dtype=pl.String))
        .when(same("merchant", "sku"))
        .then(pl.lit("merchant + sku"))
        .when(same("url"))
        .then(pl.lit("url"))
        .when(same("merchant", "gtin14", "condition", "pack"))
        .then(pl.lit("merchant + gtin"))
        .when(same("gtin14"))
        .then(pl.lit("gtin"))
        .when(same("brand", "mpn"))
        .then(pl.lit("brand + mpn"))
        .alias("key")
    ).to_series()


def unbelievable(rows: pl.DataFrame) -> pl.DataFrame:
    """`gtin14` of numbers that too many brands or models share."""
    return (
        rows.filter(pl.col("gtin14").is_not_null())
        .group_by("gtin14")
        .agg(
            brands=pl.col("brand").drop_nulls().n_unique(),
            models=pl.col("models").list.first().drop_nulls().n_unique(),
        )
        .filter((pl.col("brands") > _BRANDS) | (pl.col("models") > _MODELS))
        .select("gtin14")
    )


def canonical(url: pl.Expr) -> pl.Expr:
    """An address without what merely tracks: scheme, `www.`, fragment, known parameters, slash."""
    return (
        url.str.replace(r"^[a-zA-Z]+://(?:www\.)?", "")
        .str.replace(r"#.*$", "")
        .str.replace_all(
            r"([?&])(?:utm_[a-z]+|gclid|fbclid|msclkid|awc|ref|affid|partner|cid)=[^&]*", "${1}"
        )
        .str.replace_all(r"&{2,}", "&")
        .str.replace(r"\?&", "?")
        .str.replace(r"[?&/]+$", "")
    )


def _paired(rows: pl.DataFrame, relation: Relation, name: str, *columns: str) -> pl.DataFrame:
    stated = rows.select("row", *columns).drop_nulls().sort("row")
    chained = stated.with_columns(
        first=pl.col("row").first().over(columns), before=pl.col("row").shift(1).over(columns)
    )
    pairs = pl.concat(
        chained.select(left=start, right="row").filter(pl.col("left") < pl.col("right"))
        for start in ("first", "before")
    ).unique(["left", "right"], maintain_order=True)
    return pairs.select(
        "left",
        "right",
        relation=pl.lit(relation.value, dtype=KEYED["relation"]),
        key=pl.lit(name),
    )


def _brands_contradict(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.Series:
    """Both are named, and neither name begins as the other does."""
    squashed = rows["brand"].str.replace_all("[^a-z0-9]", "")
    both = pl.DataFrame({side: squashed.gather(pairs[side]) for side in ("left", "right")})
    alike = pl.col("left").str.starts_with(pl.col("right").str.head(_BEGIN)) | pl.col(
        "right"
    ).str.starts_with(pl.col("left").str.head(_BEGIN))
    return both.select((~alike).fill_null(value=False)).to_series()
