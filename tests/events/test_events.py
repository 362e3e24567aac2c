from datetime import UTC, datetime
from typing import Any

import pytest

from sparfuchs.events.envelope import Event
from sparfuchs.events.feed import RunPublished, SourceRemoved
from sparfuchs.events.offer import Badge, BadgesEarned, OffersJudged, OffersRated
from sparfuchs.kernel.errors import UsageError

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
PUBLISHED = [
    RunPublished(source=7, run=12, segment="segments/7/12.arrow"),
    RunPublished(source=7, run=13, segment=None),
    SourceRemoved(source=7),
    OffersJudged(source=7, run=12, judged=3),
    OffersRated(source=7, run=12, rated=0),
    BadgesEarned(7, (Badge(3, 7000, 9000, "EUR", 22, "−22 % …", "−22% …"),)),
]


@pytest.mark.parametrize("fact", PUBLISHED, ids=lambda fact: type(fact).__name__)
def test_an_event_is_read_as_it_was_told(
    fact: RunPublished | SourceRemoved | OffersJudged | OffersRated | BadgesEarned,
) -> None:
    event = fact.to_event(NOON)
    assert type(fact).from_event(event) == fact
    assert event.key == "7"
    assert event.type == f"{event.topic}.{type(fact).__name__}"


def test_an_event_of_another_type_is_refused() -> None:
    with pytest.raises(ValueError, match=r"feed\.SourceRemoved was read as feed\.RunPublished"):
        RunPublished.from_event(SourceRemoved(7).to_event(NOON))


@pytest.mark.parametrize("payload", [{}, {"source": "7"}, {"source": True}, {"source": None}])
def test_an_event_of_another_shape_is_refused(payload: dict[str, str | bool | None]) -> None:
    event = Event("feed", "7", SourceRemoved.type, NOON, payload)
    with pytest.raises(ValueError, match=r"source is .* and not a whole number"):
        SourceRemoved.from_event(event)


def test_an_event_needs_a_time_with_a_zone() -> None:
    with pytest.raises(UsageError, match="has no zone"):
        SourceRemoved(7).to_event(datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize("badges", [None, 3, [3], [{"ordinal": 1}]])
def test_badges_of_another_shape_are_refused(badges: Any) -> None:
    event = Event("offer", "7", BadgesEarned.type, NOON, {"source": 7, "badges": badges})
    with pytest.raises(ValueError, match=r"badges is|price_minor is"):
        BadgesEarned.from_event(event)
