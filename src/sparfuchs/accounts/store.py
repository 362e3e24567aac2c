"""The SQL of keys; the only place that has any."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from sparfuchs.accounts.model import ApiKey, Scope
from sparfuchs.accounts.tables import api_keys
from sparfuchs.plumbing.db import Work


def add(
    work: Work, name: str, prefix: str, digest: bytes, scopes: frozenset[Scope], at: datetime
) -> ApiKey:
    row = work.execute(
        insert(api_keys)
        .values(
            name=name,
            prefix=prefix,
            digest=digest,
            scopes=sorted(scope.value for scope in scopes),
            created_at=at,
        )
        .returning(api_keys)
    ).one()
    return _key(row)


def by_digest(work: Work, digest: bytes) -> ApiKey | None:
    row = work.execute(
        select(api_keys).where(api_keys.c.digest == digest, api_keys.c.revoked_at.is_(None))
    ).one_or_none()
    return _key(row) if row else None


def all_keys(work: Work) -> list[ApiKey]:
    return [_key(row) for row in work.execute(select(api_keys).order_by(api_keys.c.id))]


def note_use(work: Work, key_id: int, at: datetime, *, rest: timedelta) -> None:
    """When a key was last used; written at most once in `rest`: most requests change nothing."""
    stale = or_(api_keys.c.used_at.is_(None), api_keys.c.used_at < at - rest)
    work.execute(update(api_keys).where(api_keys.c.id == key_id, stale).values(used_at=at))


def end(work: Work, prefix: str, at: datetime) -> bool:
    """Whether there was a key in force with this prefix; it is none any more."""
    done = work.execute(
        update(api_keys)
        .where(api_keys.c.prefix == prefix, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    return bool(done.rowcount)


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        scopes=frozenset(Scope(scope) for scope in row.scopes),
        created_at=row.created_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
