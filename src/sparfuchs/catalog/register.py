"""Register merchants and sources, and find them again by the names people use."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sparfuchs.catalog import store
from sparfuchs.catalog.errors import no_source
from sparfuchs.catalog.model import MARKET_ZONE, Source, SourceStatus
from sparfuchs.events.feed import SourceRemoved
from sparfuchs.kernel.errors import Conflict, UsageError
from sparfuchs.kernel.text import slug
from sparfuchs.plumbing.db import Work


def register(
    work: Work,
    merchant: str,
    name: str,
    location: str,
    *,
    settings: Mapping[str, str],
    interval: timedelta | None,
    usual: timedelta,
    zone: str | None,
    at: datetime,
) -> Source:
    """The source of this merchant and name, made if it is new; given settings stay with it.

    A new source is read at its `interval`, or at the `usual` one of the installation.

    Raises UsageError for an empty name and Conflict when the source was removed.
    """
    if not merchant.strip() or not name.strip():
        raise UsageError("A source needs a merchant and a name", merchant=merchant, source=name)
    found = store.find_source(work, slug(merchant), slug(name))
    if found is None:
        owner = store.find_merchant(work, slug(merchant)) or store.add_merchant(
            work, merchant.strip(), slug(merchant), zone or MARKET_ZONE, at
        )
        return store.add_source(work, owner, slug(name), location, settings, interval or usual, at)
    if found.status is SourceStatus.REMOVED:
        raise Conflict(
            f"The source {found.path} was removed; its name stays taken, choose another",
            source=found.path,
        )
    changes: dict[str, object] = {}
    if settings and dict(found.settings) != {**found.settings, **settings}:
        changes["settings"] = {**found.settings, **settings}
    if interval is not None and interval != found.interval:
        changes["interval_seconds"] = int(interval.total_seconds())
        changes["next_due"] = None
        changes["wait_seconds"] = None
    if location != found.location:
        changes["location"] = location
        changes["host"] = store.host_of(location)
    if changes:
        store.change_source(work, found.id, **changes)
        found = store.source(work, found.id)
        assert found is not None
    return found


def resolve(work: Work, name: str) -> Source:
    """A source by `merchant/source`, by its number, or by its merchant if that has only one.

    Raises NotFound, and UsageError when the name could mean several.
    """
    found: Source | None = None
    if name.isdigit():
        found = store.source(work, int(name))
    elif "/" in name:
        merchant, _, rest = name.partition("/")
        found = store.find_source(work, slug(merchant), slug(rest))
    else:
        fitting = [one for one in store.all_sources(work) if one.merchant.slug == slug(name)]
        if len(fitting) > 1:
            raise UsageError(
                f"{name!r} has several sources: {', '.join(one.path for one in fitting)}",
                source=name,
            )
        found = fitting[0] if fitting else None
    if found is None or found.status is SourceStatus.REMOVED:
        raise no_source(name)
    return found


def pause(work: Work, source: Source) -> None:
    store.change_source(work, source.id, status=SourceStatus.PAUSED)


def resume(work: Work, source: Source) -> None:
    """It is due at once, as if it had never failed."""
    store.change_source(work, source.id, status=SourceStatus.ACTIVE, next_due=None, **store.WELL)


def keep_credential(work: Work, source: Source, sealed: bytes | None, kind: str | None) -> None:
    """Its sealed credential from now on; it is due at once, and what it was refused is past."""
    store.change_source(
        work, source.id, credential=sealed, credential_kind=kind, next_due=None, **store.WELL
    )


def remove(work: Work, source: Source, at: datetime) -> int:
    """Takes the offers of a source away and leaves a tombstone (R-RUN-8). Gives how many went."""
    gone = store.remove_offers(work, source.id)
    store.remove_promotions(work, source.id)
    store.change_source(
        work,
        source.id,
        status=SourceStatus.REMOVED,
        removed_at=at,
        state_file=None,
        digest=None,
        validators={},
        live=0,
        pending=False,
        next_wake=None,
        credential=None,
        credential_kind=None,
    )
    work.append(SourceRemoved(source=source.id).to_event(occurred_at=at))
    return gone
