"""Old price changes are folded into blocks, in small transactions under the lock of their source.

Whatever is interrupted has happened up to the last commit, and goes on from there the next time:
each change is a row or lies in a block at any moment (R-RUN-7).
"""

import dataclasses
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.feed_to_listing import LOCK_SPACE
from sparfuchs.flows.gather_run import Progress, silent
from sparfuchs.flows.installation import Installation
from sparfuchs.kernel.errors import Conflict
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.pricing import api as pricing

log = get_logger(__name__)

# Shelves folded in one transaction: some 30,000 offers, a second or two, for which the source is
# locked and could not be read.
_SHELVES: Final = 64
_AT_ONCE: Final = 500  # blocks read in one query when all are verified
_OVER_A_QUARTER: Final = timedelta(days=95)
# Who else uses a month that is empty? Mostly the server's own housekeeping, for an instant.
_WAITS: Final = 25  # in all
_PATIENCE: Final = 0.2  # seconds


@dataclass(frozen=True)
class FoldReport:
    """What a night came to: months that ended before `until` are folded. `skipped` names sources
    that were being read: theirs wait for the next time. `months` are tables that were left empty
    and dropped.
    """

    until: datetime
    rows: int
    blocks: int
    block_bytes: int
    months: int
    skipped: tuple[str, ...]
    seconds: float

    def as_json(self) -> dict[str, object]:
        return {
            **dataclasses.asdict(self),
            "until": self.until.isoformat(),
            "skipped": list(self.skipped),
            "seconds": round(self.seconds, 2),
        }


def folded_until(here: Installation, now: datetime) -> datetime:
    """The start of the first month, in UTC, that stays rows."""
    return _month(now - timedelta(days=here.settings.history.fold_after_days))


def fold_history(here: Installation, *, now: datetime, progress: Progress = silent) -> FoldReport:
    """Folds what is old enough, of all sources. May run at any time, twice, and be interrupted."""
    began = time.perf_counter()
    until = folded_until(here, now)
    total, skipped = pricing.Folded(), []
    with here.database.reading() as work:
        sources = catalog.all_sources(work)
        quarters = _quarters(pricing.months_with_rows(work), until)
    for source in sources:
        for start, end in quarters:
            with metrics.STEP_SECONDS.labels(step="fold").time():
                done, whole = _fold(here, source, start, end)
            total += done
            progress("fold", total.rows)
            if not whole:
                skipped.append(source.path)
                break
    metrics.FOLDED_ROWS.inc(total.rows)
    metrics.FOLDED_BLOCKS.inc(total.blocks)
    return FoldReport(
        until=until,
        rows=total.rows,
        blocks=total.blocks,
        block_bytes=total.size,
        months=_drop_empty(here, until),
        skipped=tuple(skipped),
        seconds=time.perf_counter() - began,
    )


def _month(moment: datetime) -> datetime:
    there = moment.astimezone(UTC)
    return datetime(there.year, there.month, 1, tzinfo=UTC)


def _quarters(months: list[datetime], until: datetime) -> list[tuple[datetime, datetime]]:
    """The quarters of these months with their ends, the last one cut at `until`."""
    starts = sorted({pricing.quarter_of(month) for month in months if month < until})
    return [(start, min(pricing.quarter_of(start + _OVER_A_QUARTER), until)) for start in starts]


def _fold(
    here: Installation, source: catalog.Source, start: datetime, end: datetime
) -> tuple[pricing.Folded, bool]:
    """Folds rows of one source in [start, end) of one quarter; False when it could not be done to
    the end as the source is being read.
    """
    done = pricing.Folded()
    low, high = source.id << 32, (source.id + 1) << 32
    step = _SHELVES << pricing.SHELF_BITS
    while True:
        with here.database.reading() as work:
            first = pricing.first_unfolded(work, low, high, start, end)
        if first is None:
            return done, True
        low = first >> pricing.SHELF_BITS << pricing.SHELF_BITS
        with here.database.hold_lock(LOCK_SPACE, source.id) as held:
            if not held:
                return done, False
            with here.database.unit_of_work() as work:
                done += pricing.fold_rows(work, low, min(low + step, high), start, end)
        low += step


def _drop_empty(here: Installation, until: datetime) -> int:
    """Drops the tables of old months in which nothing is left; gives how many. One that is in use
    all the time stays until the next night.
    """
    dropped = 0
    with here.database.reading() as work:
        names = pricing.empty_months(work, until)
    waited = 0
    for name in names:
        while not (gone := _dropped(here, name)) and waited < _WAITS:
            waited += 1
            time.sleep(_PATIENCE)
        dropped += gone
        if not gone:
            log.info("history.month_kept", table=name)
    return dropped


def _dropped(here: Installation, name: str) -> bool:
    with here.database.unit_of_work() as work:
        return pricing.drop_month(work, name)


def verify_history(here: Installation, *, progress: Progress = silent) -> int:
    """Reads every block to its end; gives how many there are. Raises StoreUnavailable at the first
    that is not as it was written.
    """
    checked, last = 0, (0, datetime(1970, 1, 1, tzinfo=UTC))
    while True:
        with here.database.reading() as work:
            names = pricing.blocks_after(work, *last, _AT_ONCE)
        if not names:
            return checked
        checked, last = checked + len(names), names[-1]
        progress("verify", checked)


def unfold_history(
    here: Installation, source: catalog.Source, *, progress: Progress = silent
) -> int:
    """Makes rows again of all blocks of a source; gives how many. Folding takes them again the
    next night: this is the way back to a version that knows no blocks.

    Raises Conflict when the source is being read.
    """
    low, high = source.id << 32, (source.id + 1) << 32
    step = _SHELVES << pricing.SHELF_BITS
    rows = 0
    for start in range(low, low + source.next_ordinal, step):
        with here.database.hold_lock(LOCK_SPACE, source.id) as held:
            if not held:
                raise Conflict(
                    f"{source.path} is being read by another process", source=source.path
                )
            with here.database.unit_of_work() as work:
                rows += pricing.unfold_rows(work, start, min(start + step, high))
        progress("unfold", rows)
    return rows
