"""Product feeds as XML of any shape: TradeTracker, Heureka, marketplaces, price comparison.

Which element is one product is seen from the document (`find_item_tag`), which of its elements is
what is guessed by name (`guess_columns`). Attributes of elements are texts like their children
(`<price currency="EUR">` is `price` and `price.currency`); lists of names and values
(`<field name="EAN">`, `<PARAM><PARAM_NAME>…<VAL>…`) are texts under these names.
"""

import re
from collections import Counter
from typing import Any, Final

import polars as pl
from lxml import etree

from sparfuchs.ingest.formats import mapped
from sparfuchs.ingest.formats.flat_items import Flat, add, frame_of
from sparfuchs.ingest.formats.google import attribute_name
from sparfuchs.ingest.formats.guess_columns import ColumnMapping
from sparfuchs.ingest.formats.item_names import prefix_and_local
from sparfuchs.ingest.formats.xml_items import XmlItems
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.split_items import namespaces_of
from sparfuchs.ingest.stated import Parsed
from sparfuchs.kernel.outcome import Reason, Rejected

_SHOWN: Final = 80
_SEEN_ITEMS: Final = 200
# Names of elements that are one product, where there is only one and repetition shows nothing.
_USUAL: Final = (
    "product", "item", "offer", "shopitem", "entry", "artikel", "produkt", "article", "angebot",
    "record", "row", "deal",
)  # fmt: skip
_NAME_KEYS: Final = frozenset({"name", "key", "param_name", "label"})
_VALUE_KEYS: Final = frozenset({"value", "val", "param_value", "text"})


def find_item_tag(head: bytes) -> str | None:
    """The element that is one product, as written; None: the document shows none.

    The element that repeats highest up and has children of its own; where nothing repeats, one
    with a usual name. `head` may end anywhere.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, huge_tree=False,
        load_dtd=False, recover=True,
    )  # fmt: skip
    try:
        parser.feed(head)
    except etree.XMLSyntaxError:
        return None
    counts: Counter[tuple[int, str]] = Counter()
    parents: set[tuple[int, str]] = set()
    path: list[tuple[int, str]] = []
    events: Any = parser.read_events()  # elements alone for these two events
    for event, element in events:
        if not isinstance(element.tag, str):
            continue
        if event == "start":
            if path:
                parents.add(path[-1])
            path.append((len(path), _written(element)))
            counts[path[-1]] += 1
        elif path:
            path.pop()
    found = [
        place for place, count in counts.items() if count > 1 and place in parents and place[0]
    ]
    if found:
        depth = min(place[0] for place in found)
        return max((place for place in found if place[0] == depth), key=lambda p: counts[p])[1]
    local = {place[1].rpartition(":")[2].lower(): place[1] for place in parents if place[0]}
    return next((local[name] for name in _USUAL if name in local), None)


def _written(element: Any) -> str:
    prefix, local = prefix_and_local(element)
    return f"{prefix}:{local}" if prefix else local


class ProductItems:
    """Reads the items (without end tag) of one document, whose header says the namespaces."""

    def __init__(self, header: bytes, tag: str) -> None:
        self._items = XmlItems(namespaces_of(header), f"</{tag}>".encode())

    def flat(self, rows: list[bytes]) -> list[Flat | None]:
        """Flat rows, None for what is no XML."""
        return [None if item is None else _flat(item) for item in self._items.elements(rows)]

    def parse(self, records: Records, mapping: ColumnMapping) -> Parsed:
        """Raw items to stated columns; items that are no XML become errors."""
        rows: list[Flat] = []
        kept: list[int] = []
        errors: list[Rejected] = []
        for index, row in enumerate(self.flat(records.rows)):
            if row is None:
                shown = records.rows[index][:_SHOWN].decode("utf-8", "replace")
                place = int(records.places[index])
                errors.append(Rejected(Reason.ROW_MALFORMED, place, "item", shown, "R-F-1"))
            else:
                rows.append(row)
                kept.append(index)
        frame = frame_of(rows, kept, mapping.sources)
        places = pl.Series("place", records.places[kept], dtype=pl.UInt32)
        return Parsed(mapped.state(frame.with_columns(places), mapping.sources), errors)


def items_of(head: bytes, header: bytes, tag: str) -> list[Flat]:
    """The first whole items of a document, for a look at their names and values."""
    written = re.escape(tag.encode())
    pattern = rb"<" + written + rb"(?=[\s>/]).*?(?=</" + written + rb"\s*>)"
    raw = [m[0] for m, _ in zip(re.finditer(pattern, head, re.DOTALL), range(_SEEN_ITEMS))]  # noqa: B905
    return [row for row in ProductItems(header, tag).flat(raw) if row is not None]


def _flat(item: Any) -> Flat:
    row: Flat = {}
    for name, value in item.attrib.items():
        add(row, _name(name), value)
    _descend(item, "", row)
    return row


def _descend(element: Any, path: str, row: Flat) -> None:
    for child in element:
        if not isinstance(child.tag, str):
            continue
        pair = _pair(child)
        if pair is not None:
            add(row, f"{path}{attribute_name(pair[0])}", pair[1])
            continue
        name = path + _name(child.tag)
        for key, value in child.attrib.items():
            add(row, f"{name}.{_name(key)}", value)
        add(row, name, child.text or "")
        if len(child):
            _descend(child, f"{name}.", row)


def _pair(element: Any) -> tuple[str, str] | None:
    """Name and value of an element that is an entry of a list of properties."""
    attributes = {_name(key): value for key, value in element.attrib.items()}
    children = {
        _name(child.tag): child.text or "" for child in element if isinstance(child.tag, str)
    }
    if len(attributes) == 1 and (name := attributes.get("name") or attributes.get("key")):
        value = (element.text or "").strip() or next(
            (children[key] for key in children if key in _VALUE_KEYS), ""
        )
        return name, value
    if len(children) == 2 and not attributes:  # noqa: PLR2004 - a name and a value
        names = _NAME_KEYS & children.keys()
        values = _VALUE_KEYS & children.keys()
        if names and values and children[next(iter(names))].strip():
            return children[next(iter(names))], children[next(iter(values))]
    return None


def _name(tag: str) -> str:
    return attribute_name(tag.rpartition("}")[2]).replace(".", "_")
