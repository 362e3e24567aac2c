"""Items by a real XML parser, one after the other: the way that understands everything."""

import html
import re
from html.entities import html5
from typing import Any, Final

import msgspec
from lxml import etree

from sparfuchs.ingest.formats import google
from sparfuchs.ingest.formats.item_names import JOINED, ItemNames

# A broken item spoils only its group: the items of one group are then parsed alone.
_GROUP: Final = 256
_ILLEGAL: Final = bytes(set(range(32)) - {9, 10, 13})
_NAMED: Final = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")
_XML_NAMES: Final = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})

Row = dict[str, str]


class ElementItems:
    """Reads items (without their end tag) to a row of attribute -> text, or None: no XML."""

    def __init__(self, names: ItemNames, end: bytes) -> None:
        self._names = names
        self._open = b"<rows " + names.declared + b">"
        self._end = end
        # Tag as lxml writes it -> (attribute, from Google's namespace); filled as tags are met.
        self._tags: dict[str, tuple[str, bool]] = {}

    def read(self, rows: list[bytes]) -> list[Row | None]:
        read: list[Row | None] = []
        for start in range(0, len(rows), _GROUP):
            group = rows[start : start + _GROUP]
            try:
                found = self._items(self._end.join(group))
            except etree.XMLSyntaxError:
                found = []
            if len(found) == len(group):
                read.extend(self._row(item) for item in found)
            else:
                read.extend(self._alone(raw) for raw in group)
        return read

    def _items(self, body: bytes) -> list[Any]:
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        return list(etree.fromstring(self._open + body + self._end + b"</rows>", parser))

    def _alone(self, raw: bytes) -> Row | None:
        """One item; if it does not parse, once more without what is known to go wrong in feeds."""
        for text in (raw, mended(raw)):
            try:
                found = self._items(text)
            except etree.XMLSyntaxError:
                continue
            if len(found) == 1:
                return self._row(found[0])
        return None

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


def mended(raw: bytes) -> bytes:
    """Without control characters and broken UTF-8, HTML's entities (unknown to XML) resolved."""

    def entity(match: re.Match[bytes]) -> bytes:
        letter = html5.get(f"{match[1].decode()};")
        if match[1] in _XML_NAMES or letter is None:
            return match[0]
        return html.escape(letter).encode()

    text = raw.translate(None, _ILLEGAL).decode("utf-8", "replace").encode()
    return _NAMED.sub(entity, text)
