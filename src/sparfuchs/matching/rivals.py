"""Rivals: how a pair stands against the other pairs of its two offers.

A likely pair is less so when one of the two has a likelier partner. Shops mostly offer a thing
once, so the distance to the runner-up tells near misses (another size, another edition) from
matches that are merely worded differently.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Ints = NDArray[np.int64]

_SURE = 1e-4  # keeps log-odds within 9.2


def log_odds(probability: Probabilities) -> Probabilities:
    inside = np.clip(probability, _SURE, 1 - _SURE)
    made: Probabilities = np.log(inside / (1 - inside))
    return made


def mirrored(pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of rows of one corpus in both directions, so that each end knows all its rivals."""
    turned = pairs.rename({"left": "right", "right": "left"}).select(pairs.columns)
    return pl.concat([pairs, turned])


def standing(
    pairs: pl.DataFrame, known: pl.DataFrame, name: str, *, odds: bool = False
) -> pl.DataFrame:
    """Features of each pair's `value` among those of its rivals in `known`, in the pairs' order.

    Both frames have left, right, value; `known` holds each pair once. With `odds` values are
    probabilities and compared as log-odds. Free of order, as all features.
    """
    every = _each_once(known, pairs)
    ends = [pairs[side].to_numpy().astype(np.int64) for side in ("left", "right")]
    asked = pairs["value"].to_numpy().astype(np.float64)
    sides = [_side(end, asked, here, every[2]) for end, here in zip(ends, every[:2], strict=True)]
    own = asked
    best, total, ahead = ([side[place] for side in sides] for place in range(3))
    if odds:
        own, best = log_odds(own), [log_odds(one) for one in best]
    columns = {f"{name}": own}
    for label, (one, two) in {
        "rival": best,
        "lead": [own - one for one in best],
        "rivals_total": total,
        "rivals_ahead": ahead,
    }.items():
        columns[f"{name}_{label}_low"] = np.minimum(one, two)
        columns[f"{name}_{label}_high"] = np.maximum(one, two)
    return pl.DataFrame({key: column.astype(np.float32) for key, column in columns.items()})


def _each_once(known: pl.DataFrame, pairs: pl.DataFrame) -> tuple[Ints, Ints, Probabilities]:
    """left, right and value of all pairs; what is known of one comes before what is asked."""
    left, right = (
        np.concatenate([frame[side].to_numpy() for frame in (known, pairs)]).astype(np.int64)
        for side in ("left", "right")
    )
    value = np.concatenate([frame["value"].to_numpy() for frame in (known, pairs)])
    _, first = np.unique((left << 32) | right, return_index=True)
    first.sort()
    return left[first], right[first], value[first].astype(np.float64)


def _side(
    end: Ints, own: Probabilities, here: Ints, value: Probabilities
) -> tuple[Probabilities, Probabilities, Probabilities]:
    """Of each pair the best, the sum and the number of better ones among the rivals of one end."""
    order = np.lexsort((-value, here))
    here, value = here[order], value[order]
    low = np.searchsorted(here, end, side="left")
    high = np.searchsorted(here, end, side="right")
    sums = np.concatenate([[0.0], np.cumsum(value)])
    first = value[low]
    second = np.where(high - low > 1, value[np.minimum(low + 1, len(value) - 1)], 0.0)
    best = np.where(own >= first, second, first)
    # Those asked about stand before known ones of the same value: what is before them is better.
    asked = np.concatenate([np.ones(len(end), np.bool_), np.zeros(len(here), np.bool_)])
    together = np.lexsort((~asked, -np.concatenate([own, value]), np.concatenate([end, here])))
    before = np.cumsum(~asked[together])
    better = np.empty(len(end), dtype=np.int64)
    mine = asked[together]
    better[together[mine]] = before[mine]
    return best, sums[high] - sums[low] - own, (better - low).astype(np.float64)
