"""The past as a chart shows it: what was stated, what was sold out, and what nobody saw."""

from datetime import UTC, datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.kernel.frames import CHANGE, Availability, ChangeKind
from sparfuchs.pricing import api as pricing

START = datetime(2026, 3, 1, tzinfo=UTC)
Step = tuple[int, ChangeKind, int | None, Availability]


def changes(*steps: Step) -> pl.DataFrame:
    rows = [
        {
            "offer_id": 7,
            "at": START + timedelta(days=day),
            "kind": kind.value,
            "run": day + 1,
            "price_minor": price,
            "currency": "EUR",
            "availability": availability.value,
        }
        for day, kind, price, availability in steps
    ]
    return pl.DataFrame(rows, schema=CHANGE)


def told(frame: pl.DataFrame) -> list[tuple[int, int | None, int | None, str]]:
    """(first day, last day, price, state) of each stretch."""
    return [
        (
            (row["start"] - START).days,
            row["end"] and (row["end"] - START).days,
            row["price_minor"],
            row["state"],
        )
        for row in frame.rows(named=True)
    ]


IN, OUT = Availability.IN_STOCK, Availability.OUT_OF_STOCK


def test_sold_out_keeps_its_price_and_what_nobody_saw_has_none() -> None:
    found = pricing.past(
        changes(
            (0, ChangeKind.FIRST, 1000, IN),
            (5, ChangeKind.AVAILABILITY, 1000, OUT),
            (9, ChangeKind.AVAILABILITY, 1000, IN),
            (12, ChangeKind.UNSEEN, 1000, IN),
            (14, ChangeKind.SEEN, 900, IN),
        )
    )
    assert told(found) == [
        (0, 5, 1000, "known"),
        (5, 9, 1000, "sold_out"),
        (9, 12, 1000, "known"),
        (12, 14, None, "unseen"),
        (14, None, 900, "known"),
    ]


def test_of_two_rows_at_one_moment_the_later_kind_counts_and_equal_neighbours_are_one() -> None:
    found = pricing.past(
        changes(
            (0, ChangeKind.FIRST, 1000, IN),
            (3, ChangeKind.GONE, 1000, IN),
            (3, ChangeKind.BACK, 1000, IN),
            (4, ChangeKind.CLAIM, 1000, IN),
        )
    )
    assert told(found) == [(0, None, 1000, "known")]


KINDS = [k for k in ChangeKind if k not in {ChangeKind.IDENTITY, ChangeKind.DISPLAY}]
ROWS = st.lists(
    st.tuples(
        st.integers(0, 30),
        st.sampled_from(KINDS),
        st.none() | st.sampled_from([500, 600]),
        st.sampled_from([IN, OUT]),
    ),
    min_size=1,
    max_size=12,
)


@given(ROWS)
def test_known_stretches_are_the_spans_that_are_judged_and_nothing_is_left_out(
    rows: list[Step],
) -> None:
    frame = changes(*rows)
    found = pricing.past(frame)
    assert found["start"][0] == frame["at"].min()
    assert found["end"][-1] is None
    assert found["start"][1:].to_list() == found["end"][:-1].to_list()
    known = found.filter(pl.col("state") == "known").select("start", "end", "price_minor")
    spans = pricing.spans_of(frame).filter(pl.col("price_minor").is_not_null())
    assert known.equals(spans.select("start", "end", "price_minor"))
