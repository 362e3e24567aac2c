"""What happens to the offers of a run after it was published: first judged, then rated.

Bulk events: they name the run whose offers were touched and how many, and carry no offer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from sparfuchs.events.envelope import Event, Json, whole_of, wholes_of


@dataclass(frozen=True, slots=True)
class OffersJudged:
    """Verdicts of `judged` offers of a source were given anew, up to and with this run."""

    topic: ClassVar[str] = "offer"
    type: ClassVar[str] = "offer.OffersJudged"

    source: int
    run: int
    judged: int

    def to_event(self, occurred_at: datetime) -> Event:
        payload = {"source": self.source, "run": self.run, "judged": self.judged}
        return Event(self.topic, str(self.source), self.type, occurred_at, payload)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises ValueError for an event of another type or shape."""
        facts = event.expect(cls.type)
        return cls(
            source=whole_of(facts, "source"),
            run=whole_of(facts, "run"),
            judged=whole_of(facts, "judged"),
        )


@dataclass(frozen=True, slots=True)
class OffersRated:
    """Ratings of `rated` offers of a source were given anew, up to and with this run."""

    topic: ClassVar[str] = "offer"
    type: ClassVar[str] = "offer.OffersRated"

    source: int
    run: int
    rated: int

    def to_event(self, occurred_at: datetime) -> Event:
        payload = {"source": self.source, "run": self.run, "rated": self.rated}
        return Event(self.topic, str(self.source), self.type, occurred_at, payload)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises ValueError for an event of another type or shape."""
        facts = event.expect(cls.type)
        return cls(
            source=whole_of(facts, "source"),
            run=whole_of(facts, "run"),
            rated=whole_of(facts, "rated"),
        )


@dataclass(frozen=True, slots=True)
class OffersReviewed:
    """Verdicts of these offers of a source were given anew because time went by, not by a run.

    `ordinals` are the lower halves of their ids, some thousand of them at most.
    """

    topic: ClassVar[str] = "offer"
    type: ClassVar[str] = "offer.OffersReviewed"

    source: int
    ordinals: tuple[int, ...]

    def to_event(self, occurred_at: datetime) -> Event:
        payload: dict[str, Json] = {"source": self.source, "ordinals": list(self.ordinals)}
        return Event(self.topic, str(self.source), self.type, occurred_at, payload)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises ValueError for an event of another type or shape."""
        facts = event.expect(cls.type)
        return cls(source=whole_of(facts, "source"), ordinals=wholes_of(facts, "ordinals"))
