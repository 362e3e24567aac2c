"""The worker: reads sources when they are due, hands events on, judges, sweeps. Any number may run.

A job may run twice. Jobs are rows of the same database (Procrastinate), so what was queued survives
every crash. Two things are too quick for a queue and have a thread each: a look every second for
sources that are due, and the ears for new events.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

import procrastinate

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.assay import assay
from sparfuchs.flows.check_links import check_links
from sparfuchs.flows.disk import room_to_read
from sparfuchs.flows.fold_history import fold_history
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.price_and_rate import judge_due
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.retention import retain
from sparfuchs.flows.subscriptions import catch_up, ensure_index
from sparfuchs.flows.suggestions import make_suggestions
from sparfuchs.flows.sweep import sweep
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict, SparfuchsError
from sparfuchs.plumbing.db import Database
from sparfuchs.plumbing.jobs import apply_schema, drop_abandoned, make_app
from sparfuchs.plumbing.log import PostgresEventLog
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.quality import api as quality

log = get_logger(__name__)

READ_SOURCE: Final = "feeds.read_source"
JUDGE_DUE: Final = "prices.judge_due"
SWEEP: Final = "files.sweep"
RETAIN: Final = "files.retain"
FOLD: Final = "history.fold"
ASSAY: Final = "market.assay"
LINKS: Final = "links.check"
SUGGEST: Final = "suggestions.make"
EVERY_HOUR: Final = "17 * * * *"
LATER_EVERY_HOUR: Final = "47 * * * *"
EVERY_NIGHT: Final = "40 2 * * *"
AFTER_THAT: Final = "45 2 * * *"
LATER_EVERY_NIGHT: Final = "10 3 * * *"
LAST_EVERY_NIGHT: Final = "30 3 * * *"
BEFORE_MORNING: Final = "20 4 * * *"

LOOK_EVERY: Final = 1.0  # seconds between two looks for sources that are due
HEAR_WITHIN: Final = 1.0  # seconds after which events are looked for although none was announced
AFTER_TROUBLE: Final = 5.0
AT_ONCE: Final = 200  # sources queued in one look
# As long as a database needs to recover from being killed; then a fresh process is the better try.
TROUBLE_AT_MOST: Final = 60


def make_worker(here: Installation) -> procrastinate.App:
    """The queue of an installation with its tasks."""
    apply_schema(here.database.dsn)
    app = make_app(here.database.dsn)

    @app.task(name=READ_SOURCE)
    def read(source_id: int) -> None:
        read_queued(here, source_id)

    @app.periodic(cron=EVERY_HOUR)
    @app.task(name=SWEEP, queueing_lock=SWEEP, pass_context=False)
    def take_unnamed(timestamp: int) -> None:  # noqa: ARG001 - given by the queue
        log.info("files.swept", files=sweep(here, now=system_clock()))
        log.info("jobs.dropped", jobs=drop_abandoned(here.database.dsn))

    @app.periodic(cron=LATER_EVERY_HOUR)
    @app.task(name=JUDGE_DUE, queueing_lock=JUDGE_DUE, pass_context=False)
    def judge(timestamp: int) -> None:  # noqa: ARG001 - given by the queue
        judge_all(here, now=system_clock())

    @app.periodic(cron=EVERY_NIGHT)
    @app.task(name=RETAIN, queueing_lock=RETAIN, pass_context=False)
    def let_go(timestamp: int) -> None:  # noqa: ARG001 - given by the queue
        log.info("files.retained", **retain(here, now=system_clock()).as_json())

    @app.periodic(cron=LATER_EVERY_NIGHT)
    @app.task(name=FOLD, queueing_lock=FOLD, pass_context=False)
    def fold(timestamp: int) -> None:  # noqa: ARG001 - given by the queue
        log.info("history.folded", **fold_history(here, now=system_clock()).as_json())

    @app.periodic(cron=LAST_EVERY_NIGHT)
    @app.task(name=ASSAY, queueing_lock=ASSAY, pass_context=False)
    def look_at_all(timestamp: int) -> None:  # noqa: ARG001 - given by the queue
        assay(here, now=system_clock())

    @app.periodic(cron=AFTER_THAT)
    @app.task(name=LINKS, queueing_lock=LINKS, pass_context=False)
    def look_at_links(timestamp: int) -> None:  # noqa: ARG001 - given by the queue
        check_links(here, now=system_clock())

    @app.periodic(cron=BEFORE_MORNING)
    @app.task(name=SUGGEST, queueing_lock=SUGGEST, pass_context=False)
    def suggest(timestamp: int) -> None:  # noqa: ARG001 - given by the queue
        make_suggestions(here)

    return app


def judge_all(here: Installation, *, now: datetime) -> int:
    """Judges in every source what may have changed by time alone. Gives how many offers."""
    with here.database.reading() as work:
        sources = catalog.all_sources(work)
    judged = sum(judge_due(here, source.id, now=now) for source in sources)
    log.info("offers.judged_due", offers=judged)
    return judged


def read_queued(here: Installation, source_id: int, *, rng: random.Random | None = None) -> None:
    """One queued reading. What a shop does wrong is on record in its run, and no failed job.

    When it is to be read next is noted before the reading and again after it: a reading that kills
    its worker is not tried again at once.
    """
    if not room_to_read(here.settings):
        return
    rng = rng or random.Random()  # noqa: S311 - spreads readings, guards nothing
    with here.database.unit_of_work() as work:
        source = catalog.source(work, source_id)
        active = source is not None and source.status is catalog.SourceStatus.ACTIVE
        if source is None or not active:
            log.info("feed.not_read", source=source_id)
            return
        catalog.read_next(work, source, system_clock(), rng)
    now = system_clock()
    try:
        read_and_judge(here, source, at=now, now=now)
    except Conflict as error:
        log.info("feed.not_read", source=source.path, reason=error.message)
        return
    except SparfuchsError as error:
        log.warning("feed.failed", source=source.path, error=error.message)
    with here.database.unit_of_work() as work:
        catalog.read_next(work, source, now, rng)


def queue_reading(here: Installation, source: catalog.Source) -> None:
    """Puts a reading into the queue, once: one that waits already is enough."""
    apply_schema(here.database.dsn)
    with make_app(here.database.dsn).open() as app:
        if not _defer(app, source):
            log.info("feed.queued_already", source=source.path)


def queue_due(here: Installation, app: procrastinate.App, rng: random.Random) -> int:
    """Queues the readings that are due; gives how many. While the disk is full there are none.

    Queued first and noted after: a crash in between queues one twice, and the second finds the
    first waiting or reads what has not changed.
    """
    if not room_to_read(here.settings):
        return 0
    now = system_clock()
    with here.database.reading() as work:
        due = catalog.due_sources(work, now, AT_ONCE)
    queued = 0
    for source in due:
        queued += _defer(app, source)
        with here.database.unit_of_work() as work:
            catalog.read_next(work, source, now, rng)
    return queued


def _defer(app: procrastinate.App, source: catalog.Source) -> bool:
    """By the task's name: whoever queues need not be able to do it."""
    task = app.configure_task(READ_SOURCE, queueing_lock=f"{READ_SOURCE}:{source.id}")
    try:
        task.defer(source_id=source.id)
    except procrastinate.exceptions.AlreadyEnqueued:
        return False
    return True


