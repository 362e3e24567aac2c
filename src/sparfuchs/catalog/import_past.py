"""Import: many readings of a past that somebody else kept, folded between those that are there.

Each moment of the table becomes a run that saw what the table names at it, and nothing else: such a
run ends no offer. Where the table lists changes alone (`until_next`), a run sees every offer whose
listing has begun, and holds until the next moment: that is what such a table says. What our own
readings saw stands: the price of the table ends where one of them saw another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import store
from sparfuchs.catalog.backfill import (
    KEY,
    MOMENT,
    STATE,
    TELLING,
    Bitmap,
    Folded,
    as_of,
    dated,
    kind_of_difference,
    sightings_of,
)
from sparfuchs.catalog.leap import believe_history
from sparfuchs.catalog.model import Counts, FeedRun, RunKind, RunStatus, Source
from sparfuchs.catalog.publish import lay_down
from sparfuchs.catalog.replay import replay
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.events.feed import RunPublished
from sparfuchs.kernel.clock import from_micros
from sparfuchs.kernel.errors import Conflict
from sparfuchs.kernel.frames import CHANGE, CHANGE_KIND, ChangeKind, Schema, conform
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.files import Files

Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]
Micros = NDArray[np.int64]

# One row a price of the table: the offer, which of the moments, and the price state.
IMPORTED: Final[Schema] = {
    "line": pl.UInt32(),
    "offer_id": pl.Int64(),
    "moment": pl.UInt32(),
    **{name: CHANGE[name] for name in STATE},
}


@dataclass(frozen=True)
class ImportedPast:
    """The moments of a table as runs: `at` rising, with the numbers and CARRYs they get, all in
    microseconds. `line` are the published runs that are there, `full` says of each whether an
    absence in it counts. `asked` is what the table said: where a run of that very moment was there
    already, the new one lies a microsecond later. `interval` is the source's.
    """

    number: NDArray[np.uint32]
    at: Micros
    asked: Micros
    carry: Micros
    line: Timeline
    full: Flags
    bitmap: Bitmap
    until_next: bool
    interval: int

    @property
    def places(self) -> NDArray[np.int64]:
        """Where the runs stand among those that are there."""
        return np.searchsorted(self.line.t, self.at)

    def extended(self) -> Timeline:
        return Timeline.of(
            np.insert(self.line.number, self.places, self.number),
            np.insert(self.line.t, self.places, self.at),
            np.insert(self.line.carry, self.places, self.carry),
        )


@dataclass(frozen=True)
class FoldedImport:
    """What an import makes of the history of some offers: as Folded, with the offers that each of
    its moments saw, rows of the table that another reading had recorded already (`line`), and how
    many prices wait for a second observation.
    """

    folded: Folded
    seen: dict[int, Ids]
    known: pl.Series
    held: int


def moments_of(asked: Micros, line: Timeline) -> Micros:
    """Times for runs at these moments (rising) that no run of the source has."""
    taken = set(line.t.tolist())
    made: list[int] = []
    for at in asked.tolist():  # one turn a moment, not a row
        while at in taken:
            at += 1  # noqa: PLW2901 - the next free microsecond
        taken.add(at)
        made.append(at)
    return np.array(made, dtype=np.int64)


def fold_import(
    past: ImportedPast, ids: Ids, stated: pl.DataFrame, history: pl.DataFrame
) -> FoldedImport:
    """Folds a table into the history of these offers.

    `ids` are sorted; `stated` is IMPORTED of those among them that the table names, one row an
    offer and moment; `history` all their change rows (CHANGE).
    """
    rows = history.with_columns(pl.col("at").to_physical().alias("micros")).sort(KEY)
    sightings = sightings_of(past.line, past.bitmap, ids, rows)
    offer = np.searchsorted(ids, stated["offer_id"].to_numpy())
    known = _recorded(past, sightings, offer, stated["moment"].to_numpy())
    lines = stated.filter(pl.Series(known))["line"]
    stated, offer = stated.filter(~pl.Series(known)), offer[~known]
    seen = np.zeros((len(ids), len(past.at)), dtype=np.bool_)
    seen[offer, stated["moment"].to_numpy()] = True
    if past.until_next:
        seen = np.logical_or.accumulate(seen, axis=1)

    places = past.places
    old = replay(ids, past.line, past.full, sightings)
    new = replay(
        ids,
        past.extended(),
        np.insert(past.full, places, np.zeros(len(places), dtype=np.bool_)),
        np.insert(sightings, places, seen, axis=1),
    )
    removed = old.events.join(new.events, on=KEY, how="anti")
    added = new.events.join(old.events, on=KEY, how="anti")

    values = rows.filter(pl.col("kind").is_in(TELLING)).select(*MOMENT, *STATE)
    said = stated.with_columns(micros=pl.Series(past.at[stated["moment"].to_numpy()]))
    said, held = _believed(past, values, said)
    line = _states(past, values, said, removed, sightings, offer)
    kind = (
        pl.when(pl.col("held") & kind_of_difference().is_not_null())
        .then(pl.lit(ChangeKind.HOLD.value))
        .otherwise(kind_of_difference())
    )
    prices = (
        line.filter(pl.col("rank") > 0)
        .select(*MOMENT, kind=kind.cast(CHANGE_KIND))
        .drop_nulls("kind")
    )
    # A row that tells what an offer cost at that moment is enough.
    kept = rows.select(KEY).join(removed, on=KEY, how="anti")
    told = pl.concat([kept, added]).filter(pl.col("kind").is_in(TELLING))
    made = pl.concat([added, prices.join(told, on=MOMENT, how="anti")])
    made = made.join(kept, on=KEY, how="anti").unique(KEY)
    first = int(places.min(initial=len(past.line.t)))
    return FoldedImport(
        Folded(
            added=_changes(past, made, line),
            removed=dated(removed).select("offer_id", "at", "kind"),
            seen=ids[seen.any(axis=1)],
            named={
                number: ids[sightings[:, k]]
                for k, number in enumerate(past.line.number.tolist())
                if k >= first and past.bitmap(number) is None
            },
        ),
        seen={number: ids[seen[:, k]] for k, number in enumerate(past.number.tolist())},
        known=lines,
        held=held,
    )


def _recorded(
    past: ImportedPast, sightings: Flags, offer: NDArray[np.int64], moment: NDArray[np.uint32]
) -> Flags:
    """Which rows another reading of that very moment has recorded: what was seen stands."""
    known = np.zeros(len(offer), dtype=np.bool_)
    shifted = np.flatnonzero(past.at != past.asked)
    for k in shifted.tolist():  # the few moments that were taken
        there = (past.line.t >= past.asked[k]) & (past.line.t < past.at[k])
        mine = moment == k
        known[mine] = sightings[offer[mine]][:, there].any(axis=1)
    return known


def _believed(
    past: ImportedPast, values: pl.DataFrame, said: pl.DataFrame
) -> tuple[pl.DataFrame, int]:
    """The rows with prices that leap null until a later row repeats them (R-F-7); how many."""
    columns = [*MOMENT, "price_minor", "currency"]
    first = said.group_by("offer_id").agg(micros=pl.col("micros").min())
    before = (
        as_of(values, first)
        .drop_nulls("price_minor")
        .select(
            "offer_id", pl.col("micros") - 1, "price_minor", "currency", settled=pl.lit(value=True)
        )
    )
    walk = pl.concat([before, said.select(*columns, settled=pl.lit(value=False))]).sort(MOMENT)
    told = believe_history(walk, past.interval).rows
    waits = told.filter("held").select(MOMENT).unique().with_columns(held=True)
    marked = said.join(waits, on=MOMENT, how="left", maintain_order="left").with_columns(
        pl.col("held").fill_null(value=False)
    )
    return (
        marked.with_columns(price_minor=pl.when(~pl.col("held")).then("price_minor")),
        waits.height,
    )


def _states(
    past: ImportedPast,
    values: pl.DataFrame,
    said: pl.DataFrame,
    removed: pl.DataFrame,
    sightings: Flags,
    offer: NDArray[np.int64],
) -> pl.DataFrame:
    """All states in order of time, each with the one before it (`…_before`). `rank` 0: a row that
    is there; 1: what a reading of ours saw next, which takes over again; 2: the table.
    """
    following = _next_sighting(past, sightings, offer, said["moment"].to_numpy())
    later = said.select("offer_id", micros=pl.Series(following)).filter(pl.col("micros") >= 0)
    then = as_of(values, later.unique())
    parts = [
        # A row that goes (a first one, which is first no more) tells its state no longer.
        values.join(
            removed.select(MOMENT).unique().with_columns(rank=1), on=MOMENT, how="left"
        ).with_columns(pl.col("rank").fill_null(0), held=pl.lit(value=False)),
        then.with_columns(rank=pl.lit(1), held=pl.lit(value=False)),
        said.select(*MOMENT, *STATE, rank=pl.lit(2), held="held"),
    ]
    line = (
        pl.concat([part.select(*MOMENT, *STATE, "rank", "held") for part in parts])
        .sort(*MOMENT, "rank")
        # A row that is there is kept with its rank; what a sighting repeats adds nothing to it.
        .unique(MOMENT, keep="first", maintain_order=True)
    )
    before = pl.col(*STATE).shift().over("offer_id").name.suffix("_before")
    return line.with_columns(before)


def _next_sighting(
    past: ImportedPast,
    sightings: Flags,
    offer: NDArray[np.int64],
    moment: NDArray[np.uint32],
) -> Micros:
    """When a reading of ours sees each offer next, in microseconds; -1: never."""
    runs = sightings.shape[1]
    if not runs:
        return np.full(len(offer), -1, dtype=np.int64)
    never = runs
    places = np.where(sightings, np.arange(runs), never).astype(np.int64)
    soonest = np.minimum.accumulate(places[:, ::-1], axis=1)[:, ::-1]
    place = past.places[moment]
    inside = np.minimum(place, runs - 1)
    found = np.where(place < runs, soonest[offer, inside], never)
    times: Micros = np.where(found < never, past.line.t[np.minimum(found, runs - 1)], -1)
    return times


def _changes(past: ImportedPast, made: pl.DataFrame, line: pl.DataFrame) -> pl.DataFrame:
    """Rows of the history, each with the whole price state after it (CHANGE)."""
    known = line.select(*MOMENT, *STATE)
    moments = made.select(MOMENT).unique()
    after = as_of(known, moments)
    before = as_of(known, moments.with_columns(pl.col("micros") - 1)).select(
        "offer_id", pl.col("micros") + 1, before_minor="price_minor"
    )
    whole = past.extended()
    run = np.searchsorted(whole.t, made["micros"].to_numpy(), side="right") - 1
    rows = (
        dated(made.with_columns(run=pl.Series(whole.number[np.maximum(run, 0)])))
        .join(after, on=MOMENT, how="left")
        .join(before, on=MOMENT, how="left")
    )
    return conform(rows, CHANGE).sort("offer_id", "at", "kind")


def publish_import(
    work: Work,
    files: Files,
    source: Source,
    past: ImportedPast,
    rows: NDArray[np.int64],
    seen: Mapping[int, bytes],
    named: Mapping[int, bytes],
    segment: pl.DataFrame,
    rejections: pl.DataFrame,
    notes: Mapping[str, str],
    digest: bytes,
    *,
    seconds: float,
) -> FeedRun:
    """Writes the runs of an import and rewrites the sums of those after them (R-RUN-1).

    `rows` counts the rows of each moment, `seen` are the bitmaps of these runs and `named` those of
    runs that had none so far; `notes` say where the table came from. The last run carries what is
    of the whole table: its segment, its rejections, its digest. Gives that run. Raises Conflict
    when another run was published meanwhile.
    """
    last = int(past.number[-1])
    written = lay_down(
        files,
        source,
        last,
        {
            "segments": segment if segment.height else None,
            "rejections": rejections if rejections.height else None,
        },
    )
    if not store.swap_head(work, source, next_number=last + 1):
        raise Conflict(f"Another run of {source.path} was published meanwhile", source=source.path)
    line = past.extended()
    sums = dict(zip(line.number.tolist(), line.sums.tolist(), strict=True))
    counted = dict(rejections["reason"].value_counts(sort=True).iter_rows())  # a row a reason
    made: list[store.ImportRun] = []
    for k, number in enumerate(past.number.tolist()):  # one turn a moment, not a row
        final = number == last
        accepted = int(rows[k])
        refused_here = counted if final else {}
        run = FeedRun(
            source_id=source.id,
            number=number,
            kind=RunKind.IMPORT,
            status=RunStatus.PUBLISHED,
            at=from_micros(int(past.at[k])),
            counts=Counts(
                read=accepted + sum(refused_here.values()),
                accepted=accepted,
                rejected=refused_here,
                unchanged=accepted,
            ),
            doubts=(),
            settings=notes,
            detected={},
            segment=written["segments"] if final else None,
            rejections=written["rejections"] if final else None,
            payload=(),
            seconds=seconds if final else 0.0,
            slow_rows=0,
        )
        made.append(
            store.ImportRun(
                run, int(past.carry[k]), sums[number], seen[number], digest if final else None
            )
        )
    store.add_import_runs(work, made)
    store.name_seen(work, source.id, named)
    store.rewrite_sums(work, source.id, line)
    if written["segments"] is not None:
        work.append(
            RunPublished(source=source.id, run=last, segment=written["segments"]).to_event(
                occurred_at=made[-1].run.at
            )
        )
    return made[-1].run
