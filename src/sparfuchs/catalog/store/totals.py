"""The SQL of what concerns all of it: what there is, and which files something points to."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import (
    func,
    select,
)

from sparfuchs.catalog.model import (
    RunStatus,
    SourceStatus,
)
from sparfuchs.catalog.tables import deals, feed_runs, merchants, sources
from sparfuchs.plumbing.db import Work

_MICROS: Final = timedelta(microseconds=1)


def named_files(work: Work) -> set[str]:
    """All files that something points to: states, segments, rejections, documents that can be read
    again. What a source had that was removed is named by nothing any more (R-RUN-8).
    """
    there = sources.c.status != SourceStatus.REMOVED
    of_runs = feed_runs.join(sources, sources.c.id == feed_runs.c.source_id)
    named = set(
        work.execute(
            select(sources.c.state_file).where(sources.c.state_file.is_not(None))
        ).scalars()
    )
    for column in (feed_runs.c.segment, feed_runs.c.rejections):
        query = select(column).select_from(of_runs).where(column.is_not(None), there)
        named.update(work.execute(query).scalars())
    kept = (
        select(feed_runs.c.payload)
        .select_from(of_runs)
        .where(feed_runs.c.status.in_([RunStatus.HELD, RunStatus.PUBLISHED]), there)
    )
    for payload in work.execute(kept).scalars():
        named.update(str(document["file"]) for document in payload or ())
    return named


def database_size(work: Work) -> int:
    """Bytes of the database on disk."""
    return int(work.execute(select(func.pg_database_size(func.current_database()))).scalar_one())


def totals(work: Work) -> Mapping[str, int]:
    """How much there is, for `status`."""
    row = work.execute(
        select(
            select(func.count()).select_from(merchants).scalar_subquery().label("merchants"),
            select(func.count())
            .select_from(sources)
            .where(sources.c.status != SourceStatus.REMOVED)
            .scalar_subquery()
            .label("sources"),
            select(func.coalesce(func.sum(sources.c.live), 0))
            .where(sources.c.status != SourceStatus.REMOVED)
            .scalar_subquery()
            .label("offers"),
            select(func.count())
            .select_from(deals)
            .where(deals.c.closed_at.is_(None))
            .scalar_subquery()
            .label("deals"),
            select(func.count())
            .select_from(feed_runs)
            .where(feed_runs.c.status == RunStatus.HELD)
            .scalar_subquery()
            .label("held"),
        )
    ).one()
    return {name: int(value) for name, value in row._asdict().items()}
