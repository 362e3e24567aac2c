"""Replay: the rows about being there that runs leave of offers, made anew from who was seen when.

The rules are those of a run as it happens (`identify.py`): two full runs in a row without an offer
end it at the first of them, a sighting holds for the CARRY of its run, and who comes back is seen
again. Backfill goes through them with one run more.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.frames import CHANGE_KIND, ChangeKind

Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]

_NO_RUN: Final = -1
_BEGINS: Final = [ChangeKind.FIRST.value, ChangeKind.BACK.value]


@dataclass(frozen=True)
class Replayed:
    """`events` are `offer_id`, `micros`, `kind`; `sightings` has a row an offer, a column a run."""

    events: pl.DataFrame
    sightings: Flags


def replay(
    ids: Ids,
    line: Timeline,
    full: Flags,
    sightings: Flags,
    *,
    blank_at: int = _NO_RUN,
    blank: Flags | None = None,
) -> Replayed:
    """Goes through the runs of `line` in order of time.

    `sightings` has a row an offer of `ids` and a column a run; `full` says of each run whether an
    absence in it counts. At the run `blank_at` those of `blank` are there as well, if they live.
    """
    n = len(ids)
    live, ever, lapsed = (np.zeros(n, dtype=np.bool_) for _ in range(3))
    last, missed = (np.full(n, _NO_RUN, dtype=np.int64) for _ in range(2))
    sightings = sightings.copy()
    found: list[pl.DataFrame] = []

    def note(mask: Flags, at: int | Ids, kind: ChangeKind) -> None:
        if mask.any():
            moments = np.broadcast_to(np.asarray(at, dtype=np.int64), n)[mask]
            found.append(
                pl.DataFrame({"offer_id": ids[mask], "micros": moments}).with_columns(
                    kind=pl.lit(kind.value, dtype=CHANGE_KIND)
                )
            )

    for k, now in enumerate(line.t.tolist()):  # one turn a run, over all offers
        seen = sightings[:, k]
        if k == blank_at and blank is not None:
            seen |= blank & live
        until = line.t[last] + line.carry[last]  # means nothing where nothing was seen yet
        holding = live & ~lapsed
        ran_out = holding & ~seen & (until <= now)
        came_late = holding & seen & (last != k - 1) & (until < now)
        note(ran_out | came_late, until, ChangeKind.UNSEEN)
        returned = live & seen & (lapsed | came_late)
        note(returned, now, ChangeKind.SEEN)
        lapsed = (lapsed | ran_out) & ~returned
        note(seen & ~ever, now, ChangeKind.FIRST)
        note(seen & ever & ~live, now, ChangeKind.BACK)
        if full[k]:
            absent = live & ~seen
            ended = absent & (missed != _NO_RUN)
            note(ended, line.t[missed], ChangeKind.GONE)
            missed[absent & ~ended] = k
            live &= ~ended
            lapsed &= ~ended
        live |= seen
        ever |= seen
        last[seen] = k
        missed[seen] = _NO_RUN
    nothing = pl.DataFrame(
        schema={"offer_id": pl.Int64(), "micros": pl.Int64(), "kind": CHANGE_KIND}
    )
    return Replayed(pl.concat([nothing, *found]), sightings)


def lived(ids: Ids, line: Timeline, rows: pl.DataFrame) -> Flags:
    """Which offers lived at which run, by the rows of their history (`micros`, `kind`).

    An offer lives from the run that brought it until the first of those that missed it.
    """
    counts = np.zeros((len(ids), len(line.t) + 1), dtype=np.int8)
    for kinds, step in ((_BEGINS, 1), ([ChangeKind.GONE.value], -1)):
        of_kind = rows.filter(pl.col("kind").is_in(kinds))
        offer = np.searchsorted(ids, of_kind["offer_id"].to_numpy())
        run = np.searchsorted(line.t, of_kind["micros"].to_numpy())
        np.add.at(counts, (offer, run), step)
    alive: Flags = np.cumsum(counts[:, :-1], axis=1, dtype=np.int8) > 0
    return alive


def next_sighting(line: Timeline, sightings: Flags, place: int) -> Ids:
    """When each offer is seen next by a run from `place` on, in microseconds; -1: never."""
    later = sightings[:, place:]
    if not later.shape[1]:
        return np.full(len(sightings), _NO_RUN, dtype=np.int64)
    first = later.argmax(axis=1)
    return np.where(later.any(axis=1), line.t[place + first], _NO_RUN).astype(np.int64)
