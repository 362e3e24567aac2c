"""A body on its way to the disk: unpacked, counted, and stopped at the first limit it breaks.

The limits hold for the decoded bytes while they stream: 50 MB of zeros travel as 48 kB, so a limit
on what is sent, or on what a header says, would be none (domain.md 2.6).
"""

import zlib
from dataclasses import dataclass
from typing import IO, Final

import xxhash

from sparfuchs.plumbing.fetched import Failed, Failure

MIB: Final = 1024 * 1024
_STEP: Final = 256 * 1024  # bytes unpacked at a time: what a bomb may cost us in memory
_GZIP: Final = 31  # zlib's window bits for a gzip header and trailer with its checksum


@dataclass(frozen=True, slots=True)
class Limits:
    """`raw` and `decoded` in bytes, times in seconds; `ratio` counts after `ratio_from` bytes.

    `cut`: at the decoded limit take what is there and stop, as for robots.txt, instead of failing.
    `least_rate`: raw bytes a second since the beginning, looked at after `slow_after` seconds: who
    drips a byte now and then is never idle.
    """

    raw: int
    decoded: int
    total: float
    connect: float = 5.0
    idle: float = 15.0
    ratio: int = 100
    ratio_from: int = MIB
    cut: bool = False
    least_rate: int = 0
    slow_after: float = 60.0


class Body:
    """Takes the bytes of the wire, gives the document to `sink`, counts both and digests it."""

    def __init__(self, sink: IO[bytes], limits: Limits, *, gzipped: bool) -> None:
        self._sink = sink
        self._limits = limits
        self._hash = xxhash.xxh3_128()
        self._unpacker = zlib.decompressobj(_GZIP) if gzipped else None
        self._between_members = False
        self.raw_size = 0
        self.size = 0
        self.full = False

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    def feed(self, chunk: bytes) -> Failed | None:
        """The next bytes of the wire. A failure means: stop reading, discard all."""
        self.raw_size += len(chunk)
        if self.raw_size > self._limits.raw:
            return Failed(Failure.TOO_LARGE, final=True, detail=f"raw > {self._limits.raw}")
        if self._unpacker is None:
            return self._take(chunk)
        try:
            return self._unpack(chunk)
        except zlib.error as error:
            return Failed(Failure.CORRUPT, final=False, detail=str(error))

    def _unpack(self, chunk: bytes) -> Failed | None:
        while chunk and not self.full:
            if self._between_members:
                chunk = chunk.lstrip(b"\0")  # padding that some writers leave behind a member
                if not chunk:
                    return None
                self._unpacker, self._between_members = zlib.decompressobj(_GZIP), False
            assert self._unpacker is not None
            failed = self._take(self._unpacker.decompress(chunk, _STEP))
            if failed is not None:
                return failed
            chunk = self._unpacker.unconsumed_tail or self._unpacker.unused_data
            self._between_members = self._unpacker.eof
        return None

    def _take(self, plain: bytes) -> Failed | None:
        limits = self._limits
        if self.size + len(plain) > limits.decoded:
            if not limits.cut:
                return Failed(Failure.TOO_LARGE, final=True, detail=f"decoded > {limits.decoded}")
            plain = plain[: limits.decoded - self.size]
            self.full = True
        self.size += len(plain)
        if self.size > limits.ratio_from and self.size > limits.ratio * self.raw_size:
            return Failed(Failure.RATIO, final=True, detail=f"{self.size} from {self.raw_size}")
        self._hash.update(plain)
        self._sink.write(plain)
        return None

    def drips(self, seconds: float) -> bool:
        """Whether so little came in so many seconds that the rest is not worth waiting for."""
        limits = self._limits
        return seconds > limits.slow_after and self.raw_size < limits.least_rate * seconds

    def finish(self) -> Failed | None:
        """After the last byte: a packed document must have come to its end (R-C-4)."""
        if self._unpacker is None or self._unpacker.eof or self.full:
            return None
        return Failed(Failure.TRUNCATED, final=False, detail="the gzip stream ends early")
