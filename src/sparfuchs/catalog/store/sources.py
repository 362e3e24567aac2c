"""The SQL of merchants and sources."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Row,
    Select,
    func,
    insert,
    select,
    update,
)

from sparfuchs.catalog.model import (
    Merchant,
    RunStatus,
    Source,
    SourceStatus,
)
from sparfuchs.catalog.tables import feed_runs, merchants, sources
from sparfuchs.kernel.ids import MerchantId, SourceId
from sparfuchs.plumbing.db import Work

_MICROS: Final = timedelta(microseconds=1)


def find_merchant(work: Work, slug: str) -> Merchant | None:
    row = work.execute(select(merchants).where(merchants.c.slug == slug)).one_or_none()
    return _merchant(row) if row else None


def add_merchant(work: Work, name: str, slug: str, zone: str, at: datetime) -> Merchant:
    row = work.execute(
        insert(merchants)
        .values(name=name, slug=slug, zone=zone, created_at=at)
        .returning(merchants.c.id)
    ).one()
    return Merchant(MerchantId(row.id), name, slug, zone)


def all_merchants(work: Work) -> list[Merchant]:
    return [_merchant(row) for row in work.execute(select(merchants).order_by(merchants.c.slug))]


def _merchant(row: Row[Any]) -> Merchant:
    return Merchant(MerchantId(row.id), row.name, row.slug, row.zone)


def _sources() -> Select[Any]:
    return select(
        sources,
        merchants.c.name.label("merchant_name"),
        merchants.c.slug.label("merchant_slug"),
        merchants.c.zone.label("merchant_zone"),
    ).join(merchants)


def find_source(work: Work, slug: str, name: str) -> Source | None:
    row = work.execute(
        _sources().where(merchants.c.slug == slug, sources.c.name == name)
    ).one_or_none()
    return _source(row) if row else None


def source(work: Work, source_id: int) -> Source | None:
    row = work.execute(_sources().where(sources.c.id == source_id)).one_or_none()
    return _source(row) if row else None


def all_sources(work: Work) -> list[Source]:
    rows = work.execute(
        _sources()
        .where(sources.c.status != SourceStatus.REMOVED)
        .order_by(merchants.c.slug, sources.c.name)
    )
    return [_source(row) for row in rows]


def source_ids(work: Work, merchant_id: int) -> list[int]:
    """The sources of a merchant that are there, by id."""
    found = select(sources.c.id).where(
        sources.c.merchant_id == merchant_id, sources.c.status != SourceStatus.REMOVED
    )
    return [int(one) for one in work.execute(found.order_by(sources.c.id)).scalars()]


def add_source(
    work: Work,
    merchant: Merchant,
    name: str,
    location: str,
    settings: Mapping[str, str],
    interval: timedelta,
    at: datetime,
) -> Source:
    row = work.execute(
        insert(sources)
        .values(
            merchant_id=merchant.id,
            name=name,
            location=location,
            settings=dict(settings),
            status=SourceStatus.ACTIVE,
            interval_seconds=int(interval.total_seconds()),
            next_ordinal=0,
            next_number=1,
            head_run=0,
            state_run=0,
            validators={},
            detected={},
            suspect_gtins=[],
            live=0,
            pending=False,
            created_at=at,
        )
        .returning(sources.c.id)
    ).one()
    added = source(work, row.id)
    assert added is not None
    return added


def change_source(work: Work, source_id: int, **values: object) -> None:
    work.execute(update(sources).where(sources.c.id == source_id).values(**values))


def due_sources(work: Work, now: datetime, limit: int) -> list[Source]:
    """Active sources whose time to be read has come, the longest due first.

    One that no worker has read yet is due an interval after its last reading by hand.
    """
    when = func.coalesce(
        sources.c.next_due,
        sources.c.head_at + func.make_interval(0, 0, 0, 0, 0, 0, sources.c.interval_seconds),
        sources.c.created_at,
    )
    rows = work.execute(
        _sources()
        .where(sources.c.status == SourceStatus.ACTIVE, when <= now)
        .order_by(when, sources.c.id)
        .limit(limit)
    )
    return [_source(row) for row in rows]


def failures_since_published(work: Work, source_id: int) -> int:
    """How many readings failed since the last one that was published."""
    return int(
        work.execute(
            select(func.count())
            .select_from(feed_runs)
            .join(sources, sources.c.id == feed_runs.c.source_id)
            .where(
                feed_runs.c.source_id == source_id,
                feed_runs.c.number > sources.c.head_run,
                feed_runs.c.status == RunStatus.FAILED,
            )
        ).scalar_one()
    )


def skip_ordinals(work: Work, count: int) -> None:
    """Leaves a gap in the ordinals of every source (R-RUN-8)."""
    work.execute(update(sources).values(next_ordinal=sources.c.next_ordinal + count))


def swap_head(work: Work, before: Source, **values: object) -> bool:
    """Moves the pointer, if nobody has moved it since `before` was read."""
    done = work.execute(
        update(sources)
        .where(
            sources.c.id == before.id,
            sources.c.head_run == before.head_run,
            sources.c.next_number == before.next_number,
            sources.c.status != SourceStatus.REMOVED,
        )
        .values(**values)
    )
    return bool(done.rowcount)


def _source(row: Row[Any]) -> Source:
    merchant = Merchant(
        MerchantId(row.merchant_id), row.merchant_name, row.merchant_slug, row.merchant_zone
    )
    return Source(
        id=SourceId(row.id),
        merchant=merchant,
        name=row.name,
        location=row.location,
        settings=row.settings,
        status=SourceStatus(row.status),
        interval=timedelta(seconds=row.interval_seconds),
        next_ordinal=row.next_ordinal,
        next_number=row.next_number,
        head_run=row.head_run,
        head_at=row.head_at,
        state_file=row.state_file,
        state_run=row.state_run,
        digest=row.digest,
        salt=None if row.salt is None else int(row.salt),
        raw_salt=None if row.raw_salt is None else int(row.raw_salt),
        validators=row.validators,
        detected=row.detected,
        suspect_gtins=tuple(row.suspect_gtins),
        full_count=row.full_count,
        live=row.live,
        pending=row.pending,
        next_wake=row.next_wake,
    )
