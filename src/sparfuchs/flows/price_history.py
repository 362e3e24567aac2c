"""The recorded prices of an offer for whoever has to vouch for them, and the prices that wait."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.show_offer import find_offer, show_history
from sparfuchs.flows.sources import find_source
from sparfuchs.kernel.ids import public_id
from sparfuchs.pricing import api as pricing

Answer = dict[str, Any]


def price_history(here: Installation, name: str) -> Answer:
    """Spans with where each came from, and `revisions`: what was mended, why, and the rows that
    stood before. Raises NotFound.
    """
    found = show_history(here, name)
    with here.database.reading() as work:
        revisions = pricing.revisions_of(work, find_offer(here, name))
    return {**found, "revisions": [_revision(one) for one in revisions]}


def _revision(one: Mapping[str, Any]) -> Answer:
    return {
        "cause": one["cause"],
        "reason": one["reason"],
        "run": one["run"],
        "made_at": one["made_at"].isoformat(),
        "voided": [
            {
                "kind": row["kind"],
                "at": row["at"].isoformat(),
                "price": _money(row["price_minor"], row["currency"]),
            }
            for row in one["voided"]
        ],
    }


def held_prices(here: Installation, source: str | None, limit: int) -> list[Answer]:
    """Prices that wait for a second observation (R-F-7), the longest first. Raises NotFound."""
    chosen = find_source(here, source) if source else None
    with here.database.reading() as work:
        rows = catalog.held_prices(work, chosen.id if chosen else None, limit)
    return [
        {
            "id": public_id(row["id"]),
            "title": row["title"],
            "last": _money(row["last_minor"], row["currency"]),
            "held": _money(row["held_minor"], row["currency"]),
            "since": _time(row["held_at"]),
        }
        for row in rows
    ]


def _money(minor: int | None, currency: str | None) -> Answer | None:
    return None if minor is None or currency is None else {"minor": minor, "currency": currency}


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
