"""What the price is measured against: t0, the window before it, its lowest price, and coverage.

All of domain.md 4.4, the plain rule first and then the chain of steps. Whole columns: pieces are
sorted by offer, so what is said per offer is a reduction over neighbouring rows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.api import Timeline
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.pricing.chain import Chains, PriceRuns, chains
from sparfuchs.pricing.days import NEVER, Micros, day_start, days_between, times
from sparfuchs.pricing.model import (
    ENOUGH_TO_HINT,
    ENOUGH_TO_VOUCH,
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
    codes: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The evidence of every offer with a known price at or before `at`.

    `spans` SPAN, `facts` JUDGED (sorted by offer_id, unique), `timelines` by source id, `at` in
    microseconds; `codes` SPAN of prices with a code that everybody could use: they lower the
    reference and are nothing else (domain.md 4.2; E18). Columns of the result: offer_id,
    price_minor, currency, t0, judged_moment, live, first_seen, after_gap, window_start,
    chain_start, chain_steps, chain_until (when time alone ends the chain), l30_minor, l30_at,
    sighted_minor (lowest price sighted in W), code_low (the reference is a price with a code),
    coverage_window, coverage_since, hinted and vouched (both shares reach 50 and 80 percent),
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
    priced = PriceRuns.of(pieces)
    run_first, after_gap = _current_run(priced, first, last)
    t0 = pieces.start[run_first]
    recent = np.maximum(t0, day_start(moment, zone, -WINDOW_DAYS))

    def spread(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.repeat(values, rows)

    def lowest(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.minimum.reduceat(values, first) if len(first) else values

    def highest(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.maximum.reduceat(values, first) if len(first) else values

    public = cut(codes, timelines, at) if codes is not None else None
    plain = reference_before(pieces, rows, t0, recent, zone, sighted)
    plain = _lowered(plain, pieces, last, t0, public, zone, sighted)
    steps = chains(pieces, priced, last, moment, zone)
    low, stepwise = _the_higher(pieces, rows, plain, steps, public, zone, sighted)
    high_edge = spread(t0)
    inside = (pieces.start < high_edge) & (pieces.asserted_end > spread(plain.window))

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
            "window_start": times(low.window),
            "chain_start": times(steps.start).set(pl.Series(~stepwise), None),
            "chain_steps": pl.Series(steps.steps.astype(np.int16)).set(pl.Series(~stepwise), None),
            "chain_until": times(day_start(steps.start, zone, WINDOW_DAYS + 1)).set(
                pl.Series(~stepwise), None
            ),
            "l30_minor": _optional(np.where(after_gap, NEVER, low.low)),
            "l30_at": _moments(np.where(after_gap, -1, low.at), -1),
            "sighted_minor": _optional(np.where(after_gap, NEVER, low.sighted)),
            "coverage_window": low.known_window / low.length_window,
            "coverage_since": np.where(
                low.length_since == 0, 1.0, low.known_since / np.maximum(low.length_since, 1)
            ),
            "hinted": low.reaches(ENOUGH_TO_HINT),
            "vouched": low.reaches(ENOUGH_TO_VOUCH),
            "vouched_since": plain.reaches_since(ENOUGH_TO_VOUCH),
            "ref_first_seen": _moments(ref_first),
            "recent_raise": _raised(pieces, inside, last),
            "all_time_low": (low_before > price) & (low_before != NEVER),
            "lowest_since_days": pl.Series(since_days).set(pl.Series(last_as_low < 0), None),
            "code_low": low.with_code & ~after_gap,
            "stale": t0 < day_start(moment, zone, -WINDOW_DAYS),
            "days_seen": days_between(first_seen, moment, zone),
        }
    )


def _names(pieces: Pieces, rows: NDArray[np.int64]) -> pl.Series:
    names = pl.Series("", pieces.currencies, dtype=pl.String)
    column = names.gather(pieces.currency[rows])
    return column.set(column == "", None)


def _current_run(
    runs: PriceRuns, first: NDArray[np.int64], last: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Flags]:
    """First piece of the run at the current price, and whether the same price lies before a gap
    longer than JOIN_GAP right before it (then L30 is unknown, domain.md 4.4).
    """
    run_first = runs.starts[runs.run[last]]
    # A run that begins at equal price within one offer can only have been parted by a long gap.
    return run_first, (run_first > first) & runs.same_price[run_first]


@dataclass(frozen=True)
class Reference:
    """Of each offer the lowest price in the window before a moment, and how well it was watched.

    `low` is NEVER and `at` -1 where no price is known in it; `sighted` is the lowest that was not
    only carried into it; `with_code` says that `low` asked for a code that everybody could use.
    Times and lengths in microseconds.
    """

    window: Micros
    low: NDArray[np.int64]
    at: Micros
    sighted: NDArray[np.int64]
    known_window: Micros
    length_window: Micros
    known_since: Micros
    length_since: Micros
    with_code: Flags

    def reaches_since(self, percent: int) -> Flags:
        reached: Flags = (self.length_since == 0) | (
            self.known_since * 100 >= percent * self.length_since
        )
        return reached

    def reaches(self, percent: int) -> Flags:
        """Whether both shares of known time reach so many percent, in whole numbers."""
        window: Flags = self.known_window * 100 >= percent * self.length_window
        both: Flags = window & self.reaches_since(percent)
        return both

    def only(self, wanted: Flags) -> "Reference":
        return Reference(**{each.name: getattr(self, each.name)[wanted] for each in fields(self)})

    def take(self, chosen: Flags, other: "Reference") -> "Reference":
        """The rows of `other` in place of those chosen; `other` has a row for each of these."""
        merged = {}
        for each in fields(self):
            values = getattr(self, each.name).copy()
            values[chosen] = getattr(other, each.name)
            merged[each.name] = values
        return Reference(**merged)


def reference_before(
    pieces: Pieces,
    rows: NDArray[np.int64],
    before: Micros,
    since: Micros,
    zone: str,
    sighted: Sighted,
) -> Reference:
    """The lowest price in W(`before`) of each offer, and what is known since `since`.

    `rows` counts the pieces of each offer.
    """
    first = np.cumsum(rows) - rows
    last = first + rows - 1
    window = day_start(before, zone, -WINDOW_DAYS)

    def spread(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.repeat(values, rows)

    def total(values: Micros) -> Micros:
        return np.add.reduceat(values, first) if len(first) else values

    def lowest(values: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.minimum.reduceat(values, first) if len(first) else values

    low_edge, high_edge = spread(window), spread(before)
    part_start = np.maximum(pieces.start, low_edge)
    part_end = np.minimum(pieces.end, high_edge)
    inside = (pieces.start < high_edge) & (pieces.asserted_end > low_edge)
    low = lowest(np.where(inside, pieces.price, NEVER))
    at_low = np.where(inside & (pieces.price == spread(low)), pieces.start, -1)
    seen = _seen_inside(pieces, inside, low_edge, part_end, lowest, spread, sighted)
    return Reference(
        window=window,
        low=low,
        at=np.maximum.reduceat(at_low, first) if len(first) else at_low,
        sighted=lowest(np.where(seen, pieces.price, NEVER)),
        known_window=total(pieces.runs.known(part_start, part_end)),
        length_window=before - window,
        known_since=total(pieces.runs.known(np.maximum(pieces.start, spread(since)), pieces.end)),
        length_since=pieces.asserted_end[last] - since,
        with_code=np.zeros(len(rows), dtype=np.bool_),
    )


def _lowered(
    found: Reference,
    pieces: Pieces,
    last: NDArray[np.int64],
    before: Micros,
    codes: Pieces | None,
    zone: str,
    sighted: Sighted,
) -> Reference:
    """References with the prices that a public code gave in the same windows.

    They lower what is known and make nothing known: coverage and an unknown reference stay. A price
    with a code in another currency than the offer's is of another series.
    """
    if codes is None or not len(codes) or not len(last):
        return found
    offers = pieces.offer[last]
    place = np.minimum(np.searchsorted(offers, codes.offer), len(offers) - 1)
    own = np.array(pieces.currencies)[pieces.currency[last[place]]]
    ours = (offers[place] == codes.offer) & (own == np.array(codes.currencies)[codes.currency])
    if not ours.any():
        return found
    mine = replace(codes.take(ours), runs=codes.runs.of_rows(ours))
    first = np.flatnonzero(np.diff(mine.offer, prepend=-1))
    where = np.searchsorted(offers, mine.offer[first])
    rows = np.diff(np.append(first, len(mine)))
    given = reference_before(mine, rows, before[where], before[where], zone, sighted)
    low, at, seen = found.low.copy(), found.at.copy(), found.sighted.copy()
    code = found.with_code.copy()
    known = found.low[where] != NEVER
    lower = known & (given.low < found.low[where])
    low[where[lower]], at[where[lower]] = given.low[lower], given.at[lower]
    code[where[lower]] = True
    seen[where[known]] = np.minimum(seen[where], given.sighted)[known]
    return replace(found, low=low, at=at, sighted=seen, with_code=code)


def _the_higher(
    pieces: Pieces,
    rows: NDArray[np.int64],
    plain: Reference,
    steps: Chains,
    codes: Pieces | None,
    zone: str,
    sighted: Sighted,
) -> tuple[Reference, Flags]:
    """The more favourable lawful reference, and for which offers it is the one of a chain.

    Few offers have a chain, and only theirs are measured a second time.
    """
    if not steps.whole.any():
        return plain, steps.whole
    mine = pieces.take(np.repeat(steps.whole, rows))
    mine = replace(mine, runs=pieces.runs.of_rows(np.repeat(steps.whole, rows)))
    start = steps.start[steps.whole]
    before_first = reference_before(mine, rows[steps.whole], start, start, zone, sighted)
    last = np.cumsum(rows[steps.whole]) - 1
    before_first = _lowered(before_first, mine, last, start, codes, zone, sighted)
    better = (
        before_first.reaches(ENOUGH_TO_VOUCH)
        & (before_first.low != NEVER)
        & (before_first.low > plain.low[steps.whole])
    )
    chosen = steps.whole.copy()
    chosen[steps.whole] = better
    return plain.take(chosen, before_first.only(better)), chosen


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
    certain = pieces.runs.known(beyond, np.where(reaches_in, part_end, 0)) > 0
    seen = begins | certain
    lower = pieces.price < spread(lowest(np.where(seen, pieces.price, NEVER)))
    ask = reaches_in & ~certain & lower
    if ask.any():
        ask[ask] = pieces.runs.of_rows(ask).any_in(low_edge[ask], part_end[ask])
    if ask.any():
        seen[ask] = sighted(pieces.offer[ask], low_edge[ask], part_end[ask])
    return seen


def _raised(pieces: Pieces, inside: Flags, last: NDArray[np.int64]) -> Flags:
    """Whether a price in the window lies more than RAISE_PERCENT above an earlier one in it."""
    offers = pieces.offer[last]
    rows = np.flatnonzero(inside)
    number = np.repeat(np.arange(len(offers)), np.diff(last, prepend=-1))[rows]
    price = pieces.price[rows]
    raised = np.zeros(len(offers), dtype=np.bool_)
    raised[number[price * 100 > _lowest_so_far(number, price) * (100 + RAISE_PERCENT)]] = True
    return raised


def _lowest_so_far(number: NDArray[np.int64], price: NDArray[np.int64]) -> NDArray[np.int64]:
    """The lowest of the prices of the same number up to each; numbers are sorted."""
    if not len(price):
        return price
    step = int(price.max()) + 1
    if int(number[-1]) * step >= NEVER // 2:  # prices nobody asks, for more offers than a block has
        frame = pl.DataFrame({"number": number, "price": price})
        return frame.select(pl.col("price").cum_min().over("number")).to_series().to_numpy()
    # Each number lies a step below the one before it, so one running minimum serves them all.
    shift = number * -step
    return np.minimum.accumulate(price + shift) - shift
