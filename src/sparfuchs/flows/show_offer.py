"""One offer as a person asks for it: claim, prices, verdict with evidence, rating, origin."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.categorise import category_answer
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.origin import origins, origins_of_spans
from sparfuchs.flows.product_facts import offer_product
from sparfuchs.flows.rates import converted
from sparfuchs.flows.show_picture import picture_of
from sparfuchs.flows.show_promotions import promotions_for
from sparfuchs.flows.show_unit_price import unit_price
from sparfuchs.flows.sources import find_source
from sparfuchs.flows.traits import attributes_answer, features_answer
from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.kernel.frames import Audience, Availability, Condition, RefKind
from sparfuchs.kernel.ids import from_public_id, offer_id, public_id, source_of
from sparfuchs.pricing import api as pricing
from sparfuchs.quality import api as quality

Answer = dict[str, Any]

# A public id may hide any number of 64 bits; an offer has one that the store can hold.
MAX_OFFER: Final = 2**63 - 1


def find_offer(here: Installation, name: str) -> int:
    """The id of an offer by its public id or by `merchant/source:id of the source`.

    Raises NotFound.
    """
    number = from_public_id(name)
    if number is not None:
        if number > MAX_OFFER:
            raise catalog.no_offer(name)
        return number
    path, colon, stated = name.partition(":")
    if not colon:
        raise catalog.no_offer(name)
    source = find_source(here, path)
    if source.state_file is None:
        raise catalog.no_offer(name)
    state = catalog.SourceState.read(here.files.path(source.state_file))
    rows, _ = state.find(pl.Series([stated], dtype=pl.String))
    if rows[0] == catalog.NO_ROW:
        raise catalog.no_offer(name)
    return offer_id(source.id, int(state.frame["ordinal"][int(rows[0])]))


def offer_currency(here: Installation, name: str) -> str:
    """The currency in which an offer is stated. Raises NotFound."""
    with here.database.reading() as work:
        row = catalog.offer_row(work, find_offer(here, name))
    if row is None:
        raise catalog.no_offer(name)
    return str(row["currency"])


def show_history(here: Installation, name: str) -> Answer:
    """The prices of one offer from one change to the next, each with where it came from.

    Raises NotFound.
    """
    number = find_offer(here, name)
    with here.database.reading() as work:
        source = catalog.source(work, source_of(number))
        if source is None or catalog.offer_row(work, number) is None:
            raise catalog.no_offer(name)
        changes = pricing.history_rows(work, number)
        spans = pricing.spans_of_one(changes)
        from_where = origins_of_spans(work, source, number, changes, spans)
    told = [
        {**span, "source": origin}
        for span, origin in zip(_spans(spans), from_where, strict=True)  # one offer's
    ]
    return {"id": public_id(number), "spans": told}


def show_offer(here: Installation, name: str, *, now: datetime, into: str | None = None) -> Answer:
    """Everything known of one offer, as plain JSON values. Raises NotFound.

    `promotions` are those of its merchant that apply to it and are valid now.

    With `into`, an ISO 4217 code, also about what it costs in that currency, by the newest rate
    that is loaded; the verdict and its evidence stay in the offer's own.
    """
    number = find_offer(here, name)
    with here.database.reading() as work:
        row = catalog.offer_row(work, number)
        source = catalog.source(work, source_of(number))
        if row is None or source is None:
            raise catalog.no_offer(name)
        changes = pricing.history_rows(work, number)
        spans = pricing.spans_of_one(changes)
        line = catalog.timeline(work, source.id)
        verdict = pricing.verdict_rows(work, [number]).get(number)
        rating = quality.rating_rows(work, [number]).get(number)
        deal = catalog.deal_row(work, number)
        shelf = catalog.category_row(work, number)
        low_at = verdict and verdict["l30_at"]
        lowest_from = origins(work, source, [low_at]).get(low_at) if low_at else None
        beside = pricing.beside(work, number)
        claimed = row["claim_ref_minor"] is not None or row["claim_percent"] is not None
        claimed_since = pricing.claim_since(work, number) if claimed else None
        per_unit = unit_price(work, row, source.head_at)
        granted = promotions_for(work, source.merchant.slug, row, now)
        product = offer_product(work, number, row["currency"])
        about = converted(work, row["price_minor"], row["currency"], into) if into else None
    return {
        "id": public_id(number),
        "title": row["title"],
        "brand": row["brand"],
        "gtin": row["gtin14"],
        "mpn": row["mpn"],
        "url": row["landing_url"],
        "images": row["image_urls"] or [],
        "picture": picture_of(public_id(number), row["image_urls"]),
        "merchant": source.merchant.name,
        "price": _money(row["price_minor"], row["currency"]),
        "about": about,
        "held_price": _held(row),
        "other_prices": _beside(beside),
        "unit_price": per_unit,
        "availability": list(Availability)[row["availability"]].value,
        "condition": list(Condition)[row["condition"] or 0].value,
        "audience": list(Audience)[row["audience"]].value,
        "status": "live" if row["status"] == catalog.LIVE else "gone",
        "claim": {
            "reference": _money(row["claim_ref_minor"], row["currency"]),
            "kind": list(RefKind)[row["claim_kind"]].value,
            "percent": row["claim_percent"],
            "stated_in": source.path,
            "stated_since": _time(claimed_since),
        },
        "sale": {
            "regular": _money(row["regular_minor"], row["currency"]),
            "sale": _money(row["sale_minor"], row["currency"]),
            "from": _time(row["sale_from"]),
            "to": _time(row["sale_to"]),
        },
        "spans": _spans(spans),
        "lowest": _lowest(spans, source, line),
        "tags": tags_answer(verdict, source.merchant.zone),
        "verdict": _verdict(verdict, source, line, lowest_from),
        "rating": rating_answer(rating, row["currency"]),
        "deal": _deal(deal),
        "promotions": granted,
        "product": product,
        "category": category_answer(shelf),
        "attributes": attributes_answer(row),
        "features": features_answer(row),
        "provenance": {
            "source": source.path,
            "source_offer_id": row["source_offer_id"],
            "location": source.shown_location,
            "last_seen_at": _time(source.head_at),
            "last_run": source.head_run or None,
            "flags": row["flags"] or [],
        },
    }


def _spans(spans: Sequence[pricing.Span]) -> list[Answer]:
    return [
        {
            "from": _time(from_micros(span.start)),
            "to": None if span.end is None else _time(from_micros(span.end)),
            "price": _money(span.price_minor, span.currency),
        }
        for span in spans
    ]


def _money(minor: int | None, currency: str | None) -> Answer | None:
    return None if minor is None or currency is None else {"minor": minor, "currency": currency}


def _held(row: Mapping[str, Any]) -> Answer | None:
    """A price that is stated and not believed yet (R-F-7), since when; without: held by hand."""
    if row["held_minor"] is None:
        return None
    return {
        "price": _money(row["held_minor"], row["currency"]),
        "since": _time(row["held_at"]),
    }


def _beside(rows: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """The newest price for members, and with a code for everybody, where there is one. They are
    series of their own: no reference, no verdict and no low is theirs.
    """
    return [
        {
            "audience": row["audience"],
            "price": _money(row["price_minor"], row["currency"]),
            "since": _time(row["at"]),
        }
        for row in rows
    ]


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _lowest(
    spans: Sequence[pricing.Span], source: catalog.Source, line: catalog.Timeline
) -> list[Answer]:
    """The lowest known price by period, as of the newest reading; `days` null: ever."""
    if source.head_at is None:
        return []
    at, zone = to_micros(source.head_at), source.merchant.zone
    return [
        {
            "days": low.days,
            "price": _money(low.low_minor, low.currency),
            "last_at": _time(from_micros(low.low_at)),
        }
        for low in pricing.lows(spans, line, at=at, zone=zone)
    ]


def tags_answer(found: Mapping[str, Any] | None, zone: str) -> list[Answer]:
    """Short words beside a price, with the day since when each holds."""
    if found is None:
        return []
    return [
        {
            "tag": one.tag.value,
            "text": {"de": one.text("de"), "en": one.text("en")},
            "since": one.since.isoformat(),
        }
        for one in pricing.tags(found, zone=zone)
    ]


def _verdict(
    one: Mapping[str, Any] | None,
    source: catalog.Source,
    line: catalog.Timeline,
    lowest_from: Answer | None,
) -> Answer | None:
    if one is None:
        return None
    currency, zone = one["currency"], source.merchant.zone
    evidence = {
        "judged_at": _time(one["judged_at"]),
        "price_since": _time(one["t0"]),
        "window": {
            "from": _time(one["window_start"]),
            "to": _time(one["chain_start"] or one["t0"]),
            "readings": _readings(line, one["window_start"], one["chain_start"] or one["t0"]),
        },
        # All prices of a history are those that this source stated.
        "source": source.path,
        "chain": None
        if one["chain_start"] is None
        else {"first_step_at": _time(one["chain_start"]), "steps": one["chain_steps"]},
        "lowest_30_days": _money(one["l30_minor"], currency),
        "lowest_30_days_from": _time(one["l30_at"]),
        "lowest_30_days_sighted": one["l30_seen"],
        "lowest_30_days_source": lowest_from,
        "coverage": one["coverage"],
        "coverage_window": one["coverage_window"],
        "coverage_since": one["coverage_since"],
        "first_seen": _time(one["first_seen"]),
        "days_seen": one["days_seen"],
        "claim_percent": one["claim_pct"],
        "claim_reference": _money(one["ref_price_minor"], currency),
        "claim_reference_first_seen": _time(one["ref_first_seen"]),
        "lowest_since_days": one["lowest_since_days"],
        "asserted_at": _time(one["asserted_at"]),
    }
    german = pricing.explain(one, "de", zone=zone)
    english = pricing.explain(one, "en", zone=zone)
    return {
        "verdict": one["verdict"],
        "claim_verdict": one["claim_verdict"],
        "honest_pct": one["honest_pct"],
        "at_most_pct": one["at_most_pct"],
        "reason": one["reason"],
        "badge": one["badge"],
        "flags": one["flags"],
        "text": {
            "de": " ".join(filter(None, (german.price, german.claim))),
            "en": " ".join(filter(None, (english.price, english.claim))),
        },
        "evidence": evidence,
    }


def _readings(line: catalog.Timeline, start: datetime | None, end: datetime | None) -> int | None:
    """How often the source was read in [start, end)."""
    if start is None or end is None:
        return None
    return bisect_left(line.t, to_micros(end)) - bisect_left(line.t, to_micros(start))


def rating_answer(one: Mapping[str, Any] | None, currency: str | None) -> Answer | None:
    """A stored rating with what each part could give and what it lost points for, in words."""
    if one is None:
        return None
    return {
        "score": one["score"],
        "parts": {part: one[part] for part in quality.PARTS},
        "most": dict(quality.MOST),
        "reasons": [
            {
                "part": reason.part,
                "code": reason.code,
                "lost": reason.lost,
                "text": {"de": reason.de, "en": reason.en},
            }
            for reason in quality.reasons(one, currency)
        ],
        "peers": None
        if one["peers"] is None
        else {
            "offers": one["peers"],
            "middle": _money(one["peer_minor"], currency),
            "times": one["times"],
        },
        "rated_at": _time(one["rated_at"]),
    }


def _deal(row: Mapping[str, Any] | None) -> Answer | None:
    if row is None:
        return None
    return {
        "open": row["closed_at"] is None,
        "since": _time(row["opened_at"]),
        "valid_from": _time(row["valid_from"]),
        "valid_to": _time(row["valid_to"]),
    }
