"""The SQL of feed runs."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import polars as pl
from sqlalchemy import (
    Row,
    insert,
    select,
    text,
    tuple_,
    update,
)

from sparfuchs.catalog.model import (
    Counts,
    Doubt,
    FeedRun,
    RunKind,
    RunStatus,
)
from sparfuchs.catalog.tables import feed_runs
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.kernel.ids import SourceId
from sparfuchs.plumbing.db import Work

_MICROS: Final = timedelta(microseconds=1)


def add_run(
    work: Work,
    run: FeedRun,
    *,
    carry: timedelta,
    sum_micros: int,
    seen: bytes | None,
    digest: bytes | None,
) -> None:
    work.execute(
        insert(feed_runs).values(
            **_values(run, carry), sum_micros=sum_micros, seen=seen, digest=digest
        )
    )


def add_runs(work: Work, runs: list[tuple[FeedRun, int]], *, carry: timedelta) -> None:
    """Many runs at once, each with its running sum, that saw all that lived."""
    if runs:
        work.execute(
            insert(feed_runs),
            [
                {**_values(run, carry), "sum_micros": total, "seen": None, "digest": None}
                for run, total in runs
            ],
        )


class ImportRun(NamedTuple):
    """A run of an import as it is stored: CARRY and running sum in microseconds, its bitmap, and
    the digest of the table where it stands for all of it.
    """

    run: FeedRun
    carry: int
    sum_micros: int
    seen: bytes
    digest: bytes | None


def add_import_runs(work: Work, runs: list[ImportRun]) -> None:
    """The runs of an import at once."""
    work.execute(
        insert(feed_runs),
        [
            {
                **_values(one.run, timedelta(microseconds=one.carry)),
                "sum_micros": one.sum_micros,
                "seen": one.seen,
                "digest": one.digest,
            }
            for one in runs
        ],
    )


def import_with_digest(work: Work, source_id: int, digest: bytes) -> FeedRun | None:
    """The last run of the import of a table with these bytes."""
    row = work.execute(
        select(feed_runs).where(
            feed_runs.c.source_id == source_id,
            feed_runs.c.kind == RunKind.IMPORT,
            feed_runs.c.status == RunStatus.PUBLISHED,
            feed_runs.c.digest == digest,
        )
    ).first()
    return _run(row) if row else None


def _values(run: FeedRun, carry: timedelta) -> dict[str, Any]:
    return {
        "source_id": run.source_id,
        "number": run.number,
        "kind": run.kind,
        "status": run.status,
        "at": run.at,
        "carry_micros": carry // _MICROS,
        "read": run.counts.read,
        "accepted": run.counts.accepted,
        "rejected": dict(run.counts.rejected),
        "new": run.counts.new,
        "unchanged": run.counts.unchanged,
        "changed": run.counts.changed,
        "gone": run.counts.gone,
        "slow_rows": run.slow_rows,
        "segment": run.segment,
        "rejections": run.rejections,
        "payload": [dict(document) for document in run.payload],
        "settings": dict(run.settings),
        "detected": dict(run.detected),
        "doubts": [{"code": doubt.code, "text": doubt.text} for doubt in run.doubts],
        "seconds": run.seconds,
        "difference": None if run.difference is None else dict(run.difference),
    }


def mark_run(work: Work, source_id: int, number: int, status: RunStatus) -> None:
    work.execute(
        update(feed_runs)
        .where(feed_runs.c.source_id == source_id, feed_runs.c.number == number)
        .values(status=status)
    )


def run(work: Work, source_id: int, number: int) -> FeedRun | None:
    row = work.execute(
        select(feed_runs).where(feed_runs.c.source_id == source_id, feed_runs.c.number == number)
    ).one_or_none()
    return _run(row) if row else None


def run_with_digest(
    work: Work, source_id: int, at: datetime
) -> tuple[FeedRun, bytes | None] | None:
    """The published run of exactly this time and the digest of the bytes it read."""
    row = work.execute(
        select(feed_runs).where(
            feed_runs.c.source_id == source_id,
            feed_runs.c.at == at,
            feed_runs.c.status == RunStatus.PUBLISHED,
        )
    ).one_or_none()
    return (_run(row), row.digest) if row else None


def runs(
    work: Work,
    source_id: int | None,
    limit: int,
    *,
    before: tuple[datetime, int, int] | None = None,
) -> list[FeedRun]:
    """Runs, newest first; with `before` (time, source, number) those that follow on it."""
    order = (feed_runs.c.at, feed_runs.c.source_id, feed_runs.c.number)
    query = select(feed_runs).order_by(*(column.desc() for column in order))
    if before is not None:
        query = query.where(tuple_(*order) < before)
    if source_id is not None:
        query = query.where(feed_runs.c.source_id == source_id)
    return [_run(row) for row in work.execute(query.limit(limit))]


def newest_statuses(work: Work) -> dict[int, RunStatus]:
    """What became of the newest run of each source that has one, in one question for all."""
    rows = work.execute(
        """
        SELECT sources.id, newest.status FROM sources JOIN LATERAL (
            SELECT status FROM feed_runs WHERE source_id = sources.id
            ORDER BY at DESC, number DESC LIMIT 1
        ) AS newest ON true WHERE sources.status <> 'removed'
        """
    )
    return {row.id: RunStatus(row.status) for row in rows}


def runs_at(work: Work, source_id: int, moments: Collection[datetime]) -> dict[datetime, FeedRun]:
    """The published runs of exactly these times: where a point of a history came from."""
    query = select(feed_runs).where(
        feed_runs.c.source_id == source_id,
        feed_runs.c.at.in_(list(moments)),
        feed_runs.c.status == RunStatus.PUBLISHED,
    )
    return {row.at: _run(row) for row in work.execute(query)}


def rejected_counts(work: Work, source_id: int, since: datetime) -> pl.DataFrame:
    """Readings of a source from a moment on with what each rejected: `at`, `number`, `status`,
    `read`, `reason` and `rows`, a row a reason; null for a reading that rejected nothing.

    A reading that was released is left out: it stands there as the run that it became.
    """
    return work.fetch_frame(
        "SELECT f.at, f.number, f.status, f.read, r.key AS reason, r.value::int AS rows "
        "FROM feed_runs f LEFT JOIN LATERAL jsonb_each_text(f.rejected) AS r ON true "
        "WHERE f.source_id = :source AND f.at >= :since AND f.kind <> 'import' "
        "AND f.status IN ('published', 'held', 'discarded') ORDER BY f.at, f.number",
        {"source": source_id, "since": since},
        schema={
            "at": UTC_TIME,
            "number": pl.Int32(),
            "status": pl.String(),
            "read": pl.Int32(),
            "reason": pl.String(),
            "rows": pl.Int32(),
        },
    )


def released_times(work: Work, source_id: int) -> set[datetime]:
    """The times of runs of a source that were held and that a person released."""
    rows = work.execute(
        select(feed_runs.c.at).where(
            feed_runs.c.source_id == source_id, feed_runs.c.status == RunStatus.RELEASED
        )
    )
    return {row.at for row in rows}


def runs_since(work: Work, source_id: int, at: datetime) -> list[FeedRun]:
    """The published runs of a source from a moment on, oldest first."""
    query = (
        select(feed_runs)
        .where(
            feed_runs.c.source_id == source_id,
            feed_runs.c.at >= at,
            feed_runs.c.status == RunStatus.PUBLISHED,
        )
        .order_by(feed_runs.c.at)
    )
    return [_run(row) for row in work.execute(query)]


def _run(row: Row[Any]) -> FeedRun:
    return FeedRun(
        source_id=SourceId(row.source_id),
        number=row.number,
        kind=RunKind(row.kind),
        status=RunStatus(row.status),
        at=row.at,
        counts=Counts(
            row.read, row.accepted, row.rejected, row.new, row.unchanged, row.changed, row.gone
        ),
        doubts=tuple(Doubt(doubt["code"], doubt["text"]) for doubt in row.doubts),
        settings=row.settings,
        detected=row.detected,
        segment=row.segment,
        rejections=row.rejections,
        payload=tuple(row.payload or ()),
        seconds=row.seconds,
        slow_rows=row.slow_rows,
        difference=row.difference,
    )


def timeline(work: Work, source_id: int) -> Timeline:
    """The published runs of a source, oldest first."""
    frame = work.fetch_frame(
        select(
            feed_runs.c.number,
            feed_runs.c.at,
            feed_runs.c.carry_micros,
            feed_runs.c.sum_micros,
        )
        .where(feed_runs.c.source_id == source_id, feed_runs.c.status == RunStatus.PUBLISHED)
        .order_by(feed_runs.c.at),
        schema={
            "number": pl.UInt32(),
            "at": UTC_TIME,
            "carry_micros": pl.Int64(),
            "sum_micros": pl.Int64(),
        },
    )
    return Timeline(
        frame["number"].to_numpy(),
        frame["at"].to_physical().to_numpy(),
        frame["carry_micros"].to_numpy(),
        frame["sum_micros"].to_numpy(),
    )


def rewrite_sums(work: Work, source_id: int, line: Timeline) -> None:
    """Running sums of all runs again, after one was put between them (R-RUN-1)."""
    work.execute(
        text(
            "UPDATE feed_runs SET sum_micros = s.sum FROM "
            "(SELECT unnest(CAST(:numbers AS int[])) AS number, "
            "unnest(CAST(:sums AS bigint[])) AS sum) AS s "
            "WHERE source_id = :source AND feed_runs.number = s.number "
            "AND feed_runs.sum_micros <> s.sum"
        ),
        {"numbers": line.number.tolist(), "sums": line.sums.tolist(), "source": source_id},
    )


def name_seen(work: Work, source_id: int, seen: Mapping[int, bytes]) -> None:
    """Bitmaps of what runs saw, by their numbers."""
    if seen:
        work.execute(
            text("UPDATE feed_runs SET seen = :seen WHERE source_id = :id AND number = :number"),
            [
                {"seen": packed, "id": source_id, "number": number}
                for number, packed in seen.items()
            ],
        )


def seen_bitmaps(work: Work, source_id: int, numbers: list[int]) -> dict[int, bytes | None]:
    """What runs saw: a bitmap of ordinals, None for all that lived."""
    rows = work.execute(
        select(feed_runs.c.number, feed_runs.c.seen).where(
            feed_runs.c.source_id == source_id, feed_runs.c.number.in_(numbers)
        )
    )
    return {row.number: row.seen for row in rows}
