"""The SQL of what concerns all of it: what there is, and which files something points to."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import (
    func,
    select,
    text,
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


def merchant_figures(
    work: Work, *, limit: int, after: str = "", only: str | None = None
) -> list[dict[str, Any]]:
    """Merchants with a source, by slug: offers, deals, sources (and their ids), and rows of their
    newest runs.
    """
    wanted = "m.slug = :slug" if only is not None else "m.slug > :slug"
    rows = work.execute(
        text(
            "SELECT m.slug, m.name, coalesce(sum(s.live), 0)::int AS offers, "  # noqa: S608 - the condition is our own
            "count(*)::int AS sources, array_agg(s.id ORDER BY s.id) AS source_ids, "
            "max(s.head_at) AS last_read_at, "
            "sum(r.read)::int AS read, sum(r.accepted)::int AS accepted, "
            "coalesce(sum(d.deals), 0)::int AS deals, "
            "coalesce(sum(d.judged), 0)::int AS claims_judged, "
            "coalesce(sum(d.inflated), 0)::int AS claims_inflated "
            "FROM merchants m JOIN sources s ON s.merchant_id = m.id AND s.status <> 'removed' "
            "LEFT JOIN feed_runs r ON r.source_id = s.id AND r.number = s.head_run "
            "LEFT JOIN LATERAL (SELECT count(*) AS deals, "
            "count(*) FILTER (WHERE claim_verdict NOT IN ('claim_none', 'claim_uvp', "
            "'claim_unjudged')) AS judged, "
            "count(*) FILTER (WHERE claim_verdict = 'claim_inflated') AS inflated "
            "FROM deals WHERE closed_at IS NULL AND offer_id >= s.id << 32 "
            "AND offer_id < (s.id + 1) << 32) d ON true "
            f"WHERE {wanted} GROUP BY m.id ORDER BY m.slug LIMIT :limit"
        ),
        {"slug": only if only is not None else after, "limit": limit},
    )
    return [row._asdict() for row in rows]
