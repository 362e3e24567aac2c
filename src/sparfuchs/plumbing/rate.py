"""Rate limits: a port, and token buckets in this process behind it.

A bucket holds `most` tokens and gets them back evenly over `seconds`; a request takes one.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from math import ceil
from typing import Final, Protocol

MOST_BUCKETS: Final = 100_000  # addresses kept in sight; the longest unseen go first


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many requests in so many seconds."""

    most: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request. `left` whole tokens; `wait` seconds until there is one again."""

    allowed: bool
    left: int
    wait: int


class RateLimiter(Protocol):
    """Counts what callers take; `now` is a clock in seconds that never goes back."""

    def take(self, caller: str, allowance: Allowance, *, now: float) -> Taken:
        """One request of a caller."""
        ...


class ProcessRateLimiter:
    """Token buckets of one process. Safe to be asked from threads."""

    def __init__(self, *, most_buckets: int = MOST_BUCKETS) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._most = most_buckets
        self._own = threading.Lock()

    def take(self, caller: str, allowance: Allowance, *, now: float) -> Taken:
        rate = allowance.most / allowance.seconds
        with self._own:
            tokens, since = self._buckets.pop(caller, (float(allowance.most), now))
            tokens = min(float(allowance.most), tokens + max(0.0, now - since) * rate)
            allowed = tokens >= 1.0
            if allowed:
                tokens -= 1.0
            self._buckets[caller] = (tokens, now)
            while len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        wait = 0 if tokens >= 1.0 else ceil((1.0 - tokens) / rate)
        return Taken(allowed, int(tokens), wait)
