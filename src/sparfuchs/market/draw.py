"""Chance that can be asked at any place: a hash of a seed and of what it is for.

No generator is stepped, so a product block, a shop or a day is drawn without those before it, and
a market of fifty million offers is there without being made.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_SCALE: Final = 2.0**-53


def _mix(keys: Keys) -> Keys:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit depends on every bit."""
    with np.errstate(over="ignore"):
        keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return keys ^ (keys >> np.uint64(31))


@lru_cache(maxsize=4096)
def key_of(seed: int, purpose: str) -> np.uint64:
    """A key for one purpose under one seed."""
    key = np.array([seed & 0xFFFF_FFFF_FFFF_FFFF], dtype=np.uint64)
    for letter in purpose.encode():
        key = _mix(key * _ODD + np.uint64(letter))
    return np.uint64(key[0])


def keys(key: np.uint64 | Keys, numbers: NDArray[np.int64] | NDArray[np.uint64]) -> Keys:
    """A key for each number under one key, or under a key each."""
    with np.errstate(over="ignore"):
        return _mix((numbers.astype(np.uint64) + np.uint64(1)) * _ODD ^ key)


def share(drawn: Keys) -> Floats:
    """Each key as a number in [0, 1)."""
    return (drawn >> np.uint64(11)).astype(np.float64) * _SCALE


def uniform(key: np.uint64 | Keys, numbers: NDArray[np.int64] | NDArray[np.uint64]) -> Floats:
    """A number in [0, 1) for each number under a key."""
    return share(keys(key, numbers))


def choice(drawn: Keys, options: int) -> Ints:
    """Each key as one of 0 to options - 1."""
    return (share(drawn) * options).astype(np.int64)
