"""The world of the market: a seed and a size, from which every shop states what it states.

Made in no time at any size: a shop's offers are drawn block by block when somebody asks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import UTC_TIME, Availability, RefKind, conform
from sparfuchs.market.assortment import Carried, blocks_of, carried, listed
from sparfuchs.market.draw import key_of, uniform
from sparfuchs.market.kinds import KINDS
from sparfuchs.market.merchants import POLICIES, SHOPS, Policy, Storefront
from sparfuchs.market.prices import NOTHING, Asked, Priced, asked
from sparfuchs.market.products import kind_of
from sparfuchs.market.stated import STATED
from sparfuchs.market.write.promotions import GRANTED

DAY: Final = 86_400_000_000  # microseconds
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TOGETHER: Final = 32  # blocks: some thousand offers
_LONGEST_OUTAGE: Final = 5.0
_POLICY: Final = {policy: number for number, policy in enumerate(POLICIES)}
# Policies whose sales are campaigns with an end.
_CAMPAIGNS: Final = (Policy.HONEST, Policy.STEPWISE, Policy.PUMP)
_KINDS: Final = (None, RefKind.PREVIOUS.value, RefKind.UVP.value)


@dataclass(frozen=True)
class World:
    """A market. `opened` is the moment up to which its past of `days` days reaches."""

    seed: int
    blocks: int
    days: int
    opened: datetime
    shops: tuple[Storefront, ...] = field(repr=False)

    @property
    def began(self) -> datetime:
        return self.opened - timedelta(days=self.days)

    @cached_property
    def _by_slug(self) -> Mapping[str, Storefront]:
        return {shop.slug: shop for shop in self.shops}

    def shop(self, slug: str) -> Storefront:
        """Raises KeyError for a shop that is none of this market."""
        return self._by_slug[slug]

    def day(self, at: datetime) -> float:
        """A moment in days since the market began."""
        return (at - self.began) / timedelta(days=1)

    def parts(self, shop: Storefront) -> Iterator[Carried]:
        """A shop's offers some blocks at a time, never all at once."""
        blocks = blocks_of(shop, self.blocks)
        while together := list(islice(blocks, _TOGETHER)):
            part = carried(self.seed, shop, together, float(self.days))
            if part.words.height:
                yield part

    def whole(self, shop: Storefront) -> Carried:
        """A shop's offers together, kept for the next who asks."""
        found = self._kept.get(shop.slug)
        if found is None:
            parts = list(self.parts(shop))
            found = Carried(
                pl.concat([part.words for part in parts]),
                _joined([part.priced for part in parts]),
            )
            self._kept[shop.slug] = found
        return found

    @cached_property
    def _kept(self) -> dict[str, Carried]:
        return {}

    def stated(self, slug: str, at: datetime) -> pl.DataFrame:
        """What a shop states at a moment of its year or after it (STATED)."""
        shop = self.shop(slug)
        own = self.whole(shop)
        prices = asked(own.priced, np.full(own.words.height, self.day(at)))
        ends = self._ends(shop, own, prices, at)
        micros = np.where(np.isnan(ends), 0, ends * DAY).astype(np.int64) + to_micros(self.began)
        moments = pl.Series(micros).cast(UTC_TIME).set(pl.Series(np.isnan(ends)), None)
        return stated_of(own, prices, coupon=self.coupon(shop, at), ends=moments)

    def _ends(self, shop: Storefront, own: Carried, prices: Asked, at: datetime) -> NDArray[Any]:
        """Until when a shop says that its sales last, in days; not a number where it says nothing.

        An honest shop says when its campaign ends; another one says so for a "sale" that never
        ends, and moves the end on when it comes.
        """
        habits = shop.habits
        stated = np.full(own.words.height, np.nan)
        if habits.dated:
            mine = np.isin(own.priced.policy, [_POLICY[one] for one in _CAMPAIGNS])
            stated = np.where(mine, prices.ends, stated)
        if habits.restarts:
            following = (np.floor(self.day(at) / habits.restarts) + 1) * habits.restarts
            endless = own.priced.policy == _POLICY[Policy.LIST_LIE]
            stated = np.where(endless, following, stated)
        return stated

    def coupon(self, shop: Storefront, at: datetime) -> str | None:
        """The code that a shop gives to everybody at a moment; None for none."""
        found = self.coupons(shop, at)
        return None if found.is_empty() else str(found["code"][0])

    def coupons(self, shop: Storefront, at: datetime) -> pl.DataFrame:
        """Codes in force: `code`, `percent`, `valid_from`, `valid_to`, `minimum_minor`.

        A shop that gives any has one in most fortnights.
        """
        number = int(self.day(at) // 14)
        key = key_of(self.seed, f"coupon {shop.owner}")
        drawn = uniform(key, np.arange(4, dtype=np.int64) + number * 4)
        begin = self.began + timedelta(days=14 * number)
        rows = []
        if shop.habits.coupons and drawn[0] < 0.7:  # noqa: PLR2004 - a share
            percent = int(5 + 5 * int(drawn[1] * 4))
            word = ("HERBST", "SPAR", "FUCHS", "DANKE", "EXTRA")[int(drawn[2] * 5)]
            rows.append(
                {
                    "code": f"{word}{percent}",
                    "percent": percent,
                    "valid_from": begin,
                    "valid_to": begin + timedelta(days=14),
                    "minimum_minor": 1000 * int(1 + drawn[3] * 5),
                }
            )
        schema = {
            "code": pl.String(),
            "percent": pl.Int16(),
            "valid_from": pl.Datetime("us", "UTC"),
            "valid_to": pl.Datetime("us", "UTC"),
            "minimum_minor": pl.Int64(),
        }
        return pl.DataFrame(rows, schema=schema)

    def granted(self, shop: Storefront, at: datetime) -> pl.DataFrame:
        """What a shop grants beside its prices at a moment (GRANTED): its code of these weeks, and
        free shipping from some value on where it else costs something.
        """
        codes = self.coupons(shop, at).select(
            ("p-" + pl.col("code").str.to_lowercase()).alias("promotion_id"),
            pl.format("{} % Rabatt mit dem Code {}", "percent", "code").alias("title"),
            *(name for name in GRANTED if name not in {"promotion_id", "title"}),
        )
        if not shop.habits.coupons or not shop.habits.shipping:
            return codes
        free = {
            "promotion_id": ["versandfrei"],
            "title": ["Versandkostenfrei"],
            "minimum_minor": [10 * shop.habits.shipping],
            "valid_from": [self.began],
            "valid_to": [self.opened + timedelta(days=365)],
        }
        return pl.concat([codes, conform(pl.DataFrame(free), GRANTED)])

    def readings(self, shop: Storefront) -> tuple[NDArray[np.int64], int | None]:
        """When a shop was read in its past: microseconds UTC, rising, once a day at its hour but
        for its outages; and the place of the reading whose prices were a hundred times too high.
        """
        key = key_of(self.seed, f"readings {shop.slug}")
        days = np.arange(self.days, dtype=np.int64)
        minutes = (uniform(key, days) * 20).astype(np.int64)
        hour = int(shop.habits.hour * 60)
        began = (self.began - _EPOCH) // timedelta(microseconds=1)
        at = began + days * DAY + (hour + minutes) * 60_000_000
        kept = at < (self.opened - _EPOCH) // timedelta(microseconds=1)
        for number in range(shop.habits.outages):
            drawn = uniform(key, np.array([1000 + number, 2000 + number]))
            start = drawn[0] * (self.days - 60)  # never in what the first verdicts rest on
            kept &= ~((days >= start) & (days < start + 1 + drawn[1] * _LONGEST_OUTAGE))
        at = at[kept]
        wrong = None
        if shop.habits.decimals and len(at) > 20:  # noqa: PLR2004 - room for one
            wrong = int(uniform(key, np.array([3000]))[0] * (len(at) - 10)) + 5
        return at, wrong


def make_world(
    seed: int,
    *,
    offers: int,
    opened: datetime,
    days: int = 365,
    shops: tuple[Storefront, ...] = SHOPS,
) -> World:
    """A market with about so many offers (within some percent, and never fewer than a block of
    each kind gives), whose past ends at `opened`.
    """
    a_round = sum(listed(shop, kind) for shop in shops for kind in range(len(KINDS)))
    rounds = max(1, round(offers / a_round))
    return World(seed, rounds * len(KINDS), days, opened, shops)


def expected_offers(world: World) -> int:
    """How many offers a market has on average, without making any."""
    return round(
        sum(listed(shop, kind_of(block)) for shop in world.shops for block in range(len(KINDS)))
        * world.blocks
        / len(KINDS)
    )


def stated_of(
    own: Carried,
    prices: Asked,
    *,
    coupon: str | None = None,
    ends: pl.Series | None = None,
) -> pl.DataFrame:
    """STATED of offers at their prices; `ends` are the stated ends of sales (null: none)."""

    def minor(values: NDArray[np.int64]) -> pl.Series:
        column = pl.Series(values)
        return column.set(column == NOTHING, None)

    stock = np.where(prices.available, Availability.IN_STOCK.value, Availability.OUT_OF_STOCK.value)
    kinds = pl.Series(list(_KINDS), dtype=pl.String).gather(prices.reference_kind)
    frame = own.words.with_columns(
        regular_minor=minor(prices.regular),
        sale_minor=minor(prices.sale),
        ref_price_minor=minor(prices.reference),
        ref_kind=kinds,
        sale_to=pl.lit(None, dtype=UTC_TIME) if ends is None else ends,
        availability=pl.Series(stock),
        coupon_code=pl.lit(coupon, dtype=pl.String),
        promotion_id=pl.lit(None if coupon is None else f"p-{coupon.lower()}", dtype=pl.String),
    )
    return conform(frame, STATED)


def _joined(parts: list[Priced]) -> Priced:
    def column(name: str) -> NDArray[np.generic]:
        return np.concatenate([getattr(part, name) for part in parts])

    return Priced(
        key=column("key"),  # type: ignore[arg-type] # columns by name
        base=column("base"),  # type: ignore[arg-type] # columns by name
        policy=column("policy"),  # type: ignore[arg-type] # columns by name
        phase=column("phase"),  # type: ignore[arg-type] # columns by name
        ending=column("ending"),  # type: ignore[arg-type] # columns by name
        sold_out=column("sold_out"),  # type: ignore[arg-type] # columns by name
        moving=column("moving"),  # type: ignore[arg-type] # columns by name
        opened=parts[0].opened,
    )
