"""An operator's word on a recorded price: another one, none, or one that waits is believed.

One transaction: the history is mended, its rows as they stood are kept with the reason, the present
follows where it must, and an event lets the verdict be given anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.feed_to_listing import LOCK_SPACE
from sparfuchs.flows.gather_run import state_of
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.report import Report
from sparfuchs.flows.show_offer import find_offer
from sparfuchs.kernel.clock import from_micros
from sparfuchs.kernel.errors import Conflict, UsageError
from sparfuchs.kernel.ids import public_id, source_of
from sparfuchs.pricing import api as pricing


@dataclass(frozen=True)
class Corrected:
    """What came of it: the offer, the run that notes it, how many rows were voided and written."""

    report: Report
    offer: int
    voided: int
    written: int

    def as_json(self) -> dict[str, object]:
        return {
            "offer": public_id(self.offer),
            "source": self.report.source.path,
            "run": self.report.run.number,
            "voided": self.voided,
            "written": self.written,
        }


def correct_price(
    here: Installation,
    name: str,
    *,
    start: datetime,
    end: datetime | None,
    price: int | None,
    reason: str,
) -> Corrected:
    """Another price (minor units; None: unknown) of an offer in [start, end) of its history.

    Without `end` the stretch ends where the recorded price did. Where that is the price of today it
    can only be made unknown: it is held by hand until the shop states another one, for we show no
    price that nobody asks. Raises NotFound, UsageError for a stretch that the history does not
    know, Conflict when the source is being read.
    """
    if not reason.strip():
        raise UsageError("A correction needs a reason")
    if end is not None and end <= start:
        raise UsageError(f"{end.isoformat()} is not after {start.isoformat()}")
    with _alone(here, name) as (source, offer):
        head = source.head_at
        if head is None or start > head or (end is not None and end > head):
            raise UsageError(f"{source.path} was last read before that", source=source.path)
        state = state_of(here, source)
        with here.database.reading() as work:
            rows = pricing.history(work, np.array([offer], dtype=np.int64))
        spans = pricing.spans_of(rows)
        there = spans.filter(pl.col("start") <= start).tail(1)
        if there.is_empty():
            raise UsageError(
                f"Nothing is recorded of {public_id(offer)} as of {start.isoformat()}",
                offer=public_id(offer),
            )
        stated = there["price_minor"].item()
        end = end or there["end"].item()
        today = end is None
        present = catalog.present_of(state, offer)
        if today and price is not None:
            raise UsageError(
                "The shop still states that price: void it, or correct it until a time",
                offer=public_id(offer),
            )
        frame = state.frame
        if today and present["price_minor"] is not None:
            frame = catalog.with_present(
                state, offer, price_minor=None, held_minor=stated, last_minor=stated
            )
        return _write(here, source, offer, frame, rows, (start, end, price), reason, present=today)


def release_price(here: Installation, name: str, *, reason: str) -> Corrected:
    """Believes a price that waits (R-F-7), from when it was first stated.

    One that was held by hand counts from the newest reading on. Raises NotFound, and Conflict when
    no price of the offer waits or the source is being read.
    """
    with _alone(here, name) as (source, offer):
        state = state_of(here, source)
        present = catalog.present_of(state, offer)
        price, since = present["held_minor"], present["held_at"]
        if not isinstance(price, int):
            raise Conflict(f"No price of {public_id(offer)} waits", offer=public_id(offer))
        assert source.head_at is not None
        start = from_micros(since) if isinstance(since, int) else source.head_at
        frame = catalog.with_present(
            state, offer, price_minor=price, held_minor=None, last_minor=price
        )
        with here.database.reading() as work:
            rows = pricing.history(work, np.array([offer], dtype=np.int64))
        return _write(here, source, offer, frame, rows, (start, None, price), reason, present=True)


@contextmanager
def _alone(here: Installation, name: str) -> Iterator[tuple[catalog.Source, int]]:
    """The source of an offer and its id, while nobody else reads it."""
    offer = find_offer(here, name)
    with here.database.reading() as work:
        source = catalog.source(work, source_of(offer))
        if source is None or catalog.offer_row(work, offer) is None:
            raise catalog.no_offer(name)
    with here.database.hold_lock(LOCK_SPACE, source.id) as held:
        if not held:
            raise Conflict(f"{source.path} is being read by another process", source=source.path)
        with here.database.reading() as work:
            fresh = catalog.source(work, source.id)
        assert fresh is not None
        yield fresh, offer


def _write(
    here: Installation,
    source: catalog.Source,
    offer: int,
    state: pl.DataFrame,
    rows: pl.DataFrame,
    what: tuple[datetime, datetime | None, int | None],
    reason: str,
    *,
    present: bool,
) -> Corrected:
    added, removed = pricing.correct(rows, *what, source.next_number)
    because = pricing.Revision(pricing.Cause.OPERATOR, reason, offer)
    with here.database.unit_of_work() as work:
        revision = pricing.add_revision(work, because, source.id, source.next_number)
        pricing.revise(work, added, removed, revision)
        run = catalog.publish_corrected(
            work, here.files, source, offer, state, present=present, reason=reason
        )
    return Corrected(Report(source, run), offer, removed.height, added.height)
