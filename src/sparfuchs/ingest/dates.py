"""Moments and intervals as feeds write them, to aware UTC (R-G-2)."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl

from sparfuchs.kernel.frames import UTC_TIME

_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?"
)
_BETWEEN: Final = re.compile(r"[\s,/]*")
_DAY: Final = len("2026-11-01")


def read_moment(text: str, zone: ZoneInfo, *, end_of_day: bool = False) -> datetime | None:
    """An ISO 8601 moment in UTC; without a zone it is in the market's. None: no moment.

    A day without a time is its first moment, or with `end_of_day` the first of the next day.
    """
    text = text.strip()
    if not _MOMENT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" +", "+").replace(" Z", "Z"))
    except ValueError:
        return None
    if len(text) == _DAY and end_of_day:
        moment = datetime.combine(moment + timedelta(days=1), time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return None


def read_interval(text: str, zone: ZoneInfo) -> tuple[datetime | None, datetime | None] | None:
    """Start and end of `start/end`; blank or comma may stand for the slash. None: no interval.

    The end is exclusive; a day as end means that whole day. `start/` has no end. An end that is not
    after its start is no interval.
    """
    found = list(_MOMENT.finditer(text))
    left = _MOMENT.sub("", text)
    if not 1 <= len(found) <= 2 or not _BETWEEN.fullmatch(left):  # noqa: PLR2004
        return None
    start = read_moment(found[0][0], zone)
    if len(found) == 1:
        return (start, None) if start and text.strip().endswith("/") else None
    end = read_moment(found[1][0], zone, end_of_day=True)
    if start is None or end is None or end <= start:
        return None
    return start, end


def moments(column: pl.Series, zone: ZoneInfo) -> pl.Series:
    """A column of moments in UTC; null where the text is none. A day means until its end."""
    # A loop over distinct texts: offers of a feed share their few dates.
    read = {t: read_moment(t, zone, end_of_day=True) for t in column.drop_nulls().unique()}
    return _mapped(column, read)


def intervals(column: pl.Series, zone: ZoneInfo) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Starts, ends, and whether a text was there that is no interval."""
    # A loop over distinct texts, as above.
    read = {t: read_interval(t, zone) for t in column.drop_nulls().unique() if t.strip()}
    starts = _mapped(column, {t: pair[0] if pair else None for t, pair in read.items()})
    ends = _mapped(column, {t: pair[1] if pair else None for t, pair in read.items()})
    wrong = column.is_in([t for t, pair in read.items() if pair is None]).fill_null(value=False)
    return starts, ends, wrong


def _mapped(column: pl.Series, read: dict[str, datetime | None]) -> pl.Series:
    if not read:
        return pl.Series(column.name, [None], dtype=UTC_TIME).new_from_index(0, len(column))
    old = pl.Series(list(read), dtype=pl.String)
    new = pl.Series(list(read.values()), dtype=UTC_TIME)
    return column.replace_strict(old, new, default=None, return_dtype=UTC_TIME)
