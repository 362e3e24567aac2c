"""From a query to the page a person sees: listings in order, with what is known of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.show_offer import tags_answer
from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.frames import Availability, RefKind
from sparfuchs.kernel.ids import from_public_id, public_id
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing
from sparfuchs.quality import api as quality
from sparfuchs.search import api as search

Answer = dict[str, Any]


def find(here: Installation, query: search.Query, *, now: datetime) -> Answer:
    """The page that answers a query, as plain JSON values.

    Raises UsageError for a query that cannot be meant, StoreUnavailable without an index.
    """
    checked(query)
    query = replace(query, at=now.replace(second=0, microsecond=0))
    page = here.engine.search(query)
    with here.database.reading() as work:
        items = _items(work, page.hits, now)
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


def cards(here: Installation, names: Sequence[str], *, now: datetime) -> Answer:
    """What a page of hits shows of these offers, by their public ids and in their order.

    Those that are not (or no longer) there are left out.
    """
    numbers = [number for name in names if (number := from_public_id(name)) is not None]
    hits = tuple(dict.fromkeys(number for number in numbers if number < 2**63))
    with here.database.reading() as work:
        return {"items": _items(work, hits, now)}


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
    strange = set(query.tags) - {tag.value for tag in pricing.Tag}
    if strange:
        raise UsageError(f"There is no tag {min(strange)!r}", field="tag")


def _items(work: Work, hits: tuple[int, ...], now: datetime) -> list[Answer]:
    """What a card shows, in the order of the hits; what went since it was indexed is left out."""
    rows = catalog.shown(work, list(hits))
    verdicts = pricing.verdict_rows(work, list(hits))
    scores = quality.rating_rows(work, list(hits))
    return [
        _item(hit, rows[hit], verdicts.get(hit), scores.get(hit), now)
        for hit in hits
        if hit in rows
    ]


def _item(
    hit: int,
    row: Mapping[str, Any],
    verdict: Mapping[str, Any] | None,
    rating: Mapping[str, Any] | None,
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
        "category": row["category_path"] or row["product_type"],
        "image": (row["image_urls"] or [None])[0],
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
