"""Which offers a run saw, as a compressed bitmap of ordinals (Roaring, the portable format)."""

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap


def pack(ordinals: NDArray[np.uint32]) -> bytes:
    bitmap = BitMap(ordinals)
    bitmap.run_optimize()
    packed: bytes = bitmap.serialize()
    return packed


def merged(parts: list[bytes]) -> bytes:
    """One bitmap of several."""
    bitmap = BitMap.union(BitMap(), *map(BitMap.deserialize, parts))
    bitmap.run_optimize()
    packed: bytes = bitmap.serialize()
    return packed


def contains(packed: bytes, ordinals: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """For each ordinal whether the bitmap has it."""
    held = np.asarray(BitMap.deserialize(packed).to_array(), dtype=np.uint32)
    if not len(held):
        return np.zeros(len(ordinals), dtype=np.bool_)
    place = np.minimum(np.searchsorted(held, ordinals), len(held) - 1)
    answer: NDArray[np.bool_] = held[place] == ordinals
    return answer
