"""Rate: evidence in, a score with its parts out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import AVAILABILITY, UTC_TIME, Schema, conform
from sparfuchs.quality import weigh

PARTS: Final = ("content", "price", "freshness", "merchant", "availability")

# One row an offer. The parts add up to the score exactly.
RATING: Final[Schema] = {
    "offer_id": pl.Int64(),
    "rated_at": UTC_TIME,
    "score": pl.Int16(),
    **{part: pl.Int16() for part in PARTS},
}

# What is rated: of the texts of an offer only their lengths and whether they are there.
RATED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "availability": AVAILABILITY,
    "title_length": pl.Int32(),
    "description_length": pl.Int32(),
    "images": pl.Int32(),
    "has_brand": pl.Boolean(),
    "has_identifier": pl.Boolean(),
    "has_category": pl.Boolean(),
}

_VERDICT: Final[Schema] = {
    "offer_id": pl.Int64(),
    "verdict": pl.String(),
    "claim_verdict": pl.String(),
    "flags": pl.List(pl.String()),
    "coverage_since": pl.Float64(),
    "asserted_at": UTC_TIME,
}


@dataclass(frozen=True)
class MerchantFacts:
    """What is known of how well a merchant's source delivers: rows of its runs."""

    accepted: int
    read: int


def rate(
    offers: pl.DataFrame, verdicts: pl.DataFrame, facts: MerchantFacts, *, at: datetime
) -> pl.DataFrame:
    """RATING of every offer of one source, in the order given.

    `offers` RATED; `verdicts` with offer_id, verdict, claim_verdict, flags, coverage_since (known
    share since the price holds, at most of the last thirty days) and asserted_at (null: known right
    now), as pricing gives them. An offer without a verdict is neutral in price and not fresh.
    """
    reliable = weigh.reliable_share(facts.accepted, max(facts.read - facts.accepted, 0))
    rows = conform(offers, RATED).join(
        conform(verdicts, _VERDICT), on="offer_id", how="left", maintain_order="left"
    )
    rows = rows.with_columns(
        pl.lit(at).cast(UTC_TIME).alias("rated_at"),
        weigh.content_points().cast(pl.Int16).alias("content"),
        weigh.price_points().cast(pl.Int16).alias("price"),
        weigh.freshness_points().cast(pl.Int16).alias("freshness"),
        pl.lit(int(weigh.MERCHANT * reliable), dtype=pl.Int16).alias("merchant"),
        weigh.availability_points().alias("availability"),
    )
    return conform(rows.with_columns(pl.sum_horizontal(*PARTS).alias("score")), RATING)
