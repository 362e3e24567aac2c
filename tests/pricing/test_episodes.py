"""What was asked and said, stretch by stretch, and how much of it was seen."""

from typing import Any

import numpy as np
import polars as pl

from pricing.build import CARRY, ago
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import CHANGE, conform
from sparfuchs.pricing.episodes import episodes
from sparfuchs.pricing.fold import timeline_of

OFFER = 1 << 32
DAY = 86_400_000_000


def changes(*rows: dict[str, Any]) -> pl.DataFrame:
    made = [
        {"offer_id": OFFER, "currency": "EUR", "availability": "in_stock", "ref_kind": "none"}
        | row
        | {"at": ago(row["at"])}
        for row in rows
    ]
    return conform(pl.DataFrame(made, infer_schema_length=None), CHANGE)


HISTORY = changes(
    {"at": -40.0, "kind": "first", "price_minor": 100},
    {
        "at": -20.0,
        "kind": "price",
        "price_minor": 80,
        "ref_price_minor": 100,
        "ref_kind": "previous",
    },
    {
        "at": -10.0,
        "kind": "availability",
        "price_minor": 80,
        "availability": "out_of_stock",
        "ref_price_minor": 100,
        "ref_kind": "previous",
    },
    {
        "at": -5.0,
        "kind": "claim",
        "price_minor": 80,
        "ref_price_minor": 120,
        "ref_kind": "previous",
    },
)


def test_a_stretch_ends_where_price_or_claim_change_and_counts_what_was_seen() -> None:
    # Read daily, but for a hole of ten days from day 34 to day 24 before.
    days = [day for day in range(-40, 1) if not -34 < day < -24]
    moments = np.array([to_micros(ago(day)) for day in days], dtype=np.int64)
    found = episodes(
        HISTORY,
        {1: timeline_of(moments, CARRY)},
        since=to_micros(ago(-30)),
        at=to_micros(ago(0)),
    )
    told = [
        (one["start"], one["price_minor"], one["ref_price_minor"], one["known"] / DAY)
        for one in found.rows(named=True)
    ]
    # The first is cut at the edge; of its ten days six lay in the hole.
    assert told == [
        (ago(-30), 100, None, 4.0),
        (ago(-20), 80, 100, 10.0),
        (ago(-10), None, 100, 0.0),
        (ago(-5), 80, 120, 5.0),
    ]
    assert found["end"].to_list() == [ago(-20), ago(-10), ago(-5), ago(0)]
