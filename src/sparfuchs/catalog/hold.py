"""Held, failed and discarded runs keep what an operator needs and give no ordinals (R-RUN-4)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sparfuchs.catalog import store
from sparfuchs.catalog.errors import no_run
from sparfuchs.catalog.model import Counts, Doubt, FeedRun, RunKind, RunStatus, Source
from sparfuchs.catalog.publish import Reading
from sparfuchs.kernel.errors import Conflict
from sparfuchs.plumbing.db import Work


def hold(
    work: Work,
    source: Source,
    kind: RunKind,
    status: RunStatus,
    at: datetime,
    counts: Counts,
    doubts: tuple[Doubt, ...],
    reading: Reading,
    *,
    rejections: str | None,
    carry: timedelta,
    seconds: float,
    difference: Mapping[str, Any] | None = None,
) -> FeedRun:
    """Writes the row of a run of which nothing is applied; `difference` is what it would change."""
    row = FeedRun(
        source_id=source.id,
        number=source.next_number,
        kind=kind,
        status=status,
        at=at,
        counts=counts,
        doubts=doubts,
        settings=reading.settings,
        detected=reading.detected,
        segment=None,
        rejections=rejections,
        payload=reading.payload,
        seconds=seconds,
        slow_rows=reading.slow_rows,
        difference=difference,
    )
    if not store.swap_head(work, source, next_number=source.next_number + 1):
        raise Conflict(f"Another run of {source.path} was written meanwhile", source=source.path)
    store.add_run(work, row, carry=carry, sum_micros=0, seen=None, digest=reading.digest)
    return row


def held_run(work: Work, source: Source, number: int) -> FeedRun:
    """A run that waits for a decision. Raises NotFound, and Conflict when it is decided already."""
    run = store.run(work, source.id, number)
    if run is None:
        raise no_run(f"{source.path}:{number}")
    if run.status is not RunStatus.HELD:
        raise Conflict(
            f"Run {source.path}:{number} is {run.status}; only a held run can be decided",
            run=number,
        )
    return run


def discard(work: Work, source: Source, number: int) -> FeedRun:
    run = held_run(work, source, number)
    store.mark_run(work, source.id, number, RunStatus.DISCARDED)
    return run