def _assay_first(here: Installation, app: procrastinate.App) -> None:
    """Queues an assay where there was none yet, so that nobody waits for the night to see one."""
    with here.database.reading() as work:
        if quality.learned(work) is not None:
            return
    task = app.configure_task(ASSAY, queueing_lock=ASSAY)
    with suppress(procrastinate.exceptions.AlreadyEnqueued):
        task.defer(timestamp=0)


def run(here: Installation, *, once: bool) -> None:
    """Works until told to stop (SIGINT, SIGTERM), or until nothing waits."""
    app = make_worker(here)
    rng = random.Random()  # noqa: S311 - spreads readings, guards nothing
    concurrency = here.settings.worker.concurrency
    ensure_index(here)
    catch_up(here)
    ensure_index(here)
    # A queue of its own for the looks: the one of the worker belongs to its event loop.
    with make_app(here.database.dsn).open() as queue:
        queue_due(here, queue, rng)
        if once:
            app.run_worker(wait=False, install_signal_handlers=True, delete_jobs="successful")
            catch_up(here)
            return
        _assay_first(here, queue)
        with (
            _beside("schedule", lambda stop: _look(here, queue, rng, stop)),
            _beside("events", lambda stop: _listen(here, stop)),
        ):
            log.info("worker.started", concurrency=concurrency)
            app.run_worker(
                wait=True,
                concurrency=concurrency,
                install_signal_handlers=True,
                delete_jobs="always",
            )
    log.info("worker.stopped")


@contextmanager
def _beside(name: str, work: Callable[[threading.Event], None]) -> Iterator[None]:
    """A thread that works beside the queue until the block ends.

    When it can no more, the process is asked to end as if by an operator: whoever watches it
    starts a fresh one.
    """
    stop = threading.Event()

    def go() -> None:
        began: float | None = None
        while not stop.is_set():
            try:
                work(stop)
                began = None
            except SparfuchsError as error:
                began = began or time.monotonic()
                log.warning("worker.trouble", part=name, error=error.message)
                if time.monotonic() - began > TROUBLE_AT_MOST:
                    break
                stop.wait(AFTER_TROUBLE)
            except Exception:
                log.exception("worker.part_failed", part=name)
                break
        if not stop.is_set():
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=go, name=name)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _look(
    here: Installation, app: procrastinate.App, rng: random.Random, stop: threading.Event
) -> None:
    while not stop.wait(LOOK_EVERY):
        queue_due(here, app, rng)


def _listen(here: Installation, stop: threading.Event) -> None:
    """Hands events on as soon as they are there; the ears are opened before the first look."""
    ears = PostgresEventLog(Database(here.database.dsn, pool_size=1))
    with ears.listening() as listener:
        while not stop.is_set():
            catch_up(here)
            listener.wait(HEAR_WITHIN)
