"""Which event starts what: one table. A consumer may see an event twice and must not mind."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sparfuchs.events.envelope import Event
from sparfuchs.events.feed import RunPublished
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.price_and_rate import price_and_rate
from sparfuchs.plumbing.db import Work

Handler = Callable[[Installation, Work, Event], None]


@dataclass(frozen=True)
class Subscription:
    """A consumer of one topic, with what it does at each type of event; others it passes over."""

    consumer: str
    topic: str
    handlers: Mapping[str, Handler]


def _judge(here: Installation, work: Work, event: Event) -> None:
    price_and_rate(here, work, RunPublished.from_event(event))


SUBSCRIPTIONS: Final = (Subscription("judging", RunPublished.topic, {RunPublished.type: _judge}),)
LOCK_SPACE: Final = 2


# How long to wait before asking again whether another process is still at it.
PATIENCE: Final = 0.05
AT_ONCE: Final = 100


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
