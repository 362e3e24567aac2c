"""One reading with all that follows from it, for callers that want to see the result at once."""

from collections.abc import Callable
from datetime import datetime

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.backfill import backfill_source
from sparfuchs.flows.feed_to_listing import Report, read_source
from sparfuchs.flows.gather_run import Progress, silent
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.price_and_rate import judge_due
from sparfuchs.flows.subscriptions import catch_up


def read_and_judge(
    here: Installation,
    source: catalog.Source,
    *,
    at: datetime,
    now: datetime,
    progress: Progress = silent,
    backfill: bool = False,
) -> Report:
    """Reads a source, then judges what the run changed and what time changed since the last one.

    Raises what `read_source` and `backfill_source` raise.
    """
    if backfill:
        report = backfill_source(here, source, at=at, now=now, progress=progress)
    else:
        report = read_source(here, source, at=at, now=now, progress=progress)
    judge(here, report, progress=progress)
    return report


def read_on_time(
    here: Installation,
    source: catalog.Source,
    *,
    at: datetime,
    arrived: Callable[[], None],
) -> Report:
    """One of a worker's many readings: its events are left to who listens for them, so that nobody
    waits for the events of others. `arrived`: as for `read_source`, whose errors it raises.
    """
    report = read_source(here, source, at=at, now=at, arrived=arrived)
    if report.run.status is catalog.RunStatus.PUBLISHED and not report.repeated_nothing:
        judge_due(here, source.id)
    return report


def judge(here: Installation, report: Report, *, progress: Progress = silent) -> None:
    """Hands the events of a reading to their consumers and judges what is due."""
    progress("judge", report.run.counts.accepted)
    catch_up(here)
    published = report.run.status is catalog.RunStatus.PUBLISHED
    if published and not report.repeated_nothing and judge_due(here, report.source.id):
        catch_up(here)  # what was judged anew is told, and wants to be indexed
