"""Many rows at once."""

import polars as pl
from sqlalchemy import text

from sparfuchs.plumbing.db import Work


def merge(work: Work, name: str, rows: pl.DataFrame, key: tuple[str, ...]) -> None:
    """Rows of a table whether they are there or not, through a temporary table."""
    if rows.is_empty():
        return
    work.execute(
        text(f"CREATE TEMP TABLE IF NOT EXISTS staging_{name} (LIKE {name}) ON COMMIT DELETE ROWS")
    )
    work.execute(text(f"TRUNCATE staging_{name}"))
    work.copy_frame(f"staging_{name}", rows)
    names = ", ".join(rows.columns)
    assigned = ", ".join(f"{each} = excluded.{each}" for each in rows.columns if each not in key)
    work.execute(
        text(
            f"INSERT INTO {name} ({names}) SELECT {names} FROM staging_{name} "  # noqa: S608 - our own
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {assigned}"
        )
    )
