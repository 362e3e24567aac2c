"""GTINs: check digit and forbidden ranges over a column (R-F-8), and feed defaults (R-F-9)."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.frames import hash_strings

_BRANDS: Final = 3
_BRAND_BITS: Final = 16
_COMPACT_AT: Final = 1 << 20


def clean_gtins(column: pl.Series) -> pl.Series:
    """GTIN-14 texts, padded with zeros; null for what is no GTIN (domain.md 1.3, R-F-8).

    Lengths 8, 12, 13, 14 with the right check digit. Refused: all zeros; in GTIN-13 form the
    restricted prefixes 02, 04, 20-29 (shop-internal) and coupon prefixes 05, 98, 99.
    """
    if column.null_count() == len(column):
        return column
    digits = column
    number = digits.cast(pl.Int64, strict=False)
    if number.null_count() > column.null_count() or column.str.contains("+", literal=True).any():
        digits = pl.select(
            pl.when(column.str.contains(r"^\s*[0-9][0-9 -]{6,18}[0-9]\s*$")).then(
                column.str.replace_all(r"[^0-9]", "")
            )
        ).to_series()
        number = digits.cast(pl.Int64, strict=False)
    ok = pl.select(
        digits.str.len_bytes().is_in([8, 12, 13, 14])
        & _check_digit_right(number)
        & ~_forbidden(number)
    ).to_series()
    return pl.select(pl.when(ok).then(digits.str.zfill(14)).alias(column.name)).to_series()


def _check_digit_right(number: pl.Series) -> pl.Series:
    """Weights 1, 3, 1, ... from the right, check digit included, make a multiple of 10."""
    value = number.fill_null(0).to_numpy()
    total = np.zeros(len(value), dtype=np.int64)
    for place in range(14):  # a loop over digits, not over rows
        total += value % 10 * (3 if place % 2 else 1)
        value = value // 10
    return pl.Series(total % 10 == 0) & number.is_not_null()


def _forbidden(number: pl.Series) -> pl.Series:
    prefix = number % 10**13 // 10**11
    return (number <= 0) | prefix.is_in([2, 4, 5, *range(20, 30), 98, 99])


class DefaultGtins:
    """Finds GTINs that a feed gives to more than three brands: its default value (R-F-9).

    Keeps one number of 64 bits for each pair of GTIN and brand of the stream (2.8 million offers:
    22 MB), 47 bits of GTIN beside 16 of the brand's hash; two brands that share them make us count
    one too few, never one too many.
    """

    def __init__(self) -> None:
        self._pairs: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._new: list[NDArray[np.int64]] = []
        self._waiting = 0

    def add(self, gtins: pl.Series, brands: pl.Series) -> None:
        """Takes the accepted rows of a batch; rows without a GTIN or brand say nothing."""
        both = gtins.is_not_null() & brands.is_not_null()
        if not both.any():
            return
        number = gtins.filter(both).cast(pl.Int64).to_numpy()
        named = brands.filter(both).str.strip_chars().str.to_lowercase()
        names = named.unique()
        mask = np.uint64((1 << _BRAND_BITS) - 1)
        hashes = (hash_strings(names) & mask).astype(np.int64)
        brand = named.replace_strict(names, pl.Series(hashes), return_dtype=pl.Int64).to_numpy()
        pairs = number << _BRAND_BITS | brand
        self._new.append(pairs)
        self._waiting += len(pairs)
        if self._waiting > _COMPACT_AT:
            self._compact()

    def found(self) -> frozenset[str]:
        """GTIN-14 of the defaults seen up to now."""
        self._compact()
        numbers, brands = np.unique(self._pairs >> _BRAND_BITS, return_counts=True)
        return frozenset(f"{number:014d}" for number in numbers[brands > _BRANDS].tolist())

    def _compact(self) -> None:
        if self._new:
            pairs = np.sort(np.concatenate([self._pairs, *self._new]))
            first = np.ones(len(pairs), dtype=np.bool_)
            first[1:] = pairs[1:] != pairs[:-1]
            self._pairs = pairs[first]
            self._new, self._waiting = [], 0
