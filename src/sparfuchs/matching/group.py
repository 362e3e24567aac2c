"""Group: from many offers to products, the way of a bulk run.

read -> exact keys and candidates -> vetoes -> at most eight pairs an offer -> score -> cluster
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.matching.candidates import BUDGET, alike, both_ways
from sparfuchs.matching.cluster import cluster, components, facts_of
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.keys import exact
from sparfuchs.matching.model import BAND, OFFERED, Band
from sparfuchs.matching.scorer import Scorer, Thresholds
from sparfuchs.matching.veto import vetoes

# What an offer names before vetoes: variants of a thing are as near as the thing itself, and with
# 10 a third of true pairs was crowded out by them.
SEARCHED: Final = 40
SCORED: Final = 8  # pairs an offer, on average at the most

# One row a pair that was compared: rows (left < right), the key that both have (null for none), how
# likely they are one product, and what follows.
JUDGED: Final = {
    "left": pl.UInt32(),
    "right": pl.UInt32(),
    "key": pl.String(),
    "score": pl.Float32(),
    "probability": pl.Float32(),
    "band": BAND,
}

Step = Callable[[str, int], None]


@dataclass(frozen=True)
class Grouped:
    """`groups` has offer, group and merged (offers with one number there are one offer seen twice);
    row for row as the offers came. `judged` is JUDGED.
    """

    groups: pl.DataFrame
    judged: pl.DataFrame
    candidates: int
    vetoed: int
    thresholds: Thresholds


def group(
    offers: pl.DataFrame,
    scorer: Scorer,
    *,
    budget: int | None = BUDGET,
    step: Step = lambda _name, _rows: None,
) -> Grouped:
    """Products of OFFERED rows."""
    rows = conform(offers, OFFERED)
    step("reading", rows.height)
    corpus = Corpus.of(rows)
    pairs, found, vetoed = worth_scoring(rows, corpus, budget=budget, step=step)
    step("scoring", pairs.height)
    features = scorer.compare(
        corpus,
        corpus,
        pairs["left"].to_numpy().astype(np.int64),
        pairs["right"].to_numpy().astype(np.int64),
    )
    said, thresholds = scorer.score(features, pairs)
    judged = conform(
        pairs.with_columns(
            probability=pl.Series(said).cast(pl.Float32), band=band_of(pl.Series(said), thresholds)
        ),
        JUDGED,
    )
    step("clustering", judged.height)
    compared = judged.with_columns(linked=pl.col("band") == Band.AUTOMATIC.value)
    groups = rows.select("offer", group=pl.Series(cluster(facts_of(corpus.read), compared)))
    return Grouped(
        groups.with_columns(merged=seen_twice(rows, groups["group"], compared)),
        judged,
        found,
        vetoed,
        thresholds,
    )


def worth_scoring(
    offers: pl.DataFrame,
    corpus: Corpus,
    *,
    budget: int | None = BUDGET,
    step: Step = lambda _name, _rows: None,
) -> tuple[pl.DataFrame, int, int]:
    """left, right, key, score of the pairs that no veto forbids, about SCORED an offer; how many
    candidates were named (a pair counts as often as it is named), and how many of them were vetoed.
    """
    step("searching", corpus.height)
    seen, forbidden = 0, 0

    def allowed(pairs: pl.DataFrame) -> pl.Series:
        nonlocal seen, forbidden
        fine = vetoes(corpus, corpus, pairs).is_null()
        seen += pairs.height
        forbidden += pairs.height - int(fine.sum())
        return fine

    found = both_ways(corpus, corpus, most=SEARCHED, budget=budget, allowed=allowed)
    keyed = exact(offers, corpus.read)
    keyed = keyed.filter(allowed(keyed))
    named = found.join(keyed.select("left", "right", "key"), on=["left", "right"], how="left")
    unfound = keyed.join(found, on=["left", "right"], how="anti")
    scored = alike(corpus, corpus, unfound).with_columns(unfound["key"])
    every = pl.concat([part.select("left", "right", "key", "score") for part in (named, scored)])
    return nearest(every), seen, forbidden


def nearest(pairs: pl.DataFrame) -> pl.DataFrame:
    """Of left, right, key, score: pairs with a key and the best of either end, by their rows."""
    return pairs.filter(
        pl.col("key").is_not_null()
        | (pl.col("score").rank("ordinal", descending=True).over("left") <= SCORED // 2)
        | (pl.col("score").rank("ordinal", descending=True).over("right") <= SCORED // 2)
    ).sort("left", "right")


def band_of(probability: pl.Series, thresholds: Thresholds) -> pl.Series:
    return pl.select(
        pl.when(probability >= thresholds.automatic)
        .then(pl.lit(Band.AUTOMATIC.value))
        .when(probability >= thresholds.review)
        .then(pl.lit(Band.REVIEW.value))
        .otherwise(pl.lit(Band.SEPARATE.value))
        .cast(BAND)
    ).to_series()


def seen_twice(offers: pl.DataFrame, groups: pl.Series, compared: pl.DataFrame) -> pl.Series:
    """A number for each offer that offers have in common which are one, seen twice: of one
    merchant, in one product, in the same condition, and linked to each other.
    """
    told = offers.select(
        "merchant", "condition", group=groups, row=pl.int_range(pl.len(), dtype=pl.UInt32)
    )
    links = compared.filter("linked").select("left", "right")
    for side in ("left", "right"):
        links = links.join(told, left_on=side, right_on="row", how="left").rename(
            {name: f"{name}_{side}" for name in ("merchant", "condition", "group")}
        )
    same = links.filter(
        (pl.col("merchant_left") == pl.col("merchant_right"))
        & (pl.col("group_left") == pl.col("group_right"))
        & pl.col("condition_left").eq_missing(pl.col("condition_right"))
    )
    together = components(offers.height, same)
    return told.select(
        pl.col("row").min().over(pl.Series(together)).cast(pl.Int64).alias("merged")
    ).to_series()
