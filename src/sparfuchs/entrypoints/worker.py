"""The worker: reads sources when they are due, hands events on, judges, sweeps. Any number may run.

A job may run twice. Jobs are rows of the same database (Procrastinate), so what was queued survives
every crash. Two things are too quick for a queue and have a thread each: a look every second for
sources that are due (`readings`), and the ears for new events.
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
from sparfuchs.entrypoints.readings import Readings
from sparfuchs.flows.assay import assay
from sparfuchs.flows.check_links import check_links
from sparfuchs.flows.fold_history import fold_history
from sparfuchs.flows.group_offers import group_waiting, regroup_touched
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.price_and_rate import judge_due
from sparfuchs.flows.retention import retain
from sparfuchs.flows.subscriptions import catch_up, ensure_index
from sparfuchs.flows.suggestions import make_suggestions
from sparfuchs.flows.sweep import sweep
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import SparfuchsError
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.db import Database
from sparfuchs.plumbing.jobs import apply_schema, drop_abandoned, make_app
from sparfuchs.plumbing.log import PostgresEventLog
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.quality import api as quality

log = get_logger(__name__)

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
JOBS: Final = 2  # jobs of the queue at once: nightly and hourly work
SHORT: Final = 0.05
# As long as a database needs to recover from being killed; then a fresh process is the better try.
TROUBLE_AT_MOST: Final = 60


def make_worker(here: Installation) -> procrastinate.App:
    """The queue of an installation with its tasks."""
    apply_schema(here.database.dsn)
    app = make_app(here.database.dsn)

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
        regroup_touched(here, now=system_clock())

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


def queue_reading(here: Installation, source: catalog.Source) -> None:
    """Has a source read by the next worker that looks."""
    with here.database.unit_of_work() as work:
        catalog.read_soon(work, source, system_clock())


def read_due(here: Installation, rng: random.Random) -> None:
    """Reads what is due, until nothing of it is left."""
    readings = Readings(here, rng)
    try:
        while readings.look() or not readings.idle:
            time.sleep(SHORT)
    finally:
        readings.close()


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
    ensure_index(here)
    catch_up(here)
    ensure_index(here)
    if once:
        read_due(here, rng)
        app.run_worker(wait=False, install_signal_handlers=True, delete_jobs="successful")
        catch_up(here)
        group_waiting(here, now=system_clock())
        catch_up(here)
        return
    with make_app(here.database.dsn).open() as queue:
        _assay_first(here, queue)
    readings = Readings(here, rng)
    try:
        with (
            metrics.served(here.settings.worker.metrics_port),
            _beside("schedule", lambda stop: _look(readings, stop)),
            _beside("events", lambda stop: _listen(here, stop)),
            _beside("products", lambda stop: _group(here, stop)),
        ):
            log.info("worker.started", concurrency=here.settings.worker.concurrency)
            app.run_worker(
                wait=True, concurrency=JOBS, install_signal_handlers=True, delete_jobs="always"
            )
    finally:
        readings.close()
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


def _look(readings: Readings, stop: threading.Event) -> None:
    while not stop.wait(LOOK_EVERY):
        readings.look()


def _group(here: Installation, stop: threading.Event) -> None:
    """Compares what runs bring, beside all else: a first time of many offers takes a while, and
    prices and the index need not wait for it.
    """
    ears = PostgresEventLog(Database(here.database.dsn, pool_size=1))
    with ears.listening() as listener:
        while not stop.is_set():
            group_waiting(here, now=system_clock())
            listener.wait(HEAR_WITHIN)


def _listen(here: Installation, stop: threading.Event) -> None:
    """Hands events on as soon as they are there; the ears are opened before the first look."""
    ears = PostgresEventLog(Database(here.database.dsn, pool_size=1))
    with ears.listening() as listener:
        while not stop.is_set():
            catch_up(here, enough=stop.is_set)
            listener.wait(HEAR_WITHIN)
