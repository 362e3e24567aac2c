"""Time comes in as an argument. The rim asks a clock once and passes the answer on."""

from collections.abc import Callable
from datetime import UTC, datetime

from sparfuchs.kernel.errors import UsageError

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """The present moment, aware, in UTC: the only place that asks the machine."""
    return datetime.now(UTC)  # noqa: TID251 - the clock that the ban points to


def aware_utc(moment: datetime) -> datetime:
    """The same moment in UTC. Raises UsageError for a time without a zone."""
    if moment.tzinfo is None:
        raise UsageError(
            f"The time {moment.isoformat()} has no zone; write it like 2026-11-01T06:00:00Z",
            value=moment.isoformat(),
        )
    return moment.astimezone(UTC)


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 UTC, the form in which times travel in packed columns."""
    delta = aware_utc(moment) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def from_micros(micros: int) -> datetime:
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest)
