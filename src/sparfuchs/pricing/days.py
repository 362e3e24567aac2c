"""Local days: the law counts in days of the market, and some of them have 23 or 25 hours.

Never "minus 720 hours": on 10 November that would cut an hour off the window (domain.md 4.4, E15).
"""

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.kernel.frames import UTC_TIME

Micros = NDArray[np.int64]

NEVER: Final = np.iinfo(np.int64).max


def times(micros: Micros) -> pl.Series:
    """Microseconds since 1970 UTC as a column of moments."""
    return pl.Series("", micros, dtype=pl.Int64).cast(UTC_TIME)


def _micros(moments: pl.Series) -> Micros:
    return moments.cast(UTC_TIME).to_physical().to_numpy()


def _in_zone(local: pl.Series, zone: str) -> Micros:
    """Moments of wall-clock times: the first of two, an hour later where there is none."""
    as_meant = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    later = local.dt.offset_by("1h")
    moved = later.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return _micros(as_meant.fill_null(moved).dt.convert_time_zone("UTC"))


def _local(moments: Micros, zone: str) -> pl.Series:
    return times(moments).dt.convert_time_zone(zone).dt.replace_time_zone(None)


def day_start(moments: Micros, zone: str, days: int) -> Micros:
    """Start of the local day `days` days from that of each moment; W(t) starts at -30."""
    midnight = _local(moments, zone).dt.truncate("1d").dt.offset_by(f"{days}d")
    return _in_zone(midnight, zone)


@lru_cache(maxsize=1024)
def day_start_at(moment: int, zone: str, days: int) -> int:
    """The same for one moment, for which a column costs more than it carries."""
    there = ZoneInfo(zone)
    day = from_micros(moment).astimezone(there).date() + timedelta(days=days)
    return to_micros(datetime.combine(day, time(), there))


def shifted(moments: Micros, zone: str, days: int) -> Micros:
    """The same time on the clock, `days` local days from each moment."""
    return _in_zone(_local(moments, zone).dt.offset_by(f"{days}d"), zone)


def days_between(earlier: Micros, later: Micros, zone: str) -> NDArray[np.int32]:
    """Local midnights between two moments."""
    first: NDArray[np.int32] = _local(earlier, zone).dt.date().to_physical().to_numpy()
    last: NDArray[np.int32] = _local(later, zone).dt.date().to_physical().to_numpy()
    return last - first
