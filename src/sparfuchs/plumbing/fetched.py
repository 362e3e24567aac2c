"""What a fetch can come to: four values, each with its reason, and one sentence for outsiders.

The operator's log has the reason; whoever asked for the address hears `PUBLIC_TEXT` and nothing
else, or our answers would tell him what stands in our network (R-X-5).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

PUBLIC_TEXT: Final = "The address could not be fetched"

FINAL_STATUSES: Final = frozenset({401, 403, 410, 451})  # R-T-3
RETRIED_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})  # R-T-2


class Refusal(StrEnum):
    """Our own rules forbid it."""

    ADDRESS_UNREADABLE = "address_unreadable"
    SCHEME_FORBIDDEN = "scheme_forbidden"
    PORT_FORBIDDEN = "port_forbidden"
    CREDENTIALS_IN_ADDRESS = "credentials_in_address"
    ADDRESS_FORBIDDEN = "address_forbidden"
    DOWNGRADE = "downgrade"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    ROBOTS_DISALLOWED = "robots_disallowed"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    CRAWL_DELAY_TOO_LONG = "crawl_delay_too_long"


class Failure(StrEnum):
    """The other side did not deliver."""

    UNRESOLVABLE = "unresolvable"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    CIRCUIT_OPEN = "circuit_open"
    HOST_ASLEEP = "host_asleep"
    ENDING = "ending"  # we ourselves are about to end
    STATUS = "status"
    IDLE = "idle"
    TOO_SLOW = "too_slow"
    BROKEN = "broken"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    TOO_LARGE = "too_large"
    RATIO = "ratio"
    ENCODING_UNASKED = "encoding_unasked"
    NOT_MODIFIED_UNASKED = "not_modified_unasked"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole document. `url` is where it came from after redirects and may hold a secret."""

    name: str
    url: str = field(repr=False)
    path: Path
    size: int
    raw_size: int
    digest: bytes
    content_type: str | None
    charset: str | None
    validators: dict[str, str]


@dataclass(frozen=True, slots=True)
class NotModified:
    """The host says that the document is the one whose validators we sent (R-C-1)."""

    name: str
    validators: dict[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    reason: Refusal
    detail: str = ""

    @property
    def told(self) -> str:
        return PUBLIC_TEXT


@dataclass(frozen=True, slots=True)
class Failed:
    """`final`: asking again in this run is of no use. `retry_at`: not before this moment."""

    reason: Failure
    final: bool
    status: int | None = None
    retry_at: datetime | None = None
    detail: str = ""

    @property
    def told(self) -> str:
        return PUBLIC_TEXT

    @property
    def retried(self) -> bool:
        """Whether the same request may be sent again at once (R-T-2)."""
        return self.reason is Failure.UNREACHABLE or self.status in RETRIED_STATUSES

    @property
    def unasked(self) -> bool:
        """Whether nobody was asked: then nothing is said of the document."""
        return self.reason in {Failure.CIRCUIT_OPEN, Failure.HOST_ASLEEP, Failure.ENDING}

    @property
    def disables(self) -> bool:
        """Whether three runs in a row that end so disable the source (R-T-3)."""
        return self.status in FINAL_STATUSES


Outcome = Fetched | NotModified | Refused | Failed
