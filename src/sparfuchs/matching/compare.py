"""Compare: how alike the two offers of each pair are, in columns.

Every feature is the same whichever of the two stands on the left: where the two sides differ, the
smaller and the larger of both directions are given. What cannot be known is NaN, never zero.
"""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler, Levenshtein, Prefix

from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.sparse import Floats, Rows, dot, normed, overlap

Places = NDArray[np.int64]
Columns = dict[str, Floats]

_PIECE: Final = 100_000  # pairs at a time, which bounds memory


def compare(left: Corpus, right: Corpus, rows: Places, others: Places) -> pl.DataFrame:
    """One row of features (Float32) a pair: offer `rows[i]` on the left, `others[i]` on the right.

    Both corpora must have been made with the same weights.
    """
    pieces = [
        _piece(left, right, rows[start : start + _PIECE], others[start : start + _PIECE])
        for start in range(0, max(len(rows), 1), _PIECE)
    ]
    return pl.concat(pieces)


def _piece(left: Corpus, right: Corpus, rows: Places, others: Places) -> pl.DataFrame:
    one, two = left.read[rows], right.read[others]
    columns: Columns = {}
    columns |= _of_words(left, right, rows, others)
    columns |= _of_lists(left, right, rows, others)
    columns |= _of_models(left, right, rows, others, one, two)
    columns |= _of_texts(one, two)
    columns |= _of_facts(one, two)
    return pl.DataFrame({name: column.astype(np.float32) for name, column in columns.items()})


def _both(name: str, one: Floats, two: Floats) -> Columns:
    """A feature with two directions, free of order. NaN on one side alone counts as the other."""
    return {f"{name}_low": np.fmin(one, two), f"{name}_high": np.fmax(one, two)}


def _share(part: Floats, rest: Floats) -> Floats:
    whole = part + rest
    made: Floats = np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)
    return made


def _of_words(left: Corpus, right: Corpus, rows: Places, others: Places) -> Columns:
    made: Columns = {}
    views = {
        "title": (left.words[rows], right.words[others]),
        "all": (left.all_words[rows], right.all_words[others]),
    }
    for name, (one, two) in views.items():
        found = overlap(one, two)
        made[f"{name}_cosine"] = dot(normed(one), normed(two))
        made[f"{name}_shared"] = found.shared
        made[f"{name}_shared_count"] = found.count
        made[f"{name}_shared_top"] = found.shared_top
        made[f"{name}_jaccard"] = _share(found.shared, found.left + found.right)
        made |= _both(
            f"{name}_held", _share(found.shared, found.left), _share(found.shared, found.right)
        )
        made |= _both(f"{name}_only", found.left, found.right)
        made |= _both(f"{name}_only_top", found.left_top, found.right_top)
    # What the title of one says, held anywhere in the other.
    there = overlap(views["title"][0], views["all"][1])
    back = overlap(views["title"][1], views["all"][0])
    made |= _both("across_held", _share(there.shared, there.left), _share(back.shared, back.left))
    made |= _both("across_only_top", there.left_top, back.left_top)
    made["grams_cosine"] = dot(left.grams[rows], right.grams[others])
    return made


def _of_lists(left: Corpus, right: Corpus, rows: Places, others: Places) -> Columns:
    made: Columns = {}
    for name in ("numbers", "colours", "sizes", "markers", "measures"):
        one, two = getattr(left, name)[rows], getattr(right, name)[others]
        found = overlap(one, two)
        made[f"{name}_shared"] = found.shared
        made |= _both(f"{name}_only", found.left, found.right)
    for name, kinds in (("measures", "units"), ("markers", "marker_kinds")):
        # Kinds that both name and of which they share no value contradict each other.
        both = overlap(getattr(left, kinds)[rows], getattr(right, kinds)[others]).shared
        made[f"{name}_conflict"] = np.maximum(both - made[f"{name}_shared"], 0)
    return made


def _of_models(
    left: Corpus,
    right: Corpus,
    rows: Places,
    others: Places,
    one: pl.DataFrame,
    two: pl.DataFrame,
) -> Columns:
    mine, yours = left.models[rows], right.models[others]
    found = overlap(mine, yours)
    there, back = _held_in(one["models"], two["squashed"]), _held_in(two["models"], one["squashed"])
    made: Columns = {
        "models_shared": found.shared,
        "models_shared_top": found.shared_top,
    }
    made |= _both("models_only", found.left, found.right)
    made |= _both("models_only_top", found.left_top, found.right_top)
    made |= _both("models_count", _counts(mine), _counts(yours))
    made |= _both("models_held", there["share"].to_numpy(), back["share"].to_numpy())
    made["models_held_longest"] = np.fmax(there["longest"].to_numpy(), back["longest"].to_numpy())
    made |= _both("models_missed_longest", there["missed"].to_numpy(), back["missed"].to_numpy())
    return made


def _counts(matrix: Rows) -> Floats:
    made: Floats = np.diff(matrix.indptr).astype(np.float32)
    return made


