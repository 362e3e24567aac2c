"""Product lists as JSON of any shape: Google's shopping services, shops' own interfaces.

A record is one object of the list; its keys become paths (`price.value`, `inventories.price`), and
which is what is guessed by name (`guess_columns`).
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec
import polars as pl

from sparfuchs.ingest.formats import mapped
from sparfuchs.ingest.formats.flat_items import Flat, add, frame_of
from sparfuchs.ingest.formats.google import attribute_name
from sparfuchs.ingest.formats.guess_columns import ColumnMapping
from sparfuchs.ingest.formats.json_list import list_in
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.stated import Parsed
from sparfuchs.kernel.outcome import Reason, Rejected

_DEPTH: Final = 6
_SHOWN: Final = 80
_SEEN_ITEMS: Final = 200


def parse(records: Records, mapping: ColumnMapping) -> Parsed:
    """Raw objects to stated columns; what is no object becomes an error."""
    rows: list[Flat] = []
    kept: list[int] = []
    errors: list[Rejected] = []
    # A loop over records: JSON of nested objects has no columns before it is decoded.
    for index, raw in enumerate(records.rows):
        row = flat(raw)
        if row is None:
            shown = raw[:_SHOWN].decode("utf-8", "replace")
            place = int(records.places[index])
            errors.append(Rejected(Reason.ROW_MALFORMED, place, "item", shown, "R-F-1"))
            continue
        rows.append(row)
        kept.append(index)
    frame = frame_of(rows, kept, mapping.sources)
    places = pl.Series("place", records.places[kept], dtype=pl.UInt32)
    return Parsed(mapped.state(frame.with_columns(places), mapping.sources), errors)


def items_of(data: bytes) -> list[Flat]:
    """The first records of a document as flat rows; none when it is no list of objects."""
    try:
        rows = [flat(bytes(raw)) for raw in list_in(data)[:_SEEN_ITEMS]]
    except (msgspec.DecodeError, RecursionError):
        return []
    return [row for row in rows if row is not None]


def flat(raw: bytes) -> Flat | None:
    """One object as a flat row; None: it is none."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(value, dict):
        return None
    row: Flat = {}
    for path, text in _texts(value, "", _DEPTH):
        add(row, path, text)
    return row


def _texts(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if depth:
            for key, inner in value.items():
                name = attribute_name(str(key)).replace(".", "_")
                yield from _texts(inner, f"{path}.{name}" if path else name, depth - 1)
    elif isinstance(value, list):
        # Entries of a list share a path: several prices then stand side by side (R-F-5).
        for inner in value:
            yield from _texts(inner, path, depth)
    elif isinstance(value, bool):
        yield path, "true" if value else "false"
    elif value is not None:
        yield path, str(value)
