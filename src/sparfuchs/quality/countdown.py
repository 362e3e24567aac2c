"""Countdowns: the stated end of a sale, and whether it is moved on whenever it comes (R-Q-5)."""

from datetime import datetime, timedelta
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import UTC_TIME, Schema, conform
from sparfuchs.quality.model import COUNTDOWN

# A new end counts as a restart when it comes this shortly before the old one, or after it; told
# earlier it is an extension.
SHORTLY: Final = timedelta(hours=24)

# What is looked at: the stated end of the sale, and since when the price is what it is now.
ENDING: Final[Schema] = {"offer_id": pl.Int64(), "sale_to": UTC_TIME, "t0": UTC_TIME}


def noted(offers: pl.DataFrame, before: pl.DataFrame, *, at: datetime) -> pl.DataFrame:
    """COUNTDOWN of the offers (ENDING) whose stated end is new, given what was noted `before`.

    A restart is an end that was moved on around the time it came, while the price ran on. What was
    noted at this moment or later stays: telling it twice changes nothing.
    """
    now = pl.lit(at).cast(UTC_TIME)
    old_end = pl.col("ends_at")
    rows = (
        conform(offers, ENDING)
        .filter(pl.col("sale_to").is_not_null())
        .join(conform(before, COUNTDOWN), on="offer_id", how="left", maintain_order="left")
    )
    fresh = old_end.is_null() | ((old_end != pl.col("sale_to")) & (pl.col("noted_at") < now))
    restarted = (
        old_end.is_not_null()
        & (pl.col("sale_to") > old_end)
        & (now >= old_end - SHORTLY)
        & (pl.col("t0") < old_end)
    ).fill_null(value=False)
    return conform(
        rows.filter(fresh).with_columns(
            pl.col("sale_to").alias("ends_at"),
            now.alias("noted_at"),
            (pl.col("restarts").fill_null(0) + restarted.cast(pl.Int32)).alias("restarts"),
            pl.when(restarted).then(now).otherwise(pl.col("restarted_at")).alias("restarted_at"),
        ),
        COUNTDOWN,
    )
