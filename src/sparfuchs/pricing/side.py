"""Side: prices of members, and prices with a code for everybody, as series of their own.

They never enter the public series (domain.md 4.2; E18, E19). A code that everybody could use lowers
the reference of the public price, in the strict reading; a member's price lowers nothing.
"""

from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.frames import AUDIENCE, UTC_TIME, Audience, conform
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import store
from sparfuchs.pricing.model import SIDE, SPAN

_KEY = ["offer_id", "audience"]


def side_spans(rows: pl.DataFrame, audience: Audience) -> pl.DataFrame:
    """Spans (SPAN) of one audience from rows of such series (SIDE)."""
    own = rows.filter(pl.col("audience") == audience.value).sort("offer_id", "at")
    return conform(
        own.select(
            "offer_id", pl.col("at").alias("start"), "price_minor", "currency",
            end=pl.col("at").shift(-1).over("offer_id"),
        ),
        SPAN,
    )  # fmt: skip


def codes_of(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """Spans of prices with a code for everybody."""
    return side_spans(store.side_rows(work, offers), Audience.COUPON_PUBLIC)


def follow_side(
    work: Work, stated: pl.DataFrame, audience: Audience, *, at: datetime, run: int
) -> int:
    """Takes in what a reading states for an audience: `offer_id`, `price_minor` (null: nothing),
    `currency`. What is as it was adds no row. Gives how many changed.
    """
    before = (
        store.side_rows(work, stated["offer_id"].to_numpy())
        .filter(pl.col("audience") == audience.value)
        .group_by("offer_id", maintain_order=True)
        .agg(was=pl.col("price_minor").last(), unit=pl.col("currency").last())
    )
    price = pl.col("price_minor")
    moved = stated.join(before, on="offer_id", how="left").filter(
        price.ne_missing(pl.col("was"))
        | (price.is_not_null() & pl.col("currency").ne_missing(pl.col("unit")))
    )
    rows = moved.with_columns(
        audience=pl.lit(audience.value, dtype=AUDIENCE),
        at=pl.lit(at).cast(UTC_TIME),
        run=pl.lit(run, dtype=pl.UInt32),
    )
    store.keep_side(work, rows)
    return rows.height


def with_ends(rows: pl.DataFrame, carry: NDArray[np.int64]) -> pl.DataFrame:
    """Observations (SIDE) with a row that ends each where its CARRY (microseconds, a row a row)
    runs out before the next one of its offer and audience.
    """
    ended = (
        rows.with_columns(pl.Series("carry", carry))
        .sort(*_KEY, "at")
        .with_columns(
            until=(pl.col("at").to_physical() + pl.col("carry")).cast(UTC_TIME),
            next=pl.col("at").shift(-1).over(_KEY),
        )
    )
    silent = pl.col("next").is_null() | (pl.col("until") < pl.col("next"))
    ends = ended.filter(silent & pl.col("price_minor").is_not_null()).with_columns(
        at="until", price_minor=pl.lit(None, dtype=pl.Int64)
    )
    return pl.concat([conform(ended, SIDE), conform(ends, SIDE)]).sort(*_KEY, "at")
