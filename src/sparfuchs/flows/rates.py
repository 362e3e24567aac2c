"""Exchange rates: loaded when somebody asks for it, from a file or an address, and never else."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sparfuchs.flows.installation import Installation
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.money import Money
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing

Answer = dict[str, Any]


@dataclass(frozen=True)
class Loaded:
    """How many rates a file held, how many of them were new, and from which day to which."""

    rates: int
    new: int
    first: date
    last: date

    def as_json(self) -> dict[str, object]:
        return {
            "rates": self.rates,
            "new": self.new,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
        }


def load_rates(here: Installation, location: str, *, now: datetime) -> Loaded:
    """Takes in the rates of a file of the European Central Bank (`pricing.read_rates`).

    Twice is as good as once; a rate that was published anew replaces the one that was there. Raises
    NotFound, FetchFailed, FetchRefused, FeedUnreadable.
    """
    here.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="rates-", dir=here.scratch) as folder:
        payload = ingest.fetch(
            location,
            settings=ingest.FeedSettings(),
            validators={},
            into=Path(folder),
            fetcher=here.fetcher,
            at=now,
        )
        assert isinstance(payload, ingest.Payload)
        document = payload.documents[0]
        found = pricing.read_rates(document.path.read_bytes(), document.name)
    with here.database.unit_of_work() as work:
        new = pricing.keep_rates(work, found)
    days = found["day"]
    first, last = days[0], days[-1]
    assert isinstance(first, date)
    assert isinstance(last, date)
    return Loaded(found.height, new, first, last)


def show_rates(here: Installation) -> list[Answer]:
    """The newest rate of each currency, by its code."""
    with here.database.reading() as work:
        found = pricing.rates_on(work, None)
    return [
        {"currency": code, "per_euro": _plain(rate.per_euro), "day": rate.day.isoformat()}
        for code, rate in sorted(found.items())
    ]


def _plain(rate: Decimal) -> str:
    return f"{rate.normalize():f}"


def converted(work: Work, minor: int | None, currency: str, into: str) -> Answer | None:
    """About what a price is in another currency and by the rate of which day; None: nothing to say.

    Raises UsageError for a code that ISO 4217 does not know.
    """
    if minor is None or currency == into:
        return None
    found = pricing.convert(Money(minor, currency), into, pricing.rates_on(work, None))
    if found is None:
        return None
    amount, day = found
    return {"minor": amount.minor, "currency": amount.currency, "rate_day": day.isoformat()}
