"""The front door of quality."""

from sparfuchs.quality.rate import PARTS, RATED, RATING, MerchantFacts, rate
from sparfuchs.quality.store import forget, keep, rating_rows, ratings_of

__all__ = [
    "PARTS",
    "RATED",
    "RATING",
    "MerchantFacts",
    "forget",
    "keep",
    "rate",
    "rating_rows",
    "ratings_of",
]
