"""Google product data as XML: RSS 2.0 items (and Atom entries), with or without `g:` (1.4).

An item's plain elements (`title`) and Google's (`g:title`) share their names; `g:` wins. Only
direct children count: `g:shipping/g:price` is no price of the item (R-G-1). Elements that occur
more than once become lists (R-G-5), those nobody knows go to the attributes (R-G-4).
"""

from typing import Final

import polars as pl

from sparfuchs.ingest.formats import google
from sparfuchs.ingest.formats.item_elements import ElementItems, Row
from sparfuchs.ingest.formats.item_names import ItemNames
from sparfuchs.ingest.formats.regular_items import RegularItems
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.stated import Parsed
from sparfuchs.kernel.outcome import Reason, Rejected

_SHOWN: Final = 80


class ItemParser:
    """Parses the items of one document, whose header says the namespaces."""

    def __init__(self, header: bytes, tag: str, settings: FeedSettings) -> None:
        names = ItemNames(header, settings.columns)
        self._regular = RegularItems(names, f"<{tag}".encode())
        self._elements = ElementItems(names, f"</{tag}>".encode())

    def parse(self, records: Records) -> Parsed:
        """Raw items to stated columns; items that are no XML become errors."""
        frame, rest = self._regular.read(records.rows)
        errors: list[Rejected] = []
        if rest:
            rows: list[Row] = []
            kept: list[int] = []
            read = self._elements.read([records.rows[index] for index in rest])
            for index, row in zip(rest, read, strict=True):
                if row is None:
                    errors.append(_malformed(int(records.places[index]), records.rows[index]))
                else:
                    rows.append(row)
                    kept.append(index)
            frame = pl.concat([frame, _frame(rows, kept)], how="diagonal").sort("record")
        places = pl.Series("place", records.places[frame["record"].to_numpy()], dtype=pl.UInt32)
        return Parsed(google.state(frame.with_columns(places), {}), errors)


def _frame(rows: list[Row], kept: list[int]) -> pl.DataFrame:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pl.DataFrame(
        {
            "record": pl.Series(kept, dtype=pl.UInt32),
            **{name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names},
        }
    )


def _malformed(number: int, raw: bytes) -> Rejected:
    shown = raw[:_SHOWN].decode("utf-8", "replace")
    return Rejected(Reason.ROW_MALFORMED, number, "item", shown, "R-F-1")
