"""One reading with all that follows from it, for callers that want to see the result at once."""

from collections.abc import Callable
from datetime import datetime

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.backfill import backfill_source
from sparfuchs.flows.feed_to_listing import read_source
from sparfuchs.flows.gather_run import Progress, silent
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.price_and_rate import judge_due
from sparfuchs.flows.report import Report
from sparfuchs.flows.subscriptions import catch_up


def read_and_judge(
    here: Installation,
    source: catalog.Source,
    *,
    now: datetime,
    at: datetime | None = None,
    progress: Progress = silent,
    backfill: bool = False,
) -> Report:
    """Reads a source as of `at`, else as of now, then judges what the run changed and what time
    changed since the last one.

    Raises what `read_source` and `backfill_source` raise.
    """
    at = at or whole_second(source, now)
    if backfill:
        report = backfill_source(here, source, at=at, now=now, progress=progress)
    else:
        report = read_source(here, source, at=at, now=now, progress=progress)
    judge(here, report, progress=progress)
    return report


def whole_second(source: catalog.Source, now: datetime) -> datetime:
    """The time that a reading of this moment is given: the second that has begun, unless the newest
    reading is not older. No price is known more exactly, and in the history that is kept for ever
    a moment to the microsecond takes two bytes more than one to the second.
    """
    second = now.replace(microsecond=0)
    return second if source.head_at is None or second > source.head_at else now


def read_on_time(
    here: Installation,
    source: catalog.Source,
    *,
    now: datetime,
    arrived: Callable[[], None],
) -> Report:
    """One of a worker's many readings: its events are left to who listens for them, so that nobody
    waits for the events of others. `arrived`: as for `read_source`, whose errors it raises.
    """
    at = whole_second(source, now)
    report = read_source(here, source, at=at, now=now, arrived=arrived)
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
