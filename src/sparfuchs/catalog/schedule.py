"""When a source is read next: as often as it changes, otherwise after failures, never all at once.

What is due stands in the rows of the sources, so it survives every restart. A worker takes sources
by pushing `taken_until` ahead of itself; one that is killed lets its sources fall due again.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from sparfuchs.catalog import store
from sparfuchs.catalog.model import FeedRun, RunKind, RunStatus, Source, SourceStatus, carry_of
from sparfuchs.plumbing.db import Work

# A source read daily should not be lost for a day because its shop was down for a minute; one read
# every minute should not ask a dead shop every minute.
_FIRST_RETRY: Final = timedelta(minutes=5)
_LONGEST_RETRY: Final = timedelta(hours=1)
_SPREAD: Final = 0.05
_TREMBLE: Final = 0.01

# Readings that a rate of change is estimated from, and the least of them.
LOOKED_AT: Final = 12
ENOUGH: Final = 4
_FASTEST: Final = 0.25  # of the interval
_SLOWEST: Final = 1.5  # of the interval: with it two readings still reach each other (carry_of)
_LEAST: Final = timedelta(hours=1)
_STEP: Final = 2.0  # a wait is at most doubled or halved at once
_GOLDEN: Final = (math.sqrt(5) - 1) / 2  # its multiples fall evenly, however many there are
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

LEASE: Final = timedelta(minutes=2)
CLEAR_NO: Final = 3  # R-T-3


@dataclass(frozen=True, slots=True)
class Trouble:
    """What came of a reading that did not come to its end.

    `sentence` is for the operator. `clear_no`: the shop refused us (R-T-3).
    """

    sentence: str
    clear_no: bool = False


def spread(interval: timedelta, rng: random.Random) -> timedelta:
    """The interval, a twentieth shorter or longer, so that sources do not march in step."""
    return interval * rng.uniform(1 - _SPREAD, 1 + _SPREAD)


def after_failure(interval: timedelta, failures: int) -> timedelta:
    """How long to wait after so many failures in a row: doubled each time, from five minutes or a
    shorter interval up to an hour or a longer interval.
    """
    first = min(interval, _FIRST_RETRY)
    return min(first * 2.0 ** min(failures - 1, 20), max(interval, _LONGEST_RETRY))


def bounds(interval: timedelta) -> tuple[timedelta, timedelta]:
    """The shortest and longest wait of a source with this interval: a quarter of it, but no less
    than an hour; one and a half of it, but within nine tenths of what a reading asserts.

    So adapting never makes a gap in what is known of a price.
    """
    longest = max(interval, min(_SLOWEST * interval, 0.9 * carry_of(interval)))
    return min(interval, max(_FASTEST * interval, _LEAST)), longest


def adapted(interval: timedelta, now_waiting: timedelta, readings: Sequence[FeedRun]) -> timedelta:
    """How long to wait between two readings, by how often the last ones found something changed.

    `readings`: published runs, newest first. The rate of change is the bias-reduced estimator of a
    Poisson process observed at its visits, -log((n - X + 0.5) / (n + 0.5)) a visit for X of n
    visits that found a change (Cho and Garcia-Molina, Estimating Frequency of Change, 2003); their
    mean distance turns it into time. The wait is that after which a change is as likely as not.
    """
    seen = [one for one in readings if one.kind in {RunKind.FULL, RunKind.UNCHANGED}][:LOOKED_AT]
    if len(seen) < ENOUGH:
        return now_waiting
    gaps = [later.at - earlier.at for later, earlier in pairwise(seen)]
    visits = len(gaps)
    found = sum(run.counts.new + run.counts.changed + run.counts.gone > 0 for run in seen[:visits])
    a_visit = -math.log((visits - found + 0.5) / (visits + 0.5))
    mean = sum(gaps, timedelta()) / visits
    least, most = bounds(interval)
    wanted = most if a_visit == 0 else min(mean * (math.log(2) / a_visit), most)
    calm = min(max(wanted, now_waiting / _STEP), now_waiting * _STEP)
    return min(max(calm, least), most)


def next_slot(place: int, wait: timedelta, now: datetime, rng: random.Random) -> datetime:
    """A wait from now, drawn by at most a twentieth towards the source's own place in the cycle.

    Places are multiples of the golden ratio, which lie evenly for any number of sources. However
    many were read at once, after ten readings at the latest they have drifted to their places.
    """
    straight = now + wait
    behind = (straight - _EPOCH) % wait
    off = (place * _GOLDEN % 1.0) * wait - behind
    if off > wait / 2:
        off -= wait
    elif off < -wait / 2:
        off += wait
    drawn = min(max(off, -_SPREAD * wait), _SPREAD * wait)
    return straight + drawn + wait * rng.uniform(-_TREMBLE, _TREMBLE)


def take_due(work: Work, now: datetime, limit: int) -> list[Source]:
    """Takes sources that are due, the longest due first; at most one of a host in the whole
    installation, so that many sources of one host never fill every place.

    A source is another's until `LEASE` from now; then, unless `keep_taken` says otherwise, it is
    due again, each time later: what kills its worker is not tried again at once for ever.
    """
    taken = store.take_due(work, now, now + LEASE, limit)
    for source in taken:
        again = (
            now
            + LEASE
            + (after_failure(source.interval, source.takes) if source.takes else timedelta())
        )
        store.change_source(work, source.id, next_due=again, takes=source.takes + 1)
    return taken


def keep_taken(work: Work, ids: Sequence[int], now: datetime) -> None:
    """Says that these are still being read."""
    store.push_taken(work, ids, now + LEASE)


def let_go(work: Work, source: Source, now: datetime) -> None:
    """Gives a source back unread: it is due again at once."""
    store.change_source(work, source.id, taken_until=None, takes=0, next_due=now)


def postpone(work: Work, source: Source, until: datetime, rng: random.Random) -> datetime:
    """Gives a source back unread because its host rests: nobody was asked, so nothing failed."""
    at = until + spread(timedelta(seconds=20), rng)
    store.change_source(work, source.id, taken_until=None, takes=0, next_due=at)
    store.rest_host(work, source, until)
    return at


def read_soon(work: Work, source: Source, now: datetime) -> None:
    """The next worker that looks reads it, unless it is being read."""
    store.change_source(work, source.id, next_due=now)


def read_next(
    work: Work,
    source: Source,
    now: datetime,
    rng: random.Random,
    *,
    adapt: bool = True,
    not_before: datetime | None = None,
) -> datetime:
    """Notes when a source is read next, by how its last readings went, and gives it back.

    `adapt`: follow how often it changes. `not_before`: what its host asked for.
    """
    fresh = store.source(work, source.id)
    assert fresh is not None
    wait = fresh.wait
    if fresh.failures:
        at = now + spread(after_failure(fresh.interval, fresh.failures), rng)
        if not_before is not None and not_before > at:
            at = not_before + spread(timedelta(seconds=20), rng)
            store.rest_host(work, fresh, not_before)
    else:
        if adapt:
            last = store.runs(work, fresh.id, 2 * LOOKED_AT)
            published = [one for one in last if one.status is RunStatus.PUBLISHED]
            wait = adapted(fresh.interval, wait, published)
        at = next_slot(fresh.id, wait, now, rng)
    store.change_source(
        work,
        fresh.id,
        next_due=at,
        taken_until=None,
        takes=0,
        wait_seconds=int(wait.total_seconds()),
    )
    return at


def note_trouble(work: Work, source: Source, trouble: Trouble, at: datetime) -> bool:
    """Notes a failed reading; whether that was the third clear no in a row, after which the source
    is paused until somebody resumes it (R-T-3).
    """
    refusals = source.refusals + 1 if trouble.clear_no else 0
    given_up = refusals >= CLEAR_NO
    sentence = trouble.sentence
    if given_up:
        sentence = f"paused after {refusals} clear refusals in a row: {sentence}"
    store.change_source(
        work,
        source.id,
        failures=source.failures + 1,
        refusals=refusals,
        failing_since=source.failing_since or at,
        trouble=sentence,
        **({"status": SourceStatus.PAUSED} if given_up else {}),
    )
    return given_up
