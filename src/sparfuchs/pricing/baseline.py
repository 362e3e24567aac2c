"""What the price is measured against: t0, the window before it, its lowest price, and coverage.

All of domain.md 4.4 under the plain rule (no chain of steps). Whole columns: pieces are sorted by
offer, so what is said per offer is a reduction over neighbouring rows.
"""

from collections.abc import Callable, Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.api import Timeline
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.pricing.days import NEVER, Micros, day_start, days_between, times
from sparfuchs.pricing.model import (
    ENOUGH_TO_HINT,
    ENOUGH_TO_VOUCH,
    JOIN_GAP,
    LOOK_BACK_DAYS,
    RAISE_PERCENT,
    WINDOW_DAYS,
)
from sparfuchs.pricing.pieces import Flags, Pieces, cut

# Whether each offer was seen by a run in [from, to), all in microseconds: the bitmaps of the runs.
Sighted = Callable[[NDArray[np.int64], Micros, Micros], NDArray[np.bool_]]


def _optional(values: NDArray[np.int64], absent: int = NEVER) -> pl.Series:
    column = pl.Series("", values, dtype=pl.Int64)
    return column.set(column == absent, None)


def _moments(values: Micros, absent: int = NEVER) -> pl.Series:
    return _optional(values, absent).cast(UTC_TIME)


