"""From a query to the page a person sees: listings in order, with what is known of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.categorise import category_tree, shelves_of
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.product_facts import fronts, together
from sparfuchs.flows.show_offer import tags_answer
from sparfuchs.flows.show_picture import picture_of
from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.frames import Availability, RefKind
from sparfuchs.kernel.ids import from_public_id, public_id
from sparfuchs.matching import api as matching
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing
from sparfuchs.quality import api as quality
from sparfuchs.search import api as search

Answer = dict[str, Any]


# What the small line on a card goes back; the ranges of a chart begin with it.
SPARK_DAYS: Final = 90


def find(
    here: Installation, query: search.Query, *, now: datetime, with_spark: bool = False
) -> Answer:
    """The page that answers a query, as plain JSON values; `with_spark` with each one's prices.

    Raises UsageError for a query that cannot be meant, StoreUnavailable without an index.
    """
    checked(query)
    query = replace(query, at=now.replace(second=0, microsecond=0))
    page = here.engine.search(query)
    with here.database.reading() as work:
        items = _items(work, page.hits, now, query, with_spark=with_spark)
        merchants = catalog.all_merchants(work) if query.facets else []
    labels = {"merchant": {one.slug: one.name for one in merchants}, "tag": _TAGS}
    answer: Answer = {
        "items": items,
        "total": {"value": page.total.value, "approximate": page.total.approximate},
        "facets": {
            name: [
                {
                    "value": one.value,
                    "label": labels[name].get(one.value, one.value)
                    if name in labels
                    else one.value,
                    "count": one.count,
                    "selected": one.selected,
                }
                for one in values
            ]
            for name, values in page.facets.items()
        },
        "sort": query.sort.value,
        "next_cursor": page.next_cursor,
        "partial": page.partial,
        "words_met": page.met.value,
        "understood": _understood(page.understood, query),
        "reliefs": [{"filter": one.filter, "value": one.value} for one in page.reliefs],
    }
    if query.sort is search.Sort.POPULAR:
        answer["popular_means"] = dict(search.POPULAR_MEANS)
    return answer


def _understood(told: search.Understood, query: search.Query) -> Answer:
    def swaps(found: tuple[search.Swap, ...]) -> list[Answer]:
        return [{"typed": one.typed, "taken": one.taken} for one in found]

    return {
        "verbatim": query.verbatim,
        "words": list(told.words),
        "dropped": list(told.dropped),
        "mended": swaps(told.mended),
        "also": swaps(told.also),
        "did_you_mean": told.did_you_mean,
        "price_min": told.price_min,
        "price_max": told.price_max,
        "deals_only": told.only_deals,
        "local": told.local,
        "brand": told.brand,
        "category": told.category,
        "merchant": told.merchant,
    }


_TAGS: Final = {tag.value: words["de"] for tag, words in pricing.TAG_WORDS.items()}


def categories(here: Installation, *, now: datetime) -> Answer:
    """The tree of categories with how many listings each node holds.

    Counted are as many nodes as a facet has values, the fullest; of the others, and without an
    index, the number is null.
    """
    counts: dict[str, int] = {}
    all_counted = False
    if here.engine.exists():
        asked = search.Query(limit=1, at=now.replace(second=0, microsecond=0))
        counts = {one.value: one.count for one in here.engine.search(asked).facets["category"]}
        all_counted = len(counts) < search.MOST_VALUES
    return {"items": category_tree(counts, rest=0 if all_counted else None)}


def cards(
    here: Installation, names: Sequence[str], *, now: datetime, with_spark: bool = False
) -> Answer:
    """What a page of hits shows of these offers, by their public ids and in their order.

    Those that are not (or no longer) there are left out.
    """
    numbers = [number for name in names if (number := from_public_id(name)) is not None]
    hits = tuple(dict.fromkeys(number for number in numbers if number < 2**63))
    with here.database.reading() as work:
        return {"items": _items(work, hits, now, with_spark=with_spark)}


def cards_of(work: Work, ids: Sequence[int], now: datetime) -> list[Answer]:
    """What a page shows of these offers, each with its `number`; those gone are left out."""
    rows = catalog.shown(work, list(ids))
    verdicts = pricing.verdict_rows(work, list(ids))
    scores = quality.rating_rows(work, list(ids))
    found = shelves_of(work, np.array(ids, dtype=np.int64))
    shelves = dict(found.iter_rows())  # those of one page
    return [
        {
            "number": one,
            **_item(one, rows[one], verdicts.get(one), scores.get(one), shelves.get(one), now),
        }
        for one in ids
        if one in rows
    ]


def checked(query: search.Query) -> None:
    """Raises UsageError, with the field and its rule, for a query that cannot be meant."""
    if not 1 <= query.limit <= search.MOST_HITS:
        raise UsageError(f"limit must be from 1 to {search.MOST_HITS}", field="limit")
    for name in ("price_min", "price_max", "discount_min"):
        value = getattr(query, name)
        if value is not None and not 0 <= value < 2**40:
            raise UsageError(f"{name} must be from 0 to {2**40 - 1}", field=name)
    low, high = query.price_min, query.price_max
    if low is not None and high is not None and low > high:
        raise UsageError("price_min lies above price_max", field="price_min")
    strange = set(query.verdicts) - {verdict.value for verdict in pricing.Verdict}
    if strange:
        raise UsageError(f"There is no verdict {min(strange)!r}", field="verdict")
    strange = set(query.units) - set(pricing.BASE_UNIT.values())
    if strange:
        raise UsageError(f"There is no unit {min(strange)!r}", field="unit")
    if query.sort is search.Sort.UNIT_PRICE and len(query.units) != 1:
        raise UsageError(
            "Prices of a unit compare inside one unit alone: give one, unit=kg or unit=l",
            field="unit",
        )
    strange = set(query.tags) - {tag.value for tag in pricing.Tag}
    if strange:
        raise UsageError(f"There is no tag {min(strange)!r}", field="tag")


# Orders in which any offer may stand for its product; in the others it is the one they found.
_ANY_STANDS: Final = (search.Sort.RELEVANCE, search.Sort.POPULAR, search.Sort.NEWEST)


def _items(
    work: Work,
    hits: tuple[int, ...],
    now: datetime,
    query: search.Query | None = None,
    *,
    with_spark: bool,
) -> list[Answer]:
    """What a card shows, in the order of the hits; what went since it was indexed is left out.

    Where a query asks nothing that only some offers of a product answer, the cheapest honest one
    stands for it.
    """
    product = matching.product_by_offer(work, hits)
    found = together(work, list(dict.fromkeys(product.values())))
    if query is not None and query.sort in _ANY_STANDS and not _picks_offers(query):
        shown = fronts(work, hits, product, found, only_deals=query.only_deals, now=now)
        product |= {
            front: product[hit] for hit, front in zip(hits, shown, strict=True) if hit in product
        }
        hits = shown
    items = cards_of(work, hits, now)
    sparks = _sparks(work, [item["number"] for item in items], now) if with_spark else {}
    for item in items:
        offer = item.pop("number")
        number = product.get(offer)
        currency = item["price"] and item["price"]["currency"]
        item["product"] = None if number is None else found.facts(number, currency)
        item["spark"] = sparks.get(offer)
    return items


def _picks_offers(query: search.Query) -> bool:
    """Whether a query asks for what one offer of a product has and another has not."""
    return bool(
        query.merchants
        or query.not_merchants
        or query.verdicts
        or query.tags
        or query.units
        or query.price_min is not None
        or query.price_max is not None
        or query.discount_min is not None
    )


def _sparks(work: Work, offers: list[int], now: datetime) -> dict[int, Answer]:
    """The last days of each offer's price; in whole hours, so that an answer stays as it is."""
    until = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    since = until - timedelta(days=SPARK_DAYS)
    changes = pricing.history(work, np.array(offers, dtype=np.int64))
    rows = pricing.spark(pricing.past(changes), since=since, until=until)
    told = rows.group_by("offer_id", maintain_order=True).agg("hour", "price_minor", "currency")
    return {
        row["offer_id"]: {
            "from": since.isoformat(),
            "hours": SPARK_DAYS * 24,
            "currency": row["currency"][-1],
            "steps": [
                {"hour": hour, "minor": minor}
                for hour, minor in zip(row["hour"], row["price_minor"], strict=True)
            ],
        }
        for row in told.rows(named=True)  # a page of hits, as plain values
    }


