"""What a published run says of how much is in its offers, and which packs shrank (R-GP-2).

It follows changes of titles as well as of prices, in the transaction in which the run is judged.
"""

from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import api as catalog
from sparfuchs.kernel.frames import ChangeKind
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing


def note_packs(work: Work, source: int, changes: pl.DataFrame, at: datetime) -> None:
    """Keeps the packs of the offers of one source that a run touched; `changes` is a piece of its
    segment (CHANGE), `at` the run's time.
    """
    ids = changes["offer_id"].unique().sort().to_numpy()
    left = changes.filter(pl.col("kind") == ChangeKind.GONE.value)["offer_id"].unique().sort()
    _follow_read(work, source, ids, at)
    if len(left):
        _follow_left(work, source, left.to_numpy(), at)


def _follow_read(work: Work, source: int, ids: NDArray[np.int64], at: datetime) -> None:
    """Packs of what was read: against what the same offer held before, or, where it is new, the
    offer whose place it takes.
    """
    places = catalog.filed(work, ids)
    by_amount = [
        pricing.sold_by_amount(path, kind)
        for path, kind, _ in places.rows()  # a place in a shop each, not an offer
    ]
    sold = places.filter(pl.Series(by_amount, dtype=pl.Boolean))
    if sold.is_empty() and not places["stated"].any():
        return
    told = catalog.amounts_told(work, ids, sold)
    if told.is_empty():
        return
    now = pricing.packs(told, at)
    kept = pricing.packs_of(work, now["offer_id"].to_numpy())
    known = pl.col("offer_id").is_in(kept["offer_id"].implode())
    fresh = now.filter(~known)
    others = pricing.packs_of_lines(work, source, fresh["line"])
    after = pricing.taking_place(fresh, others, _gone(work, others))
    rest = pl.col("offer_id").is_in(after["offer_id"].implode())
    pricing.keep_packs(
        work, pl.concat([pricing.follow_packs(now.filter(known), kept), fresh.filter(~rest), after])
    )


def _follow_left(work: Work, source: int, left: NDArray[np.int64], at: datetime) -> None:
    """An offer that is gone may have been replaced before its absence was certain."""
    former = pricing.packs_of(work, left)
    if former.is_empty():
        return
    others = pricing.packs_of_lines(work, source, former["line"])
    gone = _gone(work, others)
    fresh = others.filter(
        (pl.col("since") > at - pricing.TAKES_PLACE_WITHIN)
        & ~pl.col("offer_id").is_in(gone.implode())
    )
    pricing.keep_packs(work, pricing.taking_place(fresh, others, gone))


def _gone(work: Work, packs: pl.DataFrame) -> pl.Series:
    """The ids of packs whose offer lives no more."""
    ids = packs["offer_id"].to_numpy()
    return pl.Series("offer_id", np.setdiff1d(ids, catalog.living(work, ids)))