def measure(
    spans: pl.DataFrame,
    facts: pl.DataFrame,
    timelines: Mapping[int, Timeline],
    sighted: Sighted,
    *,
    at: int,
    zone: str,
) -> pl.DataFrame:
    """The evidence of every offer with a known price at or before `at`.

    `spans` SPAN, `facts` JUDGED (sorted by offer_id, unique), `timelines` by source id, `at` in
    microseconds. Columns of the result: offer_id, price_minor, currency, t0, judged_moment, live,
    first_seen, after_gap, window_start, l30_minor, l30_at, sighted_minor (lowest price sighted in
    W), coverage_window, coverage_since, hinted and vouched (both shares reach 50 and 80 percent),
    vouched_since, ref_first_seen, recent_raise, all_time_low, lowest_since_days, stale, days_seen.
    """
    pieces = cut(spans, timelines, at)
    last = np.flatnonzero(
        np.append(pieces.offer[1:] != pieces.offer[:-1], [True] * bool(len(pieces)))
    )
    first = np.concatenate(([0], last[:-1] + 1)) if len(last) else last
    rows = last - first + 1  # pieces of each offer
    offers = pieces.offer[last]
    kept = pl.DataFrame({"offer_id": offers}).join(facts, on="offer_id", how="left")
    older_first = kept["first_at"].to_physical().fill_null(NEVER).to_numpy()
    older_low = kept["low_minor"].fill_null(NEVER).to_numpy()
    reference = kept["ref_price_minor"].fill_null(NEVER).to_numpy()

    price, moment = pieces.price[last], pieces.asserted_end[last]
    run_first, after_gap = _current_run(pieces, first, last)
    t0 = pieces.start[run_first]
    window = day_start(t0, zone, -WINDOW_DAYS)
    recent = np.maximum(t0, day_start(moment, zone, -WINDOW_DAYS))

    def spread(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.repeat(values, rows)

    def total(values: Micros) -> Micros:
        return np.add.reduceat(values, first) if len(first) else values

    def lowest(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.minimum.reduceat(values, first) if len(first) else values

    def highest(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.maximum.reduceat(values, first) if len(first) else values

    low_edge, high_edge = spread(window), spread(t0)
    part_start = np.maximum(pieces.start, low_edge)
    part_end = np.minimum(pieces.end, high_edge)
    inside = (pieces.start < high_edge) & (pieces.asserted_end > low_edge)
    l30 = lowest(np.where(inside, pieces.price, NEVER))
    at_low = inside & (pieces.price == spread(l30))
    l30_at = highest(np.where(at_low, pieces.start, -1))
    seen = _seen_inside(pieces, inside, low_edge, part_end, lowest, spread, sighted)
    sighted_low = lowest(np.where(seen, pieces.price, NEVER))

    known_window = total(pieces.runs.known(part_start, part_end))
    known_since = total(pieces.runs.known(np.maximum(pieces.start, spread(recent)), pieces.end))
    length_window, length_since = t0 - window, moment - recent
    never_empty = np.maximum(length_since, 1)
    since_whole = length_since == 0

    def reaches(percent: int) -> tuple[Flags, Flags]:
        since = since_whole | (known_since * 100 >= percent * length_since)
        return (known_window * 100 >= percent * length_window) & since, since

    vouched, vouched_since = reaches(ENOUGH_TO_VOUCH)

    look_back = spread(day_start(t0, zone, -LOOK_BACK_DAYS))
    as_high = (
        (pieces.start < high_edge)
        & (pieces.asserted_end > look_back)
        & (pieces.price >= spread(reference))
    )
    ref_first = lowest(np.where(as_high, np.maximum(pieces.start, look_back), NEVER))

    before = pieces.start < high_edge
    as_low = before & (pieces.price <= spread(price))
    last_as_low = highest(np.where(as_low, pieces.asserted_end, -1))
    # Where only the part no longer at hand was as low, the days since its end are a lower bound.
    only_older = (last_as_low < 0) & (older_low <= price)
    last_as_low = np.where(only_older, pieces.start[first], last_as_low)
    low_before = np.minimum(lowest(np.where(before, pieces.price, NEVER)), older_low)
    since_days = days_between(np.where(last_as_low < 0, moment, last_as_low), moment, zone)
    first_seen = np.minimum(pieces.start[first], older_first)

    return pl.DataFrame(
        {
            "offer_id": offers,
            "price_minor": price,
            "currency": _names(pieces, last),
            "t0": times(t0),
            "judged_moment": times(moment),
            "live": pieces.live[last],
            "first_seen": times(first_seen),
            "after_gap": after_gap,
            "window_start": times(window),
            "l30_minor": _optional(np.where(after_gap, NEVER, l30)),
            "l30_at": _moments(np.where(after_gap, -1, l30_at), -1),
            "sighted_minor": _optional(np.where(after_gap, NEVER, sighted_low)),
            "coverage_window": known_window / length_window,
            "coverage_since": np.where(since_whole, 1.0, known_since / never_empty),
            "hinted": reaches(ENOUGH_TO_HINT)[0],
            "vouched": vouched,
            "vouched_since": vouched_since,
            "ref_first_seen": _moments(ref_first),
            "recent_raise": _raised(pieces, inside, last),
            "all_time_low": (low_before > price) & (low_before != NEVER),
            "lowest_since_days": pl.Series(since_days).set(pl.Series(last_as_low < 0), None),
            "stale": t0 < day_start(moment, zone, -WINDOW_DAYS),
            "days_seen": days_between(first_seen, moment, zone),
        }
    )


def _names(pieces: Pieces, rows: NDArray[np.int64]) -> pl.Series:
    names = pl.Series("", list(pieces.currencies), dtype=pl.String)
    column = names.gather(pieces.currency[rows])
    return column.set(column == "", None)


def _current_run(
    pieces: Pieces, first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Flags]:
    """First piece of the run at the current price, and whether the same price lies before a gap
    longer than JOIN_GAP right before it (then L30 is unknown, domain.md 4.4).
    """
    same_offer = np.concatenate(([False], pieces.offer[1:] == pieces.offer[:-1]))[: len(pieces)]
    same_price = np.concatenate(([False], pieces.price[1:] == pieces.price[:-1]))[: len(pieces)]
    gap = np.concatenate(([0], pieces.start[1:] - pieces.asserted_end[:-1]))[: len(pieces)]
    run = np.cumsum(~(same_offer & same_price & (gap <= JOIN_GAP)))
    run_first = np.searchsorted(run, run[last], side="left")
    # A run that begins at equal price within one offer can only have been parted by a long gap.
    return run_first, (run_first > first) & same_price[run_first]


def _seen_inside(
    pieces: Pieces,
    inside: Flags,
    low_edge: Micros,
    part_end: Micros,
    lowest: Callable[[NDArray[np.int64]], NDArray[np.int64]],
    spread: Callable[[NDArray[np.int64]], NDArray[np.int64]],
    sighted: Sighted,
) -> Flags:
    """Which pieces were sighted in the window and not only carried into it.

    A piece that begins inside begins with a sighting. One that reaches in was sighted inside when
    it is known for longer than one CARRY after the edge, and was not when no run falls into its
    part. Only what is left, and could be the lowest, is asked of the bitmaps.
    """
    begins = inside & (pieces.start >= low_edge)
    reaches_in = inside & ~begins
    beyond = low_edge + pieces.runs.longest_carry(len(pieces))
    certain = reaches_in & (pieces.runs.known(beyond, part_end) > 0)
    seen = begins | certain
    lower = pieces.price < spread(lowest(np.where(seen, pieces.price, NEVER)))
    ask = reaches_in & ~certain & lower & pieces.runs.any_in(low_edge, part_end)
    if ask.any():
        seen[ask] = sighted(pieces.offer[ask], low_edge[ask], part_end[ask])
    return seen


def _raised(pieces: Pieces, inside: Flags, last: NDArray[np.int64]) -> Flags:
    """Whether a price in the window lies more than RAISE_PERCENT above an earlier one in it."""
    earlier = inside[:-1] & inside[1:] & (pieces.offer[1:] == pieces.offer[:-1])
    offers = pieces.offer[last]
    if not earlier.any():
        return np.zeros(len(offers), dtype=np.bool_)
    price = pl.col("price")
    low = price.cum_min().over("offer")
    raised = (
        pl.DataFrame({"offer": pieces.offer[inside], "price": pieces.price[inside]})
        .filter(price * 100 > low * (100 + RAISE_PERCENT))["offer"]
        .unique()
        .to_numpy()
    )
    return np.isin(offers, raised)
