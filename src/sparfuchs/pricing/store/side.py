"""The SQL of the series beside the public one: prices of members and with a code."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import select, text

from sparfuchs.kernel.frames import AUDIENCE, conform
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.model import SIDE
from sparfuchs.pricing.pack import code
from sparfuchs.pricing.tables import side_prices


def keep_side(work: Work, rows: pl.DataFrame) -> None:
    """Rows of series beside the public one (SIDE); of two at one moment the later told counts."""
    if rows.is_empty():
        return
    work.execute(
        text(
            "CREATE TEMP TABLE IF NOT EXISTS staging_side_prices (LIKE side_prices) "
            "ON COMMIT DELETE ROWS"
        )
    )
    work.execute(text("TRUNCATE staging_side_prices"))
    coded = conform(rows, SIDE).with_columns(code(pl.col("audience")).alias("audience"))
    work.copy_frame("staging_side_prices", coded)
    work.execute(
        text(
            "INSERT INTO side_prices SELECT * FROM staging_side_prices "
            "ON CONFLICT (offer_id, audience, at) DO UPDATE SET run = excluded.run, "
            "price_minor = excluded.price_minor, currency = excluded.currency"
        )
    )


def side_rows(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """All rows of the series beside the public ones of these offers (SIDE), oldest first."""
    rows = work.fetch_frame(
        "SELECT s.offer_id, s.audience, s.at, s.run, s.price_minor, s.currency "
        "FROM side_prices AS s "
        "JOIN unnest(CAST(:ids AS bigint[])) AS wanted(id) ON s.offer_id = wanted.id",
        {"ids": offers.tolist()},
        schema={**SIDE, "audience": pl.Int16()},
    )
    return rows.with_columns(pl.col("audience").cast(pl.UInt8).cat.to(AUDIENCE)).sort(
        "offer_id", "audience", "at"
    )


def beside(work: Work, offer: int) -> list[dict[str, Any]]:
    """The newest price of one offer for each other audience that has one: `audience`, `at`,
    `price_minor`, `currency`.
    """
    rows = work.execute(
        select(side_prices).where(side_prices.c.offer_id == offer).order_by(side_prices.c.at)
    )
    newest = {row.audience: row for row in rows}
    return [
        {**row._asdict(), "audience": AUDIENCE.categories[place]}
        for place, row in sorted(newest.items())
        if row.price_minor is not None
    ]


def has_side(work: Work, source: int) -> bool:
    """Whether a source ever stated a price that is not everybody's."""
    low, high = source << 32, (source + 1) << 32
    column = side_prices.c.offer_id
    return (
        work.execute(select(column).where(column >= low, column < high).limit(1)).one_or_none()
        is not None
    )
