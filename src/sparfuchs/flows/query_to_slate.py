"""From a query to the page a person sees: listings in order, with what is known of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.show_offer import tags_answer
from sparfuchs.flows.show_picture import picture_of
from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.frames import Availability, RefKind
from sparfuchs.kernel.ids import from_public_id, public_id
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
        items = _items(work, page.hits, now, with_spark=with_spark)
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
    }
    if query.sort is search.Sort.POPULAR:
        answer["popular_means"] = dict(search.POPULAR_MEANS)
    return answer


_TAGS: Final = {tag.value: words["de"] for tag, words in pricing.TAG_WORDS.items()}


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


def _items(work: Work, hits: tuple[int, ...], now: datetime, *, with_spark: bool) -> list[Answer]:
    """What a card shows, in the order of the hits; what went since it was indexed is left out."""
    rows = catalog.shown(work, list(hits))
    verdicts = pricing.verdict_rows(work, list(hits))
    scores = quality.rating_rows(work, list(hits))
    sparks = _sparks(work, [hit for hit in hits if hit in rows], now) if with_spark else {}
    return [
        _item(hit, rows[hit], verdicts.get(hit), scores.get(hit), now) | {"spark": sparks.get(hit)}
        for hit in hits
        if hit in rows
    ]


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
