"""Many rows of a table that has one row an offer, read and written at once."""

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Table, text

from sparfuchs.kernel.frames import Schema
from sparfuchs.plumbing.db import Work


def of_offers(work: Work, table: Table, offers: NDArray[np.int64], schema: Schema) -> pl.DataFrame:
    """Rows of a table by offer; many ids go as one array, not as that many parameters."""
    columns = ", ".join(f't."{name}"' for name in schema)
    return work.fetch_frame(
        f"SELECT {columns} FROM {table.name} AS t "  # noqa: S608 - names of our own tables
        "JOIN unnest(CAST(:ids AS bigint[])) AS wanted(id) ON t.offer_id = wanted.id",
        {"ids": offers.tolist()},
        schema=schema,
    )


def merge(work: Work, table: Table, frame: pl.DataFrame) -> None:
    """Rows by their offer, whether it has one or not; the first column of `frame` is `offer_id`."""
    if frame.is_empty():
        return
    staging = f"staging_{table.name}"
    work.execute(
        text(f"CREATE TEMP TABLE IF NOT EXISTS {staging} (LIKE {table.name}) ON COMMIT DELETE ROWS")
    )
    work.execute(text(f"TRUNCATE {staging}"))
    work.copy_frame(staging, frame)
    names = ", ".join(f'"{name}"' for name in frame.columns)
    assigned = ", ".join(f'"{name}" = excluded."{name}"' for name in frame.columns[1:])
    work.execute(
        text(
            f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staging} "  # noqa: S608 - as above
            f"ON CONFLICT (offer_id) DO UPDATE SET {assigned}"
        )
    )
