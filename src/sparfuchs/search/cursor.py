"""Cursors: where a page ended, in a form that only continues the query that gave it."""

import base64
import json
from dataclasses import asdict, dataclass, replace
from typing import Final

import xxhash

from sparfuchs.search.errors import bad_cursor
from sparfuchs.search.model import Query

_MOST_IDS: Final = 1000  # listings with one key; keys differ but for a chance of 1 to 2**28


@dataclass(frozen=True)
class Place:
    """After `key` in the order of the query; `ids` have just that key and were shown already.

    For relevance, where scores are no keys, `key` is how many were shown and `ids` names the last.
    """

    key: int
    ids: tuple[int, ...]


def write(query: Query, place: Place) -> str:
    told = json.dumps([_digest(query), place.key, list(place.ids)], separators=(",", ":"))
    return base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")


def read(query: Query) -> Place | None:
    """The place that the query's cursor names. Raises UsageError for one of another query."""
    if query.cursor is None:
        return None
    padded = query.cursor + "=" * (-len(query.cursor) % 4)
    try:
        digest, key, ids = json.loads(base64.urlsafe_b64decode(padded.encode()))
        place = Place(key, tuple(ids))
    except (ValueError, TypeError, RecursionError):
        raise bad_cursor(query.cursor) from None
    # Anybody can write a cursor; what is no place of ours must not reach an engine.
    numbers = all(type(one) is int for one in (place.key, *place.ids))
    if (
        digest != _digest(query)
        or not numbers
        or not all(-(2**63) <= one < 2**63 for one in (place.key, *place.ids))
        or len(place.ids) > _MOST_IDS
    ):
        raise bad_cursor(query.cursor)
    return place


def _digest(query: Query) -> str:
    """The query without how much of it is shown at once, and when."""
    bare = replace(query, cursor=None, limit=1, facets=True, at=None)
    return xxhash.xxh3_64_hexdigest(json.dumps(asdict(bare), sort_keys=True).encode())
