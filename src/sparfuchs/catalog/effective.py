"""What an offer costs at a moment: the sale price in its interval, else the regular one (R-G-2).

The answer changes without a byte of the feed changing, so it is decided here, from stored fields,
for the run that reads the row as for the later run that only wakes the offer up (R-RUN-3).
"""

from datetime import datetime

import polars as pl

from sparfuchs.kernel.frames import AVAILABILITY, REF_KIND, Availability, RefKind


def effective(offers: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Adds the state of the price at a moment to offers.

    Takes `regular_minor`, `sale_minor`, `sale_from`, `sale_to`, `expires_at`, `ref_price_minor`,
    `ref_kind`, `availability`; gives `price_minor` (minor units), `claim_ref_minor`, `claim_kind`,
    `stock` (availability, out of stock once expired) and `wake` (the next moment, in microseconds,
    at which this answer may change; null: never).
    While a sale runs and the source names no other reference, its regular price is the merchant's
    reference.
    """
    now = pl.lit(at).dt.cast_time_unit("us").dt.convert_time_zone("UTC")
    started = pl.col("sale_from").is_null() | (pl.col("sale_from") <= now)
    ended = pl.col("sale_to").is_not_null() & (pl.col("sale_to") <= now)
    on_sale = pl.col("sale_minor").is_not_null() & started & ~ended
    expired = pl.col("expires_at").is_not_null() & (pl.col("expires_at") <= now)
    bare = pl.col("ref_price_minor").is_null()
    future = [
        pl.when(pl.col(name) > now).then(pl.col(name)).to_physical()
        for name in ("sale_from", "sale_to", "expires_at")
    ]
    return offers.with_columns(
        price_minor=pl.when(on_sale).then(pl.col("sale_minor")).otherwise(pl.col("regular_minor")),
        claim_ref_minor=pl.when(on_sale & bare)
        .then(pl.col("regular_minor"))
        .otherwise(pl.col("ref_price_minor")),
        claim_kind=pl.when(on_sale & bare)
        .then(pl.lit(RefKind.UNSPECIFIED.value, dtype=REF_KIND))
        .otherwise(pl.col("ref_kind").fill_null(RefKind.NONE.value)),
        stock=pl.when(expired)
        .then(pl.lit(Availability.OUT_OF_STOCK.value, dtype=AVAILABILITY))
        .otherwise(pl.col("availability")),
        wake=pl.min_horizontal(future),
    )
