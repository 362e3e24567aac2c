"""From bytes in any encoding to UTF-8 bytes, in a stream, and how the encoding is found.

Order of trust (domain.md 2.6): byte-order mark, HTTP charset, XML declaration or `<meta>`,
strict UTF-8, charset-normalizer, and at last cp1252, in which any byte means something. A label of
ISO-8859-1 means cp1252, as on the web.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from charset_normalizer import from_bytes

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED: Final = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_META: Final = re.compile(
    rb"""<meta\s[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9._-]+)""", re.IGNORECASE
)
_META_WITHIN: Final = 4096
_LATIN_LABELS: Final = frozenset({"iso8859-1", "ascii", "latin-1", "cp1252"})
_GUESS_BYTES: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Encoding:
    name: str
    found_by: str


def canonical(label: str) -> str | None:
    """Python's name of an encoding label, ISO-8859-1 and ASCII widened to cp1252; None: unknown."""
    try:
        name = codecs.lookup(label.strip().strip("\"'")).name
    except LookupError:
        return None
    return "cp1252" if name in _LATIN_LABELS else name


def encoding_of(head: bytes, *, charset: str | None = None, chosen: str | None = None) -> Encoding:
    """The encoding of a document from its first bytes (more of them make it surer).

    `charset` is what HTTP said, `chosen` what the operator set: that one is never argued with.
    A label that the bytes refute (UTF-8 said, but they are none) is passed over.
    """
    if chosen:
        return Encoding(canonical(chosen) or "utf-8", "setting")
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name, "byte-order mark")
    declared = _DECLARED.match(head)
    meta = _META.search(head[:_META_WITHIN]) if head.lstrip()[:1] == b"<" else None
    labels = (
        (charset, "HTTP charset"),
        (declared[1].decode("ascii") if declared else None, "XML declaration"),
        (meta[1].decode("ascii") if meta else None, "meta element"),
    )
    for label, source in labels:
        found = canonical(label) if label else None
        # UTF-16 without a mark would make every second byte a NUL; such labels are mistaken.
        if found and not (found.startswith("utf-16") and b"\0" not in head[:64]):
            if found == "utf-8" and not _is_utf8(head):
                continue
            return Encoding(found, source)
    if _is_utf8(head):
        return Encoding("utf-8", "content")
    return _guess(head)


def _is_utf8(head: bytes) -> bool:
    try:
        # The head may end inside a letter: an incremental decoder does not mind.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _guess(head: bytes) -> Encoding:
    """charset-normalizer on the lines that hold more than ASCII, where the evidence is."""
    lines = b"\n".join(line for line in head.splitlines() if not line.isascii())[:_GUESS_BYTES]
    best = from_bytes(lines).best()
    found = canonical(best.encoding) if best else None
    # Among the single-byte encodings a short text fits many; German shops write cp1252. Only an
    # answer outside of that family (cp1251, gb18030, ...) from plenty of text is worth believing.
    if found and len(lines) >= 2048 and not found.startswith(("cp125", "iso8859", "mac", "cp8")):  # noqa: PLR2004
        return Encoding(found, "charset-normalizer")
    if found in {"cp1250", "cp1251", "cp1253", "cp1254", "iso8859-2"} and len(lines) >= 2048:  # noqa: PLR2004
        return Encoding(found, "charset-normalizer")
    return Encoding("cp1252", "fallback")


def to_utf8(blocks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """The same text as UTF-8, without byte-order mark and NUL; the undecodable becomes U+FFFD.

    UTF-8 goes through untouched; single bad bytes are dealt with where rows are parsed.
    """
    first = True
    if encoding == "utf-8":
        for block in blocks:
            plain = block.removeprefix(codecs.BOM_UTF8) if first else block
            first = False
            yield plain.replace(b"\0", b"") if b"\0" in plain else plain
        return
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for block in blocks:
        text = decoder.decode(block)
        if first and text:
            text = text.removeprefix("\ufeff")
            first = False
        yield text.replace("\0", "").encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
