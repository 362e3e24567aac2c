"""Items by a real XML parser, one after the other: the way that understands everything."""

from typing import Any

import msgspec

from sparfuchs.ingest.formats import google
from sparfuchs.ingest.formats.item_names import JOINED, ItemNames
from sparfuchs.ingest.formats.xml_items import XmlItems

Row = dict[str, str]


class ElementItems:
    """Reads items (without their end tag) to a row of attribute -> text, or None: no XML."""

    def __init__(self, names: ItemNames, end: bytes) -> None:
        self._names = names
        self._items = XmlItems(names.declared, end)
        # Tag as lxml writes it -> (attribute, from Google's namespace); filled as tags are met.
        self._tags: dict[str, tuple[str, bool]] = {}

    def read(self, rows: list[bytes]) -> list[Row | None]:
        return [None if item is None else self._row(item) for item in self._items.elements(rows)]

    def _row(self, item: Any) -> Row:
        # Attribute -> its different texts, from Google's namespace and from plain elements.
        google_texts: dict[str, list[str]] = {}
        plain_texts: dict[str, list[str]] = {}
        others: dict[str, Any] = {}
        for child in item:
            known = self._tags.get(child.tag)
            if known is None:
                known = self._tags[child.tag] = self._names.of_qualified(child.tag)
            name, ours = known
            if name not in google.ATTRIBUTES:
                _add(others, name, _value(child))
                continue
            if name == "link" and child.get("rel", "alternate") != "alternate":
                continue  # Atom's other links lead to the feed, to a picture, to an editor
            if name == "loyalty_program":  # its price has a column, the rest is kept (R-G-4)
                _add(others, name, _value(child))
            text = _text(child, name)
            found = (google_texts if ours else plain_texts).setdefault(name, [])
            if text.strip() and text not in found:
                found.append(text)
        row: Row = {}
        for name in {**google_texts, **plain_texts}:
            texts = google_texts.get(name) or plain_texts.get(name)
            if not texts:
                continue
            if name in JOINED:
                row[name] = JOINED[name].join(texts)
                continue
            row[name] = texts[0]
            for more in texts[1:] if name != "loyalty_program" else ():
                _add(others, name, more)
        if others:
            row["attributes"] = msgspec.json.encode(others).decode()
        return row


def _text(element: Any, name: str) -> str:
    if len(element) and name == "loyalty_program":
        return _part(element, "price")
    if len(element):
        return _shipping(element) if name == "shipping" else "".join(element.itertext())
    return element.text or element.get("href") or ""


def _part(element: Any, name: str) -> str:
    """The text of a child, by its name without namespace."""
    for child in element:
        if google.attribute_name(child.tag.rpartition("}")[2]) == name:
            return child.text or ""
    return ""


def _add(into: dict[str, Any], name: str, value: Any) -> None:
    """A value more under a name: the second makes a list of it (R-G-5)."""
    if value in ("", {}):
        return
    if name not in into:
        into[name] = value
    elif isinstance(into[name], list):
        into[name].append(value)
    else:
        into[name] = [into[name], value]


def _value(element: Any) -> Any:
    """An element nobody knows: its text, or an object of its children (R-G-4)."""
    if not len(element):
        return (element.text or "").strip()
    inner: dict[str, Any] = {}
    for child in element:
        _add(inner, google.attribute_name(child.tag.rpartition("}")[2]), _value(child))
    return inner


def _shipping(element: Any) -> str:
    """`g:shipping` the way delimited files write it: `DE::Standard:4.90 EUR`."""
    parts = {
        google.attribute_name(child.tag.rpartition("}")[2]): (child.text or "").strip()
        for child in element
    }
    return ":".join(parts.get(name, "") for name in ("country", "region", "service", "price"))
