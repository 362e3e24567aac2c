"""What was counted in one state of the index, kept for the next page."""

import threading
from collections import OrderedDict
from typing import Any, Final

from sparfuchs.search.model import Met, Query

_COUNTS_KEPT: Final = 5_000  # a facet of 50 values is some 10 kB, a total 200 bytes

# What is counted (a facet, or "total"), over what query, by how many of its words.
Counted = tuple[str, Query, Met]


class Counts:
    """What was counted in one commit: pages differ in order and place far more than in numbers.

    The next page has the counts of the last, and a price slider that moves leaves those by price as
    they are. Safe to be asked from threads; two that ask for the same at once both count it.
    """

    def __init__(self) -> None:
        self._own = threading.Lock()
        self._kept: OrderedDict[Counted, Any] = OrderedDict()

    def get(self, what: Counted) -> Any:
        """What was counted of this before; None if nothing was."""
        with self._own:
            if what in self._kept:
                self._kept.move_to_end(what)
            return self._kept.get(what)

    def put(self, what: Counted, found: Any) -> None:
        with self._own:
            self._kept[what] = found
            if len(self._kept) > _COUNTS_KEPT:
                self._kept.popitem(last=False)
