"""Which event starts what: one table. A consumer may see an event twice and must not mind."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from sparfuchs.events.envelope import Event
from sparfuchs.events.feed import RunPublished, SourceRemoved
from sparfuchs.events.offer import OffersRated, OffersReviewed
from sparfuchs.flows.categorise import categorise_run
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.listings import (
    Progress,
    drop_source,
    index_rated,
    index_reviewed,
    make_index,
    silent,
)
from sparfuchs.flows.price_and_rate import price_and_rate
from sparfuchs.kernel.errors import Conflict
from sparfuchs.plumbing.db import Work

Handler = Callable[[Installation, Work, Event], None]


@dataclass(frozen=True)
class Subscription:
    """A consumer of one topic, with what it does at each type of event; others it passes over."""

    consumer: str
    topic: str
    handlers: Mapping[str, Handler]


def _judge(here: Installation, work: Work, event: Event) -> None:
    published = RunPublished.from_event(event)
    # First where an offer belongs: the listing that follows shows it.
    categorise_run(here, work, published)
    price_and_rate(here, work, published)


INDEXING: Final = "indexing"
SUBSCRIPTIONS: Final = (
    Subscription("judging", RunPublished.topic, {RunPublished.type: _judge}),
    Subscription(
        INDEXING,
        OffersRated.topic,
        {OffersRated.type: index_rated, OffersReviewed.type: index_reviewed},
    ),
    Subscription(INDEXING, SourceRemoved.topic, {SourceRemoved.type: drop_source}),
)
LOCK_SPACE: Final = 2


# How long to wait before asking again whether another process is still at it.
PATIENCE: Final = 0.05
AT_ONCE: Final = 100
_TRIES: Final = 1200  # a minute


def catch_up(here: Installation) -> int:
    """Hands every waiting event to its consumers, one transaction an event. Gives how many.

    One process at a time works for a consumer. Another that comes meanwhile waits until nothing
    waits any more, so that whoever returns from here finds the events before it handled.
    """
    handled = 0
    for place, subscription in enumerate(SUBSCRIPTIONS):
        while _waiting(here, subscription):
            with here.database.hold_lock(LOCK_SPACE, place) as held:
                if held:
                    handled += _drain(here, subscription)
            if not held:
                time.sleep(PATIENCE)
    return handled


def ensure_index(here: Installation, *, progress: Progress = silent) -> None:
    """Makes the index where there is none yet, or none that this version can read. Of several that
    come at once one makes it, the others wait for it.
    """
    if here.engine.exists():
        return
    with _alone_indexing(here):
        if not here.engine.exists():
            make_index(here, progress=progress)
    catch_up(here)


def rebuild_index(here: Installation, *, progress: Progress = silent) -> int:
    """Makes the index anew while the present one answers. Gives how many listings it has.

    Indexing waits for it: what happens meanwhile is put into the new index afterwards. Raises
    Conflict when another process is indexing and does not come to an end.
    """
    with _alone_indexing(here):
        total = make_index(here, progress=progress)
    catch_up(here)
    return total


@contextmanager
def _alone_indexing(here: Installation) -> Iterator[None]:
    """Nobody else indexes in this block, in whatever process. Raises Conflict."""
    places = [n for n, one in enumerate(SUBSCRIPTIONS) if one.consumer == INDEXING]
    with ExitStack() as locks:
        for place in places:
            for _ in range(_TRIES):
                # A lock that was not had is closed at once: it is a connection of its own.
                with ExitStack() as attempt:
                    if attempt.enter_context(here.database.hold_lock(LOCK_SPACE, place)):
                        locks.push(attempt.pop_all())
                        break
                time.sleep(PATIENCE)
            else:
                raise Conflict("Another process is indexing; try again when it is done")
        yield


def _waiting(here: Installation, subscription: Subscription) -> bool:
    return bool(here.log.read(subscription.consumer, subscription.topic, 1))


def _drain(here: Installation, subscription: Subscription) -> int:
    handled = 0
    while waiting := here.log.read(subscription.consumer, subscription.topic, AT_ONCE):
        for logged in waiting:
            with here.database.unit_of_work() as work:
                handler = subscription.handlers.get(logged.event.type)
                if handler is not None:
                    handler(here, work, logged.event)
                here.log.advance(work, subscription.consumer, subscription.topic, logged.position)
            handled += 1
    return handled
