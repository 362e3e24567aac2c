"""Cuts a JSON document into the records of its list, without decoding what is in them.

The list is the document itself, or the first list of objects under one of the usual names at the
top (or one step below it); a document that is one object without such a list is one record.
"""

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from sparfuchs.ingest.split import RECORD_LIMIT, Records
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.outcome import Reason, Rejected

# The whole page is held while it is cut; a page of 250 products has 2 MB.
PAGE_LIMIT: Final = 64 << 20
LISTS: Final = (
    "products", "items", "offers", "resources", "results", "data", "entries", "articles", "records",
    "rows", "hits", "value",
)  # fmt: skip
_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])
_SHOWN: Final = 80


def whole_page(blocks: Iterator[bytes], name: str) -> bytes:
    """All blocks of a page. Raises FeedUnreadable when it is too long to be held."""
    page = bytearray()
    for block in blocks:
        page += block
        if len(page) > PAGE_LIMIT:
            raise FeedUnreadable(
                f"{name} is one JSON document of more than {PAGE_LIMIT >> 20} MiB; "
                "deliver it in pages",
                document=name,
            )
    return bytes(page)


def split_list(blocks: Iterator[bytes], name: str) -> Records:
    """The records of one page, numbered from 1.

    Raises FeedUnreadable when the page is no complete JSON (R-C-4), too long, or no list.
    """
    data = whole_page(blocks, name)
    try:
        rows = [bytes(raw) for raw in list_in(data)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise FeedUnreadable(
            f"{name} is no complete list of products: {error}", document=name, why=str(error)
        ) from error
    places = np.arange(1, len(rows) + 1, dtype=np.uint32)
    long = [index for index, row in enumerate(rows) if len(row) > RECORD_LIMIT]
    if not long:
        return Records(rows, places)
    errors = [_too_long(int(places[i]), rows[i]) for i in long]
    kept = np.delete(np.arange(len(rows)), long)
    return Records([rows[i] for i in kept.tolist()], places[kept], errors=errors)


def list_in(data: bytes) -> list[msgspec.Raw]:
    """The records of a document. Raises msgspec.DecodeError when it is no JSON of that kind."""
    if data.lstrip()[:1] == b"[":
        return _LIST.decode(data)
    page = _OBJECT.decode(data)
    found = _in_object(page)
    if found is None:
        for inner in page.values():
            if bytes(inner).lstrip()[:1] == b"{":
                found = _in_object(_OBJECT.decode(inner))
            if found is not None:
                break
    return [msgspec.Raw(data)] if found is None else found


def _in_object(page: dict[str, msgspec.Raw]) -> list[msgspec.Raw] | None:
    for name in LISTS:
        raw = bytes(page.get(name, b"")).lstrip()
        if raw[:1] != b"[":
            continue
        found = _LIST.decode(raw)
        if not found or bytes(found[0]).lstrip()[:1] == b"{":
            return found
    return None


def _too_long(number: int, row: bytes) -> Rejected:
    shown = row[:_SHOWN].decode("utf-8", "replace")
    return Rejected(Reason.ROW_TOO_LONG, number, "item", shown, "R-F-1")