def _held_in(models: pl.Series, squashed: pl.Series) -> pl.DataFrame:
    """How many of the models of each row stand anywhere in the other's text, however written.

    Columns share (NaN without models), longest (letters of the longest that stands there, 0 for
    none), missed (of the longest that does not).
    """
    asked = (
        pl.DataFrame({"models": models, "squashed": squashed})
        .with_row_index("pair")
        .explode("models")
        .drop_nulls("models")
    )
    held = pl.col("squashed").str.contains(pl.col("models"), literal=True)
    length = pl.col("models").str.len_bytes().cast(pl.Float32)
    found = (
        asked.with_columns(held=held, length=length)
        .group_by("pair")
        .agg(
            share=pl.col("held").mean().cast(pl.Float32),
            longest=(pl.col("held") * pl.col("length")).max().cast(pl.Float32),
            missed=(~pl.col("held") * pl.col("length")).max().cast(pl.Float32),
        )
    )
    every = pl.DataFrame({"pair": pl.arange(len(models), eager=True, dtype=pl.UInt32)})
    return every.join(found, on="pair", how="left", maintain_order="left").with_columns(
        pl.col("share", "longest", "missed").fill_null(float("nan"))
    )


def _each(mine: list[str], yours: list[str], scorer: Any) -> Floats:
    """A scorer of texts over whole columns, in C."""
    return process.cpdist(mine, yours, scorer=scorer, dtype=np.float32)


def _of_texts(one: pl.DataFrame, two: pl.DataFrame) -> Columns:
    mine, yours = one["title"].to_list(), two["title"].to_list()
    made: Columns = {
        name: _each(mine, yours, scorer)
        for name, scorer in {
            "ratio": fuzz.ratio,
            "sorted_ratio": fuzz.token_sort_ratio,
            "set_ratio": fuzz.token_set_ratio,
            "partial_ratio": fuzz.partial_ratio,
            "start": JaroWinkler.similarity,
        }.items()
    }
    made |= _of_main_models(one, two)
    first = pl.col("words").list.first()
    names = [frame.select(first.fill_null("")).to_series() for frame in (one, two)]
    made["first_alike"] = _each(names[0].to_list(), names[1].to_list(), JaroWinkler.similarity)
    sizes = [frame["words"].list.len().to_numpy().astype(np.float32) for frame in (one, two)]
    made |= _both("length", sizes[0], sizes[1])
    return made


def _of_main_models(one: pl.DataFrame, two: pl.DataFrame) -> Columns:
    """The longest model word of each side, letter by letter."""
    longest = (
        pl.col("models")
        .list.eval(
            pl.element().sort_by(pl.element().str.len_bytes(), descending=True, maintain_order=True)
        )
        .list.first()
    )
    mine, yours = (frame.select(longest).to_series() for frame in (one, two))
    known = (mine.is_not_null() & yours.is_not_null()).to_numpy()
    texts = mine.fill_null("").to_list(), yours.fill_null("").to_list()
    made: Columns = {}
    for name, scorer in {
        "main_model_alike": JaroWinkler.similarity,
        "main_model_edits": Levenshtein.distance,
        "main_model_start": Prefix.normalized_similarity,
    }.items():
        column = _each(*texts, scorer)
        made[name] = np.where(known, column, np.float32(np.nan))
    return made


def _of_facts(one: pl.DataFrame, two: pl.DataFrame) -> Columns:
    """What is stated in a column of its own: equal 1, other 0, not known NaN."""
    pairs = pl.concat(
        [
            frame.select(
                pl.col("brand", "mpn", "gtin14", "pack", "price_minor", "currency").name.suffix(end)
            )
            for frame, end in ((one, "_1"), (two, "_2"))
        ],
        how="horizontal",
    )
    equal = {
        name: (pl.col(f"{name}_1") == pl.col(f"{name}_2")).cast(pl.Float32)
        for name in ("mpn", "gtin14", "pack")
    }
    prices = pl.when(
        pl.col("currency_1").eq_missing(pl.col("currency_2"))
        & (pl.col("price_minor_1") > 0)
        & (pl.col("price_minor_2") > 0)
    ).then((pl.col("price_minor_1").cast(pl.Float64) / pl.col("price_minor_2")).log().abs())
    packs = pl.max_horizontal("pack_1", "pack_2") / pl.min_horizontal("pack_1", "pack_2").fill_null(
        1
    )
    facts = pairs.select(
        **{f"{name}_equal": column.fill_null(float("nan")) for name, column in equal.items()},
        price_apart=prices.cast(pl.Float32).fill_null(float("nan")),
        pack_ratio=pl.when(pl.col("pack_1").is_null() != pl.col("pack_2").is_null())
        .then(pl.max_horizontal("pack_1", "pack_2"))
        .otherwise(packs)
        .cast(pl.Float32)
        .fill_null(float("nan")),
    )
    made: Columns = {name: facts[name].to_numpy() for name in facts.columns}
    brands = [pairs[name].fill_null("") for name in ("brand_1", "brand_2")]
    known = (pairs["brand_1"].is_not_null() & pairs["brand_2"].is_not_null()).to_numpy()
    alike = _each(brands[0].to_list(), brands[1].to_list(), fuzz.token_set_ratio)
    made["brand_alike"] = np.where(known, alike, np.float32(np.nan))
    return made
