"""What must hold for every history (P1 to P10 of the rule book)."""

from datetime import timedelta
from typing import Any

import polars as pl
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pricing.build import Seen, T, daily, verdict_of
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.pricing.fold import fold

PRICES = st.sampled_from([10000, 9999, 9500, 8000, 7000, 4000, 100])
quick = settings(max_examples=25)


@st.composite
def histories(draw: st.DrawFn) -> list[Seen]:
    """Days before T in steps of a quarter, with holes; the last price is there at T."""
    days = draw(st.lists(st.integers(-400, -1), min_size=1, max_size=40, unique=True))
    seen: list[Seen] = [(day / 4, draw(st.one_of(PRICES, st.none()))) for day in sorted(days)]
    return [*seen, (0, draw(PRICES))]


@st.composite
def cuts(draw: st.DrawFn) -> list[Seen]:
    """A month seen daily at changing prices, then a price at T that was not there before."""
    level = draw(st.lists(st.sampled_from([10000, 9000, 8000]), min_size=6, max_size=6))
    return [
        *(s for n, p in enumerate(level) for s in daily(-42 + 7 * n, -35 + 7 * n, p)),
        (0, 7500),
    ]


@quick
@given(histories())
def test_P1_the_percentage_is_never_overstated(seen: list[Seen]) -> None:
    found = verdict_of(seen)
    for name in ("honest_pct", "at_most_pct"):
        if found[name] is not None:
            assert 0 <= found[name] <= 99
            saved = max(found["l30_minor"] - found["price_minor"], 0)
            assert found[name] * found["l30_minor"] <= saved * 100


@quick
@given(cuts(), st.integers(-29 * 4, -1), st.sampled_from([10000, 8500, 7600, 4000]))
def test_P2_another_observation_in_the_window_never_raises_the_reference(
    seen: list[Seen], quarter: int, price: int
) -> None:
    before = verdict_of(seen)
    after = verdict_of([*(s for s in seen if s[0] != quarter / 4), (quarter / 4, price)])
    # The added one stands beside, not in place of, what was seen at that moment.
    if any(s[0] == quarter / 4 for s in seen):
        held = next(p for d, p in seen if d == quarter / 4)
        assume(held is not None and price <= held)
    # The plain rule: an observation may break a chain of steps, or make one.
    assume("stepwise" not in {*before["flags"], *after["flags"]})
    assert after["t0"] == before["t0"]
    assert after["l30_minor"] <= before["l30_minor"]
    assert after["honest_pct"] <= before["honest_pct"]


@quick
@given(histories(), st.integers(1, 1000))
def test_P3_a_multiple_of_all_prices_keeps_the_percentage(seen: list[Seen], k: int) -> None:
    scaled = [(day, None if price is None else price * k) for day, price in seen]
    before, after = verdict_of(seen), verdict_of(scaled)
    for name in ("verdict", "honest_pct", "at_most_pct"):
        assert before[name] == after[name]


def _observations(seen: list[Seen]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "series": [1 << 32] * len(seen),
            "at": [T + timedelta(days=day) for day, _ in seen],
            "price_minor": pl.Series([price for _, price in seen], dtype=pl.Int64),
            "currency": ["EUR"] * len(seen),
        }
    ).with_columns(pl.col("at").cast(UTC_TIME))


@quick
@given(histories(), st.randoms(use_true_random=False))
def test_P4_order_and_repetition_of_observations_change_nothing(
    seen: list[Seen], chance: Any
) -> None:
    mixed = [*seen, *seen[: len(seen) // 2]]
    chance.shuffle(mixed)
    assert fold(_observations(mixed)).equals(fold(_observations(seen)))
    assert verdict_of(mixed) == verdict_of(seen)


@quick
@given(st.integers(1, 29), st.sampled_from([10000, 5000]), st.integers(101, 300))
def test_P5_raising_for_less_than_thirty_days_gives_no_reduction(
    days: int, price: int, percent: int
) -> None:
    seen = [*daily(-60, -days, price), *daily(-days, 0, price * percent // 100), (0, price)]
    assert verdict_of(seen)["honest_pct"] == 0


@quick
@given(histories(), st.lists(st.tuples(st.integers(1, 200), PRICES), max_size=5))
def test_P6_what_comes_after_the_moment_changes_nothing(
    seen: list[Seen], later: list[tuple[int, int]]
) -> None:
    assert verdict_of([*seen, *((day / 4, price) for day, price in later)]) == verdict_of(seen)


@st.composite
def stairs(draw: st.DrawFn) -> list[Seen]:
    """Sixty days at one price, then two to five steps down within a month, the last one at T."""
    count = draw(st.integers(2, 5))
    days = sorted(draw(st.lists(st.integers(-29, -1), min_size=count, max_size=count, unique=True)))
    prices = sorted(
        draw(st.lists(st.integers(20, 94), min_size=count + 1, max_size=count + 1, unique=True)),
        reverse=True,
    )
    seen = daily(-90, days[0], 9500)
    for start, end, price in zip(days, [*days[1:], 0], prices, strict=False):
        seen += daily(start, end, price * 100)
    return [*seen, (0, prices[-1] * 100)]


@quick
@given(stairs(), st.integers(1, 28))
def test_P8_a_chain_never_lowers_the_reference_and_a_higher_price_in_it_never_raises_ours(
    seen: list[Seen], back: int
) -> None:
    found = verdict_of(seen)
    window = found["t0"].astimezone(T.tzinfo)
    plain = min(p for d, p in seen if p is not None and -30 <= d < 0 and window == T)
    assert found["l30_minor"] >= plain
    assert found["l30_minor"] == 9500
    assert "stepwise" in found["flags"]
    raised = [(day, 9499 if day == -back else price) for day, price in seen]
    assert verdict_of(raised)["honest_pct"] <= found["honest_pct"]


@quick
@given(histories())
def test_P7_splitting_a_segment_changes_nothing(seen: list[Seen]) -> None:
    """Twice as many observations of the same prices, within their CARRY, are the same spans."""
    split = sorted(
        {*seen, *((day + 0.125, price) for day, price in seen if day < 0)}, key=lambda s: s[0]
    )
    assert fold(_observations(split)).equals(fold(_observations(seen)))


@quick
@given(histories(), st.integers(1, 60))
def test_P9_a_shift_by_whole_days_without_a_clock_change_keeps_the_verdict(
    seen: list[Seen], days: int
) -> None:
    moved = [(day - days, price) for day, price in seen]
    assume(seen[0][0] > -90)  # from 30 March on, after the clocks changed
    before = verdict_of(seen)
    after = verdict_of(moved, at=T - timedelta(days=days))
    assume(before["window_start"] - timedelta(days=days) == after["window_start"])
    for name in (
        "verdict",
        "claim_verdict",
        "honest_pct",
        "coverage",
        "flags",
        "lowest_since_days",
    ):
        assert before[name] == after[name]


@quick
@given(cuts(), st.integers(-29 * 4, -1), PRICES)
def test_P10_no_reduction_stays_no_reduction(seen: list[Seen], quarter: int, price: int) -> None:
    seen = [*seen[:-1], (0, max(p or 0 for day, p in seen if -30 <= day < 0))]
    before = verdict_of(seen)
    assume(before["verdict"] == "no_reduction" and before["reason"] == "sighted_low")
    day = quarter / 4
    assume(all(other != day for other, _ in seen))
    after = verdict_of([*seen, (day, price)])
    assume(after["t0"] == before["t0"])
    assume(T + timedelta(days=day) < before["t0"])
    assert after["verdict"] == "no_reduction"
