"""What every search engine behind the port must do, against a plain reckoning over the listings."""

import base64
import json
import random
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest

from sparfuchs.kernel.errors import StoreUnavailable, UsageError
from sparfuchs.kernel.frames import conform
from sparfuchs.search.engine import SearchEngine
from sparfuchs.search.model import LISTING, Met, Query, Sort

NOW = datetime(2026, 11, 25, tzinfo=UTC)
NONE = np.array([], dtype=np.int64)
SHELVES = (["Elektronik", "Elektronik > Audio"], ["Elektronik", "Elektronik > TV"], ["Mode"])


def listing(number: int, draw: random.Random) -> dict[str, Any]:
    deal = draw.random() < 0.4
    return {
        "offer_id": (number % 3 + 1 << 32) + number,
        "title": f"{draw.choice(['Quarnil', 'Löffelholm'])} Kopfhörer HX-{100 + number % 50}",
        "brand": draw.choice(["Quarnil", "Löffelholm"]),
        "mpn": f"HX-{100 + number % 50}/{number}",
        "gtin": f"{43_000_000_000 + number:014}",
        "category": draw.choice(SHELVES),
        "merchant": f"m{number % 7}",
        "merchant_name": f"Laden {number % 7}",
        "price_minor": draw.choice([999, 1999, 4999, 9999, 25_000]),
        "currency": "EUR",
        "unit": (unit := draw.choice([None, "kg", "l"])),
        "unit_minor": draw.randint(100, 9000) if unit else None,
        "verdict": "genuine" if deal else "no_reduction",
        "honest_pct": draw.randint(5, 60) if deal else 0,
        "vouched": deal and draw.random() < 0.7,
        "tags": ["low_30_days", *(["best_price"] if number % 3 else [])] if deal else [],
        "deal": deal,
        "rating": draw.randint(30, 99),
        "merchants": draw.randint(1, 4),
        "stars": draw.choice([None, 3.5, 4.8]),
        "available": True,
        "new_at": NOW - timedelta(hours=draw.randint(0, 400)),
        "valid_to": draw.choice([None, NOW + timedelta(days=draw.randint(1, 9))]),
    }


def listings(count: int, seed: int = 1) -> pl.DataFrame:
    draw = random.Random(seed)  # noqa: S311 - a seeded draw is meant
    rows = [listing(number, draw) for number in range(count)]
    return conform(pl.DataFrame(rows, infer_schema_length=None), LISTING)


