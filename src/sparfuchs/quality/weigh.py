"""The weights of the rating, all in one place, and what each part is worth.

Points are whole numbers so that the parts add up to the score exactly. Whatever is unknown counts
as neutral, somewhat above the middle: a new merchant starts at the prior, never at nothing.
"""

from math import sqrt
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Availability

# What each part can give; together 100.
CONTENT: Final = 30
PRICE: Final = 25
FRESHNESS: Final = 15
MERCHANT: Final = 15
AVAILABILITY: Final = 15

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

AVAILABILITY_POINTS: Final = {
    Availability.IN_STOCK.value: 15,
    Availability.LIMITED.value: 12,
    Availability.PREORDER.value: 8,
    Availability.UNKNOWN.value: 8,
    Availability.BACKORDER.value: 6,
    Availability.OUT_OF_STOCK.value: 0,
}
AVAILABILITY_NEUTRAL: Final = 8

# Merchant: rows accepted of rows read, as a Beta posterior. The prior stands for 20 rows of which
# 18 were fine, so that a merchant without a past is not punished; the bound is the 5 % one.
PRIOR_GOOD: Final = 18.0
PRIOR_BAD: Final = 2.0
_Z_5_PERCENT: Final = 1.645


def reliable_share(good: int, bad: int) -> float:
    """Lower 5 % bound of the share of good rows, by the normal approximation of the Beta posterior.

    With the prior in it the posterior is never so skewed that the approximation matters at 15
    points: against the exact quantile it is off by less than 0.02.
    """
    a, b = PRIOR_GOOD + good, PRIOR_BAD + bad
    mean = a / (a + b)
    deviation = sqrt(a * b / ((a + b) ** 2 * (a + b + 1)))
    return min(max(mean - _Z_5_PERCENT * deviation, 0.0), 1.0)


def content_points() -> pl.Expr:
    """Of the lengths of title and description, the number of images and the has_ columns."""
    shortest, longest = TITLE_LETTERS
    letters = pl.col("title_length").fill_null(0)
    described = pl.col("description_length").fill_null(0)
    title = (
        pl.when(letters.is_between(shortest, longest))
        .then(TITLE)
        .when(letters > 0)
        .then(TITLE // 2)
        .otherwise(0)
    )
    description = (
        pl.when(described >= DESCRIPTION_LETTERS)
        .then(DESCRIPTION)
        .when(described > 0)
        .then(DESCRIPTION // 2)
        .otherwise(0)
    )
    return (
        title
        + description
        + _given(pl.col("images") > 0, IMAGE)
        + _given(pl.col("has_brand"), BRAND)
        + _given(pl.col("has_identifier"), IDENTIFIER)
        + _given(pl.col("has_category"), CATEGORY)
    )


def _given(there: pl.Expr, points: int) -> pl.Expr:
    return pl.when(there).then(points).otherwise(0)


def price_points() -> pl.Expr:
    """Of verdict, claim_verdict (text) and flags."""
    base = pl.col("verdict").replace_strict(
        PRICE_BY_VERDICT, default=PRICE_NEUTRAL, return_dtype=pl.Int16
    )
    wrong = pl.col("claim_verdict").replace_strict(
        PRICE_OFF_BY_CLAIM, default=0, return_dtype=pl.Int16
    )
    marked = pl.col("flags").list.contains("recent_raise").fill_null(value=False)
    raised = _given(marked, PRICE_OFF_RAISED)
    return (base - wrong - raised).clip(0, PRICE)


def freshness_points() -> pl.Expr:
    """Of coverage_since and asserted_at: full for what is known without a hole until now."""
    share = pl.col("coverage_since").fill_null(0.0).clip(0.0, 1.0)
    return pl.when(pl.col("asserted_at").is_null()).then((share * FRESHNESS).floor()).otherwise(0)


def availability_points() -> pl.Expr:
    return pl.col("availability").replace_strict(
        AVAILABILITY_POINTS, default=AVAILABILITY_NEUTRAL, return_dtype=pl.Int16
    )
