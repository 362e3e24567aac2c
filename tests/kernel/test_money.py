"""Money keeps every cent and never mixes currencies."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.money import BY_NUMERIC, DECIMALS, NUMERIC, Money, decimals_of, round_half_up

amounts = st.integers(-(10**12), 10**12)
weights = st.lists(st.integers(0, 10**6), min_size=1, max_size=12).filter(any)


@given(amount=amounts, shares=weights)
def test_R_M_4_splitting_keeps_every_cent(amount: int, shares: list[int]) -> None:
    parts = Money(amount, "EUR").allocate(shares)
    assert sum(part.minor for part in parts) == amount
    exact = [amount * share / sum(shares) for share in shares]
    assert all(abs(part.minor - want) < 1 + 1e-3 for part, want in zip(parts, exact, strict=True))


@pytest.mark.parametrize(
    ("amount", "shares", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (298, [2000, 1000, 1256], [140, 70, 88]),
        (5, [1, 1, 1, 1], [2, 1, 1, 1]),
    ],
)
def test_R_M_4_the_largest_remainder_gets_the_cent_and_ties_go_by_place(
    amount: int, shares: list[int], parts: list[int]
) -> None:
    assert [m.minor for m in Money(amount, "EUR").allocate(shares)] == parts


@pytest.mark.parametrize("shares", [[], [0, 0], [1, -1]])
def test_weights_that_mean_nothing_are_refused(shares: list[int]) -> None:
    with pytest.raises(UsageError):
        Money(100, "EUR").allocate(shares)


def test_R_M_2_different_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="EUR and USD"):
        _ = Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(ValueError, match="EUR and USD"):
        _ = Money(1, "EUR") < Money(1, "USD")


def test_R_M_2_a_float_is_no_money() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "EUR")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "decimals"),
    [("JPY", 0), ("KRW", 0), ("ISK", 0), ("EUR", 2), ("HUF", 2), ("KWD", 3), ("CLF", 4)],
)
def test_R_M_1_each_currency_has_its_own_decimals(code: str, decimals: int) -> None:
    assert decimals_of(code) == decimals


def test_an_unknown_currency_is_a_usage_error_that_names_it() -> None:
    with pytest.raises(UsageError, match="XXY"):
        decimals_of("XXY")


def test_numbers_and_codes_of_currencies_are_one_to_one() -> None:
    assert len(NUMERIC) == len(BY_NUMERIC) == len(DECIMALS)


@given(minor=amounts, currency=st.sampled_from(sorted(DECIMALS)))
def test_decimal_and_minor_units_are_the_same_amount(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert Money.of_decimal(money.decimal, currency) == money


def test_more_decimals_than_the_currency_has_are_refused() -> None:
    with pytest.raises(UsageError):
        Money.of_decimal(Decimal("10.999"), "EUR")


def test_german_writing_has_a_point_for_thousands_and_a_fixed_blank_before_the_sign() -> None:
    assert Money(123450, "EUR").german() == "1.234,50\N{NO-BREAK SPACE}€"
    assert Money(5, "KWD").german() == "0,005\N{NO-BREAK SPACE}KWD"


def test_R_M_5_half_a_cent_goes_up() -> None:
    assert [round_half_up(Decimal(text)) for text in ("0.5", "1.5", "2.4", "2.5")] == [1, 2, 2, 3]


def test_sums_and_order_stay_inside_one_currency() -> None:
    one, two = Money(100, "EUR"), Money(250, "EUR")
    assert (one + two, two - one, -one) == (
        Money(350, "EUR"),
        Money(150, "EUR"),
        Money(-100, "EUR"),
    )
    assert one < two
    assert one <= one  # noqa: PLR0124 - the reflexive case is the point
