"""Episodes: an offer's history with what the merchant said of it, stretch by stretch."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from sparfuchs.catalog.api import Timeline
from sparfuchs.kernel.frames import Availability, conform
from sparfuchs.pricing.days import times
from sparfuchs.pricing.fold import NO_HISTORY, UNKNOWN_AFTER
from sparfuchs.pricing.model import EPISODE
from sparfuchs.pricing.runs import Runs

_STATE = ("price_minor", "currency", "ref_price_minor", "ref_kind", "claim_percent")


def episodes(
    changes: pl.DataFrame, timelines: Mapping[int, Timeline], *, since: int, at: int
) -> pl.DataFrame:
    """EPISODE of these offers in [since, at), both in microseconds, sorted by offer and start.

    `changes` CHANGE, all history rows; what began before `since` is cut there. How much of each
    stretch was really seen follows from the runs of its source (R-RUN-2).
    """
    kind = pl.col("kind")
    known = ~kind.is_in(UNKNOWN_AFTER) & (
        pl.col("availability").ne_missing(Availability.OUT_OF_STOCK.value)
    )
    same = pl.col("offer_id") == pl.col("offer_id").shift(-1)
    rows = (
        changes.filter(~kind.is_in(NO_HISTORY) & (pl.col("at").to_physical() < at))
        .with_columns(price_minor=pl.when(known).then(pl.col("price_minor")))
        .sort("offer_id", "at", kind.to_physical(), maintain_order=True)
        .filter(~(same & (pl.col("at") == pl.col("at").shift(-1))).fill_null(value=False))
    )
    changed = pl.any_horizontal(
        pl.col(name).ne_missing(pl.col(name).shift()) for name in ("offer_id", *_STATE)
    )
    rows = rows.filter(changed).with_columns(
        start=pl.max_horizontal(pl.col("at").to_physical(), pl.lit(since)),
        end=pl.when(same).then(pl.col("at").shift(-1).to_physical()).otherwise(at),
    )
    rows = rows.filter(pl.col("end") > pl.col("start"))
    offer, start, end = (rows[name].to_numpy() for name in ("offer_id", "start", "end"))
    seen = Runs.of(offer, timelines, at).known(start, end)
    priced = rows["price_minor"].is_not_null().to_numpy()
    return conform(
        rows.with_columns(
            times(start).alias("start"),
            times(end).alias("end"),
            pl.Series("known", np.where(priced, seen, 0)),
        ),
        EPISODE,
    )
