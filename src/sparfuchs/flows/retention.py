"""Retention: what has been kept long enough is named no more, and the sweeper takes it.

Nothing goes that a rule still needs: held runs that may be released keep their documents, the state
of each source stays, and so does a segment that any consumer still has before it.
"""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sparfuchs.catalog import api as catalog
from sparfuchs.events.feed import RunPublished
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.subscriptions import SUBSCRIPTIONS

# More events than this before a consumer: then all segments stay until it has caught up.
_BACKLOG: Final = 100_000


@dataclass(frozen=True)
class LetGo:
    """How much was let go: runs by what of them went, and events."""

    payloads: int
    segments: int
    rejections: int
    discarded: int
    events: int

    def as_json(self) -> dict[str, int]:
        return dataclasses.asdict(self)


def retain(here: Installation, *, now: datetime) -> LetGo:
    """Applies the settings of `retention`. May run at any time, and twice."""
    settings = here.settings.retention
    topics = sorted({one.topic for one in SUBSCRIPTIONS})
    before_events = now - timedelta(days=settings.event_days)
    events = sum(here.log.trim(topic, before_events) for topic in topics)
    needed = _needed(here)
    with here.database.unit_of_work() as work:
        return LetGo(
            payloads=catalog.drop_payloads(work, settings.payload_runs),
            segments=0
            if needed is None
            else catalog.drop_segments(work, now - timedelta(days=settings.segment_days), needed),
            rejections=catalog.drop_rejections(work, now - timedelta(days=settings.rejection_days)),
            discarded=catalog.discard_stale(work, now - timedelta(days=settings.held_days)),
            events=events,
        )


def _needed(here: Installation) -> set[str] | None:
    """Segments that a consumer still has before it; None when it has too many to go through."""
    needed: set[str] = set()
    for subscription in SUBSCRIPTIONS:
        waiting = here.log.read(subscription.consumer, subscription.topic, _BACKLOG)
        if len(waiting) == _BACKLOG:
            return None
        published = (one.event for one in waiting if one.event.type == RunPublished.type)
        needed.update(filter(None, (RunPublished.from_event(one).segment for one in published)))
    return needed
