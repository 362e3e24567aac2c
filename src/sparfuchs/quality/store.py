"""The SQL of ratings; the only place that has any."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import delete, text

from sparfuchs.kernel.frames import conform
from sparfuchs.plumbing.db import Work
from sparfuchs.quality.rate import RATING
from sparfuchs.quality.tables import ratings

_BY_OFFER: Final = text(
    "SELECT {} FROM ratings WHERE offer_id = ANY(CAST(:ids AS bigint[]))".format(  # noqa: S608 - our own columns
        ", ".join(column.name for column in ratings.c)
    )
)


def keep(work: Work, found: pl.DataFrame, *, first_id: int | None = None) -> None:
    """Stores RATING rows. Offers with an id from `first_id` on are new and cost no merge; when the
    first of them is there already (a repetition), they are merged like the others.
    """
    rows = conform(found, RATING)
    if first_id is not None:
        new = rows.filter(pl.col("offer_id") >= first_id)
        if len(new) and ratings_of(work, new["offer_id"].head(1).to_numpy()).is_empty():
            work.copy_frame(ratings.name, new)
            rows = rows.filter(pl.col("offer_id") < first_id)
    if rows.is_empty():
        return
    work.execute(
        text("CREATE TEMP TABLE IF NOT EXISTS staging_ratings (LIKE ratings) ON COMMIT DELETE ROWS")
    )
    work.execute(text("TRUNCATE staging_ratings"))
    work.copy_frame("staging_ratings", rows)
    names = ", ".join(RATING)
    assigned = ", ".join(f"{name} = excluded.{name}" for name in RATING if name != "offer_id")
    work.execute(
        text(
            f"INSERT INTO ratings ({names}) SELECT {names} FROM staging_ratings "  # noqa: S608 - our own columns
            f"ON CONFLICT (offer_id) DO UPDATE SET {assigned}"
        )
    )


def ratings_of(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """The stored RATING of these offers, by id; offers never rated are absent."""
    columns = ", ".join(f"r.{name}" for name in RATING)
    return work.fetch_frame(
        f"SELECT {columns} FROM ratings AS r "  # noqa: S608 - our own columns
        "JOIN unnest(CAST(:ids AS bigint[])) AS wanted(id) ON r.offer_id = wanted.id "
        "ORDER BY r.offer_id",
        {"ids": offers.tolist()},
        schema=RATING,
    )


def rating_rows(work: Work, offers: list[int]) -> dict[int, dict[str, Any]]:
    """The stored ratings of a few offers by id, as plain values with the names of RATING."""
    rows = work.execute(_BY_OFFER, {"ids": offers})
    return {row.offer_id: row._asdict() for row in rows}


def forget(work: Work, source: int) -> None:
    """Removes the ratings of all offers of a source."""
    low, high = source << 32, (source + 1) << 32
    work.execute(delete(ratings).where(ratings.c.offer_id >= low, ratings.c.offer_id < high))
