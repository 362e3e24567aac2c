"""Telling words: which words make a difference where only one of two offers has them.

`upgrade` on one side alone speaks against a match, `free shipping` says nothing: a weight for each
word and place (shared, or on one side alone), learnt from labelled pairs by logistic regression.
What it says of a pair is one more feature of the trees. It knows the words of its own market only,
so a model that is to serve elsewhere does without.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, sparse, special

from sparfuchs.matching.calibrate import Labels
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.sparse import Floats, Ints, Rows

# Not tuned: one plain choice, with which the valid splits of three data sets gained.
_RIDGE: Final = 1.0
_STEPS: Final = 100
FEATURE: Final = "telling_words"


def design(left: Corpus, right: Corpus, rows: Ints, others: Ints) -> Rows:
    """One row a pair: which words both titles have, and behind them which only one has."""
    one, two = _ones(left.words[rows]), _ones(right.words[others])
    both = one.multiply(two).tocsr()
    apart = (one + two - 2 * both).tocsr()
    apart.eliminate_zeros()
    return sparse.hstack([both, apart], format="csr")


@dataclass(frozen=True)
class TellingWords:
    """Weights of the columns of a design; columns that are not named weigh nothing."""

    columns: tuple[int, ...]
    weights: tuple[float, ...]
    offset: float

    @classmethod
    def fit(cls, pairs: Rows, labels: Labels) -> Self:
        columns = np.unique(pairs.indices)
        known = pairs[:, columns]

        def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            line = known @ at[:-1] + at[-1]
            pull = special.expit(line) - labels
            value = (np.logaddexp(0, line) - labels * line).sum() + _RIDGE * (at[:-1] ** 2).sum()
            return float(value), np.append(known.T @ pull + 2 * _RIDGE * at[:-1], pull.sum())

        found = optimize.minimize(
            loss,
            np.zeros(len(columns) + 1),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": _STEPS},
        ).x
        return cls(
            tuple(columns.tolist()), tuple(found[:-1].round(5).tolist()), round(float(found[-1]), 5)
        )

    @classmethod
    def mean(cls, several: list[Self]) -> Self:
        """What several say on average is again said by weights."""
        total: dict[int, float] = {}
        for one in several:
            for column, weight in zip(one.columns, one.weights, strict=True):
                total[column] = total.get(column, 0.0) + weight / len(several)
        columns = tuple(sorted(total))
        offset = sum(one.offset for one in several) / len(several)
        return cls(columns, tuple(total[column] for column in columns), offset)

    def say(self, pairs: Rows) -> Floats:
        """Log-odds of a match for each row of a design."""
        weights = np.zeros(pairs.shape[1], dtype=np.float32)
        weights[list(self.columns)] = self.weights
        made: Floats = (pairs @ weights + np.float32(self.offset)).astype(np.float32)
        return made


def _ones(matrix: Rows) -> Rows:
    return sparse.csr_array(
        (np.ones(matrix.nnz, dtype=np.float32), matrix.indices, matrix.indptr), shape=matrix.shape
    )
