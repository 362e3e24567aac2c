"""The state of a source: what it remembers of each offer, as one immutable Arrow file.

A run reads the state of the run before, writes the next one, and publishing swaps the pointer. The
file is sorted by key and memory-mapped, so that a reading of a million known records touches only
the columns it asks for. About 80 bytes an offer with its id.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.leap import HELD
from sparfuchs.kernel.frames import AVAILABILITY, HashArray, Schema, empty, hash_strings

LIVE: Final = 0
GONE: Final = 1

# `key` is a hash of the source's own id and accepted only where the stored id agrees. A hash of 0
# in `raw` means: the record must be parsed again. `last_seen` and `first_missed` are run numbers
# (0: not missed); `lapsed` says that the history has an `unseen` row still open; `wake` is when the
# price may change without a byte of the feed changing (microseconds UTC). `last_minor` is the last
# price that was believed; `held_minor` one that waits for a second observation since `held_at`
# (microseconds; null: held by hand), while `price_minor` is null (R-F-7).
STATE: Final[Schema] = {
    "key": pl.UInt64(),
    "ordinal": pl.UInt32(),
    "raw": pl.UInt64(),
    "identity": pl.UInt64(),
    "price": pl.UInt64(),
    "display": pl.UInt64(),
    "price_minor": pl.Int64(),
    "currency": pl.UInt16(),
    "availability": AVAILABILITY,
    "status": pl.UInt8(),
    "last_seen": pl.UInt32(),
    "first_missed": pl.UInt32(),
    "lapsed": pl.Boolean(),
    "wake": pl.Int64(),
    "source_offer_id": pl.String(),
    **HELD,
}

NO_ROW: Final = -1
_MOST_PROBES: Final = 64

HashIds = Callable[[pl.Series, int], HashArray]
Rows = NDArray[np.int64]


def hash_ids(ids: pl.Series, seed: int) -> HashArray:
    return hash_strings(ids, seed=seed)


@dataclass(frozen=True)
class SourceState:
    """A read-only view of one state file (or of nothing, before the first run)."""

    frame: pl.DataFrame

    @classmethod
    def none(cls) -> "SourceState":
        return cls(empty(STATE))

    @classmethod
    def read(cls, path: Path) -> "SourceState":
        """Files of earlier versions lack the newest columns: nothing was held then."""
        frame = pl.read_ipc(path)
        missing = [name for name in STATE if name not in frame.columns]
        return cls(
            frame.with_columns(pl.lit(None, dtype=STATE[name]).alias(name) for name in missing)
        )

    def __len__(self) -> int:
        return self.frame.height

    @cached_property
    def keys(self) -> HashArray:
        return self.frame["key"].to_numpy()

    @cached_property
    def live(self) -> NDArray[np.bool_]:
        alive: NDArray[np.bool_] = self.frame["status"].to_numpy() == LIVE
        return alive

    def seen_at(self, run: int) -> NDArray[np.bool_]:
        """Which offers were seen in a run, by their last sighting."""
        seen: NDArray[np.bool_] = self.frame["last_seen"].to_numpy() == run
        return seen

    @cached_property
    def _by_raw(self) -> tuple[HashArray, Rows]:
        raw = self.frame["raw"].to_numpy()
        order = np.argsort(raw, kind="stable")
        order = order[np.searchsorted(raw[order], 1) :]  # without the zeros
        return raw[order], order

    def knows_raw(self, raw: HashArray) -> NDArray[np.bool_]:
        """Which raw hashes belong to a record that need not be parsed again."""
        hashes, _ = self._by_raw
        if not len(hashes):
            return np.zeros(len(raw), dtype=np.bool_)
        place = np.minimum(np.searchsorted(hashes, raw), len(hashes) - 1)
        known: NDArray[np.bool_] = hashes[place] == raw
        return known

    def rows_of_raw(self, raw: HashArray) -> tuple[Rows, Rows]:
        """All rows of known raw hashes, and for each which of the given hashes it belongs to.

        A record may hold several offers (the variants of one product), so one hash has many rows.
        """
        hashes, rows = self._by_raw
        start = np.searchsorted(hashes, raw, side="left")
        count = np.searchsorted(hashes, raw, side="right") - start
        record = np.repeat(np.arange(len(raw)), count)
        within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
        return rows[np.repeat(start, count) + within], record

    def find(self, ids: pl.Series, *, hashed: HashIds = hash_ids) -> tuple[Rows, HashArray]:
        """Row of each id (NO_ROW: unknown) and the key under which it is or would be stored.

        Two ids with one hash are told apart by the stored id; the second goes under its hash with
        the next seed, and so on.
        """
        found = np.full(len(ids), NO_ROW, dtype=np.int64)
        keys = np.zeros(len(ids), dtype=np.uint64)
        stored, known = self.keys, self.frame["source_offer_id"]
        open_rows = np.arange(len(ids))
        for seed in range(_MOST_PROBES):
            asked = ids.gather(open_rows) if seed else ids
            probe = hashed(asked, seed)
            keys[open_rows] = probe
            if not len(stored):
                return found, keys
            place = np.minimum(np.searchsorted(stored, probe), len(stored) - 1)
            hit = stored[place] == probe
            agrees = hit.copy()
            same = known.gather(place[hit]) == asked.filter(pl.Series(hit))
            agrees[hit] = same.to_numpy()
            found[open_rows[agrees]] = place[agrees]
            clash = hit & ~agrees
            if not clash.any():
                return found, keys
            open_rows = open_rows[clash]
        raise AssertionError(f"{len(open_rows)} ids clash under {_MOST_PROBES} hashes")


def place_new_keys(
    taken: HashArray, keys: HashArray, ids: pl.Series, *, hashed: HashIds = hash_ids
) -> HashArray:
    """Keys for new offers such that none is taken and none occurs twice.

    `ids` are distinct and unknown to the state whose sorted keys are `taken`; `keys` are what
    `find` gave for them.
    """
    keys = keys.copy()
    for seed in range(1, _MOST_PROBES):
        _, first = np.unique(keys, return_index=True)
        clash = np.ones(len(keys), dtype=np.bool_)
        clash[first] = False
        if len(taken):
            place = np.minimum(np.searchsorted(taken, keys), len(taken) - 1)
            clash |= taken[place] == keys
        if not clash.any():
            return keys
        keys[clash] = hashed(ids.filter(pl.Series(clash)), seed)
    raise AssertionError(f"new ids clash under {_MOST_PROBES} hashes")


def write_state(frame: pl.DataFrame, path: Path) -> None:
    """Uncompressed, so that it can be memory-mapped."""
    frame.write_ipc(path, compression="uncompressed")
