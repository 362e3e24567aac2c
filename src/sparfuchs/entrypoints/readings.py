"""The sources that a worker reads: many wait for their shops at once, few are read at once.

A source is taken when it is due, given a thread to wait in while its shop answers, and then a turn
among the few whose documents are worked on. So a shop that is slow, dead or hostile costs a waiting
thread and never the turn of another. What was due long ago is worked off at a steady pace.
"""

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.disk import room_to_read
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import read_on_time
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict, FetchFailed, SparfuchsError
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.logging import get_logger

log = get_logger(__name__)

KEEP_EVERY: Final = 30.0  # seconds; a quarter of the lease
_WAITING_A_TURN: Final = 2  # documents that lie ready, for each that is being read
_AT_LEAST_AT_ONCE: Final = 10.0

Tick = Callable[[], float]


class Pace:
    """How many readings may begin: so many a minute, and those of ten seconds at once."""

    def __init__(self, a_minute: int, tick: Tick = time.monotonic) -> None:
        self._a_second = a_minute / 60
        self._most = max(self._a_second * 10, _AT_LEAST_AT_ONCE)
        self._tick = tick
        self._saved = self._most
        self._at = tick()

    def allowed(self) -> int:
        now = self._tick()
        self._saved = min(self._saved + (now - self._at) * self._a_second, self._most)
        self._at = now
        return int(self._saved)

    def spend(self, begun: int) -> None:
        self._saved -= begun


class Ended(Exception):
    """The worker is about to end: what has not begun to be read is left to the next one."""


class Turns:
    """The few places at which documents are worked on, and who waits for one."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.waiting = 0
        self._free = places
        self._ended = False
        self._changed = threading.Condition()

    def take(self) -> None:
        """Waits for a place. Raises Ended when there will be none any more."""
        with self._changed:
            self.waiting += 1
            try:
                self._changed.wait_for(lambda: self._free > 0 or self._ended)
                if self._ended:
                    raise Ended
                self._free -= 1
            finally:
                self.waiting -= 1

    def give_back(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify()

    def end(self) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def taken(self) -> int:
        return self.places - self._free


class Readings:
    """Takes sources that are due and reads them, until it is closed."""

    def __init__(self, here: Installation, rng: random.Random) -> None:
        worker = here.settings.worker
        self._here = here
        self._rng = rng
        self._pace = Pace(worker.readings_per_minute)
        self._turns = Turns(worker.concurrency)
        self._most = worker.fetches
        self._threads = ThreadPoolExecutor(worker.fetches, thread_name_prefix="reading")
        self._guard = threading.Lock()
        self._begun: set[int] = set()
        self._kept_at = time.monotonic()

    def look(self) -> int:
        """Begins to read what is due, as much as there is room for; gives how many."""
        self._keep()
        ready = self._turns.waiting >= _WAITING_A_TURN * self._turns.places
        room = 0 if ready else min(self._most - len(self._begun), self._pace.allowed())
        metrics.READING.labels(stage="taken").set(len(self._begun))
        metrics.READING.labels(stage="waiting").set(self._turns.waiting)
        metrics.READING.labels(stage="reading").set(self._turns.taken)
        if room <= 0 or not room_to_read(self._here.settings):
            return 0
        now = system_clock()
        with self._here.database.unit_of_work() as work:
            due = catalog.take_due(work, now, room)
        for source in due:
            late = (now - (source.next_due or now)).total_seconds()
            metrics.START_LAG.observe(late)
            log.info("feed.due", source=source.path, late=round(late, 3))
            with self._guard:
                self._begun.add(source.id)
            self._threads.submit(self._read, source)
        self._pace.spend(len(due))
        return len(due)

    @property
    def idle(self) -> bool:
        return not self._begun

    def close(self) -> None:
        """Ends what waits for a shop or for its turn, and waits for what is being read."""
        self._turns.end()
        self._here.fetcher.end()
        self._threads.shutdown(wait=True)

    def _keep(self) -> None:
        """Says that what has begun is still being read, before its lease ends."""
        if time.monotonic() - self._kept_at < KEEP_EVERY:
            return
        self._kept_at = time.monotonic()
        with self._guard:
            ids = sorted(self._begun)
        with self._here.database.unit_of_work() as work:
            catalog.keep_taken(work, ids, system_clock())

    def _read(self, source: catalog.Source) -> None:
        try:
            read_taken(self._here, source, self._rng, turns=self._turns)
        except SparfuchsError as error:
            # The database went away under it: its lease ends by itself.
            log.warning("feed.left", source=source.path, error=error.message)
        except Exception:
            # A fault of ours: the lease ends, and each time it is tried again later.
            log.exception("feed.reading_failed", source=source.path)
        finally:
            with self._guard:
                self._begun.discard(source.id)


def read_taken(
    here: Installation, source: catalog.Source, rng: random.Random, *, turns: Turns
) -> None:
    """One reading of a source that was taken. What a shop does wrong is on record in its run."""
    now = system_clock()
    has_turn = False

    def arrived() -> None:
        nonlocal has_turn
        turns.take()
        has_turn = True

    not_before = None
    try:
        read_on_time(here, source, now=now, arrived=arrived)
    except Ended:
        _give_back(here, source)
        return
    except Conflict as error:
        log.info("feed.not_read", source=source.path, reason=error.message)
    except FetchFailed as error:
        if error.unasked:
            _put_off(here, source, error, rng)
            return
        not_before = error.retry_at
        log.warning("feed.failed", source=source.path, error=error.message)
    except SparfuchsError as error:
        log.warning("feed.failed", source=source.path, error=error.message)
    finally:
        if has_turn:
            turns.give_back()
    adapt = here.settings.feeds.adapt
    with here.database.unit_of_work() as work:
        catalog.read_next(work, source, system_clock(), rng, adapt=adapt, not_before=not_before)


def _give_back(here: Installation, source: catalog.Source) -> None:
    with here.database.unit_of_work() as work:
        catalog.let_go(work, source, system_clock())
    log.info("feed.given_back", source=source.path)


def _put_off(
    here: Installation, source: catalog.Source, error: FetchFailed, rng: random.Random
) -> None:
    """Its host rests (nobody was asked), or we are about to end."""
    if error.retry_at is None:
        _give_back(here, source)
        return
    with here.database.unit_of_work() as work:
        until = catalog.postpone(work, source, error.retry_at, rng)
    log.info("feed.put_off", source=source.path, until=until.isoformat())
