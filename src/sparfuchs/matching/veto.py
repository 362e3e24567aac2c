"""Veto: what no likeness can outweigh, seen from signatures before anything dear is computed.

Another storage, size, colour, pack, condition or GTIN is another product, however alike the words.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.sparse import Floats, Rows, dot

Flags = NDArray[np.bool_]

# The reasons, in the order in which they are looked for; the first that holds is given.
REASONS: Final = ("gtin", "pack", "measure", "size", "colour", "condition", "model")
REASON: Final = pl.Enum(REASONS)

_PIECE: Final = 500_000


def vetoes(left: Corpus, right: Corpus, pairs: pl.DataFrame) -> pl.Series:
    """REASON why the two offers of each pair (left, right) cannot be one product; null for none."""
    parts = [
        _piece(left, right, pairs["left"][at : at + _PIECE], pairs["right"][at : at + _PIECE])
        for at in range(0, max(pairs.height, 1), _PIECE)
    ]
    return pl.concat(parts)


def _piece(left: Corpus, right: Corpus, lefts: pl.Series, rights: pl.Series) -> pl.Series:
    rows, others = lefts.to_numpy(), rights.to_numpy()
    found = dict.fromkeys(REASONS, np.zeros(len(rows), dtype=np.bool_))
    facts = [
        frame.select("gtin14", pack=pl.col("pack").fill_null(1))[places]
        for frame, places in ((left.read, lefts), (right.read, rights))
    ]
    for name, column in (("gtin", "gtin14"), ("pack", "pack")):
        other = facts[0][column] != facts[1][column]
        found[name] = other.fill_null(value=False).to_numpy()
    found["measure"] = _contradict(
        left.measures, right.measures, rows, others, left.units, right.units
    )
    # Of some kinds each has to agree, whatever else two titles share.
    found["measure"] |= dot(left.amounts[rows], right.amounts[others]) < dot(
        left.amount_kinds[rows], right.amount_kinds[others]
    )
    found["size"] = _contradict(left.sizes, right.sizes, rows, others)
    found["colour"] = _contradict(left.colours, right.colours, rows, others)
    # One is used or refurbished and the other is not, or not the same way.
    conditions = left.conditions.gather(lefts), right.conditions.gather(rights)
    found["condition"] = (conditions[0] != conditions[1]).to_numpy()
    found["model"] = _no_model_shared(left, right, rows, others)
    which = np.full(len(rows), len(REASONS), dtype=np.int64)
    for place in range(len(REASONS) - 1, -1, -1):
        which[found[REASONS[place]]] = place
    names = pl.Series([*REASONS, None], dtype=REASON)
    return names.gather(which)


def _contradict(
    mine: Rows,
    yours: Rows,
    rows: NDArray[np.uint32],
    others: NDArray[np.uint32],
    my_kinds: Rows | None = None,
    your_kinds: Rows | None = None,
) -> Flags:
    """Both say something of the kind, and nothing of it is the same.

    Without kinds all that is said is of one kind.
    """
    shared = dot(mine[rows], yours[others])
    if my_kinds is not None and your_kinds is not None:
        made: Flags = (dot(my_kinds[rows], your_kinds[others]) > 0) & (shared == 0)
        return made
    both: Flags = (_sizes(mine)[rows] > 0) & (_sizes(yours)[others] > 0) & (shared == 0)
    return both


def _sizes(matrix: Rows) -> Floats:
    made: Floats = np.diff(matrix.indptr).astype(np.float32)
    return made


def _no_model_shared(
    left: Corpus, right: Corpus, rows: NDArray[np.uint32], others: NDArray[np.uint32]
) -> Flags:
    """Both titles name models, and no three signs in a row of one's stand in the other's.

    Strict on purpose: writers split, join and lengthen model numbers, so only what has nothing in
    common is told apart here; the rest is the scorer's.
    """
    named: Flags = (_sizes(left.models)[rows] > 0) & (_sizes(right.models)[others] > 0)
    alike = dot(left.model_grams[rows], right.model_grams[others])
    made: Flags = named & (alike == 0)
    return made
