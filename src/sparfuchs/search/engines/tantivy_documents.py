"""Listings as tantivy's documents: its fields, their words, and the packed keys of each order.

An order of its own is asked by a packed key: the order's value in the upper bits, bits of a hash of
the id in the lower ones. So every order is total, and "after this one" is a range.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
import tantivy
from numpy.typing import NDArray

from sparfuchs.kernel.frames import conform
from sparfuchs.search.language.analysis import Analysis, exact_terms, spelled_texts, without_pieces
from sparfuchs.search.language.things import things
from sparfuchs.search.model import LISTING, TEXT_LETTERS, Sort
from sparfuchs.search.rank import FIELDS, PIECE, Standing

# A change of what is indexed is another version: an index of another one is no index.
VERSION: Final = 5
WORDS: Final = "whitespace"  # words come analysed
_A_MERCHANT: Final = 100_000  # in the key of popularity, above stars and rating
_A_STAR: Final = 101  # a hundredth of a star, above the rating
_MINUTE: Final = 60_000_000  # microseconds
LOW_BITS: Final = 28
_LOW_MASK: Final = (1 << LOW_BITS) - 1
_HIGHEST: Final = (1 << 34) - 1  # what fits above the low bits and below the sign

# Orders by a packed key, and whether the highest key comes first.
ORDERS: Final = {
    Sort.DISCOUNT: ("by_discount", True),
    Sort.PRICE: ("by_price", False),
    Sort.POPULAR: ("by_popular", True),
    Sort.NEWEST: ("by_new", True),
    Sort.ENDING_SOON: ("by_end", False),
    Sort.UNIT_PRICE: ("by_unit", False),
}


def schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("id", "source", "product"):
        builder.add_integer_field(name, indexed=True, fast=True)
    for name in (*FIELDS, PIECE):
        # Only in a title does it matter which words follow each other.
        kept = "position" if name == "title" else "freq"
        builder.add_text_field(name, tokenizer_name=WORDS, index_option=kept)
    # Words as they are written, for what somebody may have meant by a word that is none.
    builder.add_text_field("said", tokenizer_name=WORDS, index_option="basic")
    builder.add_text_field("thing", tokenizer_name=WORDS, index_option="freq")
    builder.add_text_field("number", tokenizer_name="raw", index_option="basic")
    for name in ("category", "merchant", "verdict", "tag", "unit", "maker"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("price", "discount", "deal", *(field for field, _ in ORDERS.values())):
        builder.add_integer_field(name, indexed=True, fast=True)
    return builder.build()


def analyzer() -> tantivy.TextAnalyzer:
    """Parts analysed words at blanks, and does nothing else."""
    return (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
        .filter(tantivy.Filter.remove_long(60))
        .build()
    )


def _worded(rows: pl.DataFrame, analysis: Analysis) -> pl.DataFrame:
    """The columns with words: stems by field, parts of compounds, and words as they are written."""
    title, letters = without_pieces(rows["title"])
    brand = spelled_texts(rows["brand"])
    shelf = spelled_texts(rows["category"].list.last())
    text, more_letters = without_pieces(rows["text"].str.head(TEXT_LETTERS))
    said = pl.select(pl.concat_str(title, brand, shelf, separator=" ")).to_series()
    named = pl.select(pl.concat_str(title, shelf, separator=" ")).to_series()
    heads, others = analysis.parts(named)
    return pl.DataFrame(
        {
            "title": analysis.stems(title),
            "brand": analysis.stems(brand),
            "shelf": analysis.stems(shelf),
            "text": analysis.stems(text),
            "head": heads,
            "part": others,
            "piece": pl.select(pl.concat_str(letters, more_letters, separator=" ")).to_series(),
            "said": said,
            "thing": analysis.stems(things(rows["title"])),
            "exact": exact_terms(rows["title"], rows["mpn"]),
        }
    )


def documents(listings: pl.DataFrame, analysis: Analysis) -> list[str]:
    """LISTING rows as the engine's documents, each a JSON text."""
    rows = conform(listings, LISTING)
    worded = _worded(rows, analysis)
    low = pl.Series((_mixed(rows["offer_id"].to_numpy()) & np.uint64(_LOW_MASK)).astype(np.int64))

    def key(value: pl.Expr) -> pl.Expr:
        clipped = value.cast(pl.Int64).fill_null(0).clip(0, _HIGHEST)
        return clipped * (1 << LOW_BITS) + low

    percent = pl.col("honest_pct").fill_null(0)
    deal = pl.col("deal").fill_null(value=False)
    vouched = pl.col("vouched").fill_null(value=False) & deal
    stars = (pl.col("stars").fill_null(0.0) * 100).round()
    minutes = pl.col("valid_to").to_physical() // _MINUTE
    return (
        rows.select(
            pl.struct(
                pl.col("offer_id").alias("id"),
                (pl.col("offer_id") // 2**32).alias("source"),
                pl.coalesce("product", -pl.col("offer_id")).alias("product"),
                *(worded[name] for name in (*FIELDS, PIECE, "said", "thing")),
                pl.concat_list(
                    pl.concat_list(pl.col("gtin").str.strip_chars_start("0").fill_null("")),
                    worded["exact"],
                ).alias("number"),
                pl.col("category").fill_null([]),
                pl.col("merchant").fill_null(""),
                pl.col("verdict").fill_null(""),
                pl.col("tags").fill_null([]).alias("tag"),
                # Nothing is no value that is counted.
                pl.concat_list("unit").list.drop_nulls().alias("unit"),
                pl.col("brand").fill_null("").alias("maker"),
                pl.col("price_minor").fill_null(-1).alias("price"),
                percent.cast(pl.Int64).alias("discount"),
                deal.cast(pl.Int64).alias("deal"),
                # Vouched for first, then other deals, then the rest, each by its percentage.
                key(vouched.cast(pl.Int64) * 2000 + deal.cast(pl.Int64) * 1000 + percent).alias(
                    "by_discount"
                ),
                key(pl.col("price_minor").fill_null(_HIGHEST)).alias("by_price"),
                key(
                    pl.col("merchants").fill_null(1).cast(pl.Int64) * _A_MERCHANT
                    + stars.cast(pl.Int64) * _A_STAR
                    + pl.col("rating").fill_null(0).cast(pl.Int64)
                ).alias("by_popular"),
                key(pl.col("new_at").to_physical() // 1_000_000).alias("by_new"),
                key(minutes.fill_null(_HIGHEST)).alias("by_end"),
                key(pl.col("unit_minor").fill_null(_HIGHEST)).alias("by_unit"),
            ).struct.json_encode()
        )
        .to_series()
        .to_list()
    )


def standing_of(keys: Mapping[str, NDArray[np.int64]]) -> Standing:
    """What the packed keys of three orders say of listings, without their low bits."""
    stars_and_rating = keys["by_popular"] % _A_MERCHANT
    return Standing(
        deal=(keys["by_discount"] // 1000 % 2).astype(np.float64),
        vouched=(keys["by_discount"] // 2000).astype(np.float64),
        rating=(stars_and_rating % _A_STAR).astype(np.float64),
        merchants=(keys["by_popular"] // _A_MERCHANT).astype(np.float64),
        new_at=keys["by_new"].astype(np.float64),
    )


def end_key(at: datetime) -> int:
    """The lowest key of what ends at a moment or after it."""
    return int(at.timestamp() * 1_000_000) // _MINUTE << LOW_BITS


def _mixed(ids: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Bits that tell neighbours apart (the finaliser of splitmix64)."""
    with np.errstate(over="ignore"):
        keys = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return keys ^ (keys >> np.uint64(27))
