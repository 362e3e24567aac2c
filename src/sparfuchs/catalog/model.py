"""Frozen values of the catalogue: merchants, sources, runs, and what a run counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sparfuchs.kernel.ids import MerchantId, SourceId
from sparfuchs.plumbing.addresses import redact

MARKET_ZONE: Final = "Europe/Berlin"
LONGEST_CARRY: Final = timedelta(hours=72)


def carry_of(interval: timedelta) -> timedelta:
    """How long a reading asserts its prices: two intervals, 72 hours at most (domain.md 4.4)."""
    return min(2 * interval, LONGEST_CARRY)


class SourceStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class RunKind(StrEnum):
    """What a run asserts (R-RUN-4). A backfilled one was folded in later, whole; those of an import
    saw what a table of past prices names and nothing else.
    """

    FULL = "full"
    PARTIAL = "partial"
    UNCHANGED = "unchanged"
    BACKFILL = "backfill"
    IMPORT = "import"


class RunStatus(StrEnum):
    """Only what is published counts. A released run was held and published under a later number,
    a replayed one mended what others had published, a corrected one is an operator's word.
    """

    PUBLISHED = "published"
    HELD = "held"
    RELEASED = "released"
    DISCARDED = "discarded"
    FAILED = "failed"
    REPLAYED = "replayed"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Merchant:
    id: MerchantId
    name: str
    slug: str
    zone: str


@dataclass(frozen=True, slots=True)
class Source:
    """One way to a merchant's offers, with the pointer to its present state.

    `state_run` is the run that wrote `state_file`; runs from there to `head_run` only repeated it.
    `pending` says that live offers were missing at the head, so that even an unchanged answer has
    something to decide. `wait`: from one reading to the next, by how often it changes. `failures`:
    readings since the last published one that came to nothing, the first of them `failing_since`;
    `refusals` of them in a row were clear ones (R-T-3). `taken_until`: a worker has it. `takes`:
    how often one took it without coming to an end.
    """

    id: SourceId
    merchant: Merchant
    name: str
    location: str
    settings: Mapping[str, str]
    status: SourceStatus
    interval: timedelta
    next_ordinal: int
    next_number: int
    head_run: int
    head_at: datetime | None
    state_file: str | None
    state_run: int
    digest: bytes | None
    salt: int | None
    raw_salt: int | None
    validators: Mapping[str, Mapping[str, str]]
    detected: Mapping[str, str]
    suspect_gtins: tuple[str, ...]
    full_count: int | None
    live: int
    pending: bool
    next_wake: datetime | None
    wait: timedelta
    next_due: datetime | None
    taken_until: datetime | None
    takes: int
    failures: int
    refusals: int
    failing_since: datetime | None
    trouble: str | None
    credential: bytes | None = field(repr=False)
    credential_kind: str | None

    @property
    def path(self) -> str:
        """The name by which people call it: `merchant/source`."""
        return f"{self.merchant.slug}/{self.name}"

    @property
    def shown_location(self) -> str:
        """The location for people and machines that only look: keys in an address are hidden."""
        return redact(self.location) if "://" in self.location else self.location


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run counted, in sellable variants: read = accepted + rejected."""

    read: int = 0
    accepted: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    new: int = 0
    unchanged: int = 0
    changed: int = 0
    gone: int = 0

    @property
    def rejected_total(self) -> int:
        return sum(self.rejected.values())


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to hold a run, with the figures an operator needs (R-F-2)."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class FeedRun:
    """One reading of a source. `difference` is kept of a held one: what it would have changed."""

    source_id: SourceId
    number: int
    kind: RunKind
    status: RunStatus
    at: datetime
    counts: Counts
    doubts: tuple[Doubt, ...]
    settings: Mapping[str, str]
    detected: Mapping[str, str]
    segment: str | None
    rejections: str | None
    payload: tuple[Mapping[str, object], ...]
    seconds: float
    slow_rows: int
    difference: Mapping[str, Any] | None = None
