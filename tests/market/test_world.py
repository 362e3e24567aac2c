"""The world is the same for the same seed, of any size, and says at any moment what it said."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Final

import numpy as np
import polars as pl
import pytest
from stdnum import ean

from sparfuchs.kernel.clock import from_micros
from sparfuchs.market.assortment import blocks_of, carried
from sparfuchs.market.kinds import BRANDS, KINDS, TOPS
from sparfuchs.market.merchants import POLICIES, SHOPS, Policy, Storefront
from sparfuchs.market.past import past
from sparfuchs.market.products import variants
from sparfuchs.market.stock import WorldStock
from sparfuchs.market.world import World, expected_offers, make_world
from sparfuchs.market.write.feed import WRITTEN

OPENED: Final = datetime(2026, 11, 25, 6, tzinfo=UTC)
SMALL: Final = make_world(7, offers=9_000, opened=OPENED)
LARGE: Final = 50_000_000


def shop_named(slug: str) -> Storefront:
    return SMALL.shop(slug)


def test_the_same_seed_states_the_same_and_another_seed_something_else() -> None:
    again = make_world(7, offers=9_000, opened=OPENED)
    other = make_world(8, offers=9_000, opened=OPENED)
    assert again.stated("bergauf", OPENED).equals(SMALL.stated("bergauf", OPENED))
    assert not other.stated("bergauf", OPENED).equals(SMALL.stated("bergauf", OPENED))


def test_a_block_is_the_same_in_whatever_order_blocks_are_asked_for() -> None:
    variants.cache_clear()
    late = variants(3, 999)
    variants.cache_clear()
    for block in (5, 999):
        asked = variants(3, block)
    assert asked.equals(late)


def test_fifty_million_offers_are_there_without_being_made() -> None:
    world = make_world(1, offers=LARGE, opened=OPENED)
    assert expected_offers(world) == pytest.approx(LARGE, rel=0.01)
    first = next(world.parts(world.shops[0]))
    last = list(islice(world.parts(world.shops[-1]), 20))[-1]
    assert first.words.height < 4_000
    assert last.words.height < 4_000
    assert "product" in last.words.columns


def test_an_offer_is_the_same_whichever_blocks_it_comes_with() -> None:
    shop = next(shop for shop in SHOPS if shop.habits.wrong_gtin)
    own = list(blocks_of(shop, SMALL.blocks))
    alone = pl.concat([carried(7, shop, [block], 365.0).words for block in own])
    assert alone.equals(SMALL.whole(shop).words)


def test_a_wrong_number_is_that_of_another_product() -> None:
    shop = next(shop for shop in SHOPS if shop.habits.wrong_gtin)
    stated = SMALL.whole(shop).words.drop_nulls("gtin")
    wrong = stated.filter(pl.col("gtin") != pl.col("true_gtin"))
    assert 0 < wrong.height < stated.height * 0.05
    assert all(ean.is_valid(number) for number in wrong["gtin"])


def test_about_as_many_offers_come_as_were_wished() -> None:
    made = sum(SMALL.whole(shop).words.height for shop in SMALL.shops)
    assert made == pytest.approx(expected_offers(SMALL), rel=0.05)


def test_every_product_has_a_gtin_of_its_own_that_the_world_would_accept() -> None:
    numbers = pl.concat([variants(7, block)["gtin"] for block in range(len(KINDS))])
    assert numbers.n_unique() == len(numbers)
    assert all(ean.is_valid(number) and number.startswith("43") for number in numbers)


def test_eight_categories_have_brands_that_no_two_share() -> None:
    assert len(TOPS) == 8
    brands = [brand for own in BRANDS.values() for brand in own]
    assert len(set(brands)) == len(brands) >= 60


def test_at_least_forty_merchants_have_habits_that_no_two_share() -> None:
    merchants = {shop.merchant: shop.habits for shop in SHOPS}
    assert len(merchants) >= 40
    assert len({repr(habits) for habits in merchants.values()}) == len(merchants)
    assert {policy for shop in SHOPS for policy in shop.habits.mix} == set(Policy)
    assert {shop.format for shop in SHOPS} == set(WRITTEN)


def test_the_same_offers_come_through_two_networks_under_other_ids() -> None:
    one = SMALL.whole(shop_named("elbmarkt")).words
    two = SMALL.whole(shop_named("elbmarkt-awin")).words
    assert one["product"].to_list() == two["product"].to_list()
    assert set(one["source_offer_id"]).isdisjoint(two["source_offer_id"])
    first, second = (SMALL.stated(slug, OPENED) for slug in ("elbmarkt", "elbmarkt-awin"))
    assert first["regular_minor"].to_list() == second["regular_minor"].to_list()


def test_the_same_product_stands_at_several_merchants_under_their_own_titles() -> None:
    offers = pl.concat(
        [
            SMALL.whole(shop).words.select("product", "title", shop=pl.lit(shop.owner))
            for shop in SMALL.shops
        ]
    )
    shared = offers.group_by("product").agg(
        pl.col("shop").n_unique(), pl.col("title").n_unique().alias("titles")
    )
    many = shared.filter(pl.col("shop") >= 3)
    assert many.height > 200
    assert (many["titles"] > 1).mean() > 0.9  # type: ignore[operator] # a share


def test_ids_of_a_shop_are_unique_and_prices_are_above_nothing() -> None:
    for shop in SMALL.shops:
        stated = SMALL.stated(shop.slug, OPENED)
        assert stated["source_offer_id"].n_unique() == stated.height
        assert stated["regular_minor"].min() > 0  # type: ignore[operator] # a price
        sale = stated.drop_nulls("sale_minor")
        assert (sale["sale_minor"] < sale["regular_minor"]).all()


@pytest.mark.parametrize("slug", ["tonhafen", "klangkontor", "technikscheune", "elbmarkt-awin"])
def test_what_the_past_says_is_what_was_stated_at_its_readings(slug: str) -> None:
    shop = shop_named(slug)
    recorded = past(SMALL, shop)
    number = {name: n for n, name in enumerate(SMALL.whole(shop).words["source_offer_id"])}
    asked = np.linspace(0, len(recorded.at) - 1, 12).astype(int)
    _, wrong = SMALL.readings(shop)
    for reading in sorted({*asked.tolist(), len(recorded.at) - 1} - {wrong}):
        known = (
            recorded.stated.filter(pl.col("reading") <= reading)
            .group_by("source_offer_id", maintain_order=True)
            .last()
        )
        stated = SMALL.stated(slug, from_micros(int(recorded.at[reading])))
        assert known.height == stated.height
        told = dict(
            zip(
                known["source_offer_id"],
                pl.select(pl.coalesce(known["sale_minor"], known["regular_minor"])).to_series(),
                strict=True,
            )
        )
        paid = pl.select(pl.coalesce(stated["sale_minor"], stated["regular_minor"])).to_series()
        for name, price in zip(stated["source_offer_id"], paid, strict=True):
            assert told[name] == price, (slug, reading, number[name])


def test_an_offer_changes_some_times_a_year_and_one_reading_is_a_hundred_times_too_high() -> None:
    shop = next(shop for shop in SMALL.shops if shop.habits.decimals)
    recorded = past(SMALL, shop)
    _, wrong = SMALL.readings(shop)
    rows = recorded.stated
    count = SMALL.whole(shop).words.height
    assert 4 < rows.height / count < 40
    spoiled = rows.filter(pl.col("reading") == wrong)
    assert spoiled.height == count
    before = rows.filter(pl.col("reading") < wrong).group_by("source_offer_id").last()
    ratio = spoiled.join(before, on="source_offer_id").select(
        pl.col("regular_minor") / pl.col("regular_minor_right")
    )
    assert ratio.to_series().median() == pytest.approx(100, rel=0.1)


def test_outages_leave_days_without_a_reading_but_never_the_last_month() -> None:
    shop = next(shop for shop in SMALL.shops if shop.habits.outages == 2)
    at, _ = SMALL.readings(shop)
    gaps = np.diff(at) / 86_400_000_000
    assert gaps.max() > 1.9
    assert gaps[-30:].max() < 1.2


def test_prices_go_on_after_the_opening() -> None:
    moved = 0
    for slug in ("technikscheune", "zeltplatz-7", "elbmarkt"):
        before = SMALL.stated(slug, OPENED)
        later = SMALL.stated(slug, OPENED + timedelta(days=1))
        moved += int((before["regular_minor"] != later["regular_minor"]).sum())
    assert moved > 10


def test_every_way_with_prices_is_lived_by_some_offers() -> None:
    lived = set[int]()
    for shop in SMALL.shops:
        lived |= set(SMALL.whole(shop).words["policy"].to_list())
    assert lived == set(range(len(POLICIES)))


def test_coupons_run_for_a_fortnight_and_are_stated() -> None:
    shop = next(shop for shop in SMALL.shops if shop.habits.coupons)
    days = [OPENED - timedelta(days=14 * n) for n in range(10)]
    given = [SMALL.coupons(shop, at) for at in days]
    some = [found for found in given if not found.is_empty()]
    assert 0 < len(some) < 10
    one = some[0].row(0, named=True)
    assert one["valid_to"] - one["valid_from"] == timedelta(days=14)
    stated = SMALL.stated(shop.slug, one["valid_from"])
    assert stated["coupon_code"].unique().to_list() == [one["code"]]


def test_local_offers_lie_in_german_towns() -> None:
    shop = next(shop for shop in SMALL.shops if shop.habits.local)
    stated = SMALL.stated(shop.slug, OPENED)
    assert stated["latitude"].is_between(47, 55).all()
    assert stated["place"].n_unique() > 3


def test_the_servers_see_every_shop_of_the_world() -> None:
    stock = WorldStock(SMALL)
    assert [facts.slug for facts in stock.shops()] == [shop.slug for shop in SMALL.shops]
    facts = stock.shops()[0]
    assert stock.stated(facts.slug, OPENED).equals(SMALL.stated(facts.slug, OPENED))


def test_a_world_of_another_length_has_a_past_of_it() -> None:
    world: World = make_world(7, offers=9_000, opened=OPENED, days=60)
    recorded = past(world, world.shops[0])
    assert len(recorded.at) <= 60
    assert from_micros(int(recorded.at[0])) >= world.began
