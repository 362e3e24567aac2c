"""One product as a person asks for it: its offers by price, its lows, its siblings, and why."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.product_facts import no_product, product_name, product_number, together
from sparfuchs.flows.query_to_slate import cards_of
from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.kernel.ids import public_id, source_of
from sparfuchs.matching import api as matching
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing

Answer = dict[str, Any]

_SIBLINGS: Final = 24
# Lows are those of the cheapest offers: each is a point read of its own.
_LOWS_OF: Final = 50


def show_product(here: Installation, name: str, *, now: datetime) -> Answer:
    """A product with all its live offers, the cheapest first, as plain JSON values.

    Raises NotFound.
    """
    number = product_number(name)
    with here.database.reading() as work:
        members = matching.member_rows(work, number)
        if not members:
            raise no_product(name)
        ids = [row["offer_id"] for row in members if row["same_as"] is None]
        offers = sorted(cards_of(work, ids, now), key=_by_price)
        also = _provenance(work, members)
        found = together(work, [number])
        stated = catalog.compared(work, pl.Series(ids), letters=0)
        front = offers[0] if offers else None
        currency = front["price"]["currency"] if front and front["price"] else None
        return {
            **found.facts(number, currency),
            "title": _title(offers, stated),
            "brand": _commonest(stated["brand"]),
            "gtin": _commonest(stated["gtin14"]),
            "mpn": _commonest(stated["mpn"]),
            "category": front and front["category"],
            "image": next((one["image"] for one in offers if one["image"]), None),
            "picture": next((one["picture"] for one in offers if one["picture"]), None),
            "lowest": _lowest(work, offers, currency, now),
            "items": [
                {
                    **{name: value for name, value in one.items() if name != "number"},
                    "also_from": also.get(one["id"], []),
                }
                for one in offers
            ],
            "siblings": _siblings(work, number),
        }


def why(here: Installation, name: str) -> Answer:
    """Why the offers of a product are held to be one, in words. Raises NotFound."""
    number = product_number(name)
    with here.database.reading() as work:
        members = matching.member_rows(work, number)
        if not members:
            raise no_product(name)
        ids = pl.Series([row["offer_id"] for row in members])
        titles = catalog.titles(work, ids)
        labels = matching.labels_among(work, ids)
        version = matching.in_force(work)
    return {
        "id": product_name(number),
        "members": [
            {
                "offer": public_id(row["offer_id"]),
                "title": titles.get(row["offer_id"]),
                "since": row["since"].isoformat(),
                "how": row["how"],
                "with": row["partner_id"] and public_id(row["partner_id"]),
                "probability": None if row["probability"] is None else round(row["probability"], 4),
                "reasons": row["reasons"],
                "same_as": row["same_as"] and public_id(row["same_as"]),
            }
            for row in members
        ],
        "answers": [
            {"offers": [public_id(left), public_id(right)], "same": same}
            for left, right, same in labels.iter_rows()  # a person's, so they are few
        ],
        "model": version and version["model"],
        "version": version and version["version"],
    }


def _by_price(card: Mapping[str, Any]) -> tuple[bool, bool, int, str]:
    price = card["price"]
    sold_out = card["availability"] == "out_of_stock"
    return (price is None, sold_out, price["minor"] if price else 0, card["id"])


def _provenance(work: Work, members: list[Mapping[str, Any]]) -> dict[str, list[Answer]]:
    """Where else each offer comes from: what is the same, seen twice."""
    twice = [row for row in members if row["same_as"] is not None]
    names = {
        number: found.path
        for number in {source_of(row["offer_id"]) for row in twice}
        if (found := catalog.source(work, number)) is not None
    }
    also: dict[str, list[Answer]] = {}
    for row in twice:
        told = {
            "offer": public_id(row["offer_id"]),
            "source": names.get(source_of(row["offer_id"])),
            "since": row["since"].isoformat(),
            "reasons": row["reasons"],
        }
        also.setdefault(public_id(row["same_as"]), []).append(told)
    return also


def _commonest(stated: pl.Series) -> str | None:
    """What most offers state; of equals the first in the alphabet."""
    counted = (
        stated.drop_nulls().value_counts().sort("count", stated.name, descending=[True, False])
    )
    return None if counted.is_empty() else str(counted[stated.name][0])


def _title(offers: list[Answer], stated: pl.DataFrame) -> str:
    """That of the cheapest offer; where none lives, of any."""
    return str(offers[0]["title"] if offers else stated["title"][0])


def _lowest(work: Work, offers: list[Answer], currency: str | None, now: datetime) -> list[Answer]:
    """The lowest known price of 30, 90, 365 days and ever over the offers in one currency, and
    whose it was.
    """
    best: dict[int | None, tuple[int, int, str]] = {}
    numbers = {one["id"]: one["number"] for one in offers}
    inside = [one for one in offers if one["price"] and one["price"]["currency"] == currency]
    for card in inside[:_LOWS_OF]:
        number = numbers[card["id"]]
        source = catalog.source(work, source_of(number))
        if source is None or source.head_at is None:
            continue
        spans = pricing.spans_of_one(pricing.history_rows(work, number))
        line = catalog.timeline(work, source.id)
        at = min(to_micros(source.head_at), to_micros(now))
        for low in pricing.lows(spans, line, at=at, zone=source.merchant.zone):
            told = (low.low_minor, -low.low_at, card["id"])
            if low.currency == currency and (low.days not in best or told < best[low.days]):
                best[low.days] = told
    return [
        {
            "days": days,
            "price": {"minor": price, "currency": currency},
            "last_at": from_micros(-when).isoformat(),
            "offer": offer,
        }
        for days, (price, when, offer) in best.items()
    ]


def _siblings(work: Work, number: int) -> list[Answer]:
    """Products that differ from this one in size, colour and the like, and in what."""
    others = matching.siblings(work, number, _SIBLINGS)
    if not others:
        return []
    found = together(work, [number, *others])
    product = {one["id"]: number for number, rows in found.members.items() for one in rows}
    stated = catalog.compared(work, pl.Series(sorted(product), dtype=pl.Int64), letters=0)
    read = matching.stated(matching.normalise(stated)).with_columns(
        title=stated["title"],
        currency=stated["currency"],
        product=stated["offer"].replace_strict(product, return_dtype=pl.Int64),
    )
    # What most offers of a product state is what the product is.
    by = {
        product: {
            name: _commonest(part[name]) for name in (*matching.DIFFERENCES, "title", "currency")
        }
        for (product,), part in read.partition_by("product", as_dict=True).items()
    }
    mine = by.get(number, {})
    siblings = []
    for other in others:
        if other not in by:
            continue  # of gone offers alone
        yours = by[other]
        differs = {
            name: _plain(yours[name])
            for name in matching.DIFFERENCES
            if yours[name] and yours[name] != mine.get(name)
        }
        facts = found.facts(other, yours["currency"])
        offer = found.cheapest(other)
        siblings.append(
            {
                **facts,
                "title": yours["title"],
                "differs": differs,
                "offer": offer and public_id(offer),
            }
        )
    return siblings


_LARGER: Final = {"mb": ((1_000_000, "TB"), (1_000, "GB"), (1, "MB")),
                  "g": ((1_000, "kg"), (1, "g")), "ml": ((1_000, "l"), (1, "ml"))}  # fmt: skip


def _plain(value: str | None) -> str:
    """`mb:512000.0` -> `512 GB`; what is no amount stays as it is."""
    unit, colon, number = str(value).partition(":")
    if not colon:
        return unit
    amount = float(number)
    for least, name in _LARGER.get(unit, ((0, unit),)):
        if amount >= least:
            return f"{amount / (least or 1):g} {name}"
    return f"{amount:g} {unit}"
