"""The world as the servers of its shops see it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

import polars as pl
import xxhash

from sparfuchs.market.serve_stock import ShopFacts
from sparfuchs.market.world import World
from sparfuchs.market.write.style import style_of

# Prices that move by the hour are looked up anew this often; between, a feed is the same bytes.
MOVES = timedelta(minutes=15)


class WorldStock:
    """A Stock whose shops state what the world says at the moment."""

    def __init__(self, world: World, *, moves: timedelta = MOVES) -> None:
        self._world = world
        self._moves = moves

    @cached_property
    def _facts(self) -> tuple[ShopFacts, ...]:
        return tuple(
            ShopFacts(
                slug=shop.slug,
                name=shop.merchant,
                format=shop.format,
                style=style_of(shop.slug, shop.format),
                moves=self._moves,
                latency=_latency(shop.slug),
                grants=shop.habits.coupons,
            )
            for shop in self._world.shops
        )

    def shops(self) -> Sequence[ShopFacts]:
        return self._facts

    def stated(self, slug: str, at: datetime) -> pl.DataFrame:
        return self._world.stated(slug, at)

    def granted(self, slug: str, at: datetime) -> pl.DataFrame:
        return self._world.granted(self._world.shop(slug), at)


def _latency(slug: str) -> float:
    """Seconds, between 10 and 150 ms: each shop is as quick as it always is."""
    return (10 + xxhash.xxh3_64_intdigest(f"latency|{slug}".encode()) % 141) / 1000
