"""What is read into a query, told, and refused; and the German corpus as a whole."""

from collections.abc import Iterator
from dataclasses import replace

import polars as pl
import pytest

from sparfuchs.kernel.text import fold
from sparfuchs.search.engine import SearchEngine
from sparfuchs.search.model import Page, Query, Relief, Swap
from sparfuchs.search.understand_prices import price_wish
from sparfuchs.testing.german_corpus import corpus, judge, market_engine, market_listings

RIGHT = 0.95


@pytest.fixture(scope="module")
def listings() -> pl.DataFrame:
    return market_listings()


@pytest.fixture(scope="module")
def engine(
    listings: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchEngine]:
    with market_engine(tmp_path_factory.mktemp("german"), listings) as made:
        yield made


def test_the_german_corpus_is_answered_rightly(
    engine: SearchEngine, listings: pl.DataFrame
) -> None:
    asked = corpus()
    assert len(asked) >= 150
    assert len({one.query for one in asked}) == len(asked)
    wrong = judge(engine, listings, asked)
    assert len(wrong) <= (1 - RIGHT) * len(asked), [one.asked.query for one in wrong]


def test_the_judge_of_the_corpus_finds_fault(engine: SearchEngine, listings: pl.DataFrame) -> None:
    askew = [replace(one, query="wolldecke") for one in corpus()]
    assert len(judge(engine, listings, askew)) > 0.9 * len(askew)


@pytest.mark.parametrize(
    ("text", "rest", "low", "high"),
    [
        ("kopfhörer unter 50 euro", "kopfhoerer", None, 5000),
        ("schuhe bis 100", "schuhe", None, 10000),
        ("zwischen 20 und 30 jacke", "jacke", 2000, 3000),
        ("20-30 € lampe", "lampe", 2000, 3000),
        ("handy ab 200 euro bis 400 euro", "handy", 20000, 40000),
        ("tv unter 1.000 €", "tv", None, 100000),
        ("tee 4,99 bis 9,99 euro", "tee", 499, 999),
        ("smartphone ab 500 euro", "smartphone", 50000, None),
        ("lampe bis 100 watt", "lampe bis 100 watt", None, None),
        ("puzzle ab 3 jahren", "puzzle ab 3 jahren", None, None),
        ("festplatte bis 2 tb", "festplatte bis 2 tb", None, None),
        ("grill bis 240 grad", "grill bis 240 grad", None, None),
        ("iphone 11 bis 15", "iphone 11 bis 15", None, None),
    ],
)
def test_words_about_money_are_a_price_and_other_numbers_are_none(
    text: str, rest: str, low: int | None, high: int | None
) -> None:
    wish = price_wish(fold(text))
    assert (wish.rest, wish.low, wish.high) == (rest, low, high)


def ask(engine: SearchEngine, text: str, **more: object) -> Page:
    return engine.search(replace(Query(text=text), **more))  # type: ignore[arg-type] # its fields


def test_what_was_read_into_the_words_is_told(engine: SearchEngine) -> None:
    told = ask(engine, "reduzierte oktavoin kopfhörer unter 200 euro bei tonhafen").understood
    assert told.mended == (Swap("oktavoin", "oktavion"),)
    assert (told.only_deals, told.price_max, told.merchant) == (True, 20_000, "tonhafen")
    assert told.words == ("oktavion", "kopfhoerer")
    assert (told.brand, told.category) == ("Oktavion", "Elektronik > Audio > Kopfhörer")
    assert ask(engine, "handy").understood.also[0] == Swap("handy", "smartphone")


def test_nothing_is_read_into_words_that_are_meant_as_they_are(engine: SearchEngine) -> None:
    for text in ("kofphörer", "handy", "quarnil zeppelin", "kopfhörer reduziert"):
        assert ask(engine, text).total.value > 0
        page = ask(engine, text, verbatim=True)
        told = page.understood
        assert page.total.value == 0
        assert (told.mended, told.also, told.dropped) == ((), (), ())
        assert not told.only_deals


def test_a_filter_that_was_set_is_not_changed_by_words(engine: SearchEngine) -> None:
    page = ask(engine, "kopfhörer unter 50 euro", price_max=10_000)
    assert page.understood.price_max is None
    assert ask(engine, "kopfhörer", price_max=10_000).total.value > 0


def test_the_word_that_was_passed_over_is_named(engine: SearchEngine) -> None:
    page = ask(engine, "quarnil zeppelin smartphone")
    assert page.understood.dropped == ("zeppelin",)
    assert page.total.value > 0
    assert ask(engine, "quarnil smartphone").understood.dropped == ()


def test_a_model_that_is_not_there_is_not_mended(engine: SearchEngine) -> None:
    assert ask(engine, "tx-610").total.value > 0
    page = ask(engine, "tx-611")
    assert (page.total.value, page.understood.mended) == (0, ())
    page = ask(engine, "kopfhörer tx-611")
    assert page.understood.dropped == ("tx-611",)


def test_no_hit_says_which_filter_leaves_nothing(engine: SearchEngine) -> None:
    page = ask(engine, "kopfhörer", merchants=("nussbaumers",), price_max=30_000)
    assert page.total.value == 0
    assert page.reliefs[0].filter == "merchant"
    assert page.reliefs[0].value == ask(engine, "kopfhörer", price_max=30_000).total.value > 0
    assert ask(engine, "kopfhörer").reliefs == ()
    assert ask(engine, "zeppelin", price_max=100).reliefs == ()
    only = ask(engine, "bei tonhafen", not_merchants=("tonhafen",))
    assert Relief("merchant", only.reliefs[0].value) in only.reliefs
