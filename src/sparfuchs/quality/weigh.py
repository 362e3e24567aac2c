"""The weights of the rating, all in one place; what they are given for stands in notes.py.

Points are whole numbers so that the parts add up to the score exactly. Whatever is unknown counts
as neutral, somewhat above the middle: a new merchant starts at the prior, never at nothing.
"""

from math import sqrt
from typing import Final

from sparfuchs.kernel.frames import Availability

# What each part can give; together 100.
CONTENT: Final = 30
PRICE: Final = 25
FRESHNESS: Final = 15
MERCHANT: Final = 15
AVAILABILITY: Final = 15

MOST: Final = {
    "content": CONTENT,
    "price": PRICE,
    "freshness": FRESHNESS,
    "merchant": MERCHANT,
    "availability": AVAILABILITY,
}

# Content: what a shopper needs to recognise the thing. Together CONTENT.
TITLE: Final = 6
DESCRIPTION: Final = 6
IMAGE: Final = 6
BRAND: Final = 4
IDENTIFIER: Final = 5
CATEGORY: Final = 3
# Titles shorter than this name no thing; longer than 150 Google cuts them (domain.md 1.4).
TITLE_LETTERS: Final = (15, 150)
# About two sentences.
DESCRIPTION_LETTERS: Final = 80

# By verdict of the price (the codes of pricing). Too little history is neutral.
PRICE_BY_VERDICT: Final = {
    "genuine": 25,
    "small": 20,
    "plausible": 18,
    "no_reduction": 15,
    "insufficient": 13,
    "exempt": 13,
    "uvp_only": 12,
}
PRICE_NEUTRAL: Final = 13
# A claim found wrong says something of the price as well.
PRICE_OFF_BY_CLAIM: Final = {"claim_inflated": 10, "claim_overstated": 6}
PRICE_OFF_RAISED: Final = 3
# A price that is hard to believe beside its likes (levels.py), and one that is absurd.
PRICE_OFF_ODD: Final = 5
PRICE_OFF_ABSURD: Final = 16

AVAILABILITY_POINTS: Final = {
    Availability.IN_STOCK.value: 15,
    Availability.LIMITED.value: 12,
    Availability.PREORDER.value: 8,
    Availability.UNKNOWN.value: 8,
    Availability.BACKORDER.value: 6,
    Availability.OUT_OF_STOCK.value: 0,
}
AVAILABILITY_NEUTRAL: Final = 8

# Merchant: three signals, each a share of good among good and bad, as a Beta posterior whose lower
# bound counts. Together MERCHANT. Shoppers' reports will be a fourth.
ROWS: Final = 6  # rows of the newest run: accepted, rejected
CLAIMS: Final = 6  # stated reductions: borne out; inflated or part of a pattern
LINKS: Final = 3  # addresses looked at: answered, dead
SIGNALS: Final = {"rows": ROWS, "claims": CLAIMS, "links": LINKS}
# The prior stands for 20 observations of which 18 were good, so that a merchant without a past is
# not punished; the bound is the 5 % one.
PRIOR_GOOD: Final = 18.0
PRIOR_BAD: Final = 2.0
_Z_5_PERCENT: Final = 1.645


def reliable_share(good: int, bad: int) -> float:
    """Lower 5 % bound of the share of good ones, by the normal approximation of the posterior.

    With the prior in it the posterior is never so skewed that the approximation matters at six
    points: against the exact quantile it is off by less than 0.02.
    """
    a, b = PRIOR_GOOD + good, PRIOR_BAD + bad
    mean = a / (a + b)
    deviation = sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    return min(max(mean - _Z_5_PERCENT * deviation, 0.0), 1.0)


def signal_points(signal: str, good: int, bad: int) -> int:
    """What a signal (of SIGNALS) gives, to the nearest whole point."""
    return round(SIGNALS[signal] * reliable_share(good, bad))
