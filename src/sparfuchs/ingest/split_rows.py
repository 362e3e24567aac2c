"""Cuts delimited text into records: quotes may hold line breaks, and may be wrong.

Three ways, each giving the same records where the text is well-formed. Without a quote in the block
a record is a line. With quotes that all open after a delimiter and close before one, numpy counts
them: a line break ends a record where the number of quotes before it is even. Any other quote in a
block (an inch sign, a quote never closed) sends that block to the slow way, which goes field by
field and gives up a line rather than let an open quote swallow what follows.
"""

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sparfuchs.ingest.split import RECORD_LIMIT, Records
from sparfuchs.kernel.outcome import Reason, Rejected

_QUOTE: Final = 34
_BREAK: Final = 10
_QUOTED: Final = re.compile(rb'"[^"]*(?:""[^"]*)*"')
_SHOWN: Final = 80


class RowSplitter:
    """Takes UTF-8 blocks, gives the records that are complete; the rest waits for the next block.

    `columns` is the number of fields of the header once it is known: a record over several lines
    must have as many to be believed where quotes are in doubt.
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter.encode("ascii")
        self._unquoted = re.compile(rb"[^\n" + re.escape(self._delimiter) + rb"]*")
        self._rest = b""
        self._line = 1
        self._skipping = False
        self.columns: int | None = None

    def feed(self, block: bytes, *, last: bool = False) -> Records:
        data = self._rest + block
        self._rest = b""
        if b"\r" in data:
            if not last and data.endswith(b"\r"):
                data, self._rest = data[:-1], b"\r"
            if not self._skipping and b'"' not in data and (rows := _crlf_lines(data)):
                return self._lines_of(rows)
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if last and data and not data.endswith(b"\n"):
            data += b"\n"
        if self._skipping:
            data = self._skip(data)
        if b'"' not in data:
            return self._lines(data)
        return self._counted(data, last=last) or self._slow(data, last=last)

    def _skip(self, data: bytes) -> bytes:
        """Drops what is left of a line that was too long."""
        end = data.find(b"\n") + 1
        if end == 0:
            return b""
        self._skipping = False
        self._line += 1
        return data[end:]

    def _lines(self, data: bytes) -> Records:
        return self._lines_of(data.split(b"\n"))

    def _lines_of(self, lines: list[bytes]) -> Records:
        rest = lines.pop()
        places = np.arange(self._line, self._line + len(lines), dtype=np.uint32)
        self._line += len(lines)
        found = _kept(lines, places)
        if len(rest) > RECORD_LIMIT:
            found.errors.append(_too_long(self._line, rest))
            self._skipping = True
        else:
            self._rest = rest + self._rest
        return found

    def _counted(self, data: bytes, *, last: bool) -> Records | None:
        """The way of numpy; None when a quote stands where none may stand."""
        letters = np.frombuffer(data, dtype=np.uint8)
        quotes = np.flatnonzero(letters == _QUOTE)
        breaks = np.flatnonzero(letters == _BREAK)
        closing = np.flatnonzero((np.searchsorted(quotes, breaks) & 1) == 0)
        cut = int(breaks[closing[-1]]) + 1 if len(closing) else 0
        left = len(data) - cut
        if left > RECORD_LIMIT or (last and left):
            return None
        if cut == 0:
            self._rest = data + self._rest
            return Records([], np.empty(0, dtype=np.uint32))
        ends = breaks[closing]
        if not self._well_placed(letters, quotes, cut):
            return None
        starts = np.empty_like(ends)
        starts[0] = 0
        starts[1:] = ends[:-1] + 1
        if int((ends - starts).max()) > RECORD_LIMIT:
            return None
        spans = np.diff(closing, prepend=-1) > 1
        if spans.any() and not self._as_wide(letters, quotes, ends, spans):
            return None
        rows = [data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        places = np.empty(len(rows), dtype=np.uint32)
        places[0] = self._line
        places[1:] = self._line + closing[:-1] + 1
        self._line += int(closing[-1]) + 1
        self._rest = data[cut:] + self._rest
        return _kept(rows, places)

    def _well_placed(self, letters: NDArray[np.uint8], quotes: NDArray[np.intp], cut: int) -> bool:
        quotes = quotes[: int(np.searchsorted(quotes, cut))]
        opening, closing = quotes[0::2], quotes[1::2]
        # One table look-up a quote: delimiter, line break, or the other half of a doubled quote.
        border = np.zeros(256, dtype=np.bool_)
        border[[self._delimiter[0], _BREAK, _QUOTE]] = True
        before = border[letters[opening - 1]] | (opening == 0)
        return bool(before.all() and border[letters[closing + 1]].all())

    def _as_wide(
        self,
        letters: NDArray[np.uint8],
        quotes: NDArray[np.intp],
        ends: NDArray[np.intp],
        spans: NDArray[np.bool_],
    ) -> bool:
        """Whether the records over several lines have as many fields as the header.

        One that has not may be two records and a quote too many: the slow way decides, which asks
        the same, so that a record does not depend on where a block ended.
        """
        if self.columns is None:
            return True
        marks = np.flatnonzero(letters == self._delimiter[0])
        marks = marks[(np.searchsorted(quotes, marks) & 1) == 0]
        fields = np.diff(np.searchsorted(marks, ends), prepend=0) + 1
        return bool((fields[spans] == self.columns).all())

    def _slow(self, data: bytes, *, last: bool) -> Records:
        """Line by line and field by field, in Python, for blocks with a misplaced quote alone."""
        rows: list[bytes] = []
        places: list[int] = []
        doubtful: list[bool] = []
        errors: list[Rejected] = []
        start = 0
        while (line_end := data.find(b"\n", start)) >= 0:
            end, clean = line_end, True
            if data.find(b'"', start, line_end) >= 0:
                end, clean = self._record_end(data, start)
            if end < 0 and not last and len(data) - start <= RECORD_LIMIT:
                break
            spans = end != line_end
            if end - start > RECORD_LIMIT and not spans:
                errors.append(_too_long(self._line, data[start:line_end]))
            elif spans and (end < 0 or end - start > RECORD_LIMIT or not clean):
                errors.append(_unclosed(self._line, data[start:line_end]))
                end = line_end
            elif end > start:
                rows.append(data[start:end])
                places.append(self._line)
                doubtful.append(not clean)
            self._line += data.count(b"\n", start, end + 1)
            start = end + 1
        rest = data[start:]
        if len(rest) > RECORD_LIMIT and b"\n" not in rest:
            errors.append(_too_long(self._line, rest))
            self._skipping = True
        else:
            self._rest = rest + self._rest
        return Records(
            rows, np.array(places, dtype=np.uint32), np.array(doubtful, dtype=np.bool_), errors
        )

    def _record_end(self, data: bytes, start: int) -> tuple[int, bool]:
        """Where the record ends (-1: not in sight) and whether its quotes are right.

        A record over several lines counts as right only with as many fields as the header.
        """
        limit = min(len(data), start + RECORD_LIMIT + 1)
        at, fields, clean, crossed = start, 1, True, False
        while True:
            if data[at : at + 1] == b'"':
                quoted = _QUOTED.match(data, at, limit)
                if quoted is None:
                    return -1, False
                crossed = crossed or b"\n" in quoted[0]
                at = quoted.end()
                if data[at : at + 1] not in {self._delimiter, b"\n"}:
                    if crossed:
                        return -1, False
                    clean = False
            plain = self._unquoted.match(data, at)
            assert plain is not None  # the pattern matches the empty text
            clean = clean and b'"' not in plain[0]
            at = plain.end()
            if at >= len(data):
                return -1, False
            if data[at] == _BREAK:
                return at, clean and not (crossed and self.columns not in {None, fields})
            fields += 1
            at += 1


def _crlf_lines(data: bytes) -> list[bytes] | None:
    """Lines, the open last one too, where each ends in CR LF; None: where some do not.

    Cutting at both signs is three times as fast as replacing them first.
    """
    lines = data.split(b"\r\n")
    breaks = len(lines) - 1
    return lines if data.count(b"\n") == breaks == data.count(b"\r") else None


def _kept(rows: list[bytes], places: NDArray[np.uint32]) -> Records:
    """Without empty lines; rows beyond the limit become errors."""
    if rows and max(map(len, rows)) > RECORD_LIMIT:
        long = {i for i, row in enumerate(rows) if len(row) > RECORD_LIMIT}
        errors = [_too_long(int(places[i]), rows[i]) for i in sorted(long)]
        keep = [i for i in range(len(rows)) if i not in long and rows[i]]
        return Records([rows[i] for i in keep], places[keep], errors=errors)
    if b"" in rows:
        full = np.array([bool(row) for row in rows], dtype=np.bool_)
        return Records([row for row in rows if row], places[full])
    return Records(rows, places)


def _shown(row: bytes) -> str:
    return row[:_SHOWN].decode("utf-8", "replace")


def _too_long(line: int, row: bytes) -> Rejected:
    return Rejected(Reason.ROW_TOO_LONG, line, "row", _shown(row), "R-F-1")


def _unclosed(line: int, row: bytes) -> Rejected:
    return Rejected(Reason.ROW_MALFORMED, line, "row", _shown(row), "R-F-1")
