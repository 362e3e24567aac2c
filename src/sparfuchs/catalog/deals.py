"""Deals: the offers whose reduction holds, with how long it is valid and what was found about it.

A deal opens when the verdict says so and closes when it no longer does; the row stays, closed.
"""

from datetime import datetime
from typing import Final

import polars as pl

from sparfuchs.catalog import store
from sparfuchs.catalog.tables import deals
from sparfuchs.kernel.frames import UTC_TIME, Schema, conform
from sparfuchs.plumbing.db import Work

# What is known of offers that were judged: `open` says whether each is a deal now.
JUDGED_DEAL: Final[Schema] = {
    "offer_id": pl.Int64(),
    "open": pl.Boolean(),
    "verdict": pl.String(),
    "claim_verdict": pl.String(),
    "honest_pct": pl.Int16(),
    "rating": pl.Int16(),
    "valid_from": UTC_TIME,
    "valid_to": UTC_TIME,
}


def keep_deals(work: Work, judged: pl.DataFrame, at: datetime) -> int:
    """Opens, changes and closes deals after a judgement (JUDGED_DEAL). Gives how many are open."""
    judged = conform(judged, JUDGED_DEAL)
    if not judged.height:
        return 0
    known = store.known_deals(
        work, _bound(judged["offer_id"].min()), _bound(judged["offer_id"].max())
    )
    opened = judged.filter("open")
    was_known = pl.col("offer_id").is_in(known.implode())
    fresh = opened.filter(~was_known)
    rows = ["offer_id", "valid_from", "valid_to", "verdict", "claim_verdict", "honest_pct"]
    if fresh.height:
        store.add_rows(
            work,
            deals,
            fresh.select(
                *rows,
                "rating",
                opened_at=pl.lit(at).cast(UTC_TIME),
                closed_at=pl.lit(None, dtype=UTC_TIME),
            ),
        )
    store.merge_rows(
        work,
        deals,
        opened.filter(was_known).select(*rows, "rating", closed_at=pl.lit(None, dtype=UTC_TIME)),
        "offer_id",
    )
    closed = judged.filter(~pl.col("open") & was_known)
    store.merge_rows(
        work,
        deals,
        closed.select("offer_id", "verdict", "claim_verdict", "honest_pct", "rating").with_columns(
            closed_at=pl.lit(at).cast(UTC_TIME)
        ),
        "offer_id",
    )
    return opened.height


def end_deals(work: Work, gone: pl.Series, at: datetime) -> None:
    """Closes the deals of offers that are gone: nobody judges these any more."""
    if len(gone):
        store.close_deals(work, gone, at)


def _bound(value: object) -> int:
    assert isinstance(value, int)
    return value
