"""How often is a pair judged rightly? On a folder of labelled pairs (`read_labelled`).

Trains on train, tunes on valid, judges test once a seed. A pair is judged twice: *alone*, as
published figures do, and *among* the candidates of its two offers, as the product does; the second
reads the unlabelled tables besides, and is to be called so where figures are laid side by side.
Weights of words are learnt from the offers of train alone. Where there is no test, and a part of
train tunes for valid, the share of matches is first estimated on valid without its labels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev
from time import perf_counter
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.matching.calibrate import Labels, best_f1, share_of_matches
from sparfuchs.matching.candidates import MOST, both_ways, search
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.learn import Split, judge, learn, split_of
from sparfuchs.matching.normalise import normalise
from sparfuchs.matching.read_labelled import Labelled, read_labelled
from sparfuchs.matching.rivals import Probabilities
from sparfuchs.matching.scorer import Scorer
from sparfuchs.matching.sparse import Weights, dot, normed

SEEDS: Final = 5
_TIMED: Final = 10_000  # pairs at least, so that the figure is no accident


@dataclass(frozen=True)
class Figures:
    """Of one way of judging, shares between 0 and 1."""

    f1: float
    precision: float
    recall: float
    accuracy: float
    f1_sd: float = 0.0  # over the seeds


@dataclass(frozen=True)
class MatchingFigures:
    """`end_to_end`: F1 where a match that no candidate search finds counts as missed."""

    data: str
    model: str
    seeds: int
    train: int
    tune: int
    test: int
    matches: int
    judged: Figures  # as the product judges
    alone: Figures
    tuned: Figures  # with the threshold from valid instead of the model's own
    controls: dict[str, Figures]
    candidate_recall: float | None  # at most 20 of the right for each offer of the left
    candidate_recall_both: float | None  # 10 named by each
    candidates_per_offer: float | None
    end_to_end: float | None
    pairs_per_second: float


def evaluate_matching(
    folder: Path,
    *,
    seeds: int = SEEDS,
    model: Scorer | None = None,
    progress: Callable[[str, int], None] = lambda _name, _rows: None,
) -> MatchingFigures:
    """Figures of a folder; with a model nothing is trained, and valid only gives `tuned`.

    Raises NotFound and UsageError for a folder that cannot be read.
    """
    data = read_labelled(folder)
    left, right = _corpora(data)
    splits = {
        name: split_of(left, right, getattr(data, name)) for name in ("train", "tune", "test")
    }
    known: Split | None = None
    found: pl.DataFrame | None = None
    recalls: tuple[float, float] | tuple[None, None] = (None, None)
    per_offer: float | None = None
    if data.tables:
        progress("candidates", 0)
        found = both_ways(left, right, budget=None)
        known = split_of(left, right, found.with_columns(label=0))
        recalls = _recalls(data, found, search(left, right, most=MOST, budget=None))
        per_offer = found.height / (left.height + right.height)
    rounds = 1 if model else seeds
    said: list[dict[str, Figures]] = []
    ends: list[float] = []
    for seed in range(rounds):
        progress(f"seed {seed + 1} of {rounds}", seed)
        scorer = model or learn(
            splits["train"], splits["tune"], known, version="evaluated", seed=seed
        )
        made, end = _one(scorer, splits, known, found, shifted=not data.own_tuning)
        said.append(made)
        ends.append(end)
    return MatchingFigures(
        data=data.name,
        model=scorer.version,
        seeds=rounds,
        train=data.train.height,
        tune=data.tune.height,
        test=data.test.height,
        matches=int(splits["test"].labels.sum()),
        judged=_mean([one["judged"] for one in said]),
        alone=_mean([one["alone"] for one in said]),
        tuned=_mean([one["tuned"] for one in said]),
        controls=_controls(left, right, splits),
        candidate_recall=recalls[0],
        candidate_recall_both=recalls[1],
        candidates_per_offer=per_offer,
        end_to_end=fmean(ends) if data.tables else None,
        pairs_per_second=_speed(scorer, left, right, data),
    )


def _corpora(data: Labelled) -> tuple[Corpus, Corpus]:
    read = normalise(data.left), normalise(data.right)
    seen = pl.concat(
        one[data.train[side].unique().sort()]
        for side, one in zip(("left", "right"), read, strict=True)
    )
    weights: Weights = Corpus.of_read(seen).weights
    return Corpus.of_read(read[0], weights), Corpus.of_read(read[1], weights)


def _recalls(data: Labelled, both: pl.DataFrame, one: pl.DataFrame) -> tuple[float, float]:
    """The share of all labelled matches that is among the candidates, one way and both ways."""
    every = pl.concat([data.train, data.tune, data.test]).filter(pl.col("label") == 1)
    pairs = every.select("left", "right").unique()
    found = [pairs.join(which, on=["left", "right"], how="semi").height for which in (one, both)]
    return found[0] / pairs.height, found[1] / pairs.height


def _one(
    scorer: Scorer,
    splits: dict[str, Split],
    known: Split | None,
    found: pl.DataFrame | None,
    *,
    shifted: bool,
) -> tuple[dict[str, Figures], float]:
    """The figures of one scorer, and F1 end to end."""
    labels = splits["test"].labels
    tuning = splits["tune"].labels

    def threshold(among: Split | None, own: float) -> float:
        if not shifted:
            return own
        share = share_of_matches(judge(scorer, splits["test"], among)[0], float(tuning.mean()))
        return best_f1(judge(scorer, splits["tune"], among)[0], tuning, share)[0]

    said, thresholds = judge(scorer, splits["test"], known)
    alone, alone_thresholds = judge(scorer, splits["test"], None)
    match = threshold(known, thresholds.match)
    made = {
        "judged": figures_of(said, labels, match),
        "alone": figures_of(alone, labels, threshold(None, alone_thresholds.match)),
        "tuned": figures_of(
            said, labels, best_f1(judge(scorer, splits["tune"], known)[0], tuning)[0]
        ),
    }
    if found is None:
        return made, made["judged"].f1
    there = splits["test"].pairs.join(
        found.select("left", "right", found=True),
        on=["left", "right"],
        how="left",
        maintain_order="left",
    )["found"]
    reached = np.where(there.fill_null(value=False).to_numpy(), said, 0.0)
    return made, figures_of(reached, labels, match).f1


def figures_of(said: Probabilities, labels: Labels, threshold: float) -> Figures:
    """A pair above the threshold is said to match."""
    given, true = said > threshold, labels == 1
    right = int((given & true).sum())
    precision = right / max(int(given.sum()), 1)
    recall = right / max(int(true.sum()), 1)
    f1 = 2 * right / max(int(given.sum() + true.sum()), 1)
    return Figures(f1, precision, recall, float((given == true).mean()))


def _mean(figures: list[Figures]) -> Figures:
    return Figures(
        f1=fmean(one.f1 for one in figures),
        precision=fmean(one.precision for one in figures),
        recall=fmean(one.recall for one in figures),
        accuracy=fmean(one.accuracy for one in figures),
        f1_sd=pstdev(one.f1 for one in figures),
    )


def _controls(left: Corpus, right: Corpus, splits: dict[str, Split]) -> dict[str, Figures]:
    """Plain ways of doing it, with the threshold from the same valid."""

    def cosine_of_words(split: Split) -> Probabilities:
        rows, others = (split.pairs[side].to_numpy() for side in ("left", "right"))
        return dot(normed(left.all_words)[rows], normed(right.all_words)[others]).astype(float)

    def feature(name: str) -> Callable[[Split], Probabilities]:
        return lambda split: split.features[name].to_numpy().astype(float)

    ways = {
        "tf-idf of words, cosine": cosine_of_words,
        "tf-idf of letters, cosine": feature("grams_cosine"),
        "edit ratio of sorted words": feature("sorted_ratio"),
    }
    return {
        name: figures_of(
            way(splits["test"]),
            splits["test"].labels,
            best_f1(way(splits["tune"]), splits["tune"].labels)[0],
        )
        for name, way in ways.items()
    }


def _speed(scorer: Scorer, left: Corpus, right: Corpus, data: Labelled) -> float:
    """Pairs compared and scored in a second on one thread, offers read before."""
    times = -(-_TIMED // data.test.height)
    rows, others = (
        np.tile(data.test[side].to_numpy().astype(np.int64), times) for side in ("left", "right")
    )
    began = perf_counter()
    scorer.alone.probabilities(scorer.compare(left, right, rows, others))
    return len(rows) / (perf_counter() - began)
