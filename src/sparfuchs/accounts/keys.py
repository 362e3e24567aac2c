"""Keys are issued, recognised and revoked.

A secret has 256 random bits, so a plain SHA-256 of it is enough to keep: there is nothing to guess
that a slow hash would have to guard (domain.md 7.3).
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sparfuchs.accounts import store
from sparfuchs.accounts.errors import no_key
from sparfuchs.accounts.model import ApiKey, Issued, Scope
from sparfuchs.kernel.errors import UsageError
from sparfuchs.plumbing.db import Work

MARK: Final = "spf_"
_SHOWN: Final = len(MARK) + 8
_BYTES: Final = 32
_LONGEST: Final = 200
USE_NOTED_EVERY: Final = timedelta(minutes=1)


def issue(work: Work, name: str, scopes: frozenset[Scope], *, at: datetime) -> Issued:
    """A new key. Raises UsageError without a name or a scope."""
    if not name.strip() or len(name) > _LONGEST:
        raise UsageError(f"A key wants a name of at most {_LONGEST} letters", field="name")
    if not scopes:
        raise UsageError("A key wants at least one scope", field="scopes")
    secret = MARK + secrets.token_urlsafe(_BYTES)
    key = store.add(work, name.strip(), secret[:_SHOWN], _digest(secret), scopes, at)
    return Issued(key, secret)


def recognise(work: Work, secret: str, *, at: datetime) -> ApiKey | None:
    """The key in force that has this secret, and a note that it was used; None for none."""
    if not secret.startswith(MARK) or len(secret) > _LONGEST:
        return None
    key = store.by_digest(work, _digest(secret))
    if key is not None:
        store.note_use(work, key.id, at, rest=USE_NOTED_EVERY)
    return key


def revoke(work: Work, prefix: str, *, at: datetime) -> None:
    """Ends a key by its shown prefix. Raises NotFound when none is in force."""
    if not store.end(work, prefix, at):
        raise no_key(prefix)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
