"""Which event starts what: one table. A consumer may see an event twice and must not mind."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from sparfuchs.events.envelope import Event
from sparfuchs.events.feed import RunPublished, SourceRemoved
from sparfuchs.events.offer import OffersMatched, OffersRated, OffersReviewed
from sparfuchs.flows.categorise import categorise_run
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.listings import (
    Progress,
    drop_sources,
    index_offers,
    make_index,
    silent,
)
from sparfuchs.flows.price_and_rate import price_and_rate
from sparfuchs.kernel.errors import Conflict
from sparfuchs.plumbing.db import Work

Handler = Callable[[Installation, Work, Sequence[Event]], None]


@dataclass(frozen=True)
class Subscription:
    """A consumer of one topic: which types of event it wants, and what it does with up to `at_once`
    of them in one transaction. Others it passes over.
    """

    consumer: str
    topic: str
    types: frozenset[str]
    handle: Handler
    at_once: int = 1


def _judge(here: Installation, work: Work, events: Sequence[Event]) -> None:
    for event in events:
        published = RunPublished.from_event(event)
        # First where an offer belongs: the listing that follows shows it.
        categorise_run(here, work, published)
        price_and_rate(here, work, published)


INDEXING: Final = "indexing"
AT_ONCE: Final = 100
SUBSCRIPTIONS: Final = (
    Subscription("judging", RunPublished.topic, frozenset({RunPublished.type}), _judge),
    Subscription(
        INDEXING,
        OffersRated.topic,
        frozenset({OffersRated.type, OffersReviewed.type, OffersMatched.type}),
        index_offers,
        at_once=AT_ONCE,
    ),
    Subscription(INDEXING, SourceRemoved.topic, frozenset({SourceRemoved.type}), drop_sources),
)
LOCK_SPACE: Final = 2


# How long to wait before asking again whether another process is still at it.
PATIENCE: Final = 0.05
_TRIES: Final = 1200  # a minute


def never() -> bool:
    """For callers who go on until nothing waits."""
    return False


def catch_up(here: Installation, *, enough: Callable[[], bool] = never) -> int:
    """Hands every waiting event to its consumers, or until it is `enough`. Gives how many.

    One process at a time works for a consumer. Another that comes meanwhile waits until nothing
    waits any more, so that whoever returns from here finds the events before it handled.
    """
    handled = 0
    for place, subscription in enumerate(SUBSCRIPTIONS):
        while not enough() and _waiting(here, subscription):
            with here.database.hold_lock(LOCK_SPACE, place) as held:
                if held:
                    handled += _drain(here, subscription, enough)
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


def _drain(here: Installation, subscription: Subscription, enough: Callable[[], bool]) -> int:
    handled = 0
    while waiting := here.log.read(subscription.consumer, subscription.topic, AT_ONCE):
        for start in range(0, len(waiting), subscription.at_once):
            part = waiting[start : start + subscription.at_once]
            with here.database.unit_of_work() as work:
                wanted = [one.event for one in part if one.event.type in subscription.types]
                if wanted:
                    subscription.handle(here, work, wanted)
                last = part[-1].position
                here.log.advance(work, subscription.consumer, subscription.topic, last)
            handled += len(part)
            if enough():
                return handled
    return handled
