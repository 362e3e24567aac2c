"""Cuts an XML feed into its items as bytes, without parsing it.

Items are found by their end tag; what looks like one inside CDATA or a comment does not count. What
stands before the first item is the header: its declarations and namespaces are needed to parse an
item alone later.
"""

import re
from typing import Final

import numpy as np

from sparfuchs.ingest.split import RECORD_LIMIT, Records
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.outcome import Reason, Rejected

_NAMESPACE: Final = re.compile(rb"""xmlns(?::[\w.-]+)?\s*=\s*(?:"[^"]*"|'[^']*')""")
_START_TAG: Final = re.compile(rb"<([A-Za-z_][\w.:-]*)((?:\s+[^<>]*?)?)/?>", re.DOTALL)
_SET_ASIDE: Final = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_DOCTYPE: Final = re.compile(rb"<!DOCTYPE", re.IGNORECASE)
# Far beyond any item: only a CDATA or comment that never ends holds so much back.
_HELD_LIMIT: Final = 16 * RECORD_LIMIT
_SHOWN: Final = 80


class ItemSplitter:
    """Takes UTF-8 blocks, gives complete items without their end tag.

    `tag` is `item` (RSS) or `entry` (Atom). `header` is set once the first item or the end has been
    seen. Raises FeedUnreadable for a DOCTYPE (R-G-6), for a document that ends before its root does
    (R-C-4) and for one that never closes a CDATA section.
    """

    def __init__(self, tag: str, name: str) -> None:
        self._name = name
        self._end = f"</{tag}>".encode()
        self._start = f"<{tag}".encode()
        letters = re.escape(self._start)
        self._token = re.compile(
            rb"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|" + letters + rb"(?=[\s>/])",
            re.DOTALL,
        )
        self._rest = b""
        self._number = 0
        self.header: bytes | None = None

    def feed(self, block: bytes, *, last: bool = False) -> Records:
        data = self._rest + block
        pieces = data.split(self._end)
        tail = pieces.pop()
        if (plain := self._alike(data, pieces)) is not None:
            self._rest = tail
            return plain
        rows: list[bytes] = []
        places: list[int] = []
        errors: list[Rejected] = []
        held = b""
        for each in pieces:
            piece = held + self._end + each if held else each
            start, closed = self._item_start(piece)
            if not closed:
                held = piece
                continue
            held = b""
            if self.header is None:
                self._take_header(piece[: max(start, 0)])
            if start < 0:
                continue
            self._number += 1
            row = piece[start:]
            if len(row) > RECORD_LIMIT:
                errors.append(_rejected(Reason.ROW_TOO_LONG, self._number, row))
                continue
            rows.append(row)
            places.append(self._number)
        self._rest = held + self._end + tail if held else tail
        if len(self._rest) > _HELD_LIMIT:
            raise FeedUnreadable(
                f"{self._name} holds no complete item after item {self._number}: "
                "a CDATA section or comment is never closed",
                document=self._name,
            )
        if last:
            self._finish(errors)
        return Records(rows, np.array(places, dtype=np.uint32), errors=errors)

    def _alike(self, data: bytes, pieces: list[bytes]) -> Records | None:
        """The quick way for a block without CDATA and comments whose items all begin alike."""
        if self.header is None or not pieces or b"<!" in data:
            return None
        start = pieces[-1].find(self._start)
        lead = pieces[-1][: start + len(self._start) + 1]
        if start < 0 or not lead.endswith(b">") or len(max(pieces, key=len)) > RECORD_LIMIT:
            return None
        if not all(piece.startswith(lead) for piece in pieces):
            return None
        places = np.arange(self._number + 1, self._number + 1 + len(pieces), dtype=np.uint32)
        self._number += len(pieces)
        return Records([piece[start:] for piece in pieces], places)

    def _item_start(self, piece: bytes) -> tuple[int, bool]:
        """Where the item begins (-1: none) and whether the piece ends outside CDATA and comment."""
        if b"<!" not in piece or (
            self.header is not None
            and b"<!--" not in piece
            and piece.count(b"<![CDATA[") == piece.count(b"]]>")
        ):
            start = piece.find(self._start)
            after = piece[start + len(self._start) : start + len(self._start) + 1]
            if start < 0 or after in {b">", b" ", b"\n", b"\t", b"\r"}:
                return start, True
        start = -1
        for token in self._token.finditer(piece):
            text = token[0]
            if text.startswith(b"<!"):
                if not text.endswith((b"]]>", b"-->")):
                    return start, False
            elif start < 0:
                start = token.start()
        return start, True

    def _take_header(self, header: bytes) -> None:
        bare = _SET_ASIDE.sub(b"", header)
        if _DOCTYPE.search(bare):
            raise FeedUnreadable(
                f"{self._name} has a DOCTYPE; product feeds with one are not read (R-G-6)",
                document=self._name,
                rule="R-G-6",
            )
        self.header = header

    def _finish(self, errors: list[Rejected]) -> None:
        if self.header is None:
            self._take_header(self._rest)
        assert self.header is not None
        root = root_of(self.header)
        if root is None or b"</" + root not in self._rest:
            if root is not None and self._number == 0 and b"<" + root + b"/>" in self.header:
                return
            raise FeedUnreadable(
                f"{self._name} ends in the middle (after item {self._number}); "
                "nothing of it was used (R-C-4)",
                document=self._name,
                rule="R-C-4",
            )
        start, _ = self._item_start(self._rest)
        if start >= 0 and self._number:
            self._number += 1
            errors.append(_rejected(Reason.ROW_MALFORMED, self._number, self._rest[start:]))


def root_of(header: bytes) -> bytes | None:
    """Name of the root element."""
    tag = _START_TAG.search(_SET_ASIDE.sub(b"", header))
    return tag[1] if tag else None


def root_tag(header: bytes) -> bytes:
    """The start tag of the root, attributes and all: a part of the salt."""
    tag = _START_TAG.search(_SET_ASIDE.sub(b"", header))
    return tag[0] if tag else b""


def namespaces_of(header: bytes) -> bytes:
    """All namespace declarations before the first item, as attributes, each name once."""
    found: dict[bytes, bytes] = {}
    for tag in _START_TAG.finditer(_SET_ASIDE.sub(b"", header)):
        for declared in _NAMESPACE.findall(tag[2]):
            found[declared.split(b"=", 1)[0].strip()] = declared
    return b" ".join(found.values())


def _rejected(reason: Reason, number: int, row: bytes) -> Rejected:
    return Rejected(reason, number, "item", row[:_SHOWN].decode("utf-8", "replace"), "R-F-1")
