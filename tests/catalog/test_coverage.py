"""Coverage from running sums against a plain simulation of who was seen when."""

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.shop import START, Shop
from sparfuchs.catalog.model import RunKind
from sparfuchs.kernel.clock import to_micros

HOUR = 3_600_000_000
CARRY_HOURS = 48
NAMES = ("a", "b", "c")


@dataclass(frozen=True)
class Reading:
    """One run of the simulated source: hours since the last one, who was in it, what it asserts."""

    after: int
    seen: frozenset[str]
    partial: bool
    same_bytes: bool


readings = st.builds(
    Reading,
    after=st.one_of(st.integers(1, 30), st.integers(40, 120)),
    seen=st.frozensets(st.sampled_from(NAMES)),
    partial=st.booleans(),
    same_bytes=st.integers(0, 4).map(lambda n: n == 0),
)


def asserted(name: str, runs: list[tuple[int, frozenset[str], bool]], low: int, high: int) -> int:
    """Hours in [low, high) that sightings assert: each until the next one, its carry, or its end.

    The end is the first of two full runs in a row that miss the offer (R-F-3), known afterwards.
    """
    ends: list[int] = []
    missed: int | None = None
    alive = False
    for at, seen, partial in runs:
        if name in seen:
            alive, missed = True, None
        elif alive and not partial:
            if missed is None:
                missed = at
            else:
                ends.append(missed)
                alive, missed = False, None
    sightings = [at for at, seen, _ in runs if name in seen]
    total = 0
    for place, at in enumerate(sightings):
        stops = [at + CARRY_HOURS, *sightings[place + 1 : place + 2]]
        stops += [end for end in ends if end > at]
        total += max(0, min(*stops, high) - max(at, low))
    return total


def known_hours(shop: Shop, name: str, low: int, high: int) -> float:
    """The same from the timeline less the parts in which the history says unseen or gone."""
    changes = [(kind, to_micros(at)) for kind, at, _ in shop.changes(name)]
    base = to_micros(START)
    start, stop = base + low * HOUR, base + high * HOUR
    total = 0.0
    for place, (kind, at) in enumerate(changes):
        if kind in {"unseen", "gone"}:
            continue
        end = changes[place + 1][1] if place + 1 < len(changes) else stop
        first, last = max(at, start), min(end, stop)
        if last > first:
            known = shop.line.known(np.array([first]), np.array([last]))
            total += int(known[0]) / HOUR
    return total


@given(runs=st.lists(readings, min_size=2, max_size=14), low=st.integers(0, 300))
@settings(max_examples=60)
def test_R_RUN_2_known_time_is_that_of_a_plain_simulation_with_misses_outages_and_partial_runs(
    runs: list[Reading], low: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder), carry=timedelta(hours=CARRY_HOURS))
        shop.run(START, dict.fromkeys(NAMES, 1000))
        hour, last = 0, frozenset(NAMES)
        simulated = [(0, last, False)]
        was_partial = False
        for reading in runs:
            hour += reading.after
            at = START + timedelta(hours=hour)
            if reading.same_bytes and not was_partial:
                shop.repeat(at)
                simulated.append((hour, last, False))
                continue
            last = reading.seen
            was_partial = reading.partial
            kind = RunKind.PARTIAL if reading.partial else RunKind.FULL
            shop.run(at, dict.fromkeys(sorted(last), 1000), kind=kind)
            simulated.append((hour, last, reading.partial))
        high = hour  # what ran out later is written by the next run
        for name in NAMES:
            expected = asserted(name, simulated, min(low, hour), high)
            assert known_hours(shop, name, min(low, hour), high) == expected
