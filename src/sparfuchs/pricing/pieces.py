"""Spans cut at the moment of judging and at long silences: what was asserted, and when.

A piece is a stretch at one known price whose inner gaps are at most fourteen days. The gap before a
piece runs from the end of the last assertion, whatever its cause (outage, sold out, absence).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.api import Timeline
from sparfuchs.pricing.days import NEVER, Micros
from sparfuchs.pricing.fold import Span
from sparfuchs.pricing.model import JOIN_GAP
from sparfuchs.pricing.runs import Runs

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Pieces:
    """Columns of the same length, sorted by offer and start."""

    offer: NDArray[np.int64]
    start: Micros
    end: Micros
    asserted_end: Micros  # end of the last assertion in it
    live: Flags  # asserted at the moment of judging
    price: NDArray[np.int64]
    currency: NDArray[np.int64]  # places in `currencies`
    currencies: tuple[str, ...]
    runs: Runs

    def __len__(self) -> int:
        return len(self.offer)

    def take(self, rows: NDArray[np.int64] | Flags) -> "Pieces":
        return replace(
            self,
            offer=self.offer[rows],
            start=self.start[rows],
            end=self.end[rows],
            asserted_end=self.asserted_end[rows],
            live=self.live[rows],
            price=self.price[rows],
            currency=self.currency[rows],
        )


def cut(spans: pl.DataFrame, timelines: Mapping[int, Timeline], at: int) -> Pieces:
    """Pieces of the current series of each offer, up to `at` (microseconds).

    Rows of SPAN that begin after `at` do not exist yet (P6). A change of currency ends a series;
    only the last one is kept (domain.md 4.2).
    """
    known = _in_order(
        spans.filter(pl.col("price_minor").is_not_null() & (pl.col("start").to_physical() <= at))
    )
    currency, currencies = _places(known["currency"])
    return _cut(
        known["offer_id"].to_numpy(),
        known["start"].to_physical().to_numpy(),
        known["end"].to_physical().fill_null(NEVER).to_numpy(),
        known["price_minor"].to_numpy(),
        currency,
        currencies,
        timelines,
        at,
    )


def cut_one(spans: Sequence[Span], offer: int, line: Timeline, at: int) -> Pieces:
    """The same for one offer's spans as plain values, in order of time."""
    known = [span for span in spans if span.price_minor is not None and span.start <= at]
    currencies = sorted({span.currency or "" for span in known})
    return _cut(
        np.full(len(known), offer, dtype=np.int64),
        np.array([span.start for span in known], dtype=np.int64),
        np.array([NEVER if span.end is None else span.end for span in known], dtype=np.int64),
        np.array([span.price_minor for span in known], dtype=np.int64),
        np.array([currencies.index(span.currency or "") for span in known], dtype=np.int64),
        tuple(currencies),
        {offer >> 32: line},
        at,
    )


def _cut(
    offer: NDArray[np.int64],
    start: Micros,
    end: Micros,
    price: NDArray[np.int64],
    currency: NDArray[np.int64],
    currencies: tuple[str, ...],
    timelines: Mapping[int, Timeline],
    at: int,
) -> Pieces:
    """Columns of known prices, sorted by offer and start; `end` NEVER: still so."""
    still = end > at
    end = np.minimum(end, at)
    runs = Runs.of(offer, timelines, at)
    live = still & runs.asserted_at(at, len(offer))
    until = runs.asserted_until(np.maximum(end - 1, start))
    asserted_end = np.where(live, at, np.maximum(np.minimum(end, until), start))
    pieces = Pieces(
        offer=offer,
        start=start,
        end=end,
        asserted_end=asserted_end,
        live=live,
        price=price,
        currency=currency,
        currencies=currencies,
        runs=runs,
    )
    pieces = _last_series(_split(pieces, still, at))
    return replace(pieces, runs=Runs.of(pieces.offer, timelines, at))


def _in_order(spans: pl.DataFrame) -> pl.DataFrame:
    """Sorted by offer and start. Mostly they are, and to look costs a tenth of sorting again."""
    offer = spans["offer_id"].to_numpy()
    start = spans["start"].to_physical().to_numpy()
    sorted_already = (offer[1:] > offer[:-1]) | (
        (offer[1:] == offer[:-1]) & (start[1:] >= start[:-1])
    )
    return spans if sorted_already.all() else spans.sort("offer_id", "start")


def _places(currency: pl.Series) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The currency of each row as a place in the names of those there are."""
    if len(currency) and (currency == currency[0]).all() and not currency.has_nulls():
        return np.zeros(len(currency), dtype=np.int64), (str(currency[0]),)
    named = currency.fill_null("")
    names = named.unique().sort()
    places = named.cast(pl.Enum(names)).to_physical().to_numpy().astype(np.int64)
    return places, tuple(names.to_list())


def _split(pieces: Pieces, still: Flags, at: int) -> Pieces:
    """A silence of the whole source longer than JOIN_GAP ends a piece; the next run begins one."""
    limit = np.where(still, at + 1, pieces.end)  # a run at the very moment of judging counts
    quiet = pieces.runs.quiet(pieces.start, limit, JOIN_GAP)
    if not quiet.count.any():
        return pieces
    times = quiet.count + 1
    row = np.repeat(np.arange(len(pieces)), times)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(times) - times, times)
    out = pieces.take(row)
    silence = quiet.first[row] + nth
    later = nth > 0
    ended = nth < quiet.count[row]
    start, end, asserted_end = out.start, out.end, out.asserted_end
    start[later] = quiet.ends[silence[later] - 1]
    end[ended] = quiet.begins[silence[ended]]
    asserted_end[ended] = end[ended]
    return replace(out, live=out.live & ~ended)


def _last_series(pieces: Pieces) -> Pieces:
    if not len(pieces):
        return pieces
    same = pieces.offer[1:] == pieces.offer[:-1]
    broken = same & (pieces.currency[1:] != pieces.currency[:-1])
    if not broken.any():
        return pieces
    series = np.concatenate(([0], np.cumsum(broken | ~same)))
    last = np.flatnonzero(np.append(~same, [True]))
    # Rows of one offer are neighbours: the series of its last row, spread over its rows.
    return pieces.take(series == np.repeat(series[last], np.diff(last, prepend=-1)))
