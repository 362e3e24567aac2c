"""The front door of matching."""

from sparfuchs.matching.evaluate import Figures, MatchingFigures, evaluate_matching
from sparfuchs.matching.scorer import Scorer, shipped

__all__ = [
    "Figures",
    "MatchingFigures",
    "Scorer",
    "evaluate_matching",
    "shipped",
]
