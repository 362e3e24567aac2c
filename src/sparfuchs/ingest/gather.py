"""Gathers records until a batch is worth the fixed cost of the expressions over it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sparfuchs.ingest.split import Records
from sparfuchs.kernel.frames import HashArray
from sparfuchs.kernel.outcome import Rejected

_BATCH_ROWS: Final = 16_384
_BATCH_BYTES: Final = 8 << 20
_KNOWN_ROWS: Final = 1 << 18


class Gathered:
    """Records on their way to a batch: the fresh ones whole, the known ones as hashes."""

    def __init__(self) -> None:
        self.count = 0
        self._rows: list[bytes] = []
        self._bytes = 0
        self._places: list[NDArray[np.uint32]] = []
        self._doubtful: list[NDArray[np.bool_]] = []
        self._hashes: list[HashArray] = []
        self._known: list[HashArray] = []
        self._known_lines: list[NDArray[np.uint32]] = []
        self._known_count = 0
        self._errors: list[Rejected] = []

    @property
    def full(self) -> bool:
        return (
            len(self._rows) >= _BATCH_ROWS
            or self._bytes >= _BATCH_BYTES
            or self._known_count >= _KNOWN_ROWS
            or len(self._errors) >= _BATCH_ROWS
        )

    def add(self, records: Records, hashes: HashArray, known: NDArray[np.bool_]) -> None:
        self.count += len(records.rows) + len(records.errors)
        self._errors.extend(records.errors)
        if known.any():
            self._known.append(hashes[known])
            self._known_lines.append(records.places[known])
            self._known_count += int(known.sum())
            fresh = np.flatnonzero(~known)
            rows = [records.rows[i] for i in fresh.tolist()]
        else:
            fresh = np.arange(len(records.rows))
            rows = records.rows
        self._rows.extend(rows)
        self._bytes += sum(map(len, rows))
        self._hashes.append(hashes[fresh])
        self._places.append(records.places[fresh])
        doubtful = records.doubtful
        self._doubtful.append(
            np.zeros(len(fresh), dtype=np.bool_) if doubtful is None else doubtful[fresh]
        )

    def fresh(self) -> tuple[Records, HashArray]:
        records = Records(
            self._rows,
            np.concatenate([np.empty(0, dtype=np.uint32), *self._places]),
            np.concatenate([np.empty(0, dtype=np.bool_), *self._doubtful]),
            self._errors,
        )
        return records, np.concatenate([np.empty(0, dtype=np.uint64), *self._hashes])

    def known(self) -> tuple[HashArray, NDArray[np.uint32]]:
        return (
            np.concatenate([np.empty(0, dtype=np.uint64), *self._known]),
            np.concatenate([np.empty(0, dtype=np.uint32), *self._known_lines]),
        )
