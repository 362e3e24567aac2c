"""Kin: what variants of a thing have in common, and in what they differ."""

from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import hash_rows, hash_strings
from sparfuchs.matching.cluster import facts_of
from sparfuchs.matching.normalise import UNIT
from sparfuchs.matching.words import COLOURS, SIZES

# What is compared of an offer but its price; another one of these is another reading of the offer.
SIGNED: Final = [
    "merchant", "title", "brand", "gtin14", "mpn", "condition", "colour", "size",
]  # fmt: skip
# In what variants differ, in the order in which it is said.
DIFFERENCES: Final = ("size", "colour", "storage", "weight", "volume", "screen", "pack")
_AMOUNT: Final = rf"^\d+(?:\.\d+)?(?:{UNIT}|er|x|pk|pack|stk)$"
_FEWEST: Final = 2  # words that a name of a family needs beside the brand


def signatures(offers: pl.DataFrame) -> pl.Series:
    """The hash of what is compared of OFFERED rows, but their price."""
    return _signed(hash_rows(offers, SIGNED))


def families(offers: pl.DataFrame) -> pl.Series:
    """A number for each offer that a source puts into an item group with others; null for none.

    Rows have `offer` and `item_group_id`; groups of different sources have nothing in common.
    """
    told = offers.select(
        group=pl.when(pl.col("item_group_id") != "").then(
            pl.format("{}:{}", pl.col("offer") // 2**32, "item_group_id")
        )
    )["group"]
    return _where_told(told)


def kin(read: pl.DataFrame) -> pl.Series:
    """A number that offers of one brand have in common whose titles say the same but for colours,
    sizes, measures and numbers of pieces; null where a title says too little.
    """
    varying = [*COLOURS, *SIZES]
    one = pl.element()
    words = pl.col("words").list.eval(one.filter(~one.is_in(varying) & ~one.str.contains(_AMOUNT)))
    told = read.select("brand", words=words.list.sort()).select(
        pl.when(pl.col("brand").is_not_null() & (pl.col("words").list.len() >= _FEWEST)).then(
            pl.format("{}:{}", "brand", pl.col("words").list.join(" "))
        )
    )
    return _where_told(told.to_series())


def stated(read: pl.DataFrame) -> pl.DataFrame:
    """DIFFERENCES of READ rows, each null where it is not clearly stated."""
    return facts_of(read).select(DIFFERENCES)


def _where_told(texts: pl.Series) -> pl.Series:
    made = _signed(hash_strings(texts))
    return pl.select(pl.when(texts.is_not_null()).then(made)).to_series()


def _signed(hashes: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> pl.Series:
    return pl.Series(hashes.view(np.int64), dtype=pl.Int64)
