"""A source that was never read begins with a past that somebody else recorded."""

from datetime import datetime

import numpy as np

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.feed_to_listing import LOCK_SPACE, Run
from sparfuchs.flows.gather_run import Progress, silent
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.report import Report
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.errors import Conflict, UsageError
from sparfuchs.kernel.frames import empty


def read_payload(
    here: Installation,
    source: catalog.Source,
    payload: ingest.Payload,
    *,
    at: datetime,
    now: datetime,
) -> Report:
    """Publishes a payload as the first reading of a source that was never read.

    Raises UsageError for a time in the future, Conflict when the source has been read before or is
    being read.
    """
    nothing = catalog.RecordedPast(
        np.array([], dtype=np.int64), catalog.carry_of(source.interval), empty(catalog.RECORDED)
    )
    return read_with_past(here, source, payload, nothing, at=at, now=now)


def read_with_past(
    here: Installation,
    source: catalog.Source,
    payload: ingest.Payload,
    past: catalog.RecordedPast,
    *,
    at: datetime,
    now: datetime,
    progress: Progress = silent,
) -> Report:
    """Publishes the newest reading of a source that was never read, and with it its recorded past.

    The payload goes through every stage; the past becomes what as many runs would have left, in the
    same transaction, and one event tells of it all, so that whoever judges judges once.
    Raises UsageError for a time in the future or not after the past, Conflict when the source has
    been read before or is being read.
    """
    if at > now:
        raise UsageError(f"{at.isoformat()} lies in the future", seen_at=at.isoformat())
    if len(past.at) and to_micros(at) <= int(past.at[-1]):
        raise UsageError(f"{at.isoformat()} is not after the recorded past", seen_at=at.isoformat())
    with here.database.hold_lock(LOCK_SPACE, source.id) as locked:
        if not locked:
            raise Conflict(f"{source.path} is being read by another process", source=source.path)
        with here.database.reading() as work:
            fresh = catalog.source(work, source.id)
        assert fresh is not None
        if fresh.next_number > 1:
            raise Conflict(f"{fresh.path} has runs of its own", source=fresh.path)
        run = Run(here, fresh, at, progress)
        run.recorded = past
        with run.folder() as folder:
            return run.fold_in(payload, folder)
