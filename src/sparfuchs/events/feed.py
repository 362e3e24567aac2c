"""What happens to a source: its runs are published, its promotions change, it is removed."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from sparfuchs.events.envelope import Event, text_of, whole_of


@dataclass(frozen=True, slots=True)
class RunPublished:
    """A feed run became visible. `segment` names the Arrow file with what it changed, in the files
    port; None when it changed nothing (a 304, or the same bytes).
    """

    topic: ClassVar[str] = "feed"
    type: ClassVar[str] = "feed.RunPublished"

    source: int
    run: int
    segment: str | None

    def to_event(self, occurred_at: datetime) -> Event:
        payload = {"source": self.source, "run": self.run, "segment": self.segment}
        return Event(self.topic, str(self.source), self.type, occurred_at, payload)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises ValueError for an event of another type or shape."""
        facts = event.expect(cls.type)
        segment = None if facts.get("segment") is None else text_of(facts, "segment")
        return cls(source=whole_of(facts, "source"), run=whole_of(facts, "run"), segment=segment)


@dataclass(frozen=True, slots=True)
class SourceRemoved:
    """A source and its offers are gone for good; whoever keeps something of them drops it now."""

    topic: ClassVar[str] = "feed"
    type: ClassVar[str] = "feed.SourceRemoved"

    source: int

    def to_event(self, occurred_at: datetime) -> Event:
        return Event(self.topic, str(self.source), self.type, occurred_at, {"source": self.source})

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises ValueError for an event of another type or shape."""
        return cls(source=whole_of(event.expect(cls.type), "source"))


@dataclass(frozen=True, slots=True)
class PromotionsChanged:
    """A run of a source told of promotions: `begun` that were not there before, `changed` in their
    terms, `ended` that it stated no more. Prices do not change with them.
    """

    topic: ClassVar[str] = "feed"
    type: ClassVar[str] = "feed.PromotionsChanged"

    source: int
    run: int
    begun: int
    changed: int
    ended: int

    def to_event(self, occurred_at: datetime) -> Event:
        payload = {
            "source": self.source,
            "run": self.run,
            "begun": self.begun,
            "changed": self.changed,
            "ended": self.ended,
        }
        return Event(self.topic, str(self.source), self.type, occurred_at, payload)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises ValueError for an event of another type or shape."""
        facts = event.expect(cls.type)
        return cls(
            source=whole_of(facts, "source"),
            run=whole_of(facts, "run"),
            begun=whole_of(facts, "begun"),
            changed=whole_of(facts, "changed"),
            ended=whole_of(facts, "ended"),
        )
