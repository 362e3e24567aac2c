"""The lowest prices of a history, and the tags that follow from them."""

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.build import BERLIN, Seen, T, ago, daily, observed, runs, verdict_of
from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.pricing.days import day_start, day_start_at
from sparfuchs.pricing.fold import Span, spans_of
from sparfuchs.pricing.lows import Tag, lows, tagged, tags
from sparfuchs.pricing.model import VERDICT

Low = tuple[int | None, int, datetime]


def lows_of(seen: list[Seen]) -> list[Low]:
    spans = [
        Span(to_micros(start), end and to_micros(end), price, currency)
        for _, start, end, price, currency in spans_of(observed(seen)).iter_rows()
    ]
    found = lows(spans, runs(seen), at=to_micros(T), zone=BERLIN)
    return [(low.days, low.low_minor, from_micros(low.low_at)) for low in found]


def test_each_period_has_its_own_low_with_when_it_was_last_so() -> None:
    seen = [
        *daily(-400, -380, 5000),
        *daily(-380, -200, 9000),
        *daily(-200, -190, 6000),
        *daily(-190, -50, 9000),
        *daily(-50, -45, 7000),
        *daily(-45, 1, 8000),
    ]
    assert lows_of(seen) == [
        (30, 8000, T),
        (90, 7000, ago(-45)),
        (365, 6000, ago(-190)),
        (None, 5000, ago(-380)),
    ]


def test_a_price_that_was_only_carried_does_not_reach_beyond_its_carry() -> None:
    seen: list[Seen] = [(-40, 5000), *daily(-10, 1, 9000)]
    assert lows_of(seen) == [
        (30, 9000, T),
        (90, 5000, ago(-38)),
        (365, 5000, ago(-38)),
        (None, 5000, ago(-38)),
    ]


def said(found: dict[str, Any]) -> list[Tag]:
    """The tags of one verdict; said by columns they are the same."""
    plain = [one.tag for one in tags(found, zone=BERLIN)]
    columns = tagged(pl.DataFrame([found], schema=VERDICT))
    assert columns["tags"].to_list() == [[tag.value for tag in plain]]
    return plain


def test_a_real_reduction_is_a_thirty_day_low_and_after_a_season_the_best_price() -> None:
    assert said(verdict_of([*daily(-60, 0, 9000), (0, 7000)])) == [Tag.LOW_30_DAYS]
    assert said(verdict_of([*daily(-100, 0, 9000), (0, 7000)])) == [
        Tag.LOW_30_DAYS,
        Tag.BEST_PRICE,
    ]


def test_fewer_than_thirty_days_are_no_thirty_day_low() -> None:
    found = verdict_of([*daily(-26, 0, 9000), (0, 7000)])
    assert found["verdict"] == "genuine"
    assert said(found) == []


def test_no_tag_is_said_of_what_is_no_reduction_or_may_be_over() -> None:
    assert said(verdict_of(daily(-60, 1, 9000))) == []
    assert said(verdict_of([*daily(-200, -45, 10000), *daily(-45, 1, 8000)])) == [Tag.BEST_PRICE]
    assert said(verdict_of([*daily(-100, -5, 9000), (-5, 7000)])) == []


def test_a_price_last_seen_years_ago_is_said_so() -> None:
    seen = [*daily(-800, -790, 5000), *daily(-790, 0, 9000), (0, 5000)]
    assert Tag.NOT_CHEAPER_FOR_YEARS in said(verdict_of(seen))


def test_a_price_not_as_low_for_months_says_since_when() -> None:
    found = verdict_of([*daily(-120, -100, 6000), *daily(-100, 0, 9000), (0, 7000)])
    assert said(found) == [Tag.LOW_30_DAYS, Tag.NOT_CHEAPER_SINCE]
    [low, since] = tags(found, zone=BERLIN)
    assert low.since == date(2026, 8, 11)
    # Two days after the last reading at that price, which is asserted for so long.
    assert since.text("de") == "nicht billiger seit 02.06.2026"
    assert since.text("en") == "not cheaper since 2 June 2026"


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(-900, 0).map(float), st.sampled_from([5000, 7000, 9000, None])),
        min_size=1,
        max_size=40,
        unique_by=lambda seen: seen[0],
    )
)
def test_one_row_and_a_column_say_the_same_tags(seen: list[Seen]) -> None:
    said(verdict_of(seen))


@settings(max_examples=60)
@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
    st.integers(-400, 40),
)
def test_the_start_of_a_day_is_the_same_for_one_moment_and_for_a_column(
    moment: datetime, days: int
) -> None:
    at = to_micros(moment)
    column = day_start(np.array([at], dtype=np.int64), BERLIN, days)
    assert day_start_at(at, BERLIN, days) == int(column[0])
