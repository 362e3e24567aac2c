"""The worker: reads queued sources, hands events on, sweeps. Any number of them may run.

A job may run twice. Jobs are rows of the same database (Procrastinate), so what was queued survives
every crash.
"""

from typing import Any, Final

import procrastinate

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.flows.sweep import sweep
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import SparfuchsError
from sparfuchs.plumbing.jobs import apply_schema, make_app
from sparfuchs.plumbing.logging import get_logger

log = get_logger(__name__)

READ_SOURCE: Final = "feeds.read_source"
CATCH_UP: Final = "events.catch_up"
SWEEP: Final = "files.sweep"
EVERY_MINUTE: Final = "* * * * *"
EVERY_HOUR: Final = "17 * * * *"


def make_worker(here: Installation) -> procrastinate.App:
    """The queue of an installation with its tasks."""
    apply_schema(here.database.dsn)
    app = make_app(here.database.dsn)

    @app.task(name=READ_SOURCE)
    def read(source_id: int) -> None:
        read_queued(here, source_id)

    @app.periodic(cron=EVERY_MINUTE)
    @app.task(name=CATCH_UP, queueing_lock=CATCH_UP, pass_context=False)
    def hand_on(timestamp: int) -> None:  # noqa: ARG001 - given by the queue
        catch_up(here)

    @app.periodic(cron=EVERY_HOUR)
    @app.task(name=SWEEP, queueing_lock=SWEEP, pass_context=False)
    def take_unnamed(timestamp: int) -> None:  # noqa: ARG001 - given by the queue
        log.info("files.swept", files=sweep(here, now=system_clock()))

    return app


def read_queued(here: Installation, source_id: int) -> None:
    """One queued reading. What a shop does wrong is on record in its run, and no failed job."""
    with here.database.reading() as work:
        source = catalog.source(work, source_id)
    if source is None or source.status is not catalog.SourceStatus.ACTIVE:
        log.info("feed.not_read", source=source_id)
        return
    now = system_clock()
    try:
        read_and_judge(here, source, at=now, now=now)
    except SparfuchsError as error:
        log.warning("feed.failed", source=source.path, error=error.message)


def queue_reading(here: Installation, source: catalog.Source) -> None:
    """Puts a reading into the queue, once: one that waits already is enough."""
    app = make_worker(here)
    task: Any = app.tasks[READ_SOURCE]
    with app.open():
        try:
            task.configure(queueing_lock=f"{READ_SOURCE}:{source.id}").defer(source_id=source.id)
        except procrastinate.exceptions.AlreadyEnqueued:
            log.info("feed.queued_already", source=source.path)


def run(here: Installation, *, once: bool) -> None:
    """Works until told to stop (SIGINT, SIGTERM), or until nothing waits."""
    app = make_worker(here)
    catch_up(here)
    with app.open():
        app.run_worker(wait=not once, install_signal_handlers=True, delete_jobs="successful")
