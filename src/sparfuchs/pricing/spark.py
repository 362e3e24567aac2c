"""A spark: the last days of a price as the small line on a card, no finer than it shows."""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Schema
from sparfuchs.pricing.past import Past

# A price from an hour on until the next row's; null where nobody could pay one.
SPARK: Final[Schema] = {
    "offer_id": pl.Int64(),
    "hour": pl.Int32(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
}
# More steps than this cannot be told apart on a card some 280 pixels wide.
MOST_STEPS: Final = 48


def spark(
    stretches: pl.DataFrame, *, since: datetime, until: datetime, most: int = MOST_STEPS
) -> pl.DataFrame:
    """SPARK of stretches (PAST) between two moments, by offer and hour (whole, from `since`).

    Of an offer with more than `most` steps each part of the time keeps its lowest price and its
    last state, so that no low is lost. Prices in another currency than the newest are null.
    """
    hours = (until - since) // timedelta(hours=1)
    width = max(1, -(-hours // max(1, (most - 1) // 2)))
    newest = pl.col("currency").drop_nulls().last().over("offer_id")
    paid = (pl.col("state") == Past.KNOWN.value) & (pl.col("currency") == newest)
    rows = (
        stretches.filter(
            (pl.col("end").is_null() | (pl.col("end") > since)) & (pl.col("start") < until)
        )
        .select(
            "offer_id",
            (pl.max_horizontal("start", pl.lit(since)) - since)
            .dt.total_hours()
            .cast(pl.Int32)
            .alias("hour"),
            pl.when(paid).then("price_minor").alias("price_minor"),
            newest.alias("currency"),
        )
        .unique(["offer_id", "hour"], keep="last", maintain_order=True)
    )
    part = ["offer_id", pl.col("hour") // width]
    place = pl.int_range(pl.len())
    lowest = pl.col("hour").sort_by("price_minor", nulls_last=True).first().over(part)
    told = rows.filter(
        (pl.len().over("offer_id") <= most)
        | (place.over("offer_id") == 0)
        | (place.over(part) == pl.len().over(part) - 1)
        | ((pl.col("hour") == lowest) & pl.col("price_minor").is_not_null())
    )
    changed = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift()) for name in ("offer_id", "price_minor")
    )
    return told.filter(changed).select(*SPARK)
