"""Raw items to elements by a real XML parser that follows nothing and fetches nothing.

The one place that says how XML from shops is parsed: no entities, no DTD, no network, no huge
trees (domain.md 2.6), whatever the format makes of the elements afterwards.
"""

import html
import re
from collections.abc import Iterator, Sequence
from html.entities import html5
from typing import Any, Final

from lxml import etree

# A broken item spoils only its group: the items of one group are then parsed alone.
_GROUP: Final = 256
_ILLEGAL: Final = bytes(set(range(32)) - {9, 10, 13})
_NAMED: Final = re.compile(rb"&([A-Za-z][A-Za-z0-9]*);")
_XML_NAMES: Final = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})


def guarded_parser(*, recover: bool = False) -> etree.XMLParser:
    """A parser for XML from outside; with `recover` it gives what stands before a fault."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=recover,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip


class XmlItems:
    """Parses the items (without their end tag) of one document.

    `declared` are the namespaces its header declares, as they are written in a start tag.
    """

    def __init__(self, declared: bytes, end: bytes) -> None:
        self._open = b"<rows " + declared + b">"
        self._end = end

    def elements(self, rows: Sequence[bytes]) -> Iterator[Any | None]:
        """The element of each item, in order; None for what is no XML."""
        for start in range(0, len(rows), _GROUP):
            group = rows[start : start + _GROUP]
            try:
                found = self._items(self._end.join(group))
            except etree.XMLSyntaxError:
                found = []
            # An item broken in two halves that close each other would hide in a group.
            if len(found) == len(group):
                yield from found
            else:
                yield from map(self._alone, group)

    def _items(self, body: bytes) -> list[Any]:
        whole = self._open + body + self._end + b"</rows>"
        return list(etree.fromstring(whole, guarded_parser()))

    def _alone(self, raw: bytes) -> Any | None:
        """One item; if it does not parse, once more without what is known to go wrong in feeds."""
        for text in (raw, _mended(raw)):
            try:
                found = self._items(text)
            except etree.XMLSyntaxError:
                continue
            if len(found) == 1:
                return found[0]
        return None


def _mended(raw: bytes) -> bytes:
    """Without control characters and broken UTF-8, HTML's entities (unknown to XML) resolved."""

    def entity(match: re.Match[bytes]) -> bytes:
        letter = html5.get(f"{match[1].decode()};")
        if match[1] in _XML_NAMES or letter is None:
            return match[0]
        return html.escape(letter).encode()

    text = raw.translate(None, _ILLEGAL).decode("utf-8", "replace").encode()
    return _NAMED.sub(entity, text)
