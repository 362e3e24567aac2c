"""Identify: what is new, unchanged, changed, missing and gone in a run, against the source's state.

Everything is decided in columns over the rows of the state; only what changed becomes a row of the
segment. The result is a plan: nothing is written here.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.gather import Gathering, duplicates
from sparfuchs.catalog.model import Counts
from sparfuchs.catalog.segment import RunFacts, events_of, segment_of
from sparfuchs.catalog.sheet import Sheet, Stored
from sparfuchs.catalog.state import LIVE, NO_ROW, Rows, SourceState, place_new_keys
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import (
    CHANGE,
    ChangeKind,
    empty,
)
from sparfuchs.kernel.ids import MAX_ORDINAL
from sparfuchs.kernel.money import BY_NUMERIC


@dataclass(frozen=True)
class Identified:
    """What publishing will write, if the run is let through.

    `new` and `changed` say where an offer's row lies (`ordinal`, `piece`, `row`; `changed` also
    `hot` and `texts`: which of its rows differ); `woken` holds offers whose price changed without
    a byte (WOKEN); `changes` is the segment (CHANGE) and `blank` the ordinals whose price became
    unknown. `state` is the next state, None when it would say the same as the present one. `seen`
    are the ordinals seen, `all_live` whether these are all that live, `live` how many live after
    the run and `live_before` before it; `pending` says that some of them were missing. `moves` are
    prices `before` and `after` of parsed offers in both runs (`state_row`), `steady` counts the
    offers whose record is the same; `currencies` are those seen, and those of the offers that lived
    before.
    """

    counts: Counts
    rejections: pl.DataFrame
    new: pl.DataFrame
    changed: pl.DataFrame
    woken: pl.DataFrame
    blank: NDArray[np.uint32]
    changes: pl.DataFrame
    state: pl.DataFrame | None
    seen: NDArray[np.uint32]
    all_live: bool
    live: int
    pending: bool
    next_wake: int | None
    live_before: int
    missing: int
    currencies: frozenset[str]
    currencies_before: frozenset[str]
    moves: pl.DataFrame
    steady: int

    def repeating(self, last: Counts) -> "Identified":
        """The counts of a run over the same bytes: those of the run before it (R-C-4)."""
        counts = replace(
            self.counts,
            read=last.read,
            accepted=last.accepted,
            rejected=last.rejected,
            unchanged=last.accepted - self.counts.changed,
        )
        return replace(self, counts=counts)

    def without_effect(self) -> "Identified":
        """The same for a run that is held: it changes nothing and gives no ordinals (R-RUN-4)."""
        counts = replace(self.counts, new=0, unchanged=0, changed=0, gone=0)
        return replace(self, counts=counts, state=None, changes=empty(CHANGE))


def identify(run: Gathering, facts: RunFacts, stored: Stored) -> Identified:
    """Takes a gathered run apart (R-F-3, R-RUN-2 to R-RUN-4)."""
    state = run.state
    index, doubled = _first_of_each_id(run)
    if doubled.height:
        run.reject(doubled)
    now = to_micros(facts.at)
    sheet = Sheet.of(state, facts)

    known = index.filter(pl.col("state_row") != NO_ROW)
    fresh = index.filter(pl.col("state_row") == NO_ROW)
    rows = known["state_row"].to_numpy()
    parsed = np.zeros(len(state), dtype=np.bool_)
    parsed[rows] = True
    blank_rows = _not_in(run.rejected_rows(), run.seen | parsed)
    blank_rows = blank_rows[sheet.status[blank_rows] == LIVE]
    seen = run.seen | parsed
    seen[blank_rows] = True

    events: list[pl.DataFrame] = []
    sheet.absences(seen, facts, now, events)
    moves = _moves(state, known)
    changed = sheet.changes(known, now, events)
    woken = sheet.wake(seen & ~parsed, now, facts.at, stored, events)
    sheet.blank(blank_rows, now, events)

    ordinals = np.arange(facts.first, facts.first + fresh.height, dtype=np.int64)
    if len(ordinals) and ordinals[-1] > MAX_ORDINAL:
        raise OverflowError(f"A source holds at most {MAX_ORDINAL} offers in its life")
    new = fresh.with_columns(
        pl.Series("ordinal", ordinals.astype(np.uint32)),
        pl.Series(
            "key", place_new_keys(state.keys, fresh["key"].to_numpy(), fresh["source_offer_id"])
        ),
    )
    events.append(events_of(new["ordinal"].to_numpy(), now, ChangeKind.FIRST))

    touched = sheet.touched(seen) or new.height > 0
    sheet.last_seen[seen] = facts.number
    sheet.first_missed[seen] = 0
    next_state, live = sheet.next(new, facts.number)
    seen_ordinals = np.concatenate([sheet.ordinal[seen], new["ordinal"].to_numpy()])
    missing = int((sheet.was_live & ~seen).sum())
    rejections = run.rejections()
    counted = Counts(
        read=int(run.seen.sum()) + index.height + rejections.height,
        accepted=int(run.seen.sum()) + index.height,
        rejected=dict(rejections["reason"].value_counts(sort=True).iter_rows()),  # a row a reason
        new=new.height,
        changed=changed.height + woken.height,
        unchanged=int(run.seen.sum()) + known.height - changed.height - woken.height,
        gone=sheet.gone,
    )
    wakes = next_state["wake"].filter(next_state["status"] == LIVE)
    pending = next_state.filter(
        (pl.col("status") == LIVE) & (pl.col("last_seen") != facts.number)
    ).height
    return Identified(
        counts=counted,
        rejections=rejections,
        new=new.select("ordinal", "piece", "row"),
        changed=changed,
        woken=woken,
        blank=sheet.ordinal[blank_rows],
        changes=segment_of(
            pl.concat(events),
            pl.concat([known.with_columns(pl.Series("ordinal", sheet.ordinal[rows])), new]),
            woken,
            sheet.ordinal,
            state.frame["price_minor"],
            next_state,
            facts,
        ),
        state=next_state if touched else None,
        seen=seen_ordinals,
        all_live=live == len(seen_ordinals),
        live=live,
        pending=pending > 0,
        next_wake=_lowest(wakes),
        currencies=_currencies(next_state.filter(pl.col("last_seen") == facts.number)),
        currencies_before=_currencies(state.frame.filter(pl.Series(sheet.was_live))),
        moves=moves,
        steady=int(run.seen.sum()),
        missing=missing,
        live_before=int(sheet.was_live.sum()),
    )


def _currencies(state: pl.DataFrame) -> frozenset[str]:
    return frozenset(BY_NUMERIC[number] for number in state["currency"].drop_nulls().unique())


def _lowest(wakes: pl.Series) -> int | None:
    lowest = wakes.min()
    return lowest if isinstance(lowest, int) else None


def _not_in(rows: Rows, mask: NDArray[np.bool_]) -> Rows:
    return rows[~mask[rows]]


def _first_of_each_id(run: Gathering) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Of rows with one id the known record wins, else the first (R-RUN-4)."""
    index = run.indexed()
    if not index.height:
        return index, duplicates(pl.Series([], dtype=pl.String), np.empty(0, dtype=np.uint32))
    rows = index["state_row"].to_numpy()
    stands = np.zeros(len(rows), dtype=np.bool_)
    stands[rows != NO_ROW] = run.seen[rows[rows != NO_ROW]]
    first = index.select(
        pl.when(pl.col("state_row") == NO_ROW)
        .then(pl.col("source_offer_id").is_first_distinct())
        .otherwise(pl.col("state_row").is_first_distinct())
        .alias("first")
    )["first"]
    keep = first & ~pl.Series(stands)
    extra = index.filter(~keep)
    if not extra.height:
        return index, duplicates(pl.Series([], dtype=pl.String), np.empty(0, dtype=np.uint32))
    ids = pl.select(
        pl.coalesce(
            extra["source_offer_id"],
            run.state.frame["source_offer_id"].gather(np.maximum(extra["state_row"].to_numpy(), 0))
            if len(run.state)
            else extra["source_offer_id"],
        )
    ).to_series()
    return index.filter(keep), duplicates(ids, extra["line"].to_numpy())


def _moves(state: SourceState, known: pl.DataFrame) -> pl.DataFrame:
    """Prices before and after of the parsed offers that had and have one, in the same currency."""
    rows = known["state_row"].to_numpy()
    before = state.frame.select("price_minor", "currency")[rows]
    return pl.DataFrame(
        {
            "before": before["price_minor"],
            "after": known["price_minor"],
            "same": before["currency"] == known["currency"],
            "state_row": rows,
        }
    ).filter(pl.col("same") & pl.col("before").is_not_null() & pl.col("after").is_not_null())
