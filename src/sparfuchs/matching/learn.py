"""Learn: from labelled pairs to a scorer.

The first stage is made of five forests, each blind to a fifth of the products, so that what it says
of a training pair is never said by heart; the second stage learns from that. Calibration and
thresholds come from pairs that neither has seen.
"""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import polars as pl
from scipy import sparse
from scipy.sparse import csgraph

from sparfuchs.matching.calibrate import Calibration, Labels, best_f1, sure_above
from sparfuchs.matching.candidates import alike
from sparfuchs.matching.compare import compare
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.rivals import Probabilities, mirrored
from sparfuchs.matching.scorer import Scorer, Stage, Thresholds, trees, with_rivals
from sparfuchs.matching.sparse import Ints, Rows
from sparfuchs.matching.telling_words import FEATURE, TellingWords, design

# What an automatic link must keep, by the lower end of its interval.
PRECISION: Final = 0.99
# Of held-back matches so many lie above the lower edge of the review band.
_REVIEWED: Final = 0.99


@dataclass(frozen=True)
class Effort:
    """How much is grown. The usual one takes some ten seconds for ten thousand pairs."""

    folds: int = 5
    rounds: int = 400
    forests: int = 3
    leaves: int = 15


@dataclass(frozen=True)
class Split:
    """Pairs by rows of two corpora (PAIR), label 1 for a match, their features and their words.

    Without words the trees do without what they tell.
    """

    pairs: pl.DataFrame
    labels: Labels
    features: pl.DataFrame
    words: Rows | None = None

    def told(self, words: TellingWords | None) -> Self:
        """With what the telling words say as one more feature."""
        if words is None or self.words is None:
            return self
        said = pl.Series(FEATURE, words.say(self.words))
        return replace(self, features=self.features.with_columns(said))


def split_of(left: Corpus, right: Corpus, pairs: pl.DataFrame) -> Split:
    """From left, right, label; the search's score is added to the pairs."""
    rows, others = (pairs[side].to_numpy().astype(np.int64) for side in ("left", "right"))
    return Split(
        alike(left, right, pairs),
        pairs["label"].to_numpy().astype(np.int64),
        compare(left, right, rows, others),
        design(left, right, rows, others),
    )


def learn(
    train: Split,
    tune: Split,
    candidates: Split | None,
    *,
    version: str,
    seed: int,
    effort: Effort = Effort(),
    precision: float = PRECISION,
    one_corpus: bool = False,
) -> Scorer:
    """A scorer; the second stage only where there are candidates (of all offers that occur).

    With `one_corpus` both sides of all pairs are rows of one corpus.

    Labels of `candidates` are not read. The same seed and input give the same scorer.
    """
    fold = _folds(train, seed, effort)
    words, train = _words(train, fold)
    tune = tune.told(words)
    first, unseen = _first(train, fold, seed, effort)
    alone = _tuned(first, tune.features, tune.labels, precision)
    if candidates is None:
        return Scorer(version, alone, words=words)
    candidates = candidates.told(words)
    known = _valued(candidates, alone.raw(candidates.features))
    # A candidate that is a training pair is known by what was said without having seen it.
    blind = _valued(train, unseen)
    known = pl.concat([blind, known]).unique(["left", "right"], keep="first", maintain_order=True)
    known = mirrored(known) if one_corpus else known
    wider = with_rivals(train.features, blind, known)
    among = Stage(
        tuple(wider.columns),
        tuple(
            _forest(wider, train.labels, seed * 1000 + 500 + number, effort)
            for number in range(effort.forests)
        ),
    )
    asked = with_rivals(tune.features, _valued(tune, alone.raw(tune.features)), known)
    return Scorer(version, alone, _tuned(among, asked, tune.labels, precision), words)


def judge(
    scorer: Scorer, asked: Split, candidates: Split | None
) -> tuple[Probabilities, Thresholds]:
    """The probability of each asked pair among the candidates of its offers."""
    asked = asked.told(scorer.words)
    if candidates is None or scorer.among is None:
        return scorer.score(asked.features)
    candidates = candidates.told(scorer.words)
    known = _valued(candidates, scorer.alone.raw(candidates.features))
    own = _valued(asked, scorer.alone.raw(asked.features))
    wider = with_rivals(asked.features, own, known)
    return scorer.among.probabilities(wider), scorer.among.thresholds


