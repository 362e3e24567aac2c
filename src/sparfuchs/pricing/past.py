"""The past of an offer as a chart draws it: prices, and why there was none where there was none.

Judging needs no reason for a price that is unknown (`spans_of`); a reader does. Sold out is not the
same as not looked at.
"""

from enum import StrEnum
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import UTC_TIME, Availability, ChangeKind, Schema


class Past(StrEnum):
    """What is known of a stretch of time: the price, that it was sold out, or nothing."""

    KNOWN = "known"
    SOLD_OUT = "sold_out"
    UNSEEN = "unseen"


# `price_minor` of a sold-out stretch is what the shop went on stating; of an unseen one it is null.
PAST: Final[Schema] = {
    "offer_id": pl.Int64(),
    "start": UTC_TIME,
    "end": UTC_TIME,
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "state": pl.Enum([state.value for state in Past]),
}
_NO_HISTORY: Final = (ChangeKind.IDENTITY.value, ChangeKind.DISPLAY.value)
_AWAY: Final = (ChangeKind.GONE.value, ChangeKind.UNSEEN.value)


def past(changes: pl.DataFrame) -> pl.DataFrame:
    """Stretches of change rows (CHANGE): PAST, sorted by offer and start, without a hole between.

    Of several rows at one moment the last in the order of kinds counts, as in `spans_of`. Equal
    neighbours are one.
    """
    kind = pl.col("kind")
    sold_out = pl.col("availability").eq_missing(Availability.OUT_OF_STOCK.value)
    away = kind.is_in(_AWAY) | (pl.col("price_minor").is_null() & ~sold_out)
    shown = pl.when(~away)
    rows = (
        changes.filter(~kind.is_in(_NO_HISTORY))
        .sort("offer_id", "at", kind.to_physical(), maintain_order=True)
        .unique(["offer_id", "at"], keep="last", maintain_order=True)
        .select(
            "offer_id",
            pl.col("at").alias("start"),
            shown.then("price_minor").alias("price_minor"),
            shown.then("currency").alias("currency"),
            pl.when(away)
            .then(pl.lit(Past.UNSEEN.value))
            .when(sold_out)
            .then(pl.lit(Past.SOLD_OUT.value))
            .otherwise(pl.lit(Past.KNOWN.value))
            .cast(PAST["state"])
            .alias("state"),
        )
    )
    changed = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift())
        for name in ("offer_id", "price_minor", "currency", "state")
    )
    starts = rows.filter(changed)
    same = pl.col("offer_id") == pl.col("offer_id").shift(-1)
    return starts.with_columns(pl.when(same).then(pl.col("start").shift(-1)).alias("end")).select(
        *PAST
    )
