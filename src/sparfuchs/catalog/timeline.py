"""The runs of a source as a timeline: how much of a stretch of time was really observed.

The run is the observation. A published run at t_k asserts what it saw until the next run or until
its CARRY is over, whichever comes first; so the time known up to x is a running sum over runs and
the coverage of any stretch is a difference of two sums, without touching an offer (R-RUN-2).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Micros = NDArray[np.int64]


@dataclass(frozen=True)
class Timeline:
    """Published runs of one source, oldest first.

    `number` are run numbers, `t` run times and `carry` the CARRY stored with each run, both in
    microseconds (times since 1970 UTC). `sums[k]` is S(k), the asserted microseconds before t[k].
    """

    number: NDArray[np.uint32]
    t: Micros
    carry: Micros
    sums: Micros

    @classmethod
    def of(cls, number: NDArray[np.uint32], t: Micros, carry: Micros) -> "Timeline":
        """S(k) = S(k-1) + min(t_k - t_(k-1), CARRY_(k-1)), S(0) = 0."""
        sums = np.zeros(len(t), dtype=np.int64)
        if len(t) > 1:
            np.cumsum(np.minimum(np.diff(t), carry[:-1]), out=sums[1:])
        return cls(number, t, carry, sums)

    def asserted(self, moments: Micros) -> Micros:
        """A(x): microseconds asserted before each moment; 0 before the first run."""
        if not len(self.t):
            return np.zeros(len(moments), dtype=np.int64)
        last = np.searchsorted(self.t, moments, side="right") - 1
        inside = np.maximum(last, 0)
        sums = self.sums[inside] + np.minimum(moments - self.t[inside], self.carry[inside])
        answer: Micros = np.where(last < 0, 0, sums)
        return answer

    def known(self, start: Micros, end: Micros) -> Micros:
        """Asserted microseconds in [start, end); 0 where end is not after start."""
        known: Micros = self.asserted(np.maximum(end, start)) - self.asserted(start)
        return np.maximum(known, 0)

    def asserted_until(self, moments: Micros) -> Micros:
        """For each moment the end of the assertion of the last run at or before it.

        Where no run is at or before the moment, the moment itself.
        """
        if not len(self.t):
            return moments
        last = np.searchsorted(self.t, moments, side="right") - 1
        inside = np.maximum(last, 0)
        return np.where(last < 0, moments, self.t[inside] + self.carry[inside])

    def place(self, numbers: NDArray[np.uint32]) -> NDArray[np.int64]:
        """Where runs stand in time. Every number must be of a published run of the source.

        Numbers follow the order of publishing, which a backfilled run breaks.
        """
        order = np.argsort(self.number, kind="stable")
        return order[np.searchsorted(self.number, numbers, sorter=order)]

    def at(self, numbers: NDArray[np.uint32]) -> Micros:
        """Times of runs by their numbers."""
        return self.t[self.place(numbers)]

    def lapse_of(self, numbers: NDArray[np.uint32]) -> Micros:
        """When what these runs saw stops being asserted: run time + CARRY."""
        place = self.place(numbers)
        return self.t[place] + self.carry[place]
