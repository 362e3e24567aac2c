"""Rivals: how a pair stands against the other pairs of its two offers.

A likely pair is less so when one of the two has a likelier partner. Shops mostly offer a thing
once, so the distance to the runner-up tells near misses (another size, another edition) from
matches that are merely worded differently.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]

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
    every = pl.concat([known, pairs.select(known.columns)]).unique(
        ["left", "right"], keep="first", maintain_order=True
    )
    sides = [_side(pairs, every, *ends) for ends in (("left", "right"), ("right", "left"))]
    own = pairs["value"].to_numpy().astype(np.float64)
    best = [side["best"].fill_null(0.0).to_numpy() for side in sides]
    total = [side["total"].fill_null(0.0).to_numpy() for side in sides]
    ahead = [side["ahead"].fill_null(0).to_numpy() for side in sides]
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


def _side(pairs: pl.DataFrame, every: pl.DataFrame, here: str, there: str) -> pl.DataFrame:
    """Of each pair the best, the sum and the number of better ones among the rivals of one end.

    Three figures an end (sum, best two, ranks), so that no rival is met once a pair.
    """
    ends = every.group_by(here).agg(
        first=pl.col("value").max(),
        second=pl.col("value").top_k(2).min(),
        many=pl.len(),
        total=pl.col("value").sum(),
    )
    ranked = every.select(
        here, there, ahead=pl.col("value").rank("min", descending=True).over(here) - 1
    )
    found = pairs.select("left", "right", own="value").join(
        ends, on=here, how="left", maintain_order="left"
    )
    found = found.join(ranked, on=["left", "right"], how="left", maintain_order="left")
    top = pl.col("own") >= pl.col("first")
    return found.select(
        best=pl.when(~top).then("first").when(pl.col("many") > 1).then("second"),
        total=pl.col("total") - pl.col("own"),
        ahead="ahead",
    )
