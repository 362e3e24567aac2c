"""From what was seen to spans: one function for one run or for a year of them.

Backfill and live take the same way: `fold` turns observations, in any order and with any number of
repetitions, into spans; `spans_of` does the same for the change rows that a run leaves behind.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.api import Timeline
from sparfuchs.kernel.frames import (
    AVAILABILITY,
    CHANGE_KIND,
    UTC_TIME,
    Availability,
    ChangeKind,
)
from sparfuchs.pricing.model import SPAN

UNKNOWN_AFTER = (ChangeKind.GONE.value, ChangeKind.UNSEEN.value)
NO_HISTORY = (ChangeKind.IDENTITY.value, ChangeKind.DISPLAY.value)
UNKNOWN_CODES: Final = frozenset(CHANGE_KIND.categories.to_list().index(k) for k in UNKNOWN_AFTER)
_SOLD_OUT: Final = AVAILABILITY.categories.to_list().index(Availability.OUT_OF_STOCK.value)
_CORRECTION: Final = CHANGE_KIND.categories.to_list().index(ChangeKind.CORRECTION.value)


class ChangeRow(NamedTuple):
    """A row of the price history of one offer as it is stored: enumerations as their places."""

    at: int  # microseconds since 1970 UTC
    kind: int
    price_minor: int | None
    currency: str | None
    availability: int | None

    @property
    def is_correction(self) -> bool:
        return self.kind == _CORRECTION


class Span(NamedTuple):
    """A row of SPAN of one offer as plain values, times in microseconds since 1970 UTC."""

    start: int
    end: int | None
    price_minor: int | None
    currency: str | None


def _close(rows: pl.DataFrame) -> pl.DataFrame:
    """Spans from states sorted by offer and time: equal neighbours joined, each end the next start.

    An unknown price has no currency: two unknown stretches are one.
    """
    offer, price, currency = pl.col("offer_id"), pl.col("price_minor"), pl.col("currency")
    new = offer.ne_missing(offer.shift())
    changed = price.ne_missing(price.shift()) | (
        price.is_not_null() & currency.ne_missing(currency.shift())
    )
    starts = rows.filter(new | changed)
    return starts.select(
        "offer_id",
        pl.col("start"),
        pl.when(offer == offer.shift(-1)).then(pl.col("start").shift(-1)).alias("end"),
        "price_minor",
        "currency",
    )


def fold(observations: pl.DataFrame) -> pl.DataFrame:
    """Spans of observed prices.

    Takes `series` (i64, becomes `offer_id`), `at` (aware), `price_minor` (null: unknown),
    `currency`, and, if there, `available` (false: the price shown is unknown, domain.md 4.2).
    Order and repetition change nothing (P4); of two prices at one moment the lower one counts, so
    that the answer cannot depend on their order. Gives SPAN, sorted by offer and start. How much of
    a span was seen is no part of it: that is `timeline_of` or the runs.
    """
    price = pl.col("price_minor").cast(pl.Int64)
    if "available" in observations.columns:
        price = pl.when(pl.col("available").fill_null(value=True)).then(price)
    rows = observations.select(
        pl.col("series").cast(pl.Int64).alias("offer_id"),
        pl.col("at").cast(UTC_TIME).alias("start"),
        price.alias("price_minor"),
        pl.col("currency").cast(pl.String),
    )
    return _close(_one_a_moment(_sorted(rows)))


def _sorted(rows: pl.DataFrame) -> pl.DataFrame:
    """By offer and start. One whole number as the key is sorted in half the time of two columns;
    where both do not fit into 63 bits together the two columns must do.
    """
    if rows.is_empty():
        return rows
    offer, start = pl.col("offer_id"), pl.col("start").to_physical()
    ends = (offer.min(), offer.max().alias("last"), start.min(), start.max().alias("end"))
    first, last, begin, end = rows.select(ends).row(0)
    width = end - begin + 1
    if (last - first + 1) * width >= 2**63:
        return rows.sort("offer_id", "start")
    key = (offer - first) * width + (start - begin)
    return rows.with_columns(key.alias("key")).sort("key").drop("key")


def _one_a_moment(rows: pl.DataFrame) -> pl.DataFrame:
    """Of the rows of one offer at one moment the one with the lowest price; the rest are dropped.

    Equal moments are neighbours, so only they need a second, finer sort, each in its place.
    """
    again = (pl.col("offer_id") == pl.col("offer_id").shift()) & (
        pl.col("start") == pl.col("start").shift()
    )
    repeated = rows.select(again.fill_null(value=False)).to_series()
    if not repeated.any():
        return rows
    involved = repeated | repeated.shift(-1, fill_value=False)
    best = (
        rows.filter(involved)
        .sort("offer_id", "start", "price_minor", "currency", nulls_last=True)
        .unique(["offer_id", "start"], keep="first", maintain_order=True)
    )
    single = rows.filter(~involved)
    return pl.concat([single, best]).pipe(_sorted)


def spans_of(changes: pl.DataFrame) -> pl.DataFrame:
    """Spans of change rows (CHANGE): each row carries the whole state after it.

    After `gone` and `unseen` the price is unknown until any later row; so it is while sold out and
    where the row has no price. Of several rows at one moment the last in the order of kinds counts.
    Gives SPAN, sorted by offer and start.
    """
    kind = pl.col("kind")
    known = ~kind.is_in(UNKNOWN_AFTER) & (
        pl.col("availability").ne_missing(Availability.OUT_OF_STOCK.value)
    )
    rows = (
        changes.filter(~kind.is_in(NO_HISTORY))
        .select(
            "offer_id",
            pl.col("at").alias("start"),
            pl.when(known).then(pl.col("price_minor")).alias("price_minor"),
            "currency",
            kind.to_physical().alias("rank"),
        )
        .sort("offer_id", "start", "rank", maintain_order=True)
    )
    overruled = (pl.col("offer_id") == pl.col("offer_id").shift(-1)) & (
        pl.col("start") == pl.col("start").shift(-1)
    )
    return _close(rows.filter(~overruled.fill_null(value=False)).drop("rank"))


def spans_of_one(rows: Iterable[ChangeRow]) -> list[Span]:
    """The same for one offer, for which a frame costs more than it carries (0.9 ms against 20
    microseconds). Takes rows that are part of the history, in order of time and kind.
    """
    states: list[tuple[int, int | None, str | None]] = []
    for row in rows:  # one offer's
        known = row.kind not in UNKNOWN_CODES and row.availability != _SOLD_OUT
        if states and states[-1][0] == row.at:
            states.pop()
        states.append((row.at, row.price_minor if known else None, row.currency))
    starts: list[tuple[int, int | None, str | None]] = []
    for state in states:
        if starts:
            _, price, currency = starts[-1]
            if state[1] == price and (price is None or state[2] == currency):
                continue
        starts.append(state)
    ends = [*(start for start, _, _ in starts[1:]), None]
    return [
        Span(start, end, price, currency)
        for (start, price, currency), end in zip(starts, ends, strict=False)  # none without any
    ]


def joined(earlier: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """Spans of an older and a newer part of the same histories as one (SPAN in, SPAN out).

    Starts are all that is read. Where both name the same moment the newer part counts.
    """
    rows = pl.concat([earlier.select(list(SPAN)), later.select(list(SPAN))]).drop("end")
    rows = rows.sort("offer_id", "start", maintain_order=True)
    overruled = (pl.col("offer_id") == pl.col("offer_id").shift(-1)) & (
        pl.col("start") == pl.col("start").shift(-1)
    )
    return _close(rows.filter(~overruled.fill_null(value=False)))


def timeline_of(moments: NDArray[np.int64], carry: int) -> Timeline:
    """The timeline of a history without runs: each observation is a run of its own.

    `moments` in microseconds, in any order; `carry` in microseconds, the same for all.
    """
    at = np.unique(moments)
    return Timeline.of(
        np.arange(len(at), dtype=np.uint32), at, np.full(len(at), carry, dtype=np.int64)
    )
