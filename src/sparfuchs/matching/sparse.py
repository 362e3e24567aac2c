"""Lists of words as sparse rows, and what two rows share: the arithmetic under all comparisons.

A word's column is its hash, so there is no vocabulary to keep or to grow.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from sparfuchs.kernel.frames import hash_strings

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Rows = Any  # scipy publishes no types: a csr_array of float32, a row an offer

# A million columns: of 20 words in each of two titles, some meet by chance once in 2,500 pairs.
COLUMNS: Final = 1 << 20
_GRAM: Final = 3
# Fewer texts than this are sooner hashed each than looked for among each other.
_FEW: Final = 5_000
_LEAST: Final = 0.1  # the weight of a word that stands everywhere, before it is scaled


def rows_of(lists: pl.Series) -> Rows:
    """One row a list of texts, 1 at each text's column. Texts of a list are told apart by hash."""
    counts = lists.list.len().fill_null(0).to_numpy().astype(np.int64)
    flat = lists.list.explode(empty_as_null=False, keep_nulls=False)
    if len(flat) < _FEW:
        return _rows(_columns(flat), counts)
    names = flat.unique()
    codes = pl.DataFrame({"name": flat}).join(
        pl.DataFrame({"name": names, "code": _columns(names)}),
        on="name",
        how="left",
        maintain_order="left",
    )["code"]
    return _rows(codes.to_numpy(), counts)


def grams_of(texts: pl.Series) -> Rows:
    """One row a text: how often each three signs in a row occur in it, blanks at both ends.

    Works on the bytes of all texts at once.
    """
    padded = pl.select(pl.lit(" ") + texts.fill_null("") + pl.lit(" ")).to_series()
    sizes = padded.str.len_bytes().to_numpy().astype(np.int64)
    data = np.frombuffer("".join(padded.to_list()).encode(), dtype=np.uint8).astype(np.uint64)
    counts = np.maximum(sizes - _GRAM + 1, 0)
    starts = np.repeat(np.cumsum(sizes) - sizes - (np.cumsum(counts) - counts), counts)
    places = starts + np.arange(counts.sum())
    code = (data[places] << np.uint64(16)) | (data[places + 1] << np.uint64(8)) | data[places + 2]
    mixed = (code * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(44)
    return _rows(mixed.astype(np.int64), counts)


def _columns(names: pl.Series) -> Ints:
    made: Ints = (hash_strings(names) & np.uint64(COLUMNS - 1)).astype(np.int64)
    return made


def _rows(codes: Ints, counts: Ints) -> Rows:
    pointers = np.concatenate([[0], np.cumsum(counts)])
    matrix = sparse.csr_array(
        (np.ones(len(codes), dtype=np.float32), codes.astype(np.int32), pointers),
        shape=(len(counts), COLUMNS),
    )
    matrix.sum_duplicates()
    return matrix


@dataclass(frozen=True)
class Weights:
    """How rare a word is: learnt once from many texts and then frozen, so that scores stay."""

    offers: int
    words: NDArray[np.uint32]  # in how many of them each column occurs
    grams: NDArray[np.uint32]

    def of_words(self, matrix: Rows) -> Rows:
        """The rows with each entry replaced by its word's weight."""
        return _weighted(matrix, self.offers, self.words)

    def of_grams(self, matrix: Rows) -> Rows:
        return _weighted(matrix, self.offers, self.grams, counted=True)


def learn_weights(words: Rows, grams: Rows) -> Weights:
    return Weights(
        words.shape[0],
        np.bincount(words.indices, minlength=COLUMNS).astype(np.uint32),
        np.bincount(grams.indices, minlength=COLUMNS).astype(np.uint32),
    )


def _weighted(
    matrix: Rows, offers: int, seen: NDArray[np.uint32], *, counted: bool = False
) -> Rows:
    # Against the rarest possible, so that weights of small and large corpora mean the same.
    rarest = np.log(offers + 1) + _LEAST
    rarity = ((np.log((offers + 1) / (seen[matrix.indices] + 1)) + _LEAST) / rarest).astype(
        np.float32
    )
    data = (1 + np.log(matrix.data)) * rarity if counted else rarity
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def normed(matrix: Rows) -> Rows:
    """Rows of length one; empty rows stay empty."""
    length = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    scale = np.divide(1, length, out=np.zeros_like(length), where=length > 0).astype(np.float32)
    data = matrix.data * np.repeat(scale, np.diff(matrix.indptr))
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def dot(left: Rows, right: Rows) -> Floats:
    """The product of each row on the left with the row beside it."""
    return np.asarray(left.multiply(right).sum(axis=1), dtype=np.float32).ravel()


@dataclass(frozen=True)
class Overlap:
    """What two rows of weights share, and what only one of them has."""

    shared: Floats
    left: Floats
    right: Floats
    shared_top: Floats  # the rarest word they share
    left_top: Floats  # the rarest that only the left has
    right_top: Floats
    count: Floats  # how many words they share


def overlap(left: Rows, right: Rows) -> Overlap:
    """Of rows whose entries are the weights of words, the same weight wherever a word stands."""
    both = _shared(left, right)
    shared = np.asarray(both.sum(axis=1), dtype=np.float32).ravel()
    sums = [np.asarray(one.sum(axis=1), dtype=np.float32).ravel() for one in (left, right)]
    return Overlap(
        shared,
        sums[0] - shared,
        sums[1] - shared,
        _highest(both),
        _highest(left - both),
        _highest(right - both),
        np.diff(both.indptr).astype(np.float32),
    )


def _highest(matrix: Rows) -> Floats:
    """The highest entry of each row, none of which is negative; 0 for an empty row."""
    made = np.zeros(matrix.shape[0], dtype=np.float32)
    filled = np.diff(matrix.indptr) > 0
    if filled.any():
        made[filled] = np.maximum.reduceat(matrix.data, matrix.indptr[:-1][filled])
    # What is left of a shared word is nothing, but for the last bit.
    return np.maximum(made, 0)


def _shared(left: Rows, right: Rows) -> Rows:
    ones = sparse.csr_array(
        (np.ones(right.nnz, dtype=np.float32), right.indices, right.indptr), shape=right.shape
    )
    return left.multiply(ones).tocsr()
