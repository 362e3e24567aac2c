"""The lowest prices of many offers at once, from the same pieces another way: by columns."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.frames import UTC_TIME, Schema
from sparfuchs.pricing.days import NEVER, day_start_at, times
from sparfuchs.pricing.lows import PERIODS
from sparfuchs.pricing.pieces import Pieces, cut

# One row an offer and period (`days` null: ever). `low_at` is when it was last asserted.
LOW: Final[Schema] = {
    "offer_id": pl.Int64(),
    "days": pl.Int16(),
    "low_minor": pl.Int64(),
    "currency": pl.String(),
    "low_at": UTC_TIME,
}


def lows_by_columns(
    spans: pl.DataFrame, timelines: Mapping[int, Timeline], *, at: int, zone: str
) -> pl.DataFrame:
    """LOW of the offers of these spans (SPAN) at a moment in microseconds."""
    found = _lows(cut(spans, timelines, at), at, zone)
    frame = pl.DataFrame({**found, "low_at": times(np.array(found["low_at"], dtype=np.int64))}, LOW)
    return frame.sort("offer_id", "days", nulls_last=True)


def _lows(pieces: Pieces, at: int, zone: str) -> dict[str, list[Any]]:
    """Columns of LOW, period by period; `low_at` in microseconds."""
    parts: dict[str, list[Any]] = {name: [] for name in LOW}
    if not len(pieces):
        return parts
    edges: Sequence[tuple[int | None, int]] = [
        *((days, day_start_at(at, zone, -days)) for days in PERIODS),
        (None, -NEVER),
    ]
    first = np.flatnonzero(np.diff(pieces.offer, prepend=-1))
    rows = np.diff(np.append(first, len(pieces)))
    currencies = [pieces.currencies[place] for place in pieces.currency[first].tolist()]
    for days, edge in edges:
        inside = (pieces.asserted_end > edge) | (pieces.asserted_end == at)
        low = np.minimum.reduceat(np.where(inside, pieces.price, NEVER), first)
        at_low = inside & (pieces.price == np.repeat(low, rows))
        when = np.maximum.reduceat(np.where(at_low, pieces.asserted_end, -1), first)
        known = low != NEVER
        parts["offer_id"] += pieces.offer[first][known].tolist()
        parts["days"] += [days] * int(known.sum())
        parts["low_minor"] += low[known].tolist()
        parts["currency"] += [name for name, had in zip(currencies, known, strict=True) if had]
        parts["low_at"] += when[known].tolist()
    return parts
