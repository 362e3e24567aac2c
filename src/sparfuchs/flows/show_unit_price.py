"""What a base unit of an offer costs, and whether its pack holds less than it did."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import numpy as np
import polars as pl

from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing

Answer = dict[str, Any]

_COLUMNS: Final = {
    "title": pl.String(),
    "category_path": pl.String(),
    "product_type": pl.String(),
    "price_minor": pl.Int64(),
    "unit_amount": pl.Float64(),
    "unit": pl.String(),
    "unit_text": pl.String(),
}


def unit_price(work: Work, row: Mapping[str, Any], at: datetime | None) -> Answer | None:
    """What a base unit of it costs (§ 4 PAngV) as plain JSON values, with what the shop says of it,
    whether the two contradict each other, and how a pack shrank as of `at`, the newest reading;
    None where it is not sold by amount. `row` is an offer of the catalogue.
    """
    stated = row["unit_amount"] is not None
    if not stated and not pricing.sold_by_amount(row["category_path"], row["product_type"]):
        return None
    values = {name: [row[name]] for name in _COLUMNS if name != "unit_text"}
    values["unit_text"] = [(row["attributes"] or {}).get("base_price_text")]
    frame = pl.DataFrame(values, schema_overrides=_COLUMNS)
    found = pricing.unit_prices(frame.with_columns(offer_id=pl.lit(0))).row(0, named=True)
    if found["unit_minor"] is None:
        return None
    currency = row["currency"]
    stated_minor = found["stated_minor"]
    return {
        "minor": found["unit_minor"],
        "currency": currency,
        "per": pricing.BASE_UNIT[pricing.Dimension(found["dimension"])],
        "estimated": bool(found["estimated"]),
        "stated": None if stated_minor is None else {"minor": stated_minor, "currency": currency},
        "contradicts": bool(found["contradicts"]),
        "shrunk": None if at is None else _shrunk(work, row["id"], at, currency),
    }


def _shrunk(work: Work, offer: int, at: datetime, currency: str) -> Answer | None:
    """By how much a pack that holds less than before is dearer (R-GP-2); amounts in base units."""
    found = pricing.shrunk(pricing.packs_of(work, np.array([offer], dtype=np.int64)), at)
    if found.is_empty():
        return None
    one = found.row(0, named=True)
    return {
        "percent": one["percent"],
        "since": one["since"].isoformat(),
        "amount": one["amount"] / 1000,
        "amount_before": one["amount_before"] / 1000,
        "before": {"minor": one["unit_before"], "currency": currency},
    }
