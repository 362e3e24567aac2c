"""How much of a history must stay at hand: all that judging may still ask for, and no more.

Judging looks back ninety days from t0, the start of the run at the current price. So everything
from the last span at or before t0 - 90 days is kept; of the rest two facts remain: when the series
was first seen and its lowest price.
"""

from typing import Final

import polars as pl

from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.pricing.model import DAY, LOOK_BACK_DAYS

# Two days more than the look-back, so that no clock change and no zone can cut into it.
_KEPT: Final = (LOOK_BACK_DAYS + 2) * DAY


def trim(spans: pl.DataFrame, older: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """SPAN without what is no longer needed, and the facts about all that was left out.

    `older` has offer_id, first_at and low_minor of what earlier trims left out; the second frame
    has the same columns. Long gaps are not looked at: t0 is taken too early rather than too late.
    A change of currency inside the kept spans ends the series, so the facts of the part before it
    are dropped.
    """
    price, offer = pl.col("price_minor"), "offer_id"
    known = spans.filter(price.is_not_null())
    other = (price != price.last().over(offer)) | (
        pl.col("currency").ne_missing(pl.col("currency").last().over(offer))
    )
    # The rows after the last one at another price, read from the end.
    began = known.filter(~other.reverse().cum_max().reverse().over(offer))
    t0 = began.group_by(offer).agg(pl.col("start").min().alias("t0"))
    edge = (pl.col("t0").to_physical() - _KEPT).cast(UTC_TIME)
    placed = spans.join(t0, on=offer, how="left", maintain_order="left")
    # A span is left out when the next one already begins at or before the edge.
    done = (pl.col("end") <= edge).fill_null(value=False)
    kept, dropped = placed.filter(~done), placed.filter(done)
    facts = older.select(offer, "first_at", "low_minor")
    if len(dropped):
        current = known.group_by(offer).agg(pl.col("currency").last().alias("current"))
        lost = (
            dropped.filter(price.is_not_null())
            .join(current, on=offer)
            .filter(pl.col("currency").eq_missing(pl.col("current")))
            .group_by(offer)
            .agg(pl.col("start").min().alias("first_at"), price.min().alias("low_minor"))
        )
        facts = (
            pl.concat([facts, lost.select(facts.columns)])
            .group_by(offer)
            .agg(pl.col("first_at").min(), pl.col("low_minor").min())
        )
    mixed = (
        kept.filter(price.is_not_null())
        .group_by(offer)
        .agg(pl.col("currency").n_unique().alias("currencies"))
        .filter(pl.col("currencies") > 1)
    )
    return kept.drop("t0"), facts.join(mixed, on=offer, how="anti")
