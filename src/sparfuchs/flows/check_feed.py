"""A feed is looked at without storing anything: what it is, its first offers as cards, what would
be rejected and how to mend it. The same answer at the terminal and over HTTP.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sparfuchs.flows.rejections import rejection_items
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.errors import FetchFailed, NotFound, UsageError
from sparfuchs.plumbing.http import Fetcher

Answer = dict[str, Any]

# Of feeds that come in pages so many are looked at: each costs a second of politeness, and a person
# waits for the answer.
MOST_PAGES: Final = 4
# Patience with a shop while somebody waits (seconds); a reading has half an hour.
PATIENCE: Final = 60.0
_CARD: Final = ("source_offer_id", "title", "brand", "gtin14", "landing_url", "availability")
_MORE: Final = ("colour", "size", "category_path")


def check_location(
    location: str,
    given: Mapping[str, str],
    *,
    fetcher: Fetcher,
    at: datetime,
) -> Answer:
    """Fetches and reads a path or address, and keeps nothing of it, as plain JSON values.

    Raises UsageError for a setting that does not exist, NotFound for a path that does not, and what
    fetching and reading raise.
    """
    settings = _settings(given)
    if "://" not in location and not Path(location).expanduser().exists():
        raise NotFound(f"There is no file or folder {location}", path=location)
    with TemporaryDirectory(prefix="sparfuchs-check-") as folder:
        payload = ingest.fetch(
            location if "://" in location else str(Path(location).expanduser()),
            settings=settings,
            validators={},
            into=Path(folder),
            fetcher=fetcher,
            at=at,
            max_pages=MOST_PAGES,
            limits=replace(fetcher.feed_limits, total=PATIENCE),
        )
        if isinstance(payload, ingest.Unchanged):
            raise FetchFailed(f"{location} answered as if it had been asked for changes only")
        return check_payload(payload, settings)


def check_file(path: Path, name: str, given: Mapping[str, str]) -> Answer:
    """The same of a file that somebody sent, called `name`."""
    payload = ingest.Payload((ingest.document_from(path, name=name),))
    return check_payload(payload, _settings(given))


def check_payload(payload: ingest.Payload, settings: ingest.FeedSettings) -> Answer:
    """Raises FeedUnreadable when it is no feed that can be read."""
    if ingest.detect(payload, settings).format is ingest.Format.GOOGLE_PROMOTIONS:
        return _promotions(ingest.read_promotions(payload, settings))
    found = ingest.check(payload, settings)
    return {
        **_detected(found.detected),
        "columns": _columns(found.detected),
        "read": found.read,
        "accepted": found.accepted,
        "rejected": dict(found.rejected),
        "would_hold": list(found.would_hold),
        "complete": found.complete,
        "failures": list(payload.failures),
        "flags": dict(found.flags),
        "slow_rows": found.slow_rows,
        "advice": [*found.advice, *_of_pages(payload)],
        # The first few, as plain values for JSON.
        "offers": [_card(row) for row in found.first.rows(named=True)],
        "promotions": [],
        "problems": rejection_items(found.examples),
        "remedies": _remedies(found.rejected, found.read),
        "saved": None,
    }


def can_be_saved(found: Answer) -> None:
    """Raises UsageError for a feed of which nothing would be taken: no source is made of it."""
    if not found["accepted"]:
        raise UsageError(
            "Nothing of it would be taken, so it is not saved as a source; see its problems",
            read=found["read"],
        )


def _settings(given: Mapping[str, str]) -> ingest.FeedSettings:
    settings = ingest.FeedSettings.from_pairs(given)
    if "max_pages" in given:
        return settings
    return replace(settings, max_pages=MOST_PAGES)


def _detected(detected: ingest.Detected) -> Answer:
    facts = detected.facts()
    names = ("format", "encoding", "currency", "delimiter", "decimal", "compression")
    return {name: facts.get(name) for name in names}


def _columns(detected: ingest.Detected) -> Answer:
    """What was guessed to be what, for formats of any shape: attribute -> where from, and doubt."""
    mapping = detected.mapping
    if mapping is None:
        return {}
    return {
        name: {"from": list(sources), "doubt": mapping.doubts.get(name)}
        for name, sources in mapping.sources.items()
    }


def _card(row: Mapping[str, Any]) -> Answer:
    """An offer as a shopper would see it; a sale counts as if it ran now."""
    currency = row["currency"]

    def money(minor: int | None) -> Answer | None:
        return None if minor is None else {"minor": minor, "currency": currency}

    sale = row["sale_minor"]
    images = row["image_urls"] or []
    return {
        **{name: row[name] for name in (*_CARD, *_MORE)},
        "image": images[0] if images else None,
        "price": money(row["regular_minor"] if sale is None else sale),
        "instead_of": money(row["ref_price_minor"] if sale is None else row["regular_minor"]),
        "shipping": money(row["shipping_minor"]),
        "promotion_ids": row["promotion_ids"] or [],
        "flags": row["flags"] or [],
    }


def _remedies(rejected: Mapping[str, int], read: int) -> list[Answer]:
    """The kinds of problems, the most frequent first, with their share and how to mend them."""
    told = []
    for reason, rows in rejected.items():
        remedy = ingest.remedy_of(reason)
        assert remedy is not None  # this very program gave the reason
        told.append(
            {
                "reason": reason,
                "rows": rows,
                "share": round(rows / read, 4),
                "rule": remedy.rule,
                "example": remedy.example,
                "mend": {"de": remedy.de, "en": remedy.en},
            }
        )
    return told


def _of_pages(payload: ingest.Payload) -> list[str]:
    if payload.complete:
        return []
    return [f"Not all pages were looked at: {payload.failures[-1]}"] if payload.failures else []


def _promotions(found: ingest.Promotions) -> Answer:
    """Promotions with the same counts as offers."""
    rejected = dict(found.rejections["reason"].value_counts(sort=True).rows())  # a reason a row
    read = found.promotions.height + found.rejections.height
    return {
        **_detected(found.detected),
        "columns": {},
        "read": read,
        "accepted": found.promotions.height,
        "rejected": rejected,
        "would_hold": ["rejected"] if sum(rejected.values()) > ingest.MOST_REJECTED * read else [],
        "complete": True,
        "failures": [],
        "flags": {},
        "slow_rows": 0,
        "advice": list(found.detected.notes),
        "offers": [],
        "promotions": [  # few, and each is shown whole
            {name: _plain(value) for name, value in row.items()}
            for row in found.promotions.rows(named=True)
        ],
        "problems": rejection_items(found.rejections),
        "remedies": _remedies(rejected, read),
        "saved": None,
    }


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
