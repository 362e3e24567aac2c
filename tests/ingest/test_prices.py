import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.corpus_prices import PRICES, REFUSED, Seen
from ingest.feeds import Folder, awin, item, rss, tsv
from sparfuchs.ingest.prices import Amount, Grammar, amounts, minor_units, read_amount
from sparfuchs.kernel.outcome import Reason


@pytest.mark.parametrize("seen", PRICES, ids=lambda seen: f"{seen.text} [{seen.decimal}]")
def test_R_F_5_a_price_of_the_corpus_means_one_amount(seen: Seen) -> None:
    assert isinstance(seen.means, tuple)
    assert read_amount(seen.text, Grammar(seen.decimal)) == Amount(*seen.means)


@pytest.mark.parametrize("seen", REFUSED, ids=lambda seen: f"{seen.text} [{seen.decimal}]")
def test_R_F_5_a_text_of_the_corpus_that_is_no_price_is_refused_with_its_reason(
    seen: Seen,
) -> None:
    assert read_amount(seen.text, Grammar(seen.decimal)) is seen.means


@given(
    st.one_of(
        st.from_regex(r"[0-9]{1,6}([.,][0-9]{1,4})?( ?(EUR|USD|€|KWD))?", fullmatch=True),
        st.text(alphabet="0123456789.,' €EURab-", max_size=14),
    ),
    st.sampled_from([".", ","]),
)
def test_the_column_reads_what_the_single_reader_reads(text: str, decimal: str) -> None:
    grammar = Grammar(decimal)
    single = read_amount(text, grammar)
    row = amounts(pl.Series([text]), grammar).row(0, named=True)
    if isinstance(single, Amount):
        assert row["reason"] is None
        assert row["whole"] == int(single.whole)
        assert (row["fraction"] or "", row["token"]) == (single.fraction, single.token)
    elif single is Reason.PRICE_MISSING:
        assert row == {"whole": None, "fraction": None, "token": None, "reason": None}
    else:
        assert row["reason"] == single.value


@given(st.integers(1, 10**9), st.sampled_from([("EUR", 2), ("JPY", 0), ("KWD", 3)]))
def test_minor_units_and_their_text_are_the_same_money(minor: int, money: tuple[str, int]) -> None:
    currency, places = money
    text = f"{minor:0{places + 1}d}"
    text = f"{text[:-places]}.{text[-places:]}" if places else text
    amount = amounts(pl.Series([f"{text} {currency}"]), Grammar("."))
    assert minor_units(amount, pl.Series([currency])).row(0) == (minor, None)


def units(text: str, currency: str) -> tuple[int | None, str | None]:
    # A second row in another currency takes the way of mixed columns.
    amount = amounts(pl.Series([text, "1.00"]), Grammar("."))
    row = minor_units(amount, pl.Series([currency, "TND"])).row(0)
    alone = minor_units(amount.head(1), pl.Series([currency])).row(0)
    assert row == alone
    return row[0], row[1]


@pytest.mark.parametrize("text", ["10.999", "10.990", "0.12345"])
def test_R_F_6_more_decimals_than_the_currency_has_are_an_error(text: str) -> None:
    assert units(text, "EUR") == (None, "price_too_precise")


def test_R_F_6_zeros_beyond_the_decimals_of_the_currency_change_nothing() -> None:
    assert units("19.9900", "EUR") == (1999, None)
    assert units("1.250", "KWD") == (1250, None)
    assert units("1025", "JPY") == (1025, None)
    assert units("1025.50", "JPY") == (None, "price_too_precise")


def test_R_F_7_nothing_and_too_much_are_no_prices(folder: Folder) -> None:
    result = folder.read(tsv({"price": "0.00 EUR"}, {"price": "999999999999.00 EUR"}, {}))
    assert result.reasons == {"price_not_positive": 1, "price_too_large": 1}
    assert result.offers.height == 1


def test_R_F_5_the_currency_comes_from_the_text_then_the_column_then_the_setting(
    folder: Folder,
) -> None:
    rows = (
        {"price": "1.00 USD", "currency": ""},
        {"price": "2.00", "currency": "CHF"},
        {"price": "3.00", "currency": ""},
    )
    stated = folder.read(tsv(*rows), currency="EUR")
    assert stated.offers["currency"].to_list() == ["USD", "CHF", "EUR"]
    unset = folder.read(tsv(*rows))
    assert unset.rejected["reason"] == "currency_missing"
    assert unset.rejected["source_offer_id"] == "A3"


def test_the_currency_setting_stands_in_for_what_is_no_currency_and_only_for_that(
    folder: Folder,
) -> None:
    feed = rss(
        item(id="A1", price="190.28 b7d2554b0ce847cd82f3ac9bd1c0dfca"),
        item(id="A2", price="190.28 USD"),
    )
    unset = folder.read(feed)
    assert unset.rejected["reason"] == "currency_unknown"
    assert unset.rejected["value"] == "b7d2554b0ce847cd82f3ac9bd1c0dfca"
    assert unset.rejected["source_offer_id"] == "A1"
    stated = folder.read(feed, currency="EUR")
    assert stated.offers["currency"].to_list() == ["EUR", "USD"]
    assert stated.offers["regular_minor"].to_list() == [19028, 19028]


def test_two_currencies_in_one_row_contradict_each_other(folder: Folder) -> None:
    result = folder.read(tsv({"price": "1.00 USD", "currency": "EUR"}))
    assert result.rejected["reason"] == "currency_contradicts"
    assert result.rejected["value"] == "USD / EUR"


def test_a_price_that_cannot_be_read_is_rejected_with_field_value_rule_and_line(
    folder: Folder,
) -> None:
    result = folder.read(tsv({}, {"price": "auf Anfrage"}))
    assert result.rejected == {
        "line": 3,
        "source_offer_id": "A2",
        "field": "price",
        "value": "auf Anfrage",
        "reason": "price_unreadable",
        "rule": "R-F-5",
    }


def test_a_comma_in_an_awin_feed_of_points_is_read_where_it_can_mean_one_thing(
    folder: Folder,
) -> None:
    rows: list[dict[str, str]] = [{}, {}, {"search_price": "249,90"}]
    assert folder.read(awin(*rows, delimiter=";")).offers["regular_minor"].to_list()[2] == 24990
    strict = folder.read(awin(*rows, delimiter=";"), decimal=".")
    assert strict.reasons == {"price_unreadable": 1}


@pytest.mark.parametrize("text", ["kostenlos", "-10"])
def test_R_F_7_what_costs_nothing_is_not_told_to_name_its_currency(
    text: str, folder: Folder
) -> None:
    rejected = folder.read(f"id\ttitle\tlink\tprice\n1\tx\thttps://s.example/1\t{text}\n").rejected
    assert (rejected["field"], rejected["reason"]) == ("price", "price_not_positive")
