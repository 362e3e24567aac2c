"""Was an offer really seen by a run in a stretch of time, or only carried into it?"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sparfuchs.catalog import store
from sparfuchs.catalog.seen import contains
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.plumbing.db import Work

Micros = NDArray[np.int64]
Sighted = Callable[[NDArray[np.int64], Micros, Micros], NDArray[np.bool_]]


def sighted(work: Work, timelines: dict[int, Timeline]) -> Sighted:
    """A function that says for each offer whether a run saw it in [from, to), in microseconds.

    It reads the bitmaps of the runs in question; a run without one saw all that lived.
    """

    def ask(offers: NDArray[np.int64], start: Micros, end: Micros) -> NDArray[np.bool_]:
        answer = np.zeros(len(offers), dtype=np.bool_)
        sources = offers >> 32
        for source in np.unique(sources).tolist():  # one turn a source, not an offer
            of_it = sources == source
            answer[of_it] = _of_source(
                work, source, timelines[source], offers[of_it], start[of_it], end[of_it]
            )
        return answer

    return ask


def _of_source(
    work: Work,
    source: int,
    line: Timeline,
    offers: NDArray[np.int64],
    start: Micros,
    end: Micros,
) -> NDArray[np.bool_]:
    answer = np.zeros(len(offers), dtype=np.bool_)
    first = np.searchsorted(line.t, start, side="left")
    beyond = np.searchsorted(line.t, end, side="left")
    runs = np.arange(int(first.min(initial=0)), int(beyond.max(initial=0)))
    bitmaps = store.seen_bitmaps(work, source, line.number[runs].tolist())
    ordinals = (offers & 0xFFFFFFFF).astype(np.uint32)
    for run in runs.tolist():  # the few runs of a CARRY, each over all offers at once
        asked = (first <= run) & (run < beyond) & ~answer
        if not asked.any():
            continue
        packed = bitmaps[int(line.number[run])]
        answer[asked] = True if packed is None else contains(packed, ordinals[asked])
    return answer
