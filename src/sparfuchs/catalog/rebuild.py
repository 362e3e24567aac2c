"""A state file that was lost is made again from the database (R-RUN-6).

What cannot be known any more is left open: every record is parsed at the next run (raw hashes are
empty), and the three normalised hashes are taken over from it without calling it a change.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import store
from sparfuchs.catalog.gather import numeric_currency
from sparfuchs.catalog.model import RunKind, Source
from sparfuchs.catalog.seen import contains
from sparfuchs.catalog.state import LIVE, STATE, SourceState, place_new_keys
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import conform, hash_strings
from sparfuchs.plumbing.db import Work


def rebuild_state(work: Work, source: Source) -> SourceState:
    """The state of a source as of its newest run, from offers and runs.

    Sightings come from the runs' bitmaps: the newest run that saw an offer, and for those missing
    at the head the first full run after it.
    """
    rows = store.state_rows(work, source.id)
    line = store.timeline(work, source.id)
    ordinals = rows["ordinal"].to_numpy()
    last = np.zeros(len(ordinals), dtype=np.uint32)
    missed = np.zeros(len(ordinals), dtype=np.uint32)
    order = np.arange(len(line.t))[::-1]  # numbers follow publishing, which backfill turns round
    kinds = store.run_kinds(work, source.id)
    for place in order.tolist():  # mostly one turn: the newest run saw nearly all
        number = int(line.number[place])
        unknown = np.flatnonzero(last == 0)
        if not len(unknown):
            break
        packed = store.seen_bitmaps(work, source.id, [number])[number]
        hit = (
            np.ones(len(unknown), dtype=np.bool_)
            if packed is None
            else contains(packed, ordinals[unknown])
        )
        last[unknown[hit]] = number
        if kinds[number] not in {RunKind.PARTIAL, RunKind.IMPORT}:
            missed[unknown[~hit]] = number
    live = (rows["status"] == LIVE).to_numpy()
    last[last == 0] = line.number.min(initial=0)
    frame = rows.with_columns(
        pl.Series("key", hash_strings(rows["source_offer_id"])),
        numeric_currency(rows["currency"]),
        pl.Series("last_seen", last),
        pl.Series("first_missed", np.where(live, missed, 0).astype(np.uint32)),
        pl.Series("lapsed", live & _ran_out(line, last, source)),
        raw=pl.lit(0, dtype=pl.UInt64),
        identity=pl.lit(0, dtype=pl.UInt64),
        price=pl.lit(0, dtype=pl.UInt64),
        display=pl.lit(0, dtype=pl.UInt64),
    )
    none = np.empty(0, dtype=np.uint64)
    keys = place_new_keys(none, frame["key"].to_numpy(), frame["source_offer_id"])
    return SourceState(conform(frame.with_columns(pl.Series("key", keys)), STATE).sort("key"))


def _ran_out(line: Timeline, last: NDArray[np.uint32], source: Source) -> NDArray[np.bool_]:
    """Whether an `unseen` row was written: the sighting ran out before the newest run, and that
    run did not see the offer.
    """
    if source.head_at is None or not len(last):
        return np.zeros(len(last), dtype=np.bool_)
    over: NDArray[np.bool_] = line.lapse_of(last) <= to_micros(source.head_at)
    absent: NDArray[np.bool_] = last != source.head_run
    return over & absent
