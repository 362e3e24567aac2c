"""When a source is read next: at its interval, otherwise after failures, never all at once."""

import random
from datetime import datetime, timedelta
from typing import Final

from sparfuchs.catalog import store
from sparfuchs.catalog.model import Source
from sparfuchs.plumbing.db import Work

# A source read daily should not be lost for a day because its shop was down for a minute; one read
# every minute should not ask a dead shop every minute.
_FIRST_RETRY: Final = timedelta(minutes=5)
_LONGEST_RETRY: Final = timedelta(hours=1)
_SPREAD: Final = 0.05


def spread(interval: timedelta, rng: random.Random) -> timedelta:
    """The interval, a twentieth shorter or longer, so that sources do not march in step."""
    return interval * rng.uniform(1 - _SPREAD, 1 + _SPREAD)


def after_failure(interval: timedelta, failures: int) -> timedelta:
    """How long to wait after so many failures in a row: doubled each time, from five minutes or a
    shorter interval up to an hour or a longer interval.
    """
    first = min(interval, _FIRST_RETRY)
    return min(first * 2.0 ** min(failures - 1, 20), max(interval, _LONGEST_RETRY))


def next_due(source: Source, failures: int, now: datetime, rng: random.Random) -> datetime:
    wait = after_failure(source.interval, failures) if failures else source.interval
    return now + spread(wait, rng)


def read_next(work: Work, source: Source, now: datetime, rng: random.Random) -> datetime:
    """Notes when a source is read next, by how its last readings went."""
    at = next_due(source, store.failures_since_published(work, source.id), now, rng)
    store.change_source(work, source.id, next_due=at)
    return at
