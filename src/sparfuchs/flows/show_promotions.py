"""Promotions as a person asks for them: what a shop grants beside its prices, and until when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.kernel.errors import NotFound
from sparfuchs.kernel.ids import from_public_id, public_id
from sparfuchs.plumbing.db import Work

Answer = dict[str, Any]

_MAX: int = 2**63 - 1


def list_promotions(
    here: Installation,
    merchant: str | None,
    *,
    now: datetime,
    everything: bool = False,
    after: str | None = None,
    limit: int,
) -> list[Answer]:
    """Promotions of a merchant (its slug) or of all, those valid now or `everything` that was ever
    stated, in the order in which they came; `after` is the id of the last one known already.

    Raises NotFound for a merchant or an id that there is not.
    """
    before = 0 if after is None else _number(after)
    with here.database.reading() as work:
        if merchant is not None and not catalog.merchant_figures(work, only=merchant, limit=1):
            raise NotFound(f"There is no merchant {merchant!r}", merchant=merchant)
        found = catalog.promotions_of(
            work, merchant, at=None if everything else now, after=before, limit=limit
        )
    return [promotion_answer(row, now) for row in found]


def show_promotion(here: Installation, name: str, *, now: datetime) -> Answer:
    """One promotion by its id. Raises NotFound."""
    with here.database.reading() as work:
        row = catalog.promotion_row(work, _number(name))
    if row is None:
        raise _none(name)
    return promotion_answer(row, now)


def promotions_for(
    work: Work, merchant: str, offer: Mapping[str, Any], now: datetime
) -> list[Answer]:
    """The promotions of a merchant (its slug) that are valid now and apply to one of its offers,
    each with why it does. Those with a code come first, as shoppers can use them at once.
    """
    # One merchant's, which are few.
    met = [
        {**promotion_answer(row, now), "applies": why.value}
        for row in catalog.promotions_of(work, merchant, at=now)
        if (why := catalog.applies(row, offer)) is not None
    ]
    return sorted(met, key=lambda one: one["code"] is None)


def promotion_answer(row: Mapping[str, Any], now: datetime) -> Answer:
    """A stored promotion as plain JSON values; `status` says how it stands now."""
    currency = row["currency"]

    def money(minor: int | None) -> Answer | None:
        return None if minor is None or currency is None else {"minor": minor, "currency": currency}

    return {
        "id": public_id(row["id"]),
        "merchant": {"slug": row["merchant_slug"], "name": row["merchant_name"]},
        "title": row["title"],
        "description": row["description"],
        "kind": row["kind"],
        "code": row["code"],
        "percent": row["percent"],
        "money_off": money(row["money_off_minor"]),
        "minimum_spend": money(row["minimum_minor"]),
        "for_everything": row["all_products"] and not row["scope"],
        "scope": row["scope"] or {},
        "terms": row["terms"] or {},
        "starts_at": _time(row["starts_at"]),
        "ends_at": _time(row["ends_at"]),
        "status": _status(row, now),
        "url": row["url"],
        "source": f"{row['merchant_slug']}/{row['source_name']}",
        "source_promotion_id": row["source_promotion_id"],
        "first_seen_at": _time(row["first_at"]),
        "gone_at": _time(row["gone_at"]),
    }


def _status(row: Mapping[str, Any], now: datetime) -> str:
    if row["gone_at"] is not None:
        return "gone"
    if any(row[name] is not None and row[name] > now for name in ("starts_at", "shown_from")):
        return "to_come"
    if any(row[name] is not None and row[name] <= now for name in ("ends_at", "shown_to")):
        return "over"
    return "valid"


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _number(name: str) -> int:
    number = from_public_id(name)
    if number is None or number > _MAX:
        raise _none(name)
    return number


def _none(name: str) -> NotFound:
    return NotFound(f"There is no promotion {name[:100]!r}", promotion=name[:100])
