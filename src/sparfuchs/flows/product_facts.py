"""Products beside their offers: their names, how much there is of each, who stands for it.

Plain rows and no columns: a page has some dozen offers, and is asked for often.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sparfuchs.catalog import api as catalog
from sparfuchs.kernel.errors import NotFound
from sparfuchs.kernel.ids import from_public_id, public_id
from sparfuchs.matching import api as matching
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing

Answer = dict[str, Any]

# Offers have ids below this, so that no name is that of an offer and of a product.
_PRODUCTS: Final = 1 << 63


def product_name(number: int) -> str:
    return public_id(_PRODUCTS | number)


def product_number(name: str) -> int:
    """The number of a product by its public name. Raises NotFound for a name that is none."""
    number = from_public_id(name)
    if number is None or number < _PRODUCTS:
        raise no_product(name)
    return number ^ _PRODUCTS


def no_product(name: str) -> NotFound:
    return NotFound(f"There is no product {name[:100]!r}", product=name[:100])


@dataclass(frozen=True)
class Together:
    """The live offers of some products, by product; each as `catalog.standing` gives it."""

    members: Mapping[int, Sequence[Mapping[str, Any]]]

    def facts(self, number: int, currency: str | None) -> Answer:
        """How many offers of how many merchants a product has, and what the cheapest costs that is
        to be had in this currency.
        """
        mine = self.members.get(number, ())
        prices = [
            one["price_minor"]
            for one in mine
            if one["available"] and one["currency"] == currency and one["price_minor"] is not None
        ]
        return {
            "id": product_name(number),
            "offers": len(mine),
            "merchants": len({one["merchant"] for one in mine}),
            "from": {"minor": min(prices), "currency": currency} if prices else None,
        }

    def cheapest(self, number: int) -> int | None:
        """The id of the offer that a way to the product leads to: the cheapest that is to be had,
        else the cheapest of those that are sold out; None where none lives.
        """
        return min(
            self.members.get(number, ()),
            key=lambda one: (
                not one["available"],
                one["price_minor"] is None,
                one["price_minor"] or 0,
                one["id"],
            ),
            default={"id": None},
        )["id"]


def together(work: Work, numbers: Sequence[int]) -> Together:
    belongs = matching.members_by_product(work, numbers)
    product = {offer: number for number, offer in belongs}
    members: dict[int, list[Mapping[str, Any]]] = {}
    for row in catalog.standing(work, [offer for _, offer in belongs]):
        members.setdefault(product[row["id"]], []).append(row)
    return Together(members)


def offer_product(work: Work, offer: int, currency: str | None) -> Answer | None:
    """The product of one offer with how much there is of it; None where it has none yet."""
    row = matching.member_row(work, offer)
    if row is None:
        return None
    number = row["product_id"]
    return together(work, [number]).facts(number, currency)


def fronts(
    work: Work,
    hits: Sequence[int],
    product: Mapping[int, int],
    found: Together,
    *,
    only_deals: bool,
    now: datetime,
) -> tuple[int, ...]:
    """Instead of each hit the cheapest honest offer of its product: to be had, in the hit's
    currency, and without a claim that we found inflated. The hit itself where there is none.
    """
    several = [one for rows in found.members.values() if len(rows) > 1 for one in rows]
    verdicts = pricing.verdict_rows(work, [one["id"] for one in several])
    honest = {
        one["id"]: one
        for one in several
        if one["available"]
        and one["price_minor"] is not None
        and (one["id"] not in verdicts or verdicts[one["id"]]["claim_verdict"] != _INFLATED)
        and (not only_deals or _is_deal(one, now))
    }

    def front(hit: int) -> int:
        rows = found.members.get(product.get(hit, 0), ())
        currency = next((one["currency"] for one in rows if one["id"] == hit), None)
        fit = [one for one in rows if one["id"] in honest and one["currency"] == currency]
        if not fit:
            return hit
        return int(min(fit, key=lambda one: (one["price_minor"], one["id"] != hit))["id"])

    return tuple(front(hit) for hit in hits)


_INFLATED: Final = pricing.ClaimVerdict.CLAIM_INFLATED.value


def _is_deal(one: Mapping[str, Any], now: datetime) -> bool:
    return bool(one["deal"]) and (one["valid_to"] is None or one["valid_to"] > now)
