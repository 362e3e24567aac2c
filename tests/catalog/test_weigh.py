"""When a run is held as a whole (R-F-2)."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from catalog.shop import Shop, day
from sparfuchs.catalog.model import Merchant, RunKind, Source, SourceStatus
from sparfuchs.catalog.weigh import doubtful_prices, weigh
from sparfuchs.kernel.ids import MerchantId, SourceId

DETECTED = {"format": "google-rss", "encoding": "utf-8", "decimal": "."}
PRICES: dict[str, int] = {f"sku-{n}": 1000 + 137 * n for n in range(20)}

SOURCE = Source(
    id=SourceId(7),
    merchant=Merchant(MerchantId(1), "Shop", "shop", "Europe/Berlin"),
    name="feed",
    location="/feed.xml",
    settings={},
    status=SourceStatus.ACTIVE,
    interval=timedelta(hours=24),
    next_ordinal=20,
    next_number=2,
    head_run=1,
    head_at=day(0),
    state_file=None,
    state_run=1,
    digest=None,
    salt=None,
    raw_salt=None,
    validators={},
    detected=DETECTED,
    suspect_gtins=(),
    full_count=20,
    live=20,
    pending=False,
    next_wake=None,
    wait=timedelta(hours=24),
    next_due=None,
    taken_until=None,
    takes=0,
    failures=0,
    refusals=0,
    failing_since=None,
    trouble=None,
    credential=None,
    credential_kind=None,
)
FIRST = replace(SOURCE, full_count=None, detected={})


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path)
    made.run(day(0), PRICES)
    return made


def doubts(
    shop: Shop,
    rows: dict[str, int] | dict[str, dict[str, object]],
    *,
    kind: RunKind = RunKind.FULL,
    source: Source = SOURCE,
    rejected: list[str] | None = None,
    detected: dict[str, str] | None = None,
) -> list[str]:
    found = shop.run(day(1), rows, kind=kind, rejected=rejected or [])
    return [d.code for d in weigh(source, kind, found, detected or DETECTED)]


def test_R_F_2_a_run_like_the_last_one_is_let_through(shop: Shop) -> None:
    assert doubts(shop, PRICES) == []


def test_R_F_2_more_than_a_fifth_rejected_holds_the_run(shop: Shop) -> None:
    assert doubts(shop, PRICES, rejected=["x"] * 6) == ["rejected"]


def test_R_F_2_a_fifth_rejected_is_let_through(shop: Shop) -> None:
    assert doubts(shop, PRICES, rejected=["x"] * 5) == []


def test_R_F_2_less_than_half_the_rows_holds_the_run(shop: Shop) -> None:
    assert doubts(shop, dict(list(PRICES.items())[:9])) == ["shrunk"]


def test_R_F_2_half_the_rows_is_let_through(shop: Shop) -> None:
    assert doubts(shop, dict(list(PRICES.items())[:10])) == []


def test_R_F_2_a_full_run_without_a_row_is_held(shop: Shop) -> None:
    assert doubts(shop, {}) == ["empty"]


def test_R_F_2_another_currency_throughout_holds_the_run(shop: Shop) -> None:
    dollars: dict[str, dict[str, object]] = {
        name: {"regular_minor": price, "currency": "USD"} for name, price in PRICES.items()
    }
    assert doubts(shop, dollars) == ["currencies"]


def test_R_F_2_more_than_half_of_the_ids_replaced_holds_the_run(shop: Shop) -> None:
    kept = dict(list(PRICES.items())[:9])
    fresh = {f"new-{n}": 5000 + n for n in range(11)}
    assert doubts(shop, {**kept, **fresh}) == ["replaced"]


def test_R_F_2_prices_that_leap_hold_the_run(shop: Shop) -> None:
    leapt = {name: price * (3 + n % 2) for n, (name, price) in enumerate(PRICES.items())}
    assert doubts(shop, leapt) == ["prices_leapt"]


def test_R_F_2_prices_times_one_factor_hold_the_run(shop: Shop) -> None:
    taxed = {name: round(price * 1.19) for name, price in PRICES.items()}
    assert doubts(shop, taxed) == ["prices_scaled"]


def test_R_F_2_a_few_prices_that_rose_and_fell_are_no_common_factor() -> None:
    # The middle of what moved is 1, and the many records that changed in other ways stand there.
    before = [1000] * 100
    after = [940, 950, 1050, 1060, *before[4:]]
    moves = pl.DataFrame({"before": before, "after": after})
    assert doubtful_prices(moves, 0) == []


def test_R_F_2_many_prices_moved_by_different_factors_are_let_through(shop: Shop) -> None:
    moved = {name: price + 10 * n + 17 for n, (name, price) in enumerate(PRICES.items())}
    assert doubts(shop, moved) == []


def test_R_F_2_a_few_prices_that_leap_among_many_known_records_are_let_through(
    shop: Shop,
) -> None:
    some = {**PRICES, "sku-0": 300, "sku-1": 9000, "sku-2": 300}
    assert doubts(shop, some) == []


@pytest.mark.parametrize(
    ("what", "value"), [("format", "awin-csv"), ("encoding", "cp1252"), ("decimal", ",")]
)
def test_R_F_2_another_style_of_writing_holds_the_run(shop: Shop, what: str, value: str) -> None:
    assert doubts(shop, PRICES, detected={**DETECTED, what: value}) == ["style"]


def test_R_F_2_rules_against_the_past_hold_for_full_runs_only(shop: Shop) -> None:
    assert doubts(shop, dict(list(PRICES.items())[:2]), kind=RunKind.PARTIAL) == []


def test_R_F_2_the_very_first_run_knows_only_the_rule_of_the_fifth(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    assert doubts(shop, {"a": 1}, source=FIRST, detected={"format": "x"}) == []
    other = Shop(tmp_path / "other")
    assert doubts(other, {"a": 1}, source=FIRST, rejected=["x"]) == ["rejected"]


def test_a_key_in_the_address_of_a_source_is_never_shown() -> None:
    address = "https://feeds.example/datafeed/download/apikey/0123456789abcdef0123456789/fid/7"
    shown = replace(SOURCE, location=address).shown_location
    assert "0123456789abcdef" not in shown
    assert shown.startswith("https://feeds.example/datafeed/")
    assert replace(SOURCE, location="/srv/feed.xml").shown_location == "/srv/feed.xml"
