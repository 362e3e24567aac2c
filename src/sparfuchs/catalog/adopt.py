"""Adopt: a shop gave its offers other ids; on an operator's word they keep ordinal and history.

Only where the sign that joins them is unique on both sides: one missing offer and one new one with
the same address, manufacturer's number or GTIN (R-F-2).
"""

from enum import StrEnum

import numpy as np
import polars as pl

from sparfuchs.catalog.gather import Gathering
from sparfuchs.catalog.state import LIVE, NO_ROW


class Sign(StrEnum):
    """What two ids of the same offer may have in common, by its name among the offer's texts."""

    URL = "landing_url"
    MPN = "mpn"
    GTIN = "gtin14"


def adopt(run: Gathering, stored: pl.DataFrame, sign: Sign) -> int:
    """Joins new rows of a gathered run with offers of the state that it misses; gives how many.

    `stored` has `ordinal` and the sign of the source's offers.
    """
    index = run.indexed()
    if not index.height or not len(run.state):
        return 0
    present = run.seen.copy()
    rows = index["state_row"].to_numpy()
    present[rows[rows != NO_ROW]] = True
    state = run.state.frame
    missing = (
        state.select("ordinal", state_row=pl.int_range(pl.len(), dtype=pl.Int64))
        .filter(pl.Series(~present) & (state["status"] == LIVE))
        .join(stored.select("ordinal", sign=sign.value), on="ordinal")
        .drop_nulls("sign")
    )
    fresh = _signs(run, index, sign)
    pairs = (
        fresh.filter(pl.col("sign").is_unique())
        .join(missing.filter(pl.col("sign").is_unique()), on="sign")
        .select("place", "state_row")
    )
    taken = np.asarray(rows).copy()
    taken[pairs["place"].to_numpy()] = pairs["state_row"].to_numpy()
    run.replace_index(index.with_columns(pl.Series("state_row", taken)))
    return pairs.height


def _signs(run: Gathering, index: pl.DataFrame, sign: Sign) -> pl.DataFrame:
    """`place` in the index and `sign` of the rows of unknown ids, each id once."""
    fresh = index.with_row_index("place").filter(
        (pl.col("state_row") == NO_ROW) & pl.col("source_offer_id").is_first_distinct()
    )
    parts = [
        part.select("place").with_columns(
            run.piece(number)[sign.value].gather(part["row"].to_numpy()).alias("sign")
        )
        for number, part in run.offers_of(fresh)
    ]
    none = pl.DataFrame(schema={"place": pl.UInt32(), "sign": pl.String()})
    return pl.concat([none, *parts]).drop_nulls("sign")
