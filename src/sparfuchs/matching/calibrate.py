"""Calibrate: from a score to a probability that means what it says, and to thresholds.

Two numbers (Platt), fitted on held-back pairs: with a few hundred matches a free
curve would learn them by heart.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from sparfuchs.matching.rivals import Probabilities, log_odds

Labels = NDArray[np.int64]

_LEAST: Final = 1e-12
_ROUNDS: Final = 200
_NORMAL_95: Final = 1.959963984540054


@dataclass(frozen=True)
class Calibration:
    """Probability = 1 / (1 + exp(-(slope * log-odds of the score + offset)))."""

    slope: float = 1.0
    offset: float = 0.0

    @classmethod
    def fit(cls, scores: Probabilities, labels: Labels) -> Self:
        """On pairs that the scores have not seen; without both labels nothing is changed."""
        matches = int(labels.sum())
        if not 0 < matches < len(labels):
            return cls()
        # Platt's targets: a little less sure than the labels, so that the fit stays finite.
        high, low = (matches + 1) / (matches + 2), 1 / (len(labels) - matches + 2)
        wanted = np.where(labels == 1, high, low)
        odds = log_odds(scores)

        def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            line = at[0] * odds + at[1]
            pull = special.expit(line) - wanted
            # log(1 + exp(line)) - wanted * line, which no large number makes overflow.
            value = (np.logaddexp(0, line) - wanted * line).mean()
            return float(value), np.array([(pull * odds).mean(), pull.mean()])

        found = optimize.minimize(loss, np.array([1.0, 0.0]), jac=True, method="BFGS").x
        return cls(float(max(found[0], 1e-3)), float(found[1]))

    def apply(self, scores: Probabilities) -> Probabilities:
        made: Probabilities = special.expit(self.slope * log_odds(scores) + self.offset)
        return made


def wilson_low(right: int, all_: int) -> float:
    """The lower end of the 95 % interval of a share (Wilson); 0 of nothing."""
    if not all_:
        return 0.0
    share, z = right / all_, _NORMAL_95
    middle = share + z * z / (2 * all_)
    spread = z * sqrt(share * (1 - share) / all_ + z * z / (4 * all_ * all_))
    return (middle - spread) / (1 + z * z / all_)


def best_f1(
    probabilities: Probabilities, labels: Labels, share: float | None = None
) -> tuple[float, float]:
    """The threshold with the best F1 (a pair above it is a match), and that F1.

    With a `share` as if so many of the pairs were matches.
    """
    own = float(labels.mean())
    weight = np.ones(len(labels))
    if share is not None and 0 < own < 1:
        weight = np.where(labels == 1, share / own, (1 - share) / (1 - own))
    order = np.argsort(-probabilities, kind="stable")
    ranked, right = probabilities[order], np.cumsum((labels * weight)[order])
    said = np.cumsum(weight[order])
    f1 = 2 * right / np.maximum(said + (labels * weight).sum(), _LEAST)
    # Between two equal probabilities there is no threshold.
    f1 = np.where(np.append(ranked[1:] < ranked[:-1], True), f1, 0.0)
    at = int(f1.argmax())
    after = ranked[at + 1] if at + 1 < len(ranked) else 0.0
    return float((ranked[at] + after) / 2), float(f1[at])


def share_of_matches(probabilities: Probabilities, share: float) -> float:
    """How many of some pairs are matches, where among those that calibrated it was `share`.

    Expectation and maximisation over the probabilities alone (Saerens, Latinne and Decaestecker
    2002): pairs come from other searches than those with labels, and matches are rarer there.
    """
    found = share
    if not 0 < share < 1 or not len(probabilities):
        return found
    for _ in range(_ROUNDS):
        match = found / share * probabilities
        other = (1 - found) / (1 - share) * (1 - probabilities)
        found = float((match / (match + other)).mean())
    return found


def sure_above(probabilities: Probabilities, labels: Labels, precision: float) -> float:
    """The lowest threshold above which matches are so precise, by Wilson's lower bound.

    Above 1 (nothing is automatic) where the labels do not suffice to say so.
    """
    order = np.argsort(-probabilities, kind="stable")
    ranked, right = probabilities[order], np.cumsum(labels[order])
    ends = np.append(ranked[1:] < ranked[:-1], True)
    # Of thousands of places only those where a threshold can lie are tried, from below.
    for at in np.flatnonzero(ends)[::-1].tolist():
        if wilson_low(int(right[at]), at + 1) >= precision:
            return float(ranked[at])
    return 1.1
