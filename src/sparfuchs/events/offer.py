"""What happens to the offers of a run after it was published: first judged, then rated.

Bulk events: they name the run whose offers were touched and how many, and carry no offer. Only what
is news to a person, a reduction that turns out to be real, carries its evidence and its sentence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from sparfuchs.events.envelope import Event, Json, text_of, whole_of, wholes_of


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


@dataclass(frozen=True, slots=True)
class OffersMatched:
    """These offers belong to another product than before, or to their first.

    `offers` are their ids, of whatever source, some thousand of them at most.
    """

    topic: ClassVar[str] = "offer"
    type: ClassVar[str] = "offer.OffersMatched"

    offers: tuple[int, ...]

    def to_event(self, occurred_at: datetime) -> Event:
        payload: dict[str, Json] = {"offers": list(self.offers)}
        return Event(self.topic, "products", self.type, occurred_at, payload)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises ValueError for an event of another type or shape."""
        return cls(offers=wholes_of(event.expect(cls.type), "offers"))


@dataclass(frozen=True, slots=True)
class Badge:
    """One offer whose reduction is real: `percent` below `lowest_minor`, the lowest known price of
    the thirty days before it; prices in minor units of `currency`; what that says, in two
    languages.
    """

    ordinal: int
    price_minor: int
    lowest_minor: int
    currency: str
    percent: int
    de: str
    en: str

    def as_json(self) -> dict[str, Json]:
        return {
            "ordinal": self.ordinal,
            "price_minor": self.price_minor,
            "lowest_minor": self.lowest_minor,
            "currency": self.currency,
            "percent": self.percent,
            "de": self.de,
            "en": self.en,
        }

    @classmethod
    def from_json(cls, facts: Mapping[str, Json]) -> Self:
        """Raises ValueError for another shape."""
        return cls(
            **{n: whole_of(facts, n) for n in ("ordinal", "price_minor", "lowest_minor")},
            currency=text_of(facts, "currency"),
            percent=whole_of(facts, "percent"),
            de=text_of(facts, "de"),
            en=text_of(facts, "en"),
        )


@dataclass(frozen=True, slots=True)
class BadgesEarned:
    """Reductions of these offers of a source turned out to be real; before they were none.

    Offers that were judged for the first time are no news and are not told. `badges` are some
    hundred at most, each with its evidence and its sentence.
    """

    topic: ClassVar[str] = "offer"
    type: ClassVar[str] = "offer.BadgesEarned"

    source: int
    badges: tuple[Badge, ...]

    def to_event(self, occurred_at: datetime) -> Event:
        told: list[Json] = [badge.as_json() for badge in self.badges]
        payload: dict[str, Json] = {"source": self.source, "badges": told}
        return Event(self.topic, str(self.source), self.type, occurred_at, payload)

    @classmethod
    def from_event(cls, event: Event) -> Self:
        """Raises ValueError for an event of another type or shape."""
        facts = event.expect(cls.type)
        told = facts.get("badges")
        if not isinstance(told, list) or not all(isinstance(one, dict) for one in told):
            raise ValueError(f"badges is {told!r} and not a list of badges")
        badges = tuple(Badge.from_json(one) for one in told if isinstance(one, dict))
        return cls(source=whole_of(facts, "source"), badges=badges)
