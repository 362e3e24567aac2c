"""Shoppers have tastes, and what they do follows from them and from the day alone."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.market.assortment import carries
from sparfuchs.market.products import family_of, variants
from sparfuchs.market.shoppers import EVENT, RETURNED_AFTER, SHOPPER, day_of, journeys, shoppers
from sparfuchs.market.world import make_world

OPENED: Final = datetime(2026, 11, 25, tzinfo=UTC)
WORLD: Final = make_world(7, offers=9_000, opened=OPENED)
PEOPLE: Final = shoppers(WORLD, 800)
EVENTS: Final = pl.concat(journeys(WORLD, PEOPLE, 40))


def test_a_shopper_is_the_same_in_a_smaller_crowd() -> None:
    assert dict(PEOPLE.schema) == SHOPPER
    assert shoppers(WORLD, 50).equals(PEOPLE.head(50))
    assert (PEOPLE["first"] != PEOPLE["second"]).all()


def test_a_day_is_the_same_whether_or_not_those_before_were_asked_for() -> None:
    assert dict(EVENTS.schema) == EVENT
    last = EVENTS.filter(pl.col("at") >= OPENED - timedelta(days=1))
    assert day_of(WORLD, PEOPLE, WORLD.days - 1).equals(last)


def test_nothing_is_bought_that_was_not_clicked_nor_sent_back_that_was_not_bought() -> None:
    key = ["visit", "product", "shop"]
    by_kind = {kind: EVENTS.filter(pl.col("kind") == kind) for kind in EVENTS["kind"].unique()}
    assert set(by_kind) == {"look", "click", "buy", "return"}
    assert by_kind["look"].height > by_kind["click"].height > by_kind["buy"].height
    assert by_kind["buy"].join(by_kind["click"], on=key, how="anti").is_empty()
    old = EVENTS["at"].min() + timedelta(days=RETURNED_AFTER + 1)  # type: ignore[operator] # a time
    late = by_kind["return"].filter(pl.col("at") > old)
    assert late.height > 3
    assert late.join(by_kind["buy"], on=key, how="anti").is_empty()


def test_what_is_clicked_stands_at_the_shop_where_it_is_clicked() -> None:
    clicks = EVENTS.filter(pl.col("kind") == "click")
    for (slug,), part in clicks.group_by("shop"):
        family, kind = family_of(part["product"].to_numpy())
        shop = WORLD.shop(str(slug))
        assert np.array_equal(family, part["family"].to_numpy())
        assert carries(WORLD.seed, shop, family, part["product"].to_numpy()).all()
        assert kind.max() < WORLD.blocks


def test_shoppers_look_more_at_what_they_like() -> None:
    universe = pl.concat([variants(WORLD.seed, block) for block in range(WORLD.blocks)])
    looks = (
        EVENTS.filter(pl.col("kind") == "look")
        .join(universe.select("product", "top", "brand"), on="product")
        .join(PEOPLE.rename({"brand": "liked"}), on="shopper")
    )
    assert looks.height == EVENTS.filter(pl.col("kind") == "look").height
    at_home = looks.filter(pl.col("top") == pl.col("first"))
    assert at_home.height / looks.height > 0.5
    # A tenth or so would be of the favourite brand by chance.
    assert at_home.select((pl.col("brand") == pl.col("liked")).mean()).item() > 0.25
