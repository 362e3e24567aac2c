"""Cuts a document into raw records and hashes each, before anything is parsed.

A record whose hash the source's state knows goes no further: that is why a feed of which little
changed costs little. Hence a record is bytes and its hash covers exactly them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import repeat
from typing import Final

import numpy as np
import xxhash
from numpy.typing import NDArray

from sparfuchs.kernel.frames import HashArray
from sparfuchs.kernel.outcome import Rejected

# domain.md 2.6: a row of a feed is at most 1 MiB, a field 64 KiB.
RECORD_LIMIT: Final = 1 << 20
FIELD_LIMIT: Final = 64 << 10


@dataclass(slots=True)
class Records:
    """Raw records of one block, in the order of the document.

    `places` is the line on which a record begins (text) or its number, from 1 (XML, JSON).
    `doubtful` marks rows whose quotes only the slow reader understands. `errors` are rows that
    could not even be cut out; they are no part of `rows`.
    """

    rows: list[bytes]
    places: NDArray[np.uint32]
    doubtful: NDArray[np.bool_] | None = None
    errors: list[Rejected] = field(default_factory=list)

    def parts(self, size: int) -> "Iterator[Records]":
        """The same in pieces of at most `size` rows: very short rows fill a block with many."""
        if len(self.rows) <= size:
            yield self
            return
        for start in range(0, len(self.rows), size):
            end = start + size
            yield Records(
                self.rows[start:end],
                self.places[start:end],
                None if self.doubtful is None else self.doubtful[start:end],
                self.errors if start == 0 else [],
            )


def hash_records(rows: list[bytes], salt: int) -> HashArray:
    """xxh3 with 64 bits of each record, seeded with the salt of parser, settings and header."""
    digest = xxhash.xxh3_64_intdigest
    # A loop over records: the library takes one text a call, and it is 0.1 µs.
    return np.fromiter(map(digest, rows, repeat(salt)), dtype=np.uint64, count=len(rows))
