"""The decision on a held run: released, it is read again from what was kept; discarded, it ends."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.feed_to_listing import read_kept
from sparfuchs.flows.gather_run import Progress, silent
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.kept import kept_payload
from sparfuchs.flows.report import Report
from sparfuchs.flows.sources import find_source
from sparfuchs.kernel.errors import Conflict, UsageError


def find_run(here: Installation, name: str) -> tuple[catalog.Source, catalog.FeedRun]:
    """A run by `merchant/source:number`. Raises UsageError or NotFound."""
    path, colon, number = name.rpartition(":")
    if not colon or not number.isdigit():
        raise UsageError(f"A run is written merchant/source:number, not {name!r}", run=name)
    source = find_source(here, path)
    with here.database.reading() as work:
        run = catalog.run(work, source.id, int(number))
    if run is None:
        raise catalog.no_run(name)
    return source, run


def release_run(
    here: Installation,
    name: str,
    *,
    now: datetime,
    keep: catalog.Sign | None = None,
    progress: Progress = silent,
) -> Report:
    """Publishes a held run as of its own time, while nothing newer is published (R-RUN-4).

    It is identified anew against the present state; the doubts that held it no longer count. With
    `keep`, offers whose ids were replaced are found again by a unique sign and keep their history.
    Raises Conflict when the run is decided already or something newer was published.
    """
    source, run = find_run(here, name)
    with here.database.reading() as work:
        catalog.held_run(work, source, run.number)
    if source.head_at is not None and source.head_at >= run.at:
        raise Conflict(
            f"{source.path} was read again as of {source.head_at.isoformat()}; "
            f"the held run {run.number} of {run.at.isoformat()} can only be discarded",
            run=name,
        )
    here.scratch.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix=f"release-{source.id}-", dir=here.scratch) as folder,
        kept_payload(here, run, Path(folder) / "payload") as payload,
    ):
        return read_kept(here, source, run, payload, now=now, keep=keep, progress=progress)


def discard_run(here: Installation, name: str) -> tuple[catalog.Source, catalog.FeedRun]:
    source, run = find_run(here, name)
    with here.database.unit_of_work() as work:
        catalog.discard(work, source, run.number)
    return source, run