class SearchEngineContract(ABC):
    """Subclass it, make an engine, and every test of it is the exam."""

    @abstractmethod
    def make_engine(self, tmp_path: Any) -> SearchEngine: ...

    @pytest.fixture
    def engine(self, tmp_path: Any) -> Any:
        made = self.make_engine(tmp_path)
        yield made
        made.close()

    def filled(self, engine: SearchEngine, count: int = 300) -> pl.DataFrame:
        frame = listings(count)
        with engine.renewing() as fresh:
            fresh.add(frame[: count // 2])
            fresh.add(frame[count // 2 :])
        return frame

    def all_of(self, engine: SearchEngine, query: Query) -> list[int]:
        """Every hit, page after page."""
        found: list[int] = []
        while True:
            page = engine.search(query)
            found += page.hits
            if page.next_cursor is None:
                return found
            query = replace(query, cursor=page.next_cursor)

    def test_without_an_index_there_is_a_sentence_and_no_answer(self, engine: SearchEngine) -> None:
        assert not engine.exists()
        assert engine.count() == 0
        with pytest.raises(StoreUnavailable, match="no search index"):
            engine.search(Query())
        with pytest.raises(StoreUnavailable, match="no search index"):
            engine.apply(listings(1), NONE)

    def test_a_new_index_answers_only_when_it_is_whole(self, engine: SearchEngine) -> None:
        self.filled(engine, 20)

        def half() -> None:
            with engine.renewing() as fresh:
                fresh.add(listings(5))
                assert engine.count() == 20
                raise RuntimeError("the power went")

        with pytest.raises(RuntimeError):
            half()
        assert engine.count() == 20

    @pytest.mark.parametrize("sort", list(Sort))
    def test_pages_show_every_hit_once_and_in_order(self, engine: SearchEngine, sort: Sort) -> None:
        frame = self.filled(engine)
        query = Query(text="kopfhörer", sort=sort, limit=17)
        found = self.all_of(engine, query)
        assert sorted(found) == sorted(frame["offer_id"].to_list())
        rows = {row["offer_id"]: row for row in frame.to_dicts()}  # the plain reckoning
        keys = [self.key(rows[hit], sort) for hit in found]
        if sort is not Sort.RELEVANCE:
            assert keys == sorted(keys)

    @pytest.mark.parametrize("sort", list(Sort))
    @pytest.mark.parametrize("limit", [1, 7, 200])
    def test_a_product_is_shown_once_however_pages_are_cut(
        self, engine: SearchEngine, sort: Sort, limit: int
    ) -> None:
        frame = listings(120).with_columns(
            product=pl.when(pl.col("offer_id") % 5 != 0).then(pl.col("offer_id") % 29 + 1)
        )
        with engine.renewing() as fresh:
            fresh.add(frame)
        query = Query(text="kopfhörer", sort=sort, limit=limit)
        found = self.all_of(engine, query)
        rows = {row["offer_id"]: row for row in frame.to_dicts()}  # the plain reckoning
        products = [rows[hit]["product"] or -hit for hit in found]
        every = {row["product"] or -number for number, row in rows.items()}
        assert len(products) == len(set(products))
        assert set(products) == every
        if sort is Sort.RELEVANCE:
            return
        # By the listing of it that comes first.
        best: dict[int, Any] = {}
        for number, row in rows.items():
            product, key = row["product"] or -number, self.key(row, sort)
            best[product] = min(best.get(product, key), key)
        assert [self.key(rows[hit], sort) for hit in found] == sorted(best.values())

    def key(self, row: dict[str, Any], sort: Sort) -> Any:
        """What an order goes by, the first being the lowest."""
        match sort:
            case Sort.PRICE:
                return row["price_minor"]
            case Sort.DISCOUNT:
                return (not (row["vouched"] and row["deal"]), not row["deal"], -row["honest_pct"])
            case Sort.POPULAR:
                return (-row["merchants"], -(row["stars"] or 0.0), -row["rating"])
            case Sort.NEWEST:
                return -row["new_at"].timestamp()
            case Sort.ENDING_SOON:
                return (row["valid_to"] is None, row["valid_to"] or NOW)
            case Sort.UNIT_PRICE:
                return (row["unit_minor"] is None, row["unit_minor"] or 0)
            case Sort.RELEVANCE:
                return 0

    def test_filters_add_up_and_values_inside_one_are_alternatives(
        self, engine: SearchEngine
    ) -> None:
        frame = self.filled(engine)
        query = Query(
            categories=("Elektronik > Audio", "Mode"),
            merchants=("m1", "m2", "m3"),
            not_merchants=("m3",),
            price_min=1000,
            price_max=5000,
            limit=200,
        )
        wanted = frame.filter(
            pl.col("category").list.last().is_in(["Elektronik > Audio", "Mode"])
            & pl.col("merchant").is_in(["m1", "m2"])
            & pl.col("price_minor").is_between(1000, 5000)
        )
        page = engine.search(query)
        assert sorted(page.hits) == sorted(wanted["offer_id"].to_list())
        assert page.total.value == wanted.height > 0
        assert not page.total.approximate
        deals = engine.search(replace(query, only_deals=True, discount_min=20))
        expected = wanted.filter(pl.col("deal") & (pl.col("honest_pct") >= 20))
        assert sorted(deals.hits) == sorted(expected["offer_id"].to_list())
        brand = engine.search(Query(brands=("Quarnil",), limit=200))
        assert brand.total.value == frame.filter(pl.col("brand") == "Quarnil").height

    def test_only_exclusions_still_show_all_the_rest(self, engine: SearchEngine) -> None:
        frame = self.filled(engine)
        page = engine.search(Query(not_merchants=("m0",), limit=200))
        assert page.total.value == frame.filter(pl.col("merchant") != "m0").height

    def test_R_GP_1_unit_prices_are_in_order_inside_one_unit(self, engine: SearchEngine) -> None:
        frame = self.filled(engine)
        sold = frame.filter(pl.col("unit") == "kg")
        query = Query(units=("kg",), sort=Sort.UNIT_PRICE, limit=23)
        found = self.all_of(engine, query)
        assert sorted(found) == sorted(sold["offer_id"].to_list())
        price = dict(sold.select("offer_id", "unit_minor").iter_rows())  # a few listings
        costs = [price[hit] for hit in found]
        assert costs == sorted(costs)
        units = {one.value: one.count for one in engine.search(query).facets["unit"]}
        assert units == dict(frame["unit"].drop_nulls().value_counts().iter_rows())  # two of them

    def test_tags_are_alternatives_of_one_filter(self, engine: SearchEngine) -> None:
        frame = self.filled(engine)
        best = frame.filter(pl.col("tags").list.contains("best_price"))
        assert 0 < best.height < frame.filter("deal").height
        page = engine.search(Query(tags=("best_price",)))
        assert page.total.value == best.height
        assert {one.value for one in page.facets["tag"] if one.selected} == {"best_price"}
        both = engine.search(Query(tags=("best_price", "low_30_days")))
        assert both.total.value == frame.filter("deal").height

    def test_a_facet_counts_its_siblings_and_keeps_what_is_chosen_in_sight(
        self, engine: SearchEngine
    ) -> None:
        frame = self.filled(engine)
        page = engine.search(Query(merchants=("m1", "gone"), verdicts=("genuine",)))
        merchants = {one.value: one for one in page.facets["merchant"]}
        genuine = frame.filter(pl.col("verdict") == "genuine")
        # Without its own filter, with all others.
        assert {value: one.count for value, one in merchants.items() if value != "gone"} == dict(
            genuine["merchant"].value_counts().iter_rows()  # a few values
        )
        assert (merchants["gone"].count, merchants["gone"].selected) == (0, True)
        assert merchants["m1"].selected
        verdicts = {one.value: one.count for one in page.facets["verdict"]}
        of_m1 = frame.filter(pl.col("merchant") == "m1")
        assert verdicts == dict(of_m1["verdict"].value_counts().iter_rows())  # a few values
        both = genuine.filter(pl.col("merchant") == "m1")
        discount = {int(one.value): one.count for one in page.facets["discount"]}
        for edge, count in discount.items():
            assert count == both.filter(pl.col("honest_pct") >= edge).height
        assert sum(one.count for one in page.facets["price"]) == both.height
        tags = {one.value: one.count for one in page.facets["tag"]}
        of_both = both.explode("tags", empty_as_null=True)["tags"].drop_nulls()
        assert tags == dict(of_both.value_counts().iter_rows())  # a few values
        shelf = {one.value: one.count for one in page.facets["category"]}
        assert shelf.get("Elektronik", 0) == shelf.get("Elektronik > Audio", 0) + shelf.get(
            "Elektronik > TV", 0
        )

    def test_a_chosen_value_is_counted_however_rare_it_is(self, engine: SearchEngine) -> None:
        # A hundred merchants with four listings each, and one with a single one.
        many = pl.format("m{}", pl.int_range(pl.len()) // 4)
        frame = listings(401).with_columns(merchant=many)
        with engine.renewing() as fresh:
            fresh.add(frame)
        page = engine.search(Query(merchants=("m100",)))
        (value,) = (one for one in page.facets["merchant"] if one.selected)
        assert (value.value, value.count, page.total.value) == ("m100", 1, 1)

    @pytest.mark.parametrize(
        "text", ["HX-117", "hx117", "HX 117", "kopfhoerer hx 117", "KOPFHÖRER HX117"]
    )
    def test_model_numbers_are_found_however_they_are_parted(
        self, engine: SearchEngine, text: str
    ) -> None:
        frame = self.filled(engine)
        found = set(engine.search(Query(text=text, limit=200)).hits)
        wanted = frame.filter(pl.col("title").str.contains("HX-117"))["offer_id"].to_list()
        assert found == set(wanted)

    def test_a_gtin_finds_the_thing_itself(self, engine: SearchEngine) -> None:
        frame = self.filled(engine)
        gtin = frame["gtin"][42]
        assert engine.search(Query(text=gtin)).hits == (frame["offer_id"][42],)
        assert engine.search(Query(text=gtin.lstrip("0"))).hits == (frame["offer_id"][42],)

    def test_all_words_must_meet_unless_hardly_anything_has_them_all(
        self, engine: SearchEngine
    ) -> None:
        frame = self.filled(engine)
        both = engine.search(Query(text="löffelholm kopfhörer", limit=200))
        named = pl.col("title").str.contains("Löffelholm") | (pl.col("brand") == "Löffelholm")
        assert both.total.value == frame.filter(named).height
        assert both.met is Met.ALL
        some = engine.search(Query(text="quarnil zeppelin", limit=200))
        assert some.total.value > 0
        assert some.met is Met.BUT_ONE
        assert engine.search(Query(text="zeppelin")).total.value == 0

    def test_a_filter_that_leaves_nothing_does_not_loosen_the_words(
        self, engine: SearchEngine
    ) -> None:
        self.filled(engine)
        none = engine.search(Query(text="löffelholm kopfhörer", price_min=2**39))
        assert (none.total.value, none.met) == (0, Met.ALL)

    def test_what_has_all_the_words_comes_before_what_has_some(self, engine: SearchEngine) -> None:
        rows = self.filled(engine).head(40)
        place = pl.int_range(pl.len())
        rare = rows.with_columns(
            title=pl.when(place == 7)
            .then(pl.lit("Zeppelin aus Blech zum Aufziehen mit Schlüssel und Ständer"))
            .when(place > 20)
            .then(pl.lit("Blech Blech Blech"))
            .otherwise("title")
        )
        engine.apply(rare, np.array([], dtype=np.int64))
        page = engine.search(Query(text="zeppelin blech"))
        assert page.met is Met.BUT_ONE
        assert page.hits[0] == rows["offer_id"][7]
        assert page.total.value > 1

    def test_what_is_said_of_a_thing_is_searched_after_its_name(self, engine: SearchEngine) -> None:
        rows = self.filled(engine).head(8)
        told = rows.with_columns(
            text=pl.lit("Gemacht für jede Zwitscherkiste"),
            title=pl.when(pl.int_range(pl.len()) == 5)
            .then(pl.lit("Zwitscherkiste"))
            .otherwise("title"),
        )
        engine.apply(told, np.array([], dtype=np.int64))
        page = engine.search(Query(text="zwitscherkiste"))
        assert set(page.hits) == set(rows["offer_id"])
        assert page.hits[0] == rows["offer_id"][5]

    def test_signs_of_a_query_language_are_only_letters(self, engine: SearchEngine) -> None:
        self.filled(engine, 20)
        for text in ('"', "title:x AND (", "* OR *", "-", "\x00", "💥", "a" * 5000, "' OR 1=1 --"):
            engine.search(Query(text=text))

    def test_what_is_put_in_takes_the_place_of_what_was(self, engine: SearchEngine) -> None:
        frame = self.filled(engine, 60)
        dearer = frame[:10].with_columns(price_minor=pl.lit(777, dtype=pl.Int64))
        gone = frame["offer_id"][50:55].to_numpy()
        engine.apply(dearer, gone)
        engine.apply(dearer, gone)
        assert engine.count() == 55
        found = engine.search(Query(price_min=777, price_max=777))
        assert sorted(found.hits) == sorted(dearer["offer_id"].to_list())
        assert not set(self.all_of(engine, Query(limit=20))) & set(gone.tolist())

    def test_a_source_is_forgotten_whole(self, engine: SearchEngine) -> None:
        frame = self.filled(engine, 60)
        engine.forget(2)
        left = frame.filter(pl.col("offer_id") // 2**32 != 2)
        assert engine.count() == left.height
        assert sorted(self.all_of(engine, Query())) == sorted(left["offer_id"].to_list())

    def test_another_process_sees_what_was_written(
        self, engine: SearchEngine, tmp_path: Any
    ) -> None:
        self.filled(engine, 20)
        other = self.make_engine(tmp_path)
        assert other.count() == 20
        engine.apply(listings(30, seed=5)[20:], NONE)
        assert other.count() == 30
        with engine.renewing() as fresh:
            fresh.add(listings(7))
        assert other.count() == 7
        assert len(other.search(Query(limit=50)).hits) == 7
        other.close()

    @pytest.mark.parametrize("sort", [Sort.PRICE, Sort.RELEVANCE])
    def test_pages_stay_whole_while_listings_come_and_go(
        self, engine: SearchEngine, sort: Sort
    ) -> None:
        frame = self.filled(engine, 200)
        query = Query(text="kopfhörer", sort=sort, limit=20)
        shown: list[int] = []
        for _ in range(5):
            page = engine.search(query)
            shown += page.hits
            # The last one shown stays, so that there is a place to go on from.
            engine.apply(listings(220, seed=9)[200:], np.array(shown[-4:-1], dtype=np.int64))
            assert page.next_cursor is not None
            query = replace(query, cursor=page.next_cursor)
        assert len(set(shown)) == len(shown) == 100
        if sort is Sort.PRICE:
            prices = dict(frame.select("offer_id", "price_minor").iter_rows())  # a test's few
            kept = [prices[hit] for hit in shown if hit in prices]
            assert kept == sorted(kept)

    def test_equally_relevant_listings_keep_their_order_when_the_index_is_made_anew(
        self, engine: SearchEngine
    ) -> None:
        frame = self.filled(engine, 90)
        before = self.all_of(engine, Query(text="kopfhörer", limit=7))
        with engine.renewing() as fresh:
            fresh.add(frame.reverse())
        assert self.all_of(engine, Query(text="kopfhörer", limit=30)) == before

    def test_what_has_ended_is_no_deal_and_does_not_end_soon(self, engine: SearchEngine) -> None:
        frame = self.filled(engine)
        later = NOW + timedelta(days=4)
        open_ = pl.col("valid_to").is_null() | (pl.col("valid_to") >= later)
        soon = self.all_of(engine, Query(sort=Sort.ENDING_SOON, limit=40, at=later))
        assert sorted(soon) == sorted(frame.filter(open_)["offer_id"].to_list())
        deals = engine.search(Query(only_deals=True, limit=200, at=later))
        left = frame.filter(open_ & pl.col("deal"))["offer_id"]
        assert sorted(deals.hits) == sorted(left.to_list())
        assert engine.search(Query(at=later)).total.value == frame.height

    def test_a_cursor_goes_on_a_minute_later(self, engine: SearchEngine) -> None:
        self.filled(engine, 60)
        query = Query(sort=Sort.ENDING_SOON, limit=10, at=NOW)
        first = engine.search(query)
        later = replace(query, at=NOW + timedelta(minutes=1), cursor=first.next_cursor)
        assert not set(first.hits) & set(engine.search(later).hits)

    @pytest.mark.parametrize(
        "place",
        ["1e999", "1e3", "true", "null", '"5"', str(2**63), str(10**12), str(-(10**12))],
    )
    @pytest.mark.parametrize("sort", [Sort.PRICE, Sort.RELEVANCE])
    def test_a_forged_cursor_does_no_harm(
        self, engine: SearchEngine, place: str, sort: Sort
    ) -> None:
        self.filled(engine, 60)
        query = Query(text="kopfhörer", sort=sort, limit=10)
        true = engine.search(query).next_cursor
        assert true is not None
        digest = json.loads(base64.urlsafe_b64decode(true + "=" * (-len(true) % 4)))[0]
        for told in (
            f'["{digest}", {place}, []]',
            f'["{digest}", 5, [{place}]]',
            f'["{digest}", 5, {place}]',
            "[" * 20_000,
        ):
            forged = base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")
            try:
                page = engine.search(replace(query, cursor=forged))
            except UsageError:
                continue
            assert len(page.hits) <= 10

    def test_a_cursor_continues_only_its_own_query(self, engine: SearchEngine) -> None:
        self.filled(engine, 60)
        cursor = engine.search(Query(sort=Sort.PRICE, limit=10)).next_cursor
        assert cursor is not None
        engine.search(Query(sort=Sort.PRICE, limit=5, cursor=cursor))
        for other in (
            Query(sort=Sort.NEWEST, limit=10, cursor=cursor),
            Query(sort=Sort.PRICE, merchants=("m1",), cursor=cursor),
            Query(sort=Sort.PRICE, cursor="nonsense"),
            Query(sort=Sort.PRICE, cursor=""),
            Query(sort=Sort.PRICE, cursor="W10"),
        ):
            with pytest.raises(UsageError, match="cursor"):
                engine.search(other)
