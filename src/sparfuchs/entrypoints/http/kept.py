"""Public answers kept for some seconds: what many ask at once is worked out once.

Prices are read every some minutes at best, so an answer of some seconds ago says as much. Kept are
bytes, by address; answers to a key are never kept.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

MOST_BYTES: Final = 64 << 20


class KeptAnswers:
    """Safe to be asked from threads. `seconds` is a clock that never goes back."""

    def __init__(
        self,
        keep: float,
        *,
        most: int = MOST_BYTES,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keep = keep
        self._most = most
        self._seconds = seconds
        self._kept: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._weight = 0
        self._own = threading.Lock()

    def get(self, address: str) -> bytes | None:
        """What was answered to this address a moment ago; None when that is too long ago."""
        with self._own:
            found = self._kept.get(address)
            if found is None or self._seconds() - found[0] >= self._keep:
                return None
            return found[1]

    def put(self, address: str, body: bytes) -> None:
        if self._keep <= 0:
            return
        with self._own:
            before = self._kept.pop(address, None)
            if before is not None:
                self._weight -= len(before[1])
            self._kept[address] = (self._seconds(), body)
            self._weight += len(body)
            while self._weight > self._most:
                _, (_, gone) = self._kept.popitem(last=False)
                self._weight -= len(gone)
