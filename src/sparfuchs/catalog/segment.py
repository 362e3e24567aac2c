"""The segment: the changes of one run as columns, each with the price state after it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.leap import HELD
from sparfuchs.catalog.model import RunKind
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.frames import (
    AVAILABILITY,
    CHANGE,
    CHANGE_KIND,
    REF_KIND,
    ChangeKind,
    RefKind,
    Schema,
    conform,
    empty,
)
from sparfuchs.kernel.money import BY_NUMERIC

# What one change says, before it is joined with the price state after it.
EVENT: Schema = {"ordinal": pl.UInt32(), "at": pl.Int64(), "kind": CHANGE_KIND}


# An offer whose price state changed by the passing of time alone.
WOKEN: Schema = {
    "ordinal": pl.UInt32(),
    "price_minor": pl.Int64(),
    "stock": AVAILABILITY,
    "claim_ref_minor": pl.Int64(),
    "claim_kind": REF_KIND,
    "claim_percent": pl.Int16(),
    **HELD,
}


@dataclass(frozen=True)
class RunFacts:
    """What identify must know of the run and of those before it.

    `head` is the last published run (0: none), `state_run` the one that wrote the state, `first`
    the first free ordinal, `interval` how often the source is read. `timeline` holds the published
    runs and not this one. `vouched`: a person has looked at the run and released it.
    """

    source: int
    number: int
    at: datetime
    kind: RunKind
    head: int
    state_run: int
    first: int
    timeline: Timeline
    interval: timedelta = timedelta(hours=24)
    vouched: bool = False


def events_of(
    ordinals: NDArray[np.uint32], at: int | NDArray[np.int64], kind: ChangeKind
) -> pl.DataFrame:
    moments = np.broadcast_to(np.asarray(at, dtype=np.int64), len(ordinals))
    return pl.DataFrame(
        {"ordinal": ordinals.astype(np.uint32), "at": moments.copy()},
        schema={"ordinal": pl.UInt32(), "at": pl.Int64()},
    ).with_columns(kind=pl.lit(kind.value, dtype=CHANGE_KIND))


def segment_of(
    events: pl.DataFrame,
    parsed: pl.DataFrame,
    woken: pl.DataFrame,
    ordinals: NDArray[np.uint32],
    before_minor: pl.Series,
    after: pl.DataFrame,
    facts: RunFacts,
) -> pl.DataFrame:
    """The changes with the price state after them (CHANGE), in the order of offers and time."""
    if not events.height:
        return empty(CHANGE)
    touched = events.select(pl.col("ordinal").unique())
    claims = ("claim_ref_minor", "claim_kind", "claim_percent")
    stated = pl.concat([parsed.select("ordinal", *claims), woken.select("ordinal", *claims)])
    before = pl.DataFrame({"ordinal": ordinals, "before_minor": before_minor})
    joined = (
        events.join(
            after.select("ordinal", "price_minor", "currency", "availability").join(
                touched, on="ordinal", how="semi"
            ),
            on="ordinal",
            how="left",
        )
        .join(stated, on="ordinal", how="left")
        .join(before, on="ordinal", how="left")
        .with_columns(
            offer_id=pl.lit(facts.source << 32, dtype=pl.Int64) + pl.col("ordinal"),
            at=pl.from_epoch("at", time_unit="us").dt.replace_time_zone("UTC"),
            run=pl.lit(facts.number, dtype=pl.UInt32),
            currency=pl.col("currency").replace_strict(BY_NUMERIC, return_dtype=pl.String),
            ref_price_minor=pl.col("claim_ref_minor"),
            ref_kind=pl.col("claim_kind").fill_null(RefKind.NONE.value),
        )
        .sort("offer_id", "at", "kind")
    )
    return conform(joined, CHANGE)
