"""What a host asks robots to leave alone (RFC 9309), and how long it wants them to wait.

The rules of the first authority count, wherever its robots.txt redirects to (R-R-1).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import anyio
from protego import Protego

from sparfuchs.kernel.clock import Clock
from sparfuchs.plumbing.addresses import Target
from sparfuchs.plumbing.body import MIB, Limits
from sparfuchs.plumbing.fetched import Failed, Failure, Refusal, Refused

KEPT: Final = timedelta(hours=24)  # R-R-3
UNREACHABLE_KEPT: Final = timedelta(minutes=10)  # our choice: a host that comes back is seen soon
LONG_OUTAGE: Final = timedelta(days=30)  # R-R-2
LONGEST_DELAY: Final = 60.0  # seconds; a host that asks for more is skipped
TOO_MANY: Final = 429

# R-R-3 asks for at least 500 KiB; what lies behind is ignored, not an error.
LIMITS: Final = Limits(raw=MIB, decoded=512 * 1024, total=60.0, ratio_from=512 * 1024, cut=True)

Asked = bytes | Refused | Failed  # the text of a robots.txt, or why there is none


@dataclass(frozen=True, slots=True)
class _Rules:
    """`parsed` None: everything is allowed. `closed`: nothing is, for this cause (R-R-2)."""

    parsed: Protego | None
    until: datetime
    unreachable_since: datetime | None = None
    closed: str = ""


class Robots:
    """Rules of the hosts of this process, asked for when needed and kept for a day."""

    def __init__(
        self, token: str, *, clock: Clock, ask: Callable[[Target], Awaitable[Asked]]
    ) -> None:
        self._token = token
        self._clock = clock
        self._ask = ask
        self._rules: dict[str, _Rules] = {}
        self._locks: dict[str, anyio.Lock] = {}

    async def permit(self, target: Target) -> float | Refused | Failed:
        """Least seconds between requests that the host wishes; or that we may not ask at all."""
        rules = await self._current(target)
        if not isinstance(rules, _Rules):
            return rules
        if rules.closed:
            return Refused(Refusal.ROBOTS_UNREACHABLE, rules.closed)
        if rules.parsed is None:
            return 0.0
        delay = self._delay(rules.parsed)
        if delay > LONGEST_DELAY:
            return Refused(Refusal.CRAWL_DELAY_TOO_LONG, f"{delay:g} s")
        if not rules.parsed.can_fetch(target.href, self._token):
            return Refused(Refusal.ROBOTS_DISALLOWED)
        return delay

    def _delay(self, parsed: Protego) -> float:
        delay = parsed.crawl_delay(self._token) or 0.0
        rate = parsed.request_rate(self._token)
        return max(delay, rate.seconds / rate.requests) if rate else delay

    async def _current(self, target: Target) -> _Rules | Refused | Failed:
        origin = target.origin
        async with self._locks.setdefault(origin, anyio.Lock()):
            held = self._rules.get(origin)
            if held is not None and self._clock() < held.until:
                return held
            answer = await self._ask(target.robots)
            rules = self._rules_from(answer, held)
            if isinstance(rules, _Rules):
                self._rules[origin] = rules
            return rules

    def _rules_from(self, answer: Asked, held: _Rules | None) -> _Rules | Refused | Failed:
        now = self._clock()
        if isinstance(answer, bytes):
            text = answer.decode("utf-8-sig", "replace")
            return _Rules(Protego.parse(text), now + KEPT)
        if isinstance(answer, Refused):
            if answer.reason is Refusal.TOO_MANY_REDIRECTS:
                return _Rules(None, now + KEPT)  # R-R-1: as if there were none
            return answer
        status = answer.status
        if status is not None and 400 <= status < 500 and status != TOO_MANY:  # noqa: PLR2004
            return _Rules(None, now + KEPT)
        if answer.reason in {Failure.CIRCUIT_OPEN, Failure.HOST_ASLEEP, Failure.UNRESOLVABLE}:
            return answer  # says nothing of a robots.txt: nobody was asked
        since = (held.unreachable_since if held else None) or now
        closed = (
            f"{answer.reason} {answer.status or ''}".strip() if now - since < LONG_OUTAGE else ""
        )
        kept = held.parsed if held else None
        return _Rules(kept, now + UNREACHABLE_KEPT, unreachable_since=since, closed=closed)
