"""Rate: evidence in, a score with its parts and their reasons out."""

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from sparfuchs.kernel.frames import UTC_TIME, conform
from sparfuchs.quality import notes, weigh
from sparfuchs.quality.levels import beside
from sparfuchs.quality.model import FOUND, PARTS, RATED, RATING


@dataclass(frozen=True)
class MerchantFacts:
    """What is known of how well a merchant delivers: rows of the newest run of the source, stated
    reductions of the last months, addresses looked at. Zeros: nothing yet, the prior alone counts.
    """

    accepted: int
    read: int
    claims_good: int = 0
    claims_bad: int = 0
    links_good: int = 0
    links_bad: int = 0

    def points(self) -> dict[str, int]:
        """What each signal gives to the part of the merchant."""
        rejected = max(self.read - self.accepted, 0)
        return {
            "rows": weigh.signal_points("rows", self.accepted, rejected),
            "claims": weigh.signal_points("claims", self.claims_good, self.claims_bad),
            "links": weigh.signal_points("links", self.links_good, self.links_bad),
        }


def rate(
    offers: pl.DataFrame,
    verdicts: pl.DataFrame,
    facts: MerchantFacts,
    levels: pl.DataFrame | None = None,
    *,
    at: datetime,
) -> pl.DataFrame:
    """RATING of every offer of one source, in the order given.

    `offers` RATED; `verdicts` FOUND, as pricing gives them: coverage_since is the known share since
    the price holds, at most of the last thirty days, asserted_at is null for what is known right
    now. An offer without a verdict is neutral in price and not fresh. `levels` LEVEL: what the
    likes of these offers cost (None: nothing is known of that, and no price is odd).
    """
    rows = conform(offers, RATED).join(
        conform(verdicts, FOUND), on="offer_id", how="left", maintain_order="left"
    )
    rows = beside(rows, pl.DataFrame() if levels is None else levels)
    noted = notes.of_offer() | {name: pl.lit(n) for name, n in facts.points().items()}
    rows = rows.with_columns(
        pl.lit(at).cast(UTC_TIME).alias("rated_at"),
        notes.packed(noted).alias("notes"),
        *(given.cast(pl.Int16).alias(part) for part, given in notes.points(noted).items()),
    )
    return conform(rows.with_columns(pl.sum_horizontal(*PARTS).alias("score")), RATING)
