"""Opens a document as a stream of plain bytes: gzip or zip, at most one layer, with limits.

Compression is known by the first bytes, never by the name. Limits count decoded bytes while they
stream (domain.md 2.6), because 50 MB of zeros travel as 49 kB.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final
from zipfile import BadZipFile, ZipFile

from sparfuchs.kernel.errors import FeedUnreadable

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_EMPTY_ZIP: Final = b"PK\x05\x06"
_MIB: Final = 1 << 20


class Compression(StrEnum):
    NONE = "none"
    GZIP = "gzip"
    ZIP = "zip"


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """Bounds on what a document may unfold to (domain.md 2.6)."""

    decoded: int = 2 << 30
    ratio: int = 100
    ratio_from: int = _MIB


DEFAULT_LIMITS: Final = DecodeLimits()


def compression_of(path: Path) -> Compression:
    """What the first bytes say."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith(_GZIP):
        return Compression.GZIP
    if start.startswith((_ZIP, _EMPTY_ZIP)):
        return Compression.ZIP
    return Compression.NONE


def plain_bytes(
    path: Path, *, name: str, limits: DecodeLimits = DEFAULT_LIMITS, block: int = 4 * _MIB
) -> Iterator[bytes]:
    """Decoded blocks of about `block` bytes.

    Raises FeedUnreadable for a truncated or damaged archive (R-C-4), more than one layer inside the
    outer one, a zip of anything but one file, and for what unfolds beyond the limits.
    """
    guard = _Guard(path.stat().st_size, name, limits)
    kind = compression_of(path)
    if kind is Compression.ZIP:
        yield from _from_zip(path, name, guard, block)
        return
    with path.open("rb") as file:
        blocks = _read(file, block)
        if kind is Compression.GZIP:
            blocks = _maybe_second_layer(_gunzip(blocks, name, guard, block), name, guard, block)
        for plain in blocks:
            if kind is Compression.NONE:
                guard.count(len(plain), compressed=False)
            yield plain


class _Guard:
    """Counts decoded bytes of one layer after the other against the raw size."""

    def __init__(self, raw: int, name: str, limits: DecodeLimits) -> None:
        self._raw = max(raw, 1)
        self._name = name
        self._limits = limits
        self._decoded = 0

    def count(self, size: int, *, compressed: bool = True) -> None:
        self._decoded += size
        if self._decoded > self._limits.decoded:
            raise FeedUnreadable(
                f"{self._name} unfolds to more than {self._limits.decoded} bytes; "
                "split the feed into several files",
                document=self._name,
                limit=self._limits.decoded,
            )
        beyond = self._decoded - self._limits.ratio_from
        if compressed and beyond > 0 and beyond > self._limits.ratio * self._raw:
            raise FeedUnreadable(
                f"{self._name} unfolds to more than {self._limits.ratio} times its size, "
                "as archives made to do harm do",
                document=self._name,
                ratio=self._limits.ratio,
            )

    def second_layer(self) -> "_Guard":
        return _Guard(self._raw, self._name, self._limits)


def _read(file: IO[bytes], block: int) -> Iterator[bytes]:
    while part := file.read(block):
        yield part


def _gunzip(blocks: Iterator[bytes], name: str, guard: _Guard, block: int) -> Iterator[bytes]:
    """Unfolds gzip of one or several members; counts before it hands on."""
    unfold = zlib.decompressobj(wbits=31)
    begun = False
    for raw in blocks:
        pending = raw
        while pending:
            if unfold.eof:
                # Bytes after the end are another member, or padding that some writers leave.
                if not pending.startswith(_GZIP):
                    if pending.strip(b"\0"):
                        raise _damaged(name, "bytes follow the end of the archive")
                    return
                unfold = zlib.decompressobj(wbits=31)
            try:
                plain = unfold.decompress(pending, block)
            except zlib.error as error:
                raise _damaged(name, str(error)) from error
            begun = True
            pending = unfold.unused_data if unfold.eof else unfold.unconsumed_tail
            if plain:
                guard.count(len(plain))
                yield plain
    if begun and not unfold.eof:
        raise _damaged(name, "the archive ends in the middle")


def _maybe_second_layer(
    blocks: Iterator[bytes], name: str, guard: _Guard, block: int
) -> Iterator[bytes]:
    """Some servers gzip a gzip file: one more layer is opened, a third is refused."""
    first = next(blocks, b"")
    rest = _chain(first, blocks)
    if not first.startswith(_GZIP):
        yield from rest
        return
    inner = _gunzip(rest, name, guard.second_layer(), block)
    for place, plain in enumerate(inner):
        if place == 0 and plain.startswith((_GZIP, _ZIP)):
            raise _damaged(name, "it is packed more than twice")
        yield plain


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _from_zip(path: Path, name: str, guard: _Guard, block: int) -> Iterator[bytes]:
    try:
        with ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1:
                raise FeedUnreadable(
                    f"{name} holds {len(members)} files; a zipped feed must hold exactly one",
                    document=name,
                    files=len(members),
                )
            with archive.open(members[0]) as file:
                for place, plain in enumerate(_read(file, block)):
                    if place == 0 and plain.startswith((_GZIP, _ZIP)):
                        raise _damaged(name, "an archive inside the archive")
                    guard.count(len(plain))
                    yield plain
    # zipfile's own words for a packing it does not know, and for a member that wants a password.
    except (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(name, str(error)) from error


def _damaged(name: str, why: str) -> FeedUnreadable:
    return FeedUnreadable(
        f"{name} cannot be unpacked: {why}. Nothing of it was used", document=name, why=why
    )
