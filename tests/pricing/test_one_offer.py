"""One offer is read without frames; what comes out is what the columns say."""

from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.build import BERLIN
from pricing.lows_by_columns import lows_by_columns
from pricing.simulate import timeline
from pricing.test_runs_are_observations import HOUR, START, sources
from sparfuchs.kernel.clock import from_micros
from sparfuchs.kernel.frames import (
    AVAILABILITY,
    CHANGE,
    CHANGE_KIND,
    UTC_TIME,
    Availability,
    ChangeKind,
    conform,
)
from sparfuchs.pricing.fold import ChangeRow, spans_of, spans_of_one
from sparfuchs.pricing.lows import lows

OFFER = 1 << 32
KINDS = [
    ChangeKind.FIRST,
    ChangeKind.PRICE,
    ChangeKind.GONE,
    ChangeKind.BACK,
    ChangeKind.UNSEEN,
    ChangeKind.SEEN,
    ChangeKind.CLAIM,
]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 800),
        st.sampled_from(KINDS),
        st.sampled_from([None, 500, 900, 1000]),
        st.sampled_from(["EUR", "EUR", "EUR", "USD"]),
        st.sampled_from([Availability.IN_STOCK, Availability.OUT_OF_STOCK]),
    ),
    max_size=20,
    unique_by=lambda row: (row[0], row[1]),
)


@settings(max_examples=150)
@given(ROWS, sources(), st.integers(0, 1000))
def test_spans_and_lows_of_one_offer_are_those_of_the_columns(rows, runs, hours) -> None:  # type: ignore[no-untyped-def] # from the strategies above
    frame = pl.DataFrame(
        [
            {
                "offer_id": OFFER,
                "at": from_micros(START + hour * HOUR),
                "kind": kind.value,
                "price_minor": price,
                "currency": currency,
                "availability": stock.value,
            }
            for hour, kind, price, currency, stock in rows
        ],
        schema_overrides={"at": UTC_TIME, "price_minor": pl.Int64, "offer_id": pl.Int64},
        schema=None
        if rows
        else ["offer_id", "at", "kind", "price_minor", "currency", "availability"],
    )
    changes = conform(frame, CHANGE).sort("offer_id", "at", "kind")
    columns = spans_of(changes)
    kinds, stocks = CHANGE_KIND.categories.to_list(), AVAILABILITY.categories.to_list()
    plain = spans_of_one(
        ChangeRow(
            START + hour * HOUR, kinds.index(kind.value), price, currency, stocks.index(stock.value)
        )
        for hour, kind, price, currency, stock in sorted(
            rows, key=lambda row: (row[0], kinds.index(row[1].value))
        )
    )
    assert [
        (from_micros(s.start), None if s.end is None else from_micros(s.end), s.price_minor)
        for s in plain
    ] == columns.select("start", "end", "price_minor").rows()
    known = columns["price_minor"].is_not_null()
    assert [s.currency for s in plain if s.price_minor is not None] == columns.filter(known)[
        "currency"
    ].to_list()

    at, line = START + hours * HOUR, timeline(runs)
    found = lows_by_columns(columns, {1: line}, at=at, zone=BERLIN)
    assert [
        (low.days, low.low_minor, low.currency, from_micros(low.low_at))
        for low in lows(plain, line, at=at, zone=BERLIN)
    ] == found.select("days", "low_minor", "currency", "low_at").rows()


def test_an_offer_without_rows_has_no_spans_and_no_lows() -> None:
    assert spans_of_one([]) == []
    line = timeline([])
    at = START + int(timedelta(days=1).total_seconds()) * 1_000_000
    assert lows([], line, at=at, zone=BERLIN) == []
