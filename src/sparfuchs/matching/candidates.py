"""Candidates: which offers are worth comparing at all.

Each offer asks an inverted index of words and of threes of signs with its rarest entries first,
until a budget of postings is spent; the cosine over what was asked orders the answers. With an
unlimited budget this is the full TF-IDF search over words and signs together, which on small tables
loses nothing that matters; with a budget the work grows with the number of offers and no faster.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.sparse import Ints, Rows, Weights, dot, grams_of, normed, rows_of

MOST: Final = 20
# Postings that one offer may look at. Of the true pairs of 22,000 offers without numbers 98.2 % are
# found with 1,500, 98.8 % with 3,000 and 99.3 % with 6,000, which takes nearly twice as long.
BUDGET: Final = 3_000
# Multiplications at a time, which bounds memory.
_WORK: Final = 8_000_000
_PIECE: Final = 100_000
# Answers with less than this share of the best answer's score are none.
_NEAR: Final = 0.3

Allowed = Callable[[pl.DataFrame], pl.Series]

# One row a candidate pair: rows of the left and right corpus, and the search's own score (0 to 1).
CANDIDATE: Final = {"left": pl.UInt32(), "right": pl.UInt32(), "score": pl.Float32()}


def search(
    left: Corpus,
    right: Corpus,
    *,
    most: int = MOST,
    budget: int | None = BUDGET,
    allowed: Allowed | None = None,
) -> pl.DataFrame:
    """CANDIDATE rows: for each offer on the left at most so many of the right, best first.

    Where both are the same object an offer does not find itself, and a pair stands in the direction
    in which it was found. `allowed` says of a frame of candidates which may stay; it is asked piece
    by piece, so that what it forbids is never held together. Both corpora must have been made with
    the same weights.
    """
    index = keys_of(right)
    own = index if left is right else keys_of(left)
    pieces = _best(
        _spend(own, index, budget), index, most, same=left is right, whole=budget is None
    )
    found = pl.concat(
        [
            pl.DataFrame(schema=CANDIDATE),
            *(piece if allowed is None else piece.filter(allowed(piece)) for piece in pieces),
        ]
    )
    if budget is None:
        return found
    # What was asked is a part of the cosine; rivals are compared by the whole.
    return found.with_columns(score=_whole(own, index, found))


def alike(left: Corpus, right: Corpus, pairs: pl.DataFrame) -> pl.DataFrame:
    """CANDIDATE rows of any pairs (left, right), whether a search would find them or not."""
    own, index = keys_of(left), keys_of(right)
    return pairs.select(pl.col("left", "right").cast(pl.UInt32), score=_whole(own, index, pairs))


def _whole(own: Rows, index: Rows, pairs: pl.DataFrame) -> pl.Series:
    rows, others = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    parts = [
        dot(own[rows[at : at + _PIECE]], index[others[at : at + _PIECE]])
        for at in range(0, max(len(rows), 1), _PIECE)
    ]
    return pl.Series(np.concatenate(parts))


def both_ways(
    left: Corpus,
    right: Corpus,
    *,
    most: int = MOST // 2,
    budget: int | None = BUDGET,
    allowed: Allowed | None = None,
) -> pl.DataFrame:
    """CANDIDATE rows that either side names, each once: an offer names `most` at the most."""
    found = search(left, right, most=most, budget=budget, allowed=allowed)
    if left is right:
        ends = found.select(
            pl.min_horizontal("left", "right").alias("left"),
            pl.max_horizontal("left", "right").alias("right"),
            "score",
        )
    else:
        back = search(right, left, most=most, budget=budget, allowed=allowed)
        ends = pl.concat([found, back.select(left="right", right="left", score="score")])
    return ends.group_by("left", "right").agg(pl.col("score").max()).sort("left", "right")


def keys_of(corpus: Corpus) -> Rows:
    """Words and threes of signs as one row of length one: half of its square each."""
    return _keys(corpus.all_words, corpus.grams)


def keys_of_read(read: pl.DataFrame, weights: Weights) -> Rows:
    """The same of READ rows, without a corpus."""
    words = weights.of_words(rows_of(read["all_words"]))
    return _keys(words, normed(weights.of_grams(grams_of(read["title"]))))


def _keys(words: Rows, grams: Rows) -> Rows:
    return normed(sparse.hstack([normed(words), grams], format="csr"))


def _spend(asked: Rows, index: Rows, budget: int | None) -> Rows:
    if budget is None:
        return asked
    postings = np.bincount(index.indices, minlength=index.shape[1])
    return spend(asked, postings[asked.indices], budget)


def spend(asked: Rows, cost: Ints, budget: int) -> Rows:
    """The entries of each row for which the budget lasts, those with the fewest postings first.

    `cost` has the postings of each entry, in the order of `asked.indices`. A row's rarest entry is
    always asked, entries without postings never.
    """
    there = cost > 0
    row = np.repeat(np.arange(asked.shape[0]), np.diff(asked.indptr))[there]
    pointers = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=asked.shape[0]))])
    asked = sparse.csr_array((asked.data[there], asked.indices[there], pointers), shape=asked.shape)
    cost = cost[there]
    order = np.lexsort((cost, row))
    spent = np.cumsum(cost[order])
    before = np.concatenate([[0], spent])[asked.indptr[:-1]]
    first = np.zeros(len(order), dtype=np.bool_)
    first[asked.indptr[:-1][np.diff(asked.indptr) > 0]] = True
    kept = np.zeros(len(order), dtype=np.bool_)
    kept[order] = (spent - before[row[order]] <= budget) | first
    counts = np.bincount(row[kept], minlength=asked.shape[0])
    pointers = np.concatenate([[0], np.cumsum(counts)])
    return sparse.csr_array((asked.data[kept], asked.indices[kept], pointers), shape=asked.shape)


def _best(
    asked: Rows, index: Rows, most: int, *, same: bool, whole: bool
) -> Iterator[pl.DataFrame]:
    postings = np.bincount(index.indices, minlength=index.shape[1])
    work = np.concatenate([[0], np.cumsum(postings[asked.indices])])[asked.indptr]
    turned = index.T.tocsr()
    start = 0
    while start < asked.shape[0]:
        stop = int(np.searchsorted(work, work[start] + _WORK, side="right")) - 1
        stop = min(max(stop, start + 1), asked.shape[0])
        yield best_of(asked[start:stop] @ turned, start, most, same=same, whole=whole)
        start = stop


def best_of(product: Rows, start: int, most: int, *, same: bool, whole: bool) -> pl.DataFrame:
    """CANDIDATE rows of a product of asked rows and index; its first row is row `start`."""
    counts = np.diff(product.indptr)
    row: Ints = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
    column, score = product.indices, product.data
    if same:
        other = column != row + start
        row, column, score = row[other], column[other], score[other]
        counts = np.bincount(row, minlength=len(counts))
    if not whole and len(row):
        # Most of what shares a word shares little else; dropping it leaves less to be sorted.
        starts = (np.cumsum(counts) - counts)[counts > 0]
        tops = np.zeros(len(counts), dtype=np.float32)
        tops[counts > 0] = np.maximum.reduceat(score, starts)
        near = score >= _NEAR * tops[row]
        row, column, score = row[near], column[near], score[near]
        counts = np.bincount(row, minlength=len(counts))
    order = _best_first(row, score)
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = order[place < most]
    return pl.DataFrame(
        {
            "left": (row[kept] + start).astype(np.uint32),
            "right": column[kept].astype(np.uint32),
            "score": score[kept].astype(np.float32),
        }
    )


def _best_first(row: Ints, score: NDArray[np.float32]) -> Ints:
    """Order by row, best score first: one sort of whole numbers instead of two."""
    depth = (np.float32(1.5) - np.clip(score, 0, 1)).view(np.uint32).astype(np.int64)
    return np.argsort((row << 32) | depth, kind="stable")
