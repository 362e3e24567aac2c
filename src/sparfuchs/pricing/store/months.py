"""The months of the price history: one table each, made when first needed, dropped when empty."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl
from sqlalchemy import text

from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.tables import price_changes

_LOCK: Final = 0x5350_4D4F  # any number that nobody else takes for a transaction lock
_NAME: Final = re.compile(r"price_changes_(\d{4})_(\d{2})")


@dataclass(frozen=True)
class Month:
    """A table of the rows of [start, end), UTC."""

    name: str
    start: datetime
    end: datetime

    @classmethod
    def of(cls, year: int, month: int) -> "Month":
        return cls(
            f"price_changes_{year:04}_{month:02}",
            datetime(year, month, 1, tzinfo=UTC),
            datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC),
        )


def month_tables(work: Work) -> list[Month]:
    """The months that have a table, oldest first."""
    names = work.execute(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
        "WHERE i.inhparent = 'price_changes'::regclass ORDER BY c.relname"
    ).scalars()
    found = filter(None, map(_NAME.fullmatch, names))
    return [Month.of(int(one[1]), int(one[2])) for one in found]


def ensure_months(work: Work, moments: pl.Series) -> None:
    """Partitions of `price_changes` for the months of these moments; those there are left alone.

    Made aside and then attached: that takes no lock that readers or writers would wait for. Two at
    once wait for each other here, and the second finds the work done. From here to the end of the
    transaction no month is dropped.
    """
    wanted = _months(moments)
    if not wanted:
        return
    work.execute(text("LOCK TABLE ONLY price_changes IN ROW EXCLUSIVE MODE"))
    if not _missing(work, wanted):
        return
    work.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    for month in _missing(work, wanted):  # one turn a month, and only once a month
        work.execute(text(f"CREATE TABLE {month.name} (LIKE price_changes INCLUDING ALL)"))
        work.execute(
            text(
                f"ALTER TABLE price_changes ATTACH PARTITION {month.name} FOR VALUES "
                f"FROM ('{month.start.isoformat()}') TO ('{month.end.isoformat()}')"
            )
        )


def _months(moments: pl.Series) -> list[Month]:
    starts = moments.dt.convert_time_zone("UTC").dt.truncate("1mo").unique().sort().to_list()
    return [Month.of(start.year, start.month) for start in starts]


def _missing(work: Work, months: Iterable[Month]) -> list[Month]:
    there = {one.name for one in month_tables(work)}
    return [month for month in months if month.name not in there]


def add_rows(work: Work, rows: pl.DataFrame) -> None:
    """Appends rows to the months to which they belong; closed sets as the place of the value."""
    if rows.is_empty():
        return
    ensure_months(work, rows["at"])
    work.copy_frame(price_changes.name, rows)
