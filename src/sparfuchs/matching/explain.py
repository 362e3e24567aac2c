"""Explain: why two offers are held to be one, or not, in words a person can check."""

from typing import Final

import polars as pl

from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.veto import vetoes

_VETOES: Final = {
    "gtin": "GTINs differ",
    "pack": "packs differ",
    "measure": "measures differ",
    "size": "sizes differ",
    "colour": "colours differ",
    "condition": "conditions differ",
    "model": "model numbers have nothing in common",
}
_CLOSE: Final = 0.01  # prices that differ by less are called the same


def explain(left: Corpus, right: Corpus, pairs: pl.DataFrame) -> pl.Series:
    """One text a pair (left, right), such as "same model number wh1000xm5; price 3 % apart; colours
    differ: black against blue". The strongest reason first; what is not stated is not mentioned.
    """
    one, two = (
        frame.read.select(
            "brand", "mpn", "gtin14", "models", "measures", "colours", "sizes", "words",
            "price_minor", "currency", pack=pl.col("pack").fill_null(1),
        )[pairs[side]]
        for side, frame in (("left", left), ("right", right))
    )  # fmt: skip
    both = pl.concat(
        [one.select(pl.all().name.suffix("_1")), two.select(pl.all().name.suffix("_2"))],
        how="horizontal",
    ).with_columns(veto=vetoes(left, right, pairs).cast(pl.String))
    parts = [
        _equal("gtin14", "same GTIN "),
        _equal("mpn", "same part number "),
        _shared("models", "same model number "),
        _shared("measures", "same measure "),
        _price(),
        _differing("colours", "colours differ: "),
        _differing("sizes", "sizes differ: "),
        _differing("measures", "measures differ: "),
        pl.when(pl.col("pack_1") != pl.col("pack_2")).then(
            pl.format("packs differ: {} against {}", "pack_1", "pack_2")
        ),
        # Where the columns above have not said it already.
        pl.when(pl.col("veto").is_in(["gtin", "condition", "model"])).then(
            pl.col("veto").replace_strict(_VETOES, default=None, return_dtype=pl.String)
        ),
        pl.format(
            "{} of {} words shared",
            pl.col("words_1").list.set_intersection("words_2").list.len(),
            pl.max_horizontal(pl.col("words_1").list.len(), pl.col("words_2").list.len()),
        ),
    ]
    return both.select(
        pl.concat_str(parts, separator="; ", ignore_nulls=True).alias("reasons")
    ).to_series()


def _equal(name: str, words: str) -> pl.Expr:
    one, two = pl.col(f"{name}_1"), pl.col(f"{name}_2")
    return pl.when(one == two).then(pl.lit(words) + one)


def _shared(name: str, words: str) -> pl.Expr:
    shared = pl.col(f"{name}_1").list.set_intersection(f"{name}_2").list.sort()
    return pl.when(shared.list.len() > 0).then(pl.lit(words) + shared.list.join(", "))


def _differing(name: str, words: str) -> pl.Expr:
    one, two = pl.col(f"{name}_1"), pl.col(f"{name}_2")
    apart = (
        (one.list.len() > 0)
        & (two.list.len() > 0)
        & (one.list.set_intersection(two).list.len() == 0)
    )
    said = [side.list.sort().list.join("+") for side in (one, two)]
    return pl.when(apart).then(pl.lit(words) + said[0] + " against " + said[1])


def _price() -> pl.Expr:
    one, two = pl.col("price_minor_1"), pl.col("price_minor_2")
    apart = pl.max_horizontal(one, two) / pl.min_horizontal(one, two) - 1
    known = (
        pl.col("currency_1").eq_missing(pl.col("currency_2"))
        & (one > 0).fill_null(value=False)
        & (two > 0).fill_null(value=False)
    )
    return (
        pl.when(known & (apart < _CLOSE))
        .then(pl.lit("same price"))
        .when(known)
        .then(pl.format("price {} % apart", (apart * 100).round(0).cast(pl.Int64)))
    )
