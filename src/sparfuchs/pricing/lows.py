"""The lowest known price of the last 30, 90 and 365 days and ever, and what may be said of it.

Only asserted prices count, the current one among them, and only those of the current series: a
change of currency ends it (domain.md 4.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from sparfuchs.catalog.api import Timeline
from sparfuchs.pricing.days import NEVER, day_start_at
from sparfuchs.pricing.explain import Language, written
from sparfuchs.pricing.fold import Span
from sparfuchs.pricing.model import Flag, Verdict
from sparfuchs.pricing.pieces import cut_one

PERIODS: Final = (30, 90, 365)


class Low(NamedTuple):
    """The lowest price of the last `days` days (None: ever), in minor units, and when it was last
    asserted, in microseconds since 1970 UTC.
    """

    days: int | None
    low_minor: int
    currency: str
    low_at: int


class Tag(StrEnum):
    """Short words beside a price, each a fact of its history."""

    LOW_30_DAYS = "low_30_days"
    BEST_PRICE = "best_price"
    NOT_CHEAPER_FOR_YEARS = "not_cheaper_for_years"
    NOT_CHEAPER_SINCE = "not_cheaper_since"


# What each tag says, and since when; the last one is nothing without its day.
TAG_WORDS: Final = {
    Tag.LOW_30_DAYS: {"de": "30-Tage-Tief", "en": "30-day low"},
    Tag.BEST_PRICE: {"de": "Bestpreis", "en": "best price"},
    Tag.NOT_CHEAPER_FOR_YEARS: {
        "de": "seit Jahren nicht billiger",
        "en": "not cheaper for years",
    },
    Tag.NOT_CHEAPER_SINCE: {"de": "nicht billiger seit", "en": "not cheaper since"},
}
# A best price needs a past to be the best of; a season is the least that says something.
BEST_AFTER_DAYS: Final = 90
YEARS_DAYS: Final = 730
# Within the window the reference of the verdict says it better.
SINCE_DAYS: Final = 31


@dataclass(frozen=True)
class Tagged:
    """A tag with the local day since when it holds: for the 30-day low the first of its window,
    for the best price the first that we saw, else the last on which it was as cheap.
    """

    tag: Tag
    since: date

    def text(self, language: Language) -> str:
        words = TAG_WORDS[self.tag][language]
        if self.tag is not Tag.NOT_CHEAPER_SINCE:
            return words
        return f"{words} {written(self.since, language)}"


def lows(spans: Sequence[Span], line: Timeline, *, at: int, zone: str) -> list[Low]:
    """The lowest price of each period at a moment in microseconds, the shortest period first, from
    the spans of one offer in order of time; a period without a known price has none.
    """
    pieces = cut_one(spans, 0, line, at)
    if not len(pieces):
        return []
    edges: Sequence[tuple[int | None, int]] = [
        *((days, day_start_at(at, zone, -days)) for days in PERIODS),
        (None, -NEVER),
    ]
    currency = pieces.currencies[int(pieces.currency[0])]  # pieces are of one series
    found = []
    for days, edge in edges:
        inside = (pieces.asserted_end > edge) | (pieces.asserted_end == at)
        if inside.any():
            low = int(pieces.price[inside].min())
            when = int(pieces.asserted_end[inside & (pieces.price == low)].max())
            found.append(Low(days, low, currency, when))
    return found


def tagged(found: pl.DataFrame) -> pl.DataFrame:
    """What may stand beside each price: offer_id and `tags` (names of Tag), of VERDICT rows.

    Nothing where the price is unknown or may be old.
    """
    verdict, flags = pl.col("verdict").cast(pl.String), pl.col("flags")
    since = pl.col("lowest_since_days")
    holds = {
        Tag.LOW_30_DAYS: verdict.is_in([Verdict.GENUINE.value, Verdict.SMALL.value])
        & ~flags.list.contains(Flag.STALE.value)
        # Fewer than thirty days are never called thirty days.
        & (pl.col("first_seen") <= pl.col("window_start")),
        Tag.BEST_PRICE: flags.list.contains(Flag.ALL_TIME_LOW.value)
        & (pl.col("days_seen") >= BEST_AFTER_DAYS),
        Tag.NOT_CHEAPER_FOR_YEARS: since >= YEARS_DAYS,
        Tag.NOT_CHEAPER_SINCE: since.is_between(SINCE_DAYS, YEARS_DAYS - 1),
    }
    known = pl.col("price_minor").is_not_null() & pl.col("asserted_at").is_null()
    said = pl.concat_list(
        pl.when((known & one).fill_null(value=False)).then(pl.lit(tag.value))
        for tag, one in holds.items()
    )
    return found.select("offer_id", said.list.drop_nulls().alias("tags"))


def tags(found: Mapping[str, Any], *, zone: str) -> list[Tagged]:
    """What may stand beside one price, from a VERDICT row, with the days (of `zone`) since when.

    The same as `tagged`, for a page of hits: there a frame costs more than it carries.
    """
    if found["price_minor"] is None or found["asserted_at"] is not None:
        return []
    flags, days = found["flags"], found["lowest_since_days"]

    def day(name: str) -> date:
        local: datetime = found[name].astimezone(ZoneInfo(zone))
        return local.date()

    said = []
    real = found["verdict"] in (Verdict.GENUINE, Verdict.SMALL) and Flag.STALE.value not in flags
    if real and found["first_seen"] <= found["window_start"]:
        said.append(Tagged(Tag.LOW_30_DAYS, day("window_start")))
    if Flag.ALL_TIME_LOW.value in flags and found["days_seen"] >= BEST_AFTER_DAYS:
        said.append(Tagged(Tag.BEST_PRICE, day("first_seen")))
    if days is not None and days >= SINCE_DAYS:
        tag = Tag.NOT_CHEAPER_FOR_YEARS if days >= YEARS_DAYS else Tag.NOT_CHEAPER_SINCE
        said.append(Tagged(tag, day("judged_at") - timedelta(days=days)))
    return said
