"""Packs: how much is in what is sold, and whether that became less while it became dearer.

A pack that holds less at the same price is a rise of the price that no history of prices
shows (R-GP-2). It is found where an offer states another amount than before, and where a smaller
pack takes the place of one that is gone.
"""

from datetime import datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import UTC_TIME, Schema, conform, hash_strings
from sparfuchs.pricing.unit_price import DIMENSION, unit_prices, without_amounts

# One row an offer that is sold by amount. `line` names what it is without how much of it: the same
# for all packs of a thing in one source. `amount` in thousandths of the base unit, `unit_minor` the
# price of a base unit, as they were last stated; `since` when this amount was first read. The last
# two say what both were before, where the amount fell and the unit price rose, else null.
PACK: Final[Schema] = {
    "offer_id": pl.Int64(),
    "line": pl.Int64(),
    "dimension": DIMENSION,
    "amount": pl.Float64(),
    "unit_minor": pl.Int64(),
    "currency": pl.String(),
    "since": UTC_TIME,
    "amount_before": pl.Float64(),
    "unit_before": pl.Int64(),
}
# One row an offer whose pack shrank: by how many whole percent its unit price rose, rounded down.
SHRUNK: Final[Schema] = {
    "offer_id": pl.Int64(),
    "percent": pl.Int64(),
    "since": UTC_TIME,
    "amount": pl.Float64(),
    "amount_before": pl.Float64(),
    "unit_before": pl.Int64(),
}

# Less than half is another pack and no shrunken one.
_LEAST: Final = 0.5
# The successor of a pack costs about what that cost; what is much cheaper is a smaller size.
_AS_DEAR: Final = 0.85
# So long a pack is looked for that takes the place of one that is gone, and so long it is told.
TAKES_PLACE_WITHIN: Final = timedelta(days=60)
TOLD_FOR: Final = timedelta(days=365)


def packs(offers: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """PACK of those of these offers that are sold by a known amount, as read at a moment.

    Takes what `unit_prices` takes, and `brand` and `currency`. The offers are of one source each by
    the upper half of their ids.
    """
    told = pl.concat_str(
        (pl.col("offer_id") // 2**32).cast(pl.String),
        pl.col("brand").fill_null("").str.to_lowercase(),
        without_amounts(pl.col("title").fill_null("")),
        separator="\x1f",
    )
    line = pl.Series("line", hash_strings(offers.select(told).to_series()).view(np.int64))
    found = pl.concat([unit_prices(offers), offers.select("currency", line)], how="horizontal")
    return conform(
        found.filter((pl.col("amount") > 0) & pl.col("dimension").is_not_null()).with_columns(
            since=pl.lit(at, dtype=UTC_TIME),
            amount_before=pl.lit(None, dtype=pl.Float64),
            unit_before=pl.lit(None, dtype=pl.Int64),
        ),
        PACK,
    )


def follow_packs(now: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """PACK as it is to be kept, of what is read `now` and what was kept `before` (PACK each).

    A pack of the same amount goes on, with what was said of it; another amount begins anew, and
    remembers the one before where it is less and the base unit dearer.
    """
    both = now.join(before.drop("line"), on="offer_id", how="left", suffix="_kept")
    alike = (pl.col("dimension") == pl.col("dimension_kept")) & (
        pl.col("currency") == pl.col("currency_kept")
    )
    same = (alike & (pl.col("amount") == pl.col("amount_kept"))).fill_null(value=False)
    less = alike & (pl.col("amount") < pl.col("amount_kept"))
    shrank = (
        less
        & (pl.col("amount") >= pl.col("amount_kept") * _LEAST)
        & (pl.col("unit_minor") > pl.col("unit_minor_kept"))
    ).fill_null(value=False)
    return conform(
        both.with_columns(
            since=pl.when(same).then("since_kept").otherwise("since"),
            # While a price is unknown the last one is the one to compare with.
            unit_minor=pl.when(same)
            .then(pl.coalesce("unit_minor", "unit_minor_kept"))
            .otherwise("unit_minor"),
            amount_before=pl.when(same).then("amount_before_kept").when(shrank).then("amount_kept"),
            unit_before=pl.when(same).then("unit_before_kept").when(shrank).then("unit_minor_kept"),
        ),
        PACK,
    )


def taking_place(fresh: pl.DataFrame, others: pl.DataFrame, left: pl.Series) -> pl.DataFrame:
    """Those of the `fresh` packs (PACK) that take the place of one that is gone, as `follow_packs`
    would keep them had both been one offer.

    `others` are packs of the same source (PACK), `left` ids of offers that are gone. The newest of
    a line before the fresh one must be gone (else both are sold), hold more and have cost about as
    much.
    """
    pairs = (
        fresh.filter(pl.col("amount_before").is_null())
        .join(others, on="line", suffix="_former")
        .filter(pl.col("since_former") < pl.col("since"))
        .sort("since_former")
        .unique("offer_id", keep="last")
    )
    cost, cost_former = (
        pl.col(f"unit_minor{end}") * pl.col(f"amount{end}") for end in ("", "_former")
    )
    fits = pairs.filter(
        pl.col("offer_id_former").is_in(left.implode())
        & (pl.col("amount_former") > pl.col("amount"))
        & (cost >= cost_former * _AS_DEAR)
    ).select("offer_id", *(pl.col(f"{name}_former").alias(name) for name in _OF_FORMER), "line")
    return follow_packs(fresh, conform(fits, PACK)).filter(pl.col("amount_before").is_not_null())


_OF_FORMER: Final = [name for name in PACK if name not in {"offer_id", "line"}]


def shrunk(kept: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """SHRUNK of packs (PACK) as of a moment: those that hold less than before, for a year, while
    the base unit is dearer than it was (R-GP-2).
    """
    rise = pl.col("unit_minor") - pl.col("unit_before")
    return conform(
        kept.filter((rise > 0) & (pl.col("since") > at - TOLD_FOR)).with_columns(
            percent=rise * 100 // pl.col("unit_before")
        ),
        SHRUNK,
    )
