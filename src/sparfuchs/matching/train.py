"""Train: a model from offers whose products are known, such as the simulated market's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.matching.compare import compare
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.group import worth_scoring
from sparfuchs.matching.learn import Effort, Split, learn
from sparfuchs.matching.model import OFFERED
from sparfuchs.matching.scorer import Scorer
from sparfuchs.matching.vary import vary

# Small enough to be shipped as text, fast enough for 20,000 pairs a second.
SHIPPED: Final = Effort(folds=3, rounds=80, forests=1, leaves=15)
_VARIED: Final = 2
_HELD: Final = 0.25  # of the families, for thresholds
# On held-back pairs of the market; on real offers it will be less, so more is asked than promised.
_PRECISION: Final = 0.997


@dataclass(frozen=True)
class Trained:
    scorer: Scorer
    pairs: int
    held: int


def train(
    offers: pl.DataFrame,
    *,
    version: str,
    seed: int,
    effort: Effort = SHIPPED,
    step: Callable[[str, int], None] = lambda _name, _rows: None,
) -> Trained:
    """A scorer from OFFERED rows with `product` and `family`: as they are, and varied twice.

    No family is both learnt from and held back.
    """
    rng = np.random.default_rng(seed)
    families = offers["family"].unique().sort()
    held = families.filter(pl.Series(rng.random(len(families)) < _HELD))
    parts: list[tuple[Split, pl.Series]] = []
    start = 0
    for number in range(_VARIED + 1):
        stated = vary(offers, seed * 10 + number) if number else offers
        step("comparing", number)
        pairs, labels, features = _pairs(stated)
        inside = offers["family"].gather(pairs["left"]).is_in(held.implode())
        shifted = pairs.with_columns(pl.col("left", "right") + start)
        parts.append((Split(shifted, labels, features), inside))
        start += offers.height
    every = Split(
        pl.concat(part.pairs for part, _ in parts),
        np.concatenate([part.labels for part, _ in parts]),
        pl.concat(part.features for part, _ in parts),
    )
    tuned = pl.concat([inside for _, inside in parts])
    step("growing trees", every.pairs.height)
    scorer = learn(
        _of(every, ~tuned),
        _of(every, tuned),
        every,
        version=version,
        seed=seed,
        effort=effort,
        precision=_PRECISION,
        one_corpus=True,
    )
    return Trained(scorer, int((~tuned).sum()), int(tuned.sum()))


def _pairs(offers: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray, pl.DataFrame]:
    """What a run would compare, with the truth."""
    rows = conform(offers, OFFERED)
    corpus = Corpus.of(rows)
    pairs, _, _ = worth_scoring(rows, corpus)
    product = offers["product"]
    labels = product.gather(pairs["left"]) == product.gather(pairs["right"])
    features = compare(
        corpus,
        corpus,
        pairs["left"].to_numpy().astype(np.int64),
        pairs["right"].to_numpy().astype(np.int64),
    )
    return pairs, labels.to_numpy().astype(np.int64), features


def _of(split: Split, kept: pl.Series) -> Split:
    return Split(
        split.pairs.filter(kept), split.labels[kept.to_numpy()], split.features.filter(kept)
    )
