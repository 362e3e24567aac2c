"""What the servers need to know of a market: which shops there are and what each states."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import polars as pl

from sparfuchs.ingest.api import Format
from sparfuchs.market.write.feed import feed_path
from sparfuchs.market.write.style import Style

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ShopFacts:
    """One shop as its server knows it.

    slug: its name in addresses, one a source.
    moves: how long its prices stay as they are; within such a time its feed is the same bytes.
    latency: seconds before it answers.
    grants: whether it has a document of promotions.
    """

    slug: str
    name: str
    format: Format
    style: Style = field(default_factory=Style)
    currency: str = "EUR"
    moves: timedelta = timedelta(minutes=15)
    latency: float = 0.0
    grants: bool = False

    @property
    def feed(self) -> str:
        """The path of its feed, with the question that a Shopify shop is to be asked."""
        path = feed_path(self.format, self.style)
        asked = f"?currency={self.currency}" if self.format is Format.SHOPIFY_JSON else ""
        return path + asked

    def as_of(self, at: datetime) -> datetime:
        """The beginning of the time in which `at` lies: prices have been as they are since then."""
        return _EPOCH + (at - _EPOCH) // self.moves * self.moves


class Stock(Protocol):
    """A market seen from its shops. Called from several threads."""

    def shops(self) -> Sequence[ShopFacts]:
        """All shops, always in the same order: a shop's place gives its port."""
        ...

    def stated(self, slug: str, at: datetime) -> pl.DataFrame:
        """What a shop states at a moment (STATED)."""
        ...

    def granted(self, slug: str, at: datetime) -> pl.DataFrame:
        """What a shop grants beside its prices at a moment (GRANTED)."""
        ...
