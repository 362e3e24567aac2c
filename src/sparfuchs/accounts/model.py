"""Keys and what they allow."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Scope(StrEnum):
    """What a key allows; a key has one or several."""

    READ = "read:operate"  # look at sources, runs, rejections, status, figures
    SOURCES = "write:sources"  # add, change, read and remove sources
    RUNS = "write:runs"  # release and discard held runs
    PRODUCTS = "write:products"  # say which offers are the same thing


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is on record. `prefix` is shown so that people can tell keys apart."""

    id: int
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key, with its secret: it is told this once and never again."""

    key: ApiKey
    secret: str