def products_of(pairs: pl.DataFrame, height: int, other_height: int) -> tuple[Ints, Ints]:
    """A number a product for each row of both sides: what matches (label 1) hang together by."""
    matches = pairs.filter(pl.col("label") == 1)
    size = height + other_height
    ends = matches["left"].to_numpy(), matches["right"].to_numpy().astype(np.int64) + height
    links = sparse.coo_array((np.ones(matches.height), ends), shape=(size, size))
    _, number = csgraph.connected_components(links, directed=False)
    return number[:height].astype(np.int64), number[height:].astype(np.int64)


def _valued(split: Split, said: Probabilities) -> pl.DataFrame:
    return split.pairs.select("left", "right", "score", value=pl.Series(said))


def _folds(train: Split, seed: int, effort: Effort) -> Ints:
    """The fold of each training pair: all pairs of a product, by its left offer, in one."""
    labelled = train.pairs.with_columns(label=pl.Series(train.labels))
    heights = [int(labelled[name].to_numpy().max(initial=0)) + 1 for name in ("left", "right")]
    product = products_of(labelled, *heights)[0][labelled["left"].to_numpy()]
    drawn = np.random.default_rng(seed).permutation(product.max(initial=0) + 1)
    made: Ints = drawn[product] % effort.folds
    return made


def _words(train: Split, fold: Ints) -> tuple[TellingWords | None, Split]:
    """Telling words, and the training pairs with what is said of them by those blind to them."""
    if train.words is None:
        return None, train
    said = np.zeros(len(fold), dtype=np.float32)
    every = []
    for number in np.unique(fold):
        inside = fold != number
        one = TellingWords.fit(train.words[inside], train.labels[inside])
        said[~inside] = one.say(train.words[~inside])
        every.append(one)
    told = replace(train, features=train.features.with_columns(pl.Series(FEATURE, said)))
    return TellingWords.mean(every), told


def _first(train: Split, fold: Ints, seed: int, effort: Effort) -> tuple[Stage, Probabilities]:
    """The first stage, and what it says of its training pairs without having seen them."""
    unseen = np.zeros(len(train.labels))
    forests = []
    for number in range(effort.folds):
        inside = fold != number
        grown = _forest(
            train.features.filter(pl.Series(inside)),
            train.labels[inside],
            seed * 1000 + number,
            effort,
        )
        if not inside.all():
            unseen[~inside] = grown.predict(
                train.features.filter(pl.Series(~inside)).to_numpy(), num_threads=1
            )
        forests.append(grown)
    return Stage(tuple(train.features.columns), tuple(forests)), unseen


def _forest(features: pl.DataFrame, labels: Labels, seed: int, effort: Effort) -> Any:
    return trees().train(
        {
            "objective": "binary",
            "learning_rate": 0.04,
            "num_leaves": effort.leaves,
            "min_child_samples": 10,
            "feature_fraction": 0.5,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l2": 5.0,
            "max_bin": 127,
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbosity": -1,
            "seed": seed,
        },
        trees().Dataset(features.to_numpy(), labels, free_raw_data=True),
        num_boost_round=effort.rounds,
    )


def _tuned(stage: Stage, features: pl.DataFrame, labels: Labels, precision: float) -> Stage:
    raw = stage.raw(features)
    calibration = Calibration.fit(raw, labels)
    said = calibration.apply(raw)
    match = best_f1(said, labels)[0] if labels.any() else 0.5
    automatic = max(sure_above(said, labels, precision), match)
    matches = np.sort(said[labels == 1])
    review = matches[int((1 - _REVIEWED) * len(matches))] if len(matches) else match
    return Stage(
        stage.features,
        stage.forests,
        calibration,
        Thresholds(match, automatic, float(min(review, match))),
    )
