"""How fast a host may be asked: one request at a time, a delay that follows its latency, a circuit.

A host is scheme, name and port. Its robots.txt and its feeds share one state. The state lives in
this process and in one event loop.
"""

import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import anyio

from sparfuchs.kernel.clock import Clock
from sparfuchs.plumbing.fetched import Failed, Failure

Sleep = Callable[[float], Awaitable[None]]

LONGEST_SLEEP: Final = 86_400.0  # R-T-1
_OK: Final = 200

FAILURES_IN_A_ROW: Final = 5
WINDOW: Final = timedelta(minutes=5)
LEAST_IN_WINDOW: Final = 20
FIRST_OPEN: Final = timedelta(seconds=60)
LONGEST_OPEN: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Politeness:
    """Seconds. `patience`: how long a caller waits for its turn before it is told to come later;
    `rest`: how long for a host that asked to be left alone (R-T-1), which others need not wait for.
    """

    start: float = 5.0
    minimum: float = 1.0
    maximum: float = 60.0
    jitter: float = 0.2
    patience: float = 120.0
    rest: float = 30.0


def next_delay(delay: float, latency: float, status: int, *, low: float, high: float) -> float:
    """Scrapy's AutoThrottle law for one request at a time: halfway to the latency.

    An answer other than 200 never lowers the delay: errors come fast.
    """
    new = (delay + latency) / 2
    if status != _OK and new < delay:
        new = delay
    return min(max(new, low), high)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that the host asks us to stay away, None when it says nothing readable (R-T-1)."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), LONGEST_SLEEP)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, IndexError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_SLEEP)


class Circuit:
    """Opens after 5 failures in a row or more than half of at least 20 in 5 minutes."""

    def __init__(self) -> None:
        self._recent: deque[tuple[datetime, bool]] = deque()
        self._close()

    def _close(self) -> None:
        self._in_a_row = 0
        self._recent.clear()
        self._open_for = FIRST_OPEN
        self._open_until: datetime | None = None

    def open_until(self, now: datetime) -> datetime | None:
        """The end of the pause, None when a request may go (after a pause: exactly one probe)."""
        until = self._open_until
        return until if until is not None and now < until else None

    def note(self, *, good: bool, now: datetime) -> None:
        if self._open_until is not None:
            self._note_probe(good=good, now=now)
            return
        self._in_a_row = 0 if good else self._in_a_row + 1
        self._recent.append((now, good))
        while self._recent[0][0] <= now - WINDOW:
            self._recent.popleft()
        bad = sum(not one for _, one in self._recent)
        flaky = len(self._recent) >= LEAST_IN_WINDOW and 2 * bad > len(self._recent)
        if self._in_a_row >= FAILURES_IN_A_ROW or flaky:
            self._open_until = now + self._open_for

    def _note_probe(self, *, good: bool, now: datetime) -> None:
        if good:
            self._close()
        else:
            self._open_for = min(2 * self._open_for, LONGEST_OPEN)
            self._open_until = now + self._open_for


class Host:
    """What is known of one host: its delay, when it may be asked next, its circuit."""

    def __init__(self, politeness: Politeness, chance: random.Random) -> None:
        self._politeness = politeness
        self._chance = chance
        self.lock = anyio.Lock()
        self.circuit = Circuit()
        self.floor = politeness.minimum
        self.delay = min(max(politeness.start, politeness.minimum), politeness.maximum)
        self.ready_at: datetime | None = None
        self.rests = False

    def wait(self, now: datetime) -> float:
        """Seconds until the host may be asked."""
        return max((self.ready_at - now).total_seconds(), 0.0) if self.ready_at else 0.0

    def require(self, delay: float) -> None:
        """The host's own wish (Crawl-delay): never faster than this."""
        self.floor = max(self._politeness.minimum, delay)
        self.delay = max(self.delay, self.floor)

    def answered(
        self, status: int, latency: float, now: datetime, *, asked_to_wait: float | None = None
    ) -> None:
        """After an answer: learns the delay, sleeps as asked, tells the circuit."""
        high = max(self._politeness.maximum, self.floor)
        self.delay = next_delay(self.delay, latency, status, low=self.floor, high=high)
        self._rest(now)
        self.rests = asked_to_wait is not None
        if asked_to_wait is not None:
            self.ready_at = now + timedelta(seconds=max(asked_to_wait, self.delay))
        self.circuit.note(good=status < 500 and status not in {408, 429}, now=now)  # noqa: PLR2004

    def failed(self, now: datetime) -> None:
        """After a request that got no answer, or only half of one."""
        self._rest(now)
        self.circuit.note(good=False, now=now)

    def _rest(self, now: datetime) -> None:
        jitter = self._chance.uniform(1 - self._politeness.jitter, 1 + self._politeness.jitter)
        self.ready_at = now + timedelta(seconds=max(self.delay * jitter, self.floor))


class Throttle:
    """The hosts of this process. `slot` is the only way to one."""

    def __init__(
        self, politeness: Politeness, *, clock: Clock, sleep: Sleep, chance: random.Random
    ) -> None:
        self._politeness = politeness
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._hosts: dict[str, Host] = {}

    def host(self, origin: str) -> Host:
        if origin not in self._hosts:
            self._hosts[origin] = Host(self._politeness, self._chance)
        return self._hosts[origin]

    @asynccontextmanager
    async def slot(self, origin: str) -> AsyncIterator[Host | Failed]:
        """The host for one request, when it is our turn; or that its circuit or itself rests."""
        host = self.host(origin)
        async with host.lock:
            now = self._clock()
            until = host.circuit.open_until(now)
            if until is not None:
                yield Failed(Failure.CIRCUIT_OPEN, final=False, retry_at=until)
                return
            wait = host.wait(now)
            longest = self._politeness.rest if host.rests else self._politeness.patience
            if wait > longest:
                yield Failed(Failure.HOST_ASLEEP, final=False, retry_at=host.ready_at)
                return
            if wait:
                await self._sleep(wait)
            yield host
