"""Train: a model from offers whose products are known, such as the simulated market's."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.matching.calibrate import Labels
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


# A new model may be less right than the one before by so much, where that is right enough.
_ENOUGH: Final = 0.99


@dataclass(frozen=True)
class Links:
    """How right the automatic links of a model are on labelled offers, shares between 0 and 1."""

    pairs: int
    matches: int
    links: int
    precision: float
    recall: float
    f_half: float  # precision counts twice as much as recall

    def as_json(self) -> dict[str, float]:
        return asdict(self)


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
    answers: pl.DataFrame | None = None,
    step: Callable[[str, int], None] = lambda _name, _rows: None,
) -> Trained:
    """A scorer from OFFERED rows with `product` and `family`: as they are, and varied twice.

    No family is both learnt from and held back. Where `product` is null nothing is known but what
    `answers` (LABEL, by offer) say.
    """
    rng = np.random.default_rng(seed)
    families = offers["family"].unique().sort()
    held = families.filter(pl.Series(rng.random(len(families)) < _HELD))
    parts: list[tuple[Split, pl.Series]] = []
    start = 0
    for number in range(_VARIED + 1):
        stated = vary(offers, seed * 10 + number) if number else offers
        step("comparing", number)
        pairs, labels, features = _pairs(stated, answers)
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
    known = pl.Series(every.labels >= 0)
    scorer = learn(
        _of(every, ~tuned & known),
        _of(every, tuned & known),
        every,
        version=version,
        seed=seed,
        effort=effort,
        precision=_PRECISION,
        one_corpus=True,
    )
    return Trained(scorer, int((~tuned & known).sum()), int((tuned & known).sum()))


def judge_links(scorer: Scorer, offers: pl.DataFrame) -> Links:
    """Judges a scorer on OFFERED rows with `product`; pairs of which nothing is known do not count.

    What no search finds counts as missed.
    """
    rows = conform(offers, OFFERED)
    corpus = Corpus.of(rows)
    pairs, _, _ = worth_scoring(rows, corpus)
    features = scorer.compare(
        corpus,
        corpus,
        pairs["left"].to_numpy().astype(np.int64),
        pairs["right"].to_numpy().astype(np.int64),
    )
    said, thresholds = scorer.score(features, pairs)
    labels = _labels(offers, pairs, None)
    linked = (said >= thresholds.automatic) & (labels >= 0)
    right = int((linked & (labels == 1)).sum())
    matches = int((labels == 1).sum())
    precision, recall = right / max(int(linked.sum()), 1), right / max(matches, 1)
    weighed = 0.25 * precision + recall
    return Links(
        int((labels >= 0).sum()),
        matches,
        int(linked.sum()),
        precision,
        recall,
        1.25 * precision * recall / weighed if weighed else 0.0,
    )


def is_better(new: Links, present: Links) -> bool:
    """Whether a model may take the place of the present one: it finds more, and is not less right,
    or right enough.
    """
    return new.f_half > present.f_half and new.precision >= min(present.precision, _ENOUGH)


def _pairs(
    offers: pl.DataFrame, answers: pl.DataFrame | None
) -> tuple[pl.DataFrame, Labels, pl.DataFrame]:
    """What a run would compare, with the truth: 1, 0, and -1 where nothing is known."""
    rows = conform(offers, OFFERED)
    corpus = Corpus.of(rows)
    pairs, _, _ = worth_scoring(rows, corpus)
    features = compare(
        corpus,
        corpus,
        pairs["left"].to_numpy().astype(np.int64),
        pairs["right"].to_numpy().astype(np.int64),
    )
    return pairs, _labels(offers, pairs, answers), features


def _labels(offers: pl.DataFrame, pairs: pl.DataFrame, answers: pl.DataFrame | None) -> Labels:
    product, offer = offers["product"], offers["offer"]
    same = product.gather(pairs["left"]) == product.gather(pairs["right"])
    known = same.cast(pl.Int64).fill_null(-1)
    if answers is not None and answers.height:
        ends = [offer.gather(pairs[side]) for side in ("left", "right")]
        asked = pl.DataFrame({"one": ends[0], "two": ends[1]}).select(
            left=pl.min_horizontal("one", "two"), right=pl.max_horizontal("one", "two")
        )
        said = asked.join(answers, on=["left", "right"], how="left", maintain_order="left")["same"]
        known = pl.select(pl.coalesce(said.cast(pl.Int64), known)).to_series()
    made: Labels = known.to_numpy().astype(np.int64)
    return made


def _of(split: Split, kept: pl.Series) -> Split:
    return Split(
        split.pairs.filter(kept), split.labels[kept.to_numpy()], split.features.filter(kept)
    )