def _item(
    hit: int,
    row: Mapping[str, Any],
    verdict: Mapping[str, Any] | None,
    rating: Mapping[str, Any] | None,
    shelf: list[str] | None,
    now: datetime,
) -> Answer:
    currency = row["currency"]
    checked_at = row["head_at"]
    return {
        "id": public_id(hit),
        "title": row["title"],
        "brand": row["brand"],
        "merchant": {"slug": row["slug"], "name": row["name"]},
        "price": _money(row["price_minor"], currency),
        "shipping": _money(row["shipping_minor"], currency),
        "availability": list(Availability)[row["availability"]].value,
        "claim": {
            "reference": _money(row["claim_ref_minor"], currency),
            "kind": list(RefKind)[row["claim_kind"]].value,
            "percent": row["claim_percent"],
        },
        "deal": row["deal"],
        "verdict": verdict and verdict["verdict"],
        "claim_verdict": verdict and verdict["claim_verdict"],
        "honest_pct": verdict and verdict["honest_pct"],
        "badge": bool(verdict and verdict["badge"]),
        "lowest_30_days": verdict and _money(verdict["l30_minor"], verdict["currency"]),
        "explanation": verdict and _words(verdict),
        "tags": tags_answer(verdict, catalog.MARKET_ZONE),
        "rating": rating and rating["score"],
        "category": shelf[-1] if shelf else row["category_path"] or row["product_type"],
        "image": (row["image_urls"] or [None])[0],
        "picture": picture_of(public_id(hit), row["image_urls"]),
        "url": row["landing_url"],
        "valid_to": row["valid_to"] and row["valid_to"].isoformat(),
        "checked_at": checked_at and checked_at.isoformat(),
        "checked_seconds_ago": checked_at and max(0, int((now - checked_at).total_seconds())),
    }


def _words(verdict: Mapping[str, Any]) -> dict[str, str]:
    return {
        language: pricing.explain(verdict, language, zone=catalog.MARKET_ZONE).price
        for language in ("de", "en")
    }


def _money(minor: int | None, currency: str | None) -> Answer | None:
    return None if minor is None or currency is None else {"minor": minor, "currency": currency}
