"""Listings follow what is published, judged and removed; a new index takes in what came by then."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from flows.market import NOW, START, Shop, day
from sparfuchs.events.offer import OffersRated
from sparfuchs.flows import subscriptions
from sparfuchs.flows.feed_to_listing import read_source
from sparfuchs.flows.query_to_slate import find
from sparfuchs.flows.sources import remove_source
from sparfuchs.flows.status import status
from sparfuchs.flows.subscriptions import catch_up, ensure_index, rebuild_index
from sparfuchs.kernel.errors import Conflict, StoreUnavailable, UsageError
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.log import PostgresEventLog
from sparfuchs.search.api import Query, Sort

PRICES = {"a": 10.0, "b": 20.0, "c": 30.0}


def ids(shop: Shop, query: Query) -> list[str]:
    return [item["title"] for item in find(shop.here, query, now=NOW)["items"]]


def test_what_is_read_is_found_what_changed_is_found_changed_and_what_went_is_not(
    shop: Shop,
) -> None:
    ensure_index(shop.here)
    shop.read(0, PRICES)
    assert ids(shop, Query(text="angebot", sort=Sort.PRICE)) == [
        "Angebot a",
        "Angebot b",
        "Angebot c",
    ]
    shop.read(1, {"a": 50.0, "b": 20.0})
    assert ids(shop, Query(sort=Sort.PRICE)) == ["Angebot b", "Angebot c", "Angebot a"]
    shop.read(2, {"a": 50.0, "b": 20.0})
    assert ids(shop, Query(sort=Sort.PRICE)) == ["Angebot b", "Angebot a"]


def test_a_page_shows_price_verdict_and_claim_beside_each_other(shop: Shop) -> None:
    ensure_index(shop.here)
    for n in range(40):
        shop.read(n, {"a": 100.0})
    shop.read(40, {"a": {"price": "120.00 EUR", "sale_price": "80.00 EUR"}})
    found = find(shop.here, Query(only_deals=True), now=day(41))
    (item,) = found["items"]
    assert item["price"] == {"minor": 8000, "currency": "EUR"}
    assert (item["verdict"], item["honest_pct"], item["badge"]) == ("genuine", 20, True)
    assert item["claim"]["reference"] == {"minor": 12000, "currency": "EUR"}
    assert item["claim_verdict"] == "claim_inflated"
    assert item["lowest_30_days"] == {"minor": 10000, "currency": "EUR"}
    assert item["checked_seconds_ago"] == 86_400
    assert item["merchant"] == {"slug": "laden", "name": "Laden"}
    assert found["total"] == {"value": 1, "approximate": False}
    (merchant,) = found["facets"]["merchant"]
    assert (merchant["value"], merchant["label"], merchant["count"]) == ("laden", "Laden", 1)


def test_a_badge_that_goes_off_by_time_goes_off_in_the_index_too(shop: Shop) -> None:
    ensure_index(shop.here)
    for n in range(40):
        shop.read(n, {"a": 100.0})
    for n in range(40, 73):
        shop.read(n, {"a": 80.0})
        # What was judged anew by time alone is indexed by the very reading that found it due.
        assert status(shop.here, now=NOW)["consumers"]["indexing"]["lag"] == 0
    assert find(shop.here, Query(only_deals=True), now=NOW)["total"]["value"] == 0
    assert find(shop.here, Query(), now=NOW)["total"]["value"] == 1


def test_a_rebuilt_index_says_what_the_followed_one_said(shop: Shop) -> None:
    ensure_index(shop.here)
    for n in range(5):
        shop.read(n, {name: price + n for name, price in PRICES.items()})
    asked = [Query(sort=sort, units=("kg",) if sort is Sort.UNIT_PRICE else ()) for sort in Sort]
    followed = [find(shop.here, query, now=NOW) for query in asked]
    assert rebuild_index(shop.here) == 3
    assert [find(shop.here, query, now=NOW) for query in asked] == followed


def test_most_popular_says_what_it_means(shop: Shop) -> None:
    ensure_index(shop.here)
    shop.read(0, PRICES)
    found = find(shop.here, Query(sort=Sort.POPULAR), now=NOW)
    assert "Händler" in found["popular_means"]["de"]


def test_the_same_gtin_at_two_merchants_is_more_popular(shop: Shop) -> None:
    ensure_index(shop.here)
    row = {"price": "10.00 EUR", "gtin": "4006381333931"}
    shop.read(0, {"x": row, "y": 20.0})
    other = Shop(shop.here, shop.path.with_name("other.tsv"), merchant="Zweiter")
    other.read(0, {"z": row})
    first = find(shop.here, Query(sort=Sort.POPULAR), now=NOW)["items"][0]
    assert first["title"] == "Angebot z"


def test_a_removed_source_takes_its_listings_with_it(shop: Shop) -> None:
    ensure_index(shop.here)
    shop.read(0, PRICES)
    remove_source(shop.here, shop.source, now=START + timedelta(days=1))
    catch_up(shop.here)
    assert shop.here.engine.count() == 0


def test_a_query_that_cannot_be_meant_names_the_field(shop: Shop) -> None:
    ensure_index(shop.here)
    for query, field in (
        (Query(limit=0), "limit"),
        (Query(limit=10_000), "limit"),
        (Query(price_min=-1), "price_min"),
        (Query(price_min=5, price_max=1), "price_min"),
        (Query(verdicts=("splendid",)), "verdict"),
    ):
        with pytest.raises(UsageError) as refused:
            find(shop.here, query, now=NOW)
        assert refused.value.facts["field"] == field


def test_an_offer_whose_sale_is_over_is_no_deal_before_it_is_read_again(shop: Shop) -> None:
    ensure_index(shop.here)
    for n in range(40):
        shop.read(n, {"a": 100.0})
    sale = {
        "price": "100.00 EUR",
        "sale_price": "80.00 EUR",
        "sale_price_effective_date": f"{day(40).isoformat()}/{day(42).isoformat()}",
    }
    shop.read(40, {"a": sale})
    deals = Query(only_deals=True)
    assert find(shop.here, deals, now=day(41))["total"]["value"] == 1
    assert find(shop.here, deals, now=day(43))["total"]["value"] == 0
    assert find(shop.here, Query(), now=day(43))["total"]["value"] == 1


def test_who_waits_for_another_that_indexes_holds_no_connections(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "PATIENCE", 0.0)
    monkeypatch.setattr(subscriptions, "_TRIES", 300)  # more than a server has connections
    with shop.here.database.hold_lock(subscriptions.LOCK_SPACE, 1) as held:
        assert held
        with pytest.raises(Conflict, match="indexing"):
            rebuild_index(shop.here)
    assert rebuild_index(shop.here) == 0


def test_two_that_find_no_index_make_one(shop: Shop) -> None:
    shop.read(0, PRICES)
    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(ensure_index, shop.here) for _ in range(2)]:
            one.result()
    made = shop.here.engine.search(Query()).generation
    ensure_index(shop.here)
    assert shop.here.engine.search(Query()).generation == made
    assert ids(shop, Query(sort=Sort.PRICE)) == ["Angebot a", "Angebot b", "Angebot c"]


def test_a_crash_after_the_index_and_before_the_cursor_puts_the_same_in_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_index(shop.here)
    shop.read(0, PRICES)
    advance = PostgresEventLog.advance

    def crash(log: PostgresEventLog, work: Work, consumer: str, topic: str, position: int) -> None:
        if consumer == subscriptions.INDEXING and shop.here.engine.count() == 4:
            raise StoreUnavailable("The process ends here")
        advance(log, work, consumer, topic, position)

    with monkeypatch.context() as patched:
        patched.setattr(PostgresEventLog, "advance", crash)
        with pytest.raises(StoreUnavailable, match="ends here"):
            shop.read(1, {"a": 50.0, "b": 20.0, "d": 5.0})
    # Both events of the reading, because they are put in together.
    assert shop.here.log.lag(subscriptions.INDEXING, OffersRated.topic) == 2
    assert catch_up(shop.here) > 0
    wanted = ["Angebot d", "Angebot b", "Angebot c", "Angebot a"]
    assert ids(shop, Query(sort=Sort.PRICE)) == wanted
    assert shop.here.engine.count() == 4


def test_an_index_that_was_deleted_is_made_again_with_all_that_came_meanwhile(shop: Shop) -> None:
    ensure_index(shop.here)
    shop.read(0, PRICES)
    shutil.rmtree(shop.here.settings.data_dir / "index")
    shop.read(1, {"a": 50.0, "b": 20.0, "d": 5.0})
    with pytest.raises(StoreUnavailable, match="index rebuild"):
        find(shop.here, Query(), now=NOW)
    ensure_index(shop.here)
    wanted = ["Angebot d", "Angebot b", "Angebot c", "Angebot a"]
    assert ids(shop, Query(sort=Sort.PRICE)) == wanted


def test_what_many_readings_changed_goes_into_the_index_at_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_index(shop.here)
    for number in range(5):
        shop.says({f"p{number}": 10.0 + number, "a": 20.0 + number})
        read_source(shop.here, shop.add(), at=day(number), now=NOW)
    applied: list[int] = []
    plain = shop.here.engine.apply

    def watched(rows: pl.DataFrame, gone: NDArray[np.int64]) -> None:
        applied.append(rows.height)
        plain(rows, gone)

    monkeypatch.setattr(shop.here.engine, "apply", watched)
    assert catch_up(shop.here) >= 10
    assert len(applied) == 1
    assert set(ids(shop, Query())) >= {"Angebot a", "Angebot p4"}
