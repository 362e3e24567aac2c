"""The front door of quality."""

from sparfuchs.quality.countdown import ENDING, noted
from sparfuchs.quality.levels import Learning, beside
from sparfuchs.quality.model import (
    COUNTDOWN,
    EPISODE,
    LEVEL,
    MARKET,
    PARTS,
    PATTERN,
    RATED,
    RATING,
    Pattern,
)
from sparfuchs.quality.notes import Reason, reasons
from sparfuchs.quality.patterns import LOOK_BACK, NAMES, find, told
from sparfuchs.quality.rate import MerchantFacts, rate
from sparfuchs.quality.store import (
    Standing,
    countdowns_of,
    forget,
    keep,
    keep_claims,
    keep_countdowns,
    keep_levels,
    keep_patterns,
    learned,
    levels_for,
    misleading,
    pattern_counts,
    pattern_examples,
    rating_rows,
    ratings_of,
    standing,
)
from sparfuchs.quality.weigh import MOST, reliable_share

__all__ = [
    "COUNTDOWN",
    "ENDING",
    "EPISODE",
    "LEVEL",
    "LOOK_BACK",
    "MARKET",
    "MOST",
    "NAMES",
    "PARTS",
    "PATTERN",
    "RATED",
    "RATING",
    "Learning",
    "MerchantFacts",
    "Pattern",
    "Reason",
    "Standing",
    "beside",
    "countdowns_of",
    "find",
    "forget",
    "keep",
    "keep_claims",
    "keep_countdowns",
    "keep_levels",
    "keep_patterns",
    "learned",
    "levels_for",
    "misleading",
    "noted",
    "pattern_counts",
    "pattern_examples",
    "rate",
    "rating_rows",
    "ratings_of",
    "reasons",
    "reliable_share",
    "standing",
    "told",
]
