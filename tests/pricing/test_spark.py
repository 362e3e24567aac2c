"""The small line on a card: what it keeps, and what it may leave out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.pricing import api as pricing

UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=90)
Stretch = tuple[int, int | None, str]


def past(*told: Stretch, offer: int = 7, currency: str = "EUR") -> pl.DataFrame:
    """(hour of its beginning, price, state) of stretches without a hole, the last one open."""
    starts = [SINCE + timedelta(hours=hour) for hour, _, _ in told]
    return pl.DataFrame(
        {
            "offer_id": [offer] * len(told),
            "start": starts,
            "end": [*starts[1:], None],
            "price_minor": [price for _, price, _ in told],
            "currency": [None if price is None else currency for _, price, _ in told],
            "state": [state for _, _, state in told],
        },
        schema=pricing.PAST,
    )


def steps(frame: pl.DataFrame, most: int = pricing.MOST_STEPS) -> list[tuple[int, int | None]]:
    line = pricing.spark(frame, since=SINCE, until=UNTIL, most=most)
    return line.select("hour", "price_minor").rows()


def test_a_line_begins_with_the_price_that_held_before_it() -> None:
    known = past((-500, 900, "known"), (-100, 1000, "known"), (24, 800, "known"))
    assert steps(known) == [(0, 1000), (24, 800)]


def test_where_nothing_could_be_bought_there_is_a_gap() -> None:
    told = past(
        (0, 1000, "known"), (10, 1000, "sold_out"), (20, 1000, "known"), (30, None, "unseen")
    )
    assert steps(told) == [(0, 1000), (10, None), (20, 1000), (30, None)]


def test_a_price_in_another_money_than_the_newest_is_none() -> None:
    francs, euros = past((0, 1000, "known"), currency="CHF"), past((50, 900, "known"))
    assert steps(pl.concat([francs, euros])) == [(0, None), (50, 900)]


def test_offers_do_not_mix() -> None:
    both = pl.concat([past((0, 5, "known"), offer=1), past((3, 5, "known"), offer=2)])
    line = pricing.spark(both, since=SINCE, until=UNTIL)
    assert line.select("offer_id", "hour").rows() == [(1, 0), (2, 3)]


@given(
    st.dictionaries(
        st.integers(0, 90 * 24 - 1), st.one_of(st.none(), st.integers(1, 500)), min_size=1
    ),
    st.integers(4, 60),
)
def test_a_short_line_keeps_its_ends_and_its_lowest_price(
    told: dict[int, int | None], most: int
) -> None:
    hours = sorted(told)
    frame = past(
        *((hour, told[hour], "unseen" if told[hour] is None else "known") for hour in hours)
    )
    line = steps(frame, most)
    assert len(line) <= most
    assert line[0] == (hours[0], told[hours[0]])
    assert line[-1][1] == told[hours[-1]]
    assert all(told[hour] == price for hour, price in line)
    assert all(one[1] != two[1] for one, two in pairwise(line))
    prices = [price for price in told.values() if price is not None]
    assert min((price for _, price in line if price is not None), default=None) == min(
        prices, default=None
    )
