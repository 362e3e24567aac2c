"""Rates are for showing and sorting; a verdict never converts."""

import gzip
import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.build import BERLIN, T, daily, observed, runs, seen_by
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.money import Money
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.fold import spans_of
from sparfuchs.pricing.judge import judge_spans
from sparfuchs.pricing.rates import Rate, convert, in_euros, read_rates
from sparfuchs.pricing.store import keep_rates, rates_on

CSV = (
    b"Date,USD,JPY,CHF,HRK,\n"
    b"2026-10-30,1.1172,175.68,0.9194,N/A,\n"
    b"2026-10-29,1.113,175.92,0.9222,N/A,\n"
)
DAILY = b"Date, USD, JPY\n30 October 2026, 1.1172, 175.68\n"
XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube>
<Cube time="2026-10-30">
<Cube currency="USD" rate="1.1172"/><Cube currency="JPY" rate="175.68"/></Cube>
</Cube></gesmes:Envelope>"""
RATES = {
    "USD": Rate("USD", Decimal("1.1172"), date(2026, 10, 30)),
    "JPY": Rate("JPY", Decimal("175.68"), date(2026, 10, 29)),
}


def zipped(data: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("eurofxref.csv", data)
    return target.getvalue()


@pytest.mark.parametrize(
    "data",
    [DAILY, XML, zipped(DAILY), gzip.compress(DAILY)],
    ids=["csv", "xml", "zip", "gzip"],
)
def test_every_form_of_the_file_gives_the_same_rates(data: bytes) -> None:
    assert read_rates(data, "eurofxref").rows() == [
        (date(2026, 10, 30), "JPY", Decimal("175.68")),
        (date(2026, 10, 30), "USD", Decimal("1.1172")),
    ]


def test_what_was_not_given_on_a_day_is_left_out() -> None:
    assert read_rates(CSV, "hist")["currency"].unique().sort().to_list() == ["CHF", "JPY", "USD"]


@pytest.mark.parametrize(
    "data",
    [b"", b"<html></html>", b"a,b\n1,2\n", b"PK\x03\x04x", b"Date,USD\nsoon,1\n", b"<x"],
    ids=["nothing", "page", "other columns", "broken zip", "no day", "broken xml"],
)
def test_what_is_no_such_file_is_refused(data: bytes) -> None:
    with pytest.raises(FeedUnreadable):
        read_rates(data, "other")


def test_the_whole_history_of_the_bank_is_read() -> None:
    path = Path(__file__).parents[3] / "shared/data/rates-ecb/eurofxref-hist.csv.gz"
    if not path.exists():
        pytest.skip("needs ../shared/data/rates-ecb")
    found = read_rates(path.read_bytes(), path.name)
    assert found["day"].n_unique() == 7126
    assert found.filter(pl.col("currency") == "USD").height == 7126


def test_an_amount_is_rounded_to_the_minor_unit_and_says_the_older_day() -> None:
    assert convert(Money(1000, "EUR"), "USD", RATES) == (Money(1117, "USD"), date(2026, 10, 30))
    assert convert(Money(1000, "USD"), "JPY", RATES) == (Money(1573, "JPY"), date(2026, 10, 29))
    assert convert(Money(1000, "SEK"), "EUR", RATES) is None


@given(st.integers(1, 10**9))
def test_there_and_back_again_is_nearly_the_same(minor: int) -> None:
    there = convert(Money(minor, "EUR"), "USD", RATES)
    assert there is not None
    back = convert(there[0], "EUR", RATES)
    assert back is not None
    assert abs(back[0].minor - minor) <= 1


def test_prices_are_sorted_by_what_they_are_in_euros_and_without_a_rate_by_nothing() -> None:
    prices = pl.DataFrame(
        {"price_minor": [1000, 1117, 1757, 500], "currency": ["EUR", "USD", "JPY", "SEK"]}
    )
    assert in_euros(prices, RATES).to_list() == [1000, 1000, 1000, None]


def test_stored_rates_are_the_newest_before_a_day_and_never_old(work: Work) -> None:
    assert rates_on(work, None) == {}
    assert keep_rates(work, read_rates(CSV, "hist")) == 6
    assert keep_rates(work, read_rates(CSV, "hist")) == 0
    assert rates_on(work, date(2026, 10, 29))["USD"].per_euro == Decimal("1.113")
    assert rates_on(work, None)["USD"].day == date(2026, 10, 30)
    assert rates_on(work, date(2026, 12, 1)) == {}


def test_a_verdict_never_converts_whatever_the_rates_are() -> None:
    """Cheaper in francs than it was in euros, by any rate: still two series."""
    euros, francs = daily(-60, -20, 10000), daily(-20, 1, 100)
    changes = pl.concat([observed(euros), observed(francs, currency="CHF")])
    line = runs([*euros, *francs])
    found = judge_spans(
        spans_of(changes), pl.DataFrame({"offer_id": [1 << 32]}), {1: line}, seen_by(line),
        at=T, zone=BERLIN,
    ).row(0, named=True)  # fmt: skip
    assert (found["verdict"], found["l30_minor"], found["honest_pct"]) == (
        "insufficient",
        None,
        None,
    )
