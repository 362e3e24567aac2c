"""Publish: a run becomes visible in one transaction, or not at all.

Files come first (they are flushed before the commit and nobody knows their names yet), then the run
row, the offers, the pointer to the next state and the event, together. A crash before the commit
leaves files that nothing names, which the sweeper takes after a day (R-RUN-6).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import uuid4

import numpy as np
import polars as pl

from sparfuchs.catalog import store
from sparfuchs.catalog.backfill import Past
from sparfuchs.catalog.gather import Gathering
from sparfuchs.catalog.identify import Identified
from sparfuchs.catalog.model import Counts, FeedRun, RunKind, RunStatus, Source
from sparfuchs.catalog.seen import pack
from sparfuchs.catalog.segment import RunFacts
from sparfuchs.catalog.state import GONE, LIVE, write_state
from sparfuchs.catalog.tables import offer_texts, offers
from sparfuchs.events.feed import RunPublished
from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.kernel.errors import Conflict
from sparfuchs.kernel.frames import (
    AUDIENCE,
    CONDITION,
    UTC_TIME,
    Audience,
    ChangeKind,
    Condition,
    RefKind,
)
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.files import Files

# What a changed row writes: all of it but the run that saw the offer first.
_HOT: Final = [column.name for column in offers.columns if column.name != "first_run"]
_NOT_HELD: Final = {"last_minor": pl.Int64(), "held_minor": pl.Int64(), "held_at": UTC_TIME}
_TEXTS: Final = [column.name for column in offer_texts.columns]


@dataclass(frozen=True)
class Reading:
    """What published runs remember of how they were read."""

    settings: Mapping[str, str]
    detected: Mapping[str, str]
    salt: int
    digest: bytes | None
    validators: Mapping[str, Mapping[str, str]]
    slow_rows: int = 0
    suspect_gtins: Collection[str] = ()
    raw_salt: int | None = None  # of the raw hashes: parser, settings, what was detected, header
    payload: tuple[Mapping[str, object], ...] = ()

    def with_payload(self, kept: tuple[Mapping[str, object], ...]) -> "Reading":
        return replace(self, payload=kept)


@dataclass(frozen=True)
class Written:
    """Files of a run that lie ready and become known with the commit."""

    state: str | None
    segment: str | None
    rejections: str | None


def lay_down(
    files: Files, source: Source, number: int, frames: Mapping[str, pl.DataFrame | None]
) -> dict[str, str | None]:
    """Writes frames of a run by folder, under names never used before; None where there is none."""
    stem = f"{source.id}/{number:08}-{uuid4().hex[:8]}.arrow"
    names: dict[str, str | None] = {}
    for folder, frame in frames.items():
        names[folder] = None if frame is None else f"{folder}/{stem}"
        if frame is not None:
            files.write(f"{folder}/{stem}", partial(write_state, frame))
    return names


def write_files(files: Files, source: Source, number: int, found: Identified) -> Written:
    """Lays down state, segment and rejections of a run."""
    names = lay_down(
        files,
        source,
        number,
        {
            "states": found.state,
            "segments": found.changes if found.changes.height else None,
            "rejections": found.rejections if found.rejections.height else None,
        },
    )
    return Written(names["states"], names["segments"], names["rejections"])


def publish(
    work: Work,
    source: Source,
    facts: RunFacts,
    found: Identified,
    run: Gathering,
    reading: Reading,
    written: Written,
    *,
    carry: timedelta,
    seconds: float,
) -> FeedRun:
    """Writes everything of a run into the transaction of `work`.

    Raises Conflict when another run of the source was published meanwhile.
    """
    row = FeedRun(
        source_id=source.id,
        number=facts.number,
        kind=facts.kind,
        status=RunStatus.PUBLISHED,
        at=facts.at,
        counts=found.counts,
        doubts=(),
        settings=reading.settings,
        detected=reading.detected,
        segment=written.segment,
        rejections=written.rejections,
        payload=reading.payload,
        seconds=seconds,
        slow_rows=reading.slow_rows,
    )
    complete = facts.kind is not RunKind.PARTIAL
    swapped = store.swap_head(
        work,
        source,
        head_run=facts.number,
        head_at=facts.at,
        next_number=facts.number + 1,
        next_ordinal=source.next_ordinal + found.new.height,
        state_file=written.state or source.state_file,
        state_run=facts.number if written.state else source.state_run,
        digest=reading.digest if complete else None,
        salt=reading.salt,
        raw_salt=source.raw_salt if reading.raw_salt is None else reading.raw_salt,
        validators={name: dict(held) for name, held in reading.validators.items()}
        if complete
        else {},
        detected=dict(reading.detected),
        suspect_gtins=list(reading.suspect_gtins or source.suspect_gtins),
        full_count=found.counts.read if facts.kind is RunKind.FULL else source.full_count,
        live=found.live,
        pending=found.pending,
        next_wake=None if found.next_wake is None else from_micros(found.next_wake),
        **store.WELL,
    )
    if not swapped:
        raise Conflict(f"Another run of {source.path} was published meanwhile", source=source.path)
    store.add_run(
        work,
        row,
        carry=carry,
        sum_micros=sum_of(facts),
        seen=None if found.all_live else pack(found.seen),
        digest=reading.digest,
    )
    _write_offers(work, source, facts, found, run, frozenset(reading.suspect_gtins))
    if written.segment:
        work.append(
            RunPublished(source=source.id, run=facts.number, segment=written.segment).to_event(
                occurred_at=facts.at
            )
        )
    return row


def publish_repeat(
    work: Work,
    source: Source,
    facts: RunFacts,
    last: FeedRun,
    *,
    carry: timedelta,
    seconds: float,
    seen: bytes | None,
) -> FeedRun:
    """A reading of the same bytes with nothing due: one row, and the pointer (R-F-4, R-C-1).

    It repeats the counts and the seen set of the run before it.
    """
    counts = replace(last.counts, new=0, changed=0, gone=0, unchanged=last.counts.accepted)
    row = replace(
        last,
        number=facts.number,
        kind=RunKind.UNCHANGED,
        at=facts.at,
        counts=counts,
        segment=None,
        payload=(),
        seconds=seconds,
    )
    if not store.swap_head(
        work,
        source,
        head_run=facts.number,
        head_at=facts.at,
        next_number=facts.number + 1,
        **store.WELL,
    ):
        raise Conflict(f"Another run of {source.path} was published meanwhile", source=source.path)
    store.add_run(work, row, carry=carry, sum_micros=sum_of(facts), seen=seen, digest=source.digest)
    return row


def publish_past(
    work: Work,
    files: Files,
    source: Source,
    past: Past,
    at: datetime,
    counts: Counts,
    changes: pl.DataFrame,
    rejections: pl.DataFrame,
    seen: Mapping[int, bytes],
    reading: Reading,
    *,
    seconds: float,
) -> FeedRun:
    """Puts a run between those that are there and rewrites the later sums (R-RUN-1).

    `changes` is the segment, `seen` the bitmaps of this run and of those that had none so far. The
    pointer to the head stays. Raises Conflict when another run was published meanwhile.
    """
    written = lay_down(
        files,
        source,
        past.number,
        {
            "segments": changes if changes.height else None,
            "rejections": rejections if rejections.height else None,
        },
    )
    row = FeedRun(
        source_id=source.id,
        number=past.number,
        kind=RunKind.BACKFILL,
        status=RunStatus.PUBLISHED,
        at=at,
        counts=counts,
        doubts=(),
        settings=reading.settings,
        detected=reading.detected,
        segment=written["segments"],
        rejections=written["rejections"],
        payload=(),
        seconds=seconds,
        slow_rows=reading.slow_rows,
    )
    if not store.swap_head(work, source, next_number=past.number + 1):
        raise Conflict(f"Another run of {source.path} was published meanwhile", source=source.path)
    line = past.extended()
    store.add_run(
        work,
        row,
        carry=timedelta(microseconds=past.carry),
        sum_micros=int(line.sums[past.place]),
        seen=None,
        digest=reading.digest,
    )
    store.name_seen(work, source.id, seen)
    store.rewrite_sums(work, source.id, line)
    if row.segment:
        work.append(
            RunPublished(source=source.id, run=past.number, segment=row.segment).to_event(
                occurred_at=at
            )
        )
    return row


def sum_of(facts: RunFacts) -> int:
    """S of the new run: what was asserted before it (R-RUN-2)."""
    return int(facts.timeline.asserted(np.array([to_micros(facts.at)], dtype=np.int64))[0])


def _write_offers(
    work: Work,
    source: Source,
    facts: RunFacts,
    found: Identified,
    run: Gathering,
    suspect: frozenset[str],
) -> None:
    base = source.id << 32
    for number, part in run.offers_of(found.new):
        rows = _rows(run.piece(number), part, base, suspect)
        hot = _hot(rows, facts.number)
        store.add_rows(work, offers, hot.with_columns(first_run=pl.lit(facts.number)))
        store.add_rows(work, offer_texts, rows)
    for number, part in run.offers_of(found.changed):
        rows = _believed(_rows(run.piece(number), part, base, suspect), part)
        store.merge_rows(
            work, offers, _hot(rows.filter(part["hot"]), facts.number).select(_HOT), "id"
        )
        store.merge_rows(work, offer_texts, rows.filter(part["texts"]).select(_TEXTS), "id")
    if found.woken.height:
        store.merge_rows(
            work,
            offers,
            found.woken.select(
                (pl.col("ordinal").cast(pl.Int64) + base).alias("id"),
                "price_minor",
                pl.col("stock").alias("availability"),
                "claim_ref_minor",
                "claim_kind",
                "last_minor",
                "held_minor",
                pl.from_epoch("held_at", time_unit="us").dt.replace_time_zone("UTC"),
                pl.lit(facts.number, dtype=pl.Int32).alias("changed_run"),
            ),
            "id",
        )
    if len(found.blank):
        store.blank_prices(work, found.blank.astype(np.int64) + base, facts.number)
    gone = found.changes.filter(pl.col("kind") == ChangeKind.GONE.value)
    store.merge_rows(
        work,
        offers,
        gone.select(
            pl.col("offer_id").alias("id"),
            pl.lit(GONE, dtype=pl.Int16).alias("status"),
            pl.lit(facts.number, dtype=pl.Int32).alias("changed_run"),
        ),
        "id",
    )


def write_mended(work: Work, source: Source, run: Gathering, wanted: pl.DataFrame) -> None:
    """Offers of the source that a gathered run says otherwise (`ordinal`, `piece`, `row`), each
    with the `status` that it keeps and its price as far as it is believed (`price_minor`, HELD).
    """
    base = source.id << 32
    suspect = frozenset(source.suspect_gtins)
    for number, part in run.offers_of(wanted):
        rows = _believed(_rows(run.piece(number), part, base, suspect), part)
        hot = _hot(rows, source.next_number).with_columns(part["status"]).select(_HOT)
        store.merge_rows(work, offers, hot, "id")
        store.merge_rows(work, offer_texts, rows.select(_TEXTS), "id")


def _rows(
    piece: pl.DataFrame, part: pl.DataFrame, base: int, suspect: frozenset[str]
) -> pl.DataFrame:
    """The wanted offers of a piece, with their ids. A default value for a GTIN is none (R-F-9)."""
    rows = piece[part["row"].to_numpy()].with_columns(
        (part["ordinal"].cast(pl.Int64) + base).alias("id")
    )
    if suspect:
        rows = rows.with_columns(
            pl.when(~pl.col("gtin14").is_in(list(suspect))).then(pl.col("gtin14")).alias("gtin14")
        )
    return rows


def _believed(rows: pl.DataFrame, part: pl.DataFrame) -> pl.DataFrame:
    """The rows with their prices as far as they are believed (`price_minor` and HELD of `part`)."""
    held_at = pl.from_epoch(part["held_at"], time_unit="us").dt.replace_time_zone("UTC")
    return rows.with_columns(
        part["price_minor"], part["last_minor"], part["held_minor"], held_at.alias("held_at")
    )


def _hot(rows: pl.DataFrame, number: int) -> pl.DataFrame:
    return rows.with_columns(
        availability=pl.col("stock"),
        condition=pl.col("condition").fill_null(pl.lit(Condition.NEW.value, dtype=CONDITION)),
        audience=pl.col("audience").fill_null(pl.lit(Audience.PUBLIC.value, dtype=AUDIENCE)),
        ref_kind=pl.col("ref_kind").fill_null(RefKind.NONE.value),
        **{
            name: pl.lit(None, dtype=dtype)
            for name, dtype in _NOT_HELD.items()
            if name not in rows.columns
        },
        status=pl.lit(LIVE, dtype=pl.Int16),
        changed_run=pl.lit(number, dtype=pl.Int32),
    )
