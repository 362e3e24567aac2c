"""The SQL of what is sold by amount: how it is filed, and what is said of how much there is."""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import text

from sparfuchs.kernel.frames import Schema
from sparfuchs.plumbing.db import Work

_FILED: Final[Schema] = {
    "category_path": pl.String(),
    "product_type": pl.String(),
    "stated": pl.Boolean(),
}
_TOLD: Final[Schema] = {
    "offer_id": pl.Int64(),
    "title": pl.String(),
    "brand": pl.String(),
    "category_path": pl.String(),
    "product_type": pl.String(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "unit_amount": pl.Float64(),
    "unit": pl.String(),
    "unit_text": pl.String(),
}


def filed(work: Work, ids: NDArray[np.int64]) -> pl.DataFrame:
    """Where merchants file these offers, each place once: category_path, product_type, and whether
    an offer of it states its amount.
    """
    return work.fetch_frame(
        "SELECT t.category_path, t.product_type, bool_or(t.unit_amount IS NOT NULL) "
        "FROM offer_texts t "
        "JOIN unnest(CAST(:ids AS bigint[])) AS wanted(id) ON t.id = wanted.id "
        "GROUP BY 1, 2",
        {"ids": ids.tolist()},
        schema=_FILED,
    )


def amounts_told(work: Work, ids: NDArray[np.int64], places: pl.DataFrame) -> pl.DataFrame:
    """What is said of the amount of those of these offers that live and state one, or are filed in
    one of these places (category_path, product_type).

    Columns: offer_id, title, brand, category_path, product_type, price_minor, currency,
    unit_amount, unit, unit_text (what the shop says of the unit price).
    """
    return work.fetch_frame(
        text(
            "SELECT o.id, t.title, t.brand, t.category_path, t.product_type, o.price_minor, "
            "o.currency, t.unit_amount::float8, t.unit, t.attributes->>'base_price_text' "
            "FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
            "JOIN offers o ON o.id = w.id JOIN offer_texts t ON t.id = o.id "
            "WHERE o.status = 0 AND (t.unit_amount IS NOT NULL "
            "OR (coalesce(t.category_path, ''), coalesce(t.product_type, '')) IN "
            "(SELECT * FROM unnest(CAST(:paths AS text[]), CAST(:kinds AS text[])))) "
            "ORDER BY o.id"
        ),
        {
            "ids": ids.tolist(),
            "paths": places["category_path"].fill_null("").to_list(),
            "kinds": places["product_type"].fill_null("").to_list(),
        },
        schema=_TOLD,
    )


def living(work: Work, ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of these offers that live."""
    rows = work.fetch_frame(
        "SELECT o.id FROM offers o JOIN unnest(CAST(:ids AS bigint[])) AS w(id) ON o.id = w.id "
        "WHERE o.status = 0 ORDER BY o.id",
        {"ids": ids.tolist()},
        schema={"offer_id": pl.Int64()},
    )
    found: NDArray[np.int64] = rows["offer_id"].to_numpy()
    return found
