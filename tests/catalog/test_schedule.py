"""When sources are read next: as often as they change, spread over the day, never all at once."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.catalog import api as catalog
from sparfuchs.kernel.ids import SourceId

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
INTERVALS = st.timedeltas(timedelta(minutes=1), timedelta(days=7))


def visits(gap: timedelta, found: Sequence[bool]) -> list[catalog.FeedRun]:
    """Published runs with this distance, newest first, that found a change or none."""
    return [
        catalog.FeedRun(
            source_id=SourceId(1),
            number=len(found) - place,
            kind=catalog.RunKind.FULL if changed else catalog.RunKind.UNCHANGED,
            status=catalog.RunStatus.PUBLISHED,
            at=NOON - place * gap,
            counts=catalog.Counts(changed=int(changed)),
            doubts=(),
            settings={},
            detected={},
            segment=None,
            rejections=None,
            payload=(),
            seconds=0.1,
            slow_rows=0,
        )
        for place, changed in enumerate(found)
    ]


def settled(interval: timedelta, changes: timedelta, seed: int) -> timedelta:
    """The wait after fifty readings of a source that changes by chance, so often on the average."""
    rng = random.Random(seed)
    wait, gaps, found = interval, [interval], [True]
    for _ in range(50):
        gaps.insert(0, wait)
        found.insert(0, rng.expovariate(1.0) < wait / changes)
        runs = visits(wait, found[:12])
        at = NOON
        for place, run in enumerate(runs):
            runs[place] = catalog.FeedRun(
                **{name: getattr(run, name) for name in run.__slots__ if name != "at"}, at=at
            )
            at -= gaps[place]
        wait = catalog.adapted(interval, wait, runs)
    return wait


def test_a_source_that_always_changes_is_read_at_its_shortest_wait() -> None:
    assert settled(DAY, timedelta(minutes=10), 1) == timedelta(hours=6)


def test_a_source_that_never_changes_is_read_at_its_longest_wait() -> None:
    assert settled(DAY, timedelta(days=3650), 1) == timedelta(hours=36)


def test_a_source_in_between_is_read_about_when_a_change_is_as_likely_as_not() -> None:
    waits = sorted(settled(DAY, timedelta(hours=24), seed) for seed in range(41))
    # ln 2 of 24 hours are 16.6: the estimate from eleven visits scatters around it.
    assert timedelta(hours=13) < waits[20] < timedelta(hours=21)


def test_one_estimate_by_hand() -> None:
    """Five visits, two with a change: -ln(3.5 / 5.5) = 0.452 a visit; ln 2 / 0.452 = 1.534 days,
    and a day and a half is the longest.
    """
    runs = visits(timedelta(hours=12), [True, False, True, False, False, True])
    got = catalog.adapted(DAY, DAY, runs)
    assert abs(got / timedelta(hours=12) - 1.534) < 0.001


def test_few_readings_change_nothing() -> None:
    assert catalog.adapted(DAY, DAY, visits(DAY, [True, True, True])) == DAY


@given(INTERVALS, st.lists(st.booleans(), max_size=20), st.floats(0.1, 10))
def test_the_wait_stays_within_its_bounds_and_what_a_reading_asserts(
    interval: timedelta, found: list[bool], stretch: float
) -> None:
    least, most = catalog.bounds(interval)
    assert least <= interval <= most
    assert most <= max(interval, catalog.carry_of(interval))
    wait = catalog.adapted(interval, interval, visits(interval * stretch, found))
    assert least <= wait <= most


@given(st.integers(1, 2**40), INTERVALS, st.integers(0, 2**32))
def test_a_slot_is_a_wait_away_within_a_few_percent(place: int, wait: timedelta, seed: int) -> None:
    at = catalog.next_slot(place, wait, NOON, random.Random(seed))
    assert 0.93 * wait < at - NOON < 1.07 * wait


@pytest.mark.parametrize("first", [timedelta(minutes=20), timedelta(hours=3)])
def test_ten_thousand_sources_read_at_once_are_spread_over_the_day_ten_readings_later(
    first: timedelta,
) -> None:
    rng = random.Random(3)
    due = [NOON + first * rng.random() for _ in range(10_000)]
    for _ in range(11):
        due = [catalog.next_slot(place, DAY, at, rng) for place, at in enumerate(due)]
    hours = Counter(at.hour for at in due)
    assert len(hours) == 24
    assert max(hours.values()) < 1.05 * 10_000 / 24
    assert min(hours.values()) > 0.95 * 10_000 / 24
