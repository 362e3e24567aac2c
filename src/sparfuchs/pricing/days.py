"""Local days: the law counts in days of the market, and some of them have 23 or 25 hours.

Never "minus 720 hours": on 10 November that would cut an hour off the window (domain.md 4.4, E15).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.pricing.model import DAY

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


@dataclass(frozen=True)
class _Calendar:
    """The midnights of a zone, one a local day.

    To ask the zone for each moment costs twenty times as much as to look a day up here.
    """

    midnights: Micros

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, zone: str, first_year: int, last_year: int) -> "_Calendar":
        days = pl.date_range(date(first_year, 1, 1), date(last_year, 12, 31), "1d", eager=True)
        return cls(_in_zone(days.cast(pl.Datetime("us")), zone))

    @classmethod
    def around(cls, moments: Micros, zone: str, days: int = 0) -> "_Calendar":
        """One that reaches so many days and more beyond the moments on both sides."""
        low, high = (from_micros(int(edge)).year for edge in (moments.min(), moments.max()))
        more = 1 + abs(days) // 365
        return cls.of(zone, low - more, high + more)

    def place(self, moments: Micros) -> NDArray[np.int64]:
        """The local day of each moment, as a place in `midnights`."""
        # No zone is a day off, so a guess by whole days is at most one off.
        near: NDArray[np.int64] = (moments - self.midnights[0]) // DAY
        near -= self.midnights[near] > moments
        near += self.midnights[near + 1] <= moments
        return near


def day_start(moments: Micros, zone: str, days: int) -> Micros:
    """Start of the local day `days` days from that of each moment; W(t) starts at -30."""
    if not len(moments):
        return moments
    calendar = _Calendar.around(moments, zone, days)
    started: Micros = calendar.midnights[calendar.place(moments) + days]
    return started


@lru_cache(maxsize=1024)
def day_start_at(moment: int, zone: str, days: int) -> int:
    """The same for one moment, for which a column costs more than it carries."""
    there = ZoneInfo(zone)
    day = from_micros(moment).astimezone(there).date() + timedelta(days=days)
    return to_micros(datetime.combine(day, time(), there))


def shifted(moments: Micros, zone: str, days: int) -> Micros:
    """The same time on the clock, `days` local days from each moment."""
    if not len(moments):
        return moments
    calendar = _Calendar.around(moments, zone, days)
    here = calendar.place(moments)
    there = here + days
    moved = calendar.midnights[there] + (moments - calendar.midnights[here])
    # Where a clock is changed on one of both days the zone itself is asked.
    length = np.diff(calendar.midnights)
    odd = (length[here] != DAY) | (length[there] != DAY)
    if odd.any():
        moved[odd] = _in_zone(_local(moments[odd], zone).dt.offset_by(f"{days}d"), zone)
    return moved


def days_between(earlier: Micros, later: Micros, zone: str) -> NDArray[np.int32]:
    """Local midnights between two moments."""
    if not len(earlier):
        return np.zeros(0, dtype=np.int32)
    calendar = _Calendar.around(np.concatenate((earlier, later)), zone)
    return (calendar.place(later) - calendar.place(earlier)).astype(np.int32)
