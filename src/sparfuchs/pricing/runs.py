"""The runs of many sources as one clock for sorted columns of offers.

Offers sorted by id are sorted by source, because the id begins with it; so what belongs to one
source is one slice, and each question costs one call a source instead of one an offer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sparfuchs.catalog.api import LONGEST_CARRY, Timeline
from sparfuchs.pricing.days import Micros

_LONGEST: Final = LONGEST_CARRY // timedelta(microseconds=1)


@dataclass(frozen=True)
class Runs:
    """Slices of rows, each with the runs of its source up to the moment of judging."""

    parts: tuple[tuple[slice, Timeline], ...]

    @classmethod
    def of(cls, offers: NDArray[np.int64], timelines: Mapping[int, Timeline], until: int) -> "Runs":
        """`offers` is the sorted id of each row; runs later than `until` do not exist yet (P6).

        Raises KeyError when a source has no timeline: a fault of the caller.
        """
        source = offers >> 32
        edges = np.flatnonzero(np.diff(source)) + 1
        starts = np.concatenate(([0], edges)) if len(source) else np.array([], dtype=np.int64)
        ends = np.append(edges, len(source))
        parts = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=False):  # one turn a source
            line = timelines[int(source[start])]
            n = int(np.searchsorted(line.t, until, side="right"))
            cut = Timeline(line.number[:n], line.t[:n], line.carry[:n], line.sums[:n])
            parts.append((slice(start, end), cut))
        return cls(tuple(parts))

    def of_rows(self, wanted: NDArray[np.bool_]) -> "Runs":
        """The same for the wanted rows alone."""
        before = np.concatenate(([0], np.cumsum(wanted)))
        parts = [
            (slice(int(before[rows.start]), int(before[rows.stop])), line)
            for rows, line in self.parts
        ]
        return Runs(tuple((rows, line) for rows, line in parts if rows.start < rows.stop))

    def known(self, start: Micros, end: Micros) -> Micros:
        """Asserted microseconds in [start, end) of each row; 0 where end is not after start."""
        out = np.zeros(len(start), dtype=np.int64)
        # Mostly a window is asked for, and few rows reach into it.
        asked = np.flatnonzero(end > start)
        edges = np.searchsorted(asked, [(rows.start, rows.stop) for rows, _ in self.parts])
        for (low, high), (_, line) in zip(edges.tolist(), self.parts, strict=True):
            mine = asked[low:high]
            out[mine] = line.asserted(end[mine]) - line.asserted(start[mine])
        return out

    def asserted_at(self, moment: int, rows_total: int) -> NDArray[np.bool_]:
        """Whether the last run of each row's source still asserts at a moment that is past it."""
        out = np.zeros(rows_total, dtype=np.bool_)
        here = np.array([moment], dtype=np.int64)
        for rows, line in self.parts:
            out[rows] = line.asserted_until(here)[0] > moment
        return out

    def asserted_until(self, moments: Micros) -> Micros:
        """End of the assertion of the last run at or before each moment; the moment if none."""
        out = moments.copy()
        for rows, line in self.parts:
            out[rows] = line.asserted_until(moments[rows])
        return out

    def any_in(self, start: Micros, end: Micros) -> NDArray[np.bool_]:
        """Whether a run of the source falls into [start, end)."""
        out = np.zeros(len(start), dtype=np.bool_)
        for rows, line in self.parts:
            first = np.searchsorted(line.t, start[rows], side="left")
            out[rows] = first < np.searchsorted(line.t, end[rows], side="left")
        return out

    def longest_carry(self, rows_total: int) -> Micros:
        """The longest CARRY of the source of each row."""
        out = np.zeros(rows_total, dtype=np.int64)
        for rows, line in self.parts:
            out[rows] = line.carry.max(initial=0)
        return out

    def step_carry(self, rows_total: int) -> Micros:
        """How long a chain of reductions may be without assertion between two steps: the longest
        CARRY, and never more than a reading's (domain.md 4.4). A table that lists changes alone
        asserts for longer, but leaves no gap inside itself.
        """
        return np.minimum(self.longest_carry(rows_total), _LONGEST)

    def quiet_beyond_carry(self, start: Micros, end: Micros) -> NDArray[np.bool_]:
        """Whether [start, end) of each row has a stretch without assertion longer than a CARRY."""
        out = np.zeros(len(start), dtype=np.bool_)
        for rows, line in self.parts:
            gap = line.t[1:] - line.t[:-1] - line.carry[:-1]
            most = min(int(line.carry.max(initial=0)), _LONGEST)
            long = np.concatenate(([0], np.cumsum(gap > most)))
            if not long[-1]:
                continue
            # Gap k lies between runs k and k + 1; the last one that counts ends before `end`.
            low = np.maximum(np.searchsorted(line.t, start[rows], side="right") - 1, 0)
            high = np.maximum(np.searchsorted(line.t, end[rows], side="left") - 1, low)
            out[rows] = long[high] > long[low]
        return out

    def quiet(self, start: Micros, end: Micros, longer_than: int) -> "Quiet":
        """Stretches longer than `longer_than` without assertion inside [start, end) of each row."""
        first = np.zeros(len(start), dtype=np.int64)
        count = np.zeros(len(start), dtype=np.int64)
        begins: list[Micros] = []
        ends: list[Micros] = []
        offset = 0
        for rows, line in self.parts:
            silent_from, silent_to = (line.t + line.carry)[:-1], line.t[1:]
            long = silent_to - silent_from > longer_than
            if not long.any():
                continue
            silent_from, silent_to = silent_from[long], silent_to[long]
            low = np.searchsorted(silent_from, start[rows], side="right")
            high = np.searchsorted(silent_to, end[rows], side="left")
            first[rows] = low + offset
            count[rows] = np.maximum(high - low, 0)
            begins.append(silent_from)
            ends.append(silent_to)
            offset += len(silent_from)
        nothing = np.array([], dtype=np.int64)
        return Quiet(
            first,
            count,
            np.concatenate(begins) if begins else nothing,
            np.concatenate(ends) if ends else nothing,
        )


@dataclass(frozen=True)
class Quiet:
    """Per row the first stretch and how many, pointing into the stretches themselves."""

    first: Micros
    count: Micros
    begins: Micros
    ends: Micros
