"""Which offers mislead, and how: the truth beside the patterns that a watcher of the shops finds.

It follows from how a price is made and from what the shop's format lets it say. A shop that sets
its price beside the maker's, in a format without a field for that, states it as a price of its own.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.ingest.api import Format
from sparfuchs.kernel.frames import Schema
from sparfuchs.market.assortment import Carried
from sparfuchs.market.judged_past import paid
from sparfuchs.market.merchants import POLICIES, Policy, Storefront
from sparfuchs.market.prices import NOTHING, asked
from sparfuchs.market.world import World

# One row an offer of a source and way in which it misleads at a moment.
DECEIT: Final[Schema] = {
    "shop": pl.String(),
    "source_offer_id": pl.String(),
    "product": pl.Int64(),
    "pattern": pl.String(),
}

_GOOGLE: Final = (Format.GOOGLE_RSS, Format.GOOGLE_TSV, Format.GOOGLE_ATOM)
_ABOVE: Final = 1.05
_SHOPS: Final = 3


def deceits(world: World, at: datetime) -> pl.DataFrame:
    """DECEIT of the whole market at a moment, of offers that can be bought then."""
    everywhere = pl.concat(list(_asked_now(world, at)))
    highest = everywhere.group_by("product").agg(
        pl.col("paid").max().alias("highest"), pl.col("owner").n_unique().alias("shops")
    )
    found = []
    for shop in world.shops:
        for own in world.parts(shop):
            found += _of(world, shop, own, at, highest)
    return pl.concat(found)


def _asked_now(world: World, at: datetime) -> Iterator[pl.DataFrame]:
    """What each shop asks for each product of which it states a number of the world: by that alone
    can they be compared. One that is sold out still states its price.
    """
    for shop in world.shops:
        for own in world.parts(shop):
            prices = asked(own.priced, np.full(own.words.height, world.day(at)))
            yield own.words.select(
                "product",
                "gtin",
                pl.lit(shop.owner).alias("owner"),
                pl.Series("paid", paid(prices)),
            ).drop_nulls("gtin")


def _of(
    world: World, shop: Storefront, own: Carried, at: datetime, highest: pl.DataFrame
) -> list[pl.DataFrame]:
    prices = asked(own.priced, np.full(own.words.height, world.day(at)))
    policy = {one: own.priced.policy == code for code, one in enumerate(POLICIES)}
    reduced = prices.sale != NOTHING
    named = prices.reference > paid(prices)
    # What stands beside the price as the maker's where the format has a field for that.
    maker = policy[Policy.UVP] & named
    as_own = maker & (shop.format is not Format.AWIN_CSV)
    endless = (policy[Policy.LIST_LIE] & reduced) | (policy[Policy.PERMANENT] & named) | as_own
    rivals = own.words.select("product").join(
        highest, on="product", how="left", maintain_order="left"
    )
    above = (
        maker
        & ~as_own
        & (prices.reference > rivals["highest"].to_numpy() * _ABOVE)
        & (rivals["shops"].to_numpy() >= _SHOPS)
        & own.words["gtin"].is_not_null().to_numpy()
    )
    restarting = bool(shop.habits.restarts) and shop.format in _GOOGLE
    ways = {
        "pump_then_drop": policy[Policy.PUMP] & reduced & prices.campaign,
        "permanent_sale": endless,
        "claim_never_seen": endless,
        "uvp_above_all": above,
        "countdown_restarts": policy[Policy.LIST_LIE] & reduced & restarting,
    }
    return [
        own.words.filter(pl.Series(holds & prices.available)).select(
            pl.lit(shop.slug).alias("shop"),
            "source_offer_id",
            "product",
            pl.lit(name).alias("pattern"),
        )
        for name, holds in ways.items()
    ]
