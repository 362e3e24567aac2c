"""A price is judged beside those of offers like it, and only where there are enough of them."""

import math
import random
import statistics

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparfuchs.quality.levels import (
    LEAST_OF_MAKER,
    LEAST_OF_SHELF,
    Learning,
    beside,
    keys,
)


def offers(prices: list[int], *, shelf: int | None = 1, maker: int | None = 2) -> pl.DataFrame:
    return pl.DataFrame({"price_minor": prices}, schema={"price_minor": pl.Int64()}).with_columns(
        currency=pl.lit("EUR"),
        shelf=pl.lit(shelf, dtype=pl.Int64),
        maker=pl.lit(maker, dtype=pl.Int64),
    )


def learned(*frames: pl.DataFrame) -> pl.DataFrame:
    learning = Learning()
    for frame in frames:
        learning.add(frame)
    return learning.levels()


def around(middle: int, count: int, seed: int = 1) -> list[int]:
    draw = random.Random(seed)
    return [round(middle * math.exp(draw.gauss(0, 0.3))) for _ in range(count)]


@settings(max_examples=60)
@given(st.lists(st.integers(50, 5_000_000), min_size=LEAST_OF_MAKER, max_size=200))
def test_middle_and_spread_are_the_median_and_the_median_deviation(prices: list[int]) -> None:
    levels = learned(offers(prices))
    key = keys(offers(prices[:1]))["maker_key"].item()
    [found] = levels.filter(pl.col("key") == key).rows(named=True)
    logs = sorted(math.log(price) for price in prices)
    middle = statistics.median_low(logs)
    spread = 1.4826 * statistics.median_low(sorted(abs(one - middle) for one in logs))
    # A step of the histogram is a hundredth; the deviation adds one of its own.
    assert found["middle"] == pytest.approx(middle, abs=0.0101)
    assert found["spread"] == pytest.approx(spread, abs=0.031)
    assert found["members"] == len(prices)


@settings(max_examples=60)
@given(st.lists(st.integers(50, 900_000), min_size=40, max_size=120), st.randoms())
def test_the_parts_in_which_offers_come_change_nothing(
    prices: list[int], draw: random.Random
) -> None:
    whole = learned(offers(prices))
    mixed = prices[:]
    draw.shuffle(mixed)
    cut = draw.randint(0, len(mixed))
    assert learned(offers(mixed[:cut]), offers(mixed[cut:])).equals(whole)


def test_a_digit_too_many_is_told_with_how_many_were_like_it() -> None:
    levels = learned(offers(around(9900, 60)))
    found = beside(offers([9900, 990, 99_000, 99]), levels)
    assert found["times"].to_list() == [None, 10, 9, 104]
    middle = found["peer_minor"][0]
    assert [middle // 990, 99_000 // middle, middle // 99] == [10, 9, 104]
    assert found["dear"].to_list()[1:] == [False, True, False]
    assert found["peers"].to_list() == [60] * 4
    assert found["peer_minor"][0] == pytest.approx(9900, rel=0.12)


def test_the_same_maker_counts_before_the_whole_shelf() -> None:
    cheap, dear = offers(around(1000, 40, 2), maker=2), offers(around(50_000, 40, 3), maker=3)
    levels = learned(cheap, dear)
    found = beside(pl.concat([offers([50_000], maker=2), offers([50_000], maker=3)]), levels)
    assert found["times"][0] >= 30
    assert found["times"][1] is None
    # Of a maker never seen the shelf alone is known, and that is wide.
    stranger = beside(offers([50_000], maker=9), levels)
    assert stranger["by_shelf"].item()
    assert stranger["peers"].item() == 80


def test_too_few_have_no_middle() -> None:
    few = learned(offers(around(1000, LEAST_OF_MAKER - 1)))
    assert beside(offers([1]), few)["peers"].item() is None
    some = learned(offers(around(1000, LEAST_OF_SHELF - 1)))
    assert beside(offers([10], maker=9), some)["times"].item() is None
    assert beside(offers([10]), some)["times"].item() is not None


def test_currencies_are_never_compared_and_what_is_not_stated_is_like_nothing() -> None:
    levels = learned(offers(around(1000, 60)))
    crowns = offers([10]).with_columns(currency=pl.lit("CZK"))
    assert beside(crowns, levels)["peers"].item() is None
    assert beside(offers([10], shelf=None), levels)["peers"].item() is None
    assert beside(offers([10], shelf=None, maker=None), levels)["peers"].item() is None


def test_equal_prices_make_no_other_price_odd_that_is_near() -> None:
    levels = learned(offers([1999] * 50))
    found = beside(offers([1999, 2999, 999, 99]), levels)
    assert found["times"].to_list() == [None, None, None, 20]


def test_nothing_learned_makes_nothing_odd() -> None:
    assert beside(offers([1, 10**9]), pl.DataFrame())["times"].to_list() == [None, None]
