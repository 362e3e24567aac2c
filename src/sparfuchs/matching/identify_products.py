"""Identify products: which of the groups is which product of before.

A product keeps its id as long as the larger part of it stays together: it grows, its rest splits
off under a new id, and of two that become one the larger gives the id.
"""

from typing import Final

import polars as pl

# One row an offer: the product it belongs to.
BELONGS: Final = {"offer": pl.Int64(), "product": pl.Int64()}


def keep_ids(groups: pl.DataFrame, before: pl.DataFrame, next_id: int) -> pl.DataFrame:
    """BELONGS of `groups` (offer, group), given BELONGS of before; new ids count from `next_id`.

    Of equal claims the older id and the group with the lower number win, so that the answer does
    not depend on the order of rows. An id that no group keeps is never given again.
    """
    claims = (
        groups.join(before, on="offer")
        .group_by("group", "product")
        .agg(members=pl.len())
        .sort("members", "product", "group", descending=[True, False, False])
    )
    kept: list[pl.DataFrame] = []
    while claims.height:
        # The strongest claim of each group that is the strongest on its product as well.
        best = claims.unique("group", keep="first", maintain_order=True).join(
            claims.unique("product", keep="first", maintain_order=True),
            on=["group", "product"],
            how="semi",
        )
        kept.append(best.select("group", "product"))
        claims = claims.join(best, on="group", how="anti").join(best, on="product", how="anti")
    known = pl.concat(kept) if kept else groups.clear().select("group", product="offer")
    fresh = (
        groups.select("group")
        .unique()
        .join(known, on="group", how="anti")
        .sort("group")
        .with_row_index("new")
        .select("group", product=pl.col("new").cast(pl.Int64) + next_id)
    )
    every = pl.concat([known.cast(fresh.schema), fresh])
    return groups.join(every, on="group", how="left", maintain_order="left").select(
        pl.col(name).cast(dtype) for name, dtype in BELONGS.items()
    )
