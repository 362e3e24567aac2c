"""The SQL of merchants and sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import ada_url
from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on

from sparfuchs.catalog.model import (
    Merchant,
    Source,
    SourceStatus,
)
from sparfuchs.catalog.tables import merchants, sources
from sparfuchs.kernel.ids import MerchantId, SourceId
from sparfuchs.plumbing.db import Work

_TAKING: Final = 0x73706172_64756573  # "spardues"

# What a source has at once when a reading was published: it fails no more.
WELL: Final[Mapping[str, object]] = {
    "failures": 0,
    "refusals": 0,
    "failing_since": None,
    "trouble": None,
}


def host_of(location: str) -> str:
    """The host whose turn a source has to wait for: name and unusual port; empty for files."""
    if "://" not in location or not ada_url.check_url(location):
        return ""
    return str(ada_url.URL(location).host)


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
            host=host_of(location),
            takes=0,
            failures=0,
            refusals=0,
            created_at=at,
        )
        .returning(sources.c.id)
    ).one()
    added = source(work, row.id)
    assert added is not None
    return added


def change_source(work: Work, source_id: int, **values: object) -> None:
    work.execute(update(sources).where(sources.c.id == source_id).values(**values))


def sealed_credentials(work: Work) -> dict[int, bytes]:
    """Every sealed credential by its source, held until the transaction ends."""
    rows = work.execute(
        select(sources.c.id, sources.c.credential)
        .where(sources.c.credential.is_not(None))
        .with_for_update()
    )
    return {row.id: row.credential for row in rows}


def reseal(work: Work, sealed: Mapping[int, bytes]) -> None:
    for source_id, it in sealed.items():
        change_source(work, source_id, credential=it)


def _due_at() -> ColumnElement[Any]:
    """One that no worker has read yet is due an interval after its last reading by hand."""
    return func.coalesce(
        sources.c.next_due,
        sources.c.head_at + func.make_interval(0, 0, 0, 0, 0, 0, sources.c.interval_seconds),
        sources.c.created_at,
    )


def take_due(work: Work, now: datetime, until: datetime, limit: int) -> list[Source]:
    """Takes active sources whose time to be read has come, the longest due first, one of a host at
    most; those of a host that has one taken wait. Gives them as they were before.
    """
    # Whoever takes does it alone: two who look at the same moment would take two of one host.
    work.execute("SELECT pg_advisory_xact_lock(:key)", {"key": _TAKING})
    when = _due_at()
    busy = sources.alias()
    taken = select(busy.c.host).where(busy.c.taken_until > now, busy.c.host != "")
    lane = case((sources.c.host == "", cast(sources.c.id, Text)), else_=sources.c.host)
    first = (
        select(sources.c.id, when.label("at"))
        .ext(distinct_on(lane))
        .where(
            sources.c.status == SourceStatus.ACTIVE,
            when <= now,
            or_(sources.c.taken_until.is_(None), sources.c.taken_until <= now),
            sources.c.host.not_in(taken),
        )
        .order_by(lane, when, sources.c.id)
        .subquery()
    )
    chosen = select(first.c.id).order_by(first.c.at, first.c.id).limit(limit)
    ids = list(work.execute(chosen).scalars())
    if not ids:
        return []
    found = [_source(row) for row in work.execute(_sources().where(sources.c.id.in_(ids)))]
    work.execute(update(sources).where(sources.c.id.in_(ids)).values(taken_until=until))
    place = {one: n for n, one in enumerate(ids)}
    return sorted(found, key=lambda one: place[one.id])


def rest_host(work: Work, source: Source, until: datetime) -> None:
    """No source of that host is due before the time; so every worker knows, and the next ones."""
    others = sources.c.host == host_of(source.location)
    earlier = func.coalesce(sources.c.next_due, sources.c.created_at) < until
    work.execute(
        update(sources)
        .where(others, sources.c.host != "", sources.c.id != source.id, earlier)
        .values(next_due=until)
    )


def push_taken(work: Work, ids: Sequence[int], until: datetime) -> None:
    work.execute(
        update(sources)
        .where(sources.c.id.in_(ids), sources.c.taken_until.is_not(None))
        .values(taken_until=until)
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """How many sources there are by state; `overdue` of the active ones are due and not being
    read, the first of them for so many seconds.
    """

    active: int
    failing: int
    paused: int
    overdue: int
    overdue_seconds: float


def reach(work: Work, now: datetime) -> Reach:
    when = _due_at()
    active = sources.c.status == SourceStatus.ACTIVE
    free = or_(sources.c.taken_until.is_(None), sources.c.taken_until <= now)
    due = and_(active, when <= now, free)
    row = work.execute(
        select(
            func.count().filter(active).label("active"),
            func.count().filter(active, sources.c.failures > 0).label("failing"),
            func.count().filter(sources.c.status == SourceStatus.PAUSED).label("paused"),
            func.count().filter(due).label("overdue"),
            func.min(when).filter(due).label("first"),
        )
    ).one()
    waited = (now - row.first).total_seconds() if row.first else 0.0
    return Reach(row.active, row.failing, row.paused, row.overdue, waited)


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
        wait=timedelta(seconds=row.wait_seconds or row.interval_seconds),
        next_due=row.next_due,
        taken_until=row.taken_until,
        takes=row.takes,
        failures=row.failures,
        refusals=row.refusals,
        failing_since=row.failing_since,
        trouble=row.trouble,
        credential=row.credential,
        credential_kind=row.credential_kind,
    )
