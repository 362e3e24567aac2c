"""The shoppers of the market: their tastes, and what they look at, click, buy and send back.

A shopper has two favourite categories, a favourite brand in each category and a size of their own;
so what they do tonight can be learnt from what they did before. A day follows from the seed and its
number alone: any day may be asked for, and no day is held.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import UTC_TIME, Schema
from sparfuchs.market.assortment import carries
from sparfuchs.market.draw import Floats, Ints, Keys, choice, key_of, keys, share, uniform
from sparfuchs.market.kinds import BRANDS, KINDS, TOPS
from sparfuchs.market.places import PLACES
from sparfuchs.market.products import BLOCK, FAMILIES, brand_of, top_of
from sparfuchs.market.world import DAY, World

SHOPPER: Final[Schema] = {
    "shopper": pl.Int64(),
    "first": pl.String(),
    "second": pl.String(),
    "brand": pl.String(),  # the favourite of the first category
    "activity": pl.Float64(),  # visits a day
    "place": pl.String(),
}
# One row an event. `kind` is look, click, buy or return; `shop` is null for a look.
EVENT: Final[Schema] = {
    "at": UTC_TIME,
    "shopper": pl.Int64(),
    "visit": pl.Int64(),
    "kind": pl.String(),
    "product": pl.Int64(),
    "family": pl.Int64(),
    "shop": pl.String(),
}

RETURNED_AFTER: Final = 10  # days
_FEWEST, _MOST = 3, 12  # looks of a visit
_CLICKS, _BUYS, _RETURNS = 0.35, 0.15, 0.1
_TRIED: Final = 4  # families that a shopper glances at before looking at one
_VISITS: Final = 100_000  # more days than a market has; makes the number of a visit

_TOP_OF: Final = np.array([top_of(kind) for kind in range(len(KINDS))])
_VARIANTS: Final = np.array([kind.variants for kind in KINDS])
_KINDS_OF: Final = tuple(np.flatnonzero(top == _TOP_OF) for top in range(len(TOPS)))
_COUNT: Final = np.array([len(kinds) for kinds in _KINDS_OF])
_KIND_TABLE: Final = np.stack([np.resize(kinds, _COUNT.max()) for kinds in _KINDS_OF])
_BRAND_COUNT: Final = np.array([len(BRANDS[top]) for top in TOPS])


def _draw(key: Keys, purpose: int) -> Floats:
    return share(keys(key, np.full(len(key), purpose, dtype=np.int64)))


def shoppers(world: World, count: int) -> pl.DataFrame:
    """SHOPPER of the first so many shoppers of a market."""
    number = np.arange(count, dtype=np.int64)
    first, second = _tops(world, number)
    brand = _favourite(world, number, first)
    names = [list(BRANDS[top]) for top in TOPS]
    key = _people(world, number)
    place = (_draw(key, 4) * len(PLACES)).astype(np.int64)
    return pl.DataFrame(
        {
            "shopper": number,
            "first": pl.Series(list(TOPS)).gather(first),
            "second": pl.Series(list(TOPS)).gather(second),
            "brand": [names[a][b] for a, b in zip(first.tolist(), brand.tolist(), strict=True)],
            "activity": _activity(world, number),
            "place": PLACES["place"].gather(place),
        },
        schema=SHOPPER,
    )


def journeys(world: World, people: pl.DataFrame, days: int) -> Iterator[pl.DataFrame]:
    """EVENT of the days that end when the market opens, a frame a day, oldest first."""
    for day in range(max(0, world.days - days), world.days):
        yield day_of(world, people, day)


def day_of(world: World, people: pl.DataFrame, day: int) -> pl.DataFrame:
    """EVENT of one day of the market, sorted by time."""
    today = _visits(world, people, day)
    before = _visits(world, people, day - RETURNED_AFTER).filter(
        (pl.col("kind") == "buy") & pl.col("comes_back")
    )
    returns = before.with_columns(
        pl.col("at") + timedelta(days=RETURNED_AFTER), kind=pl.lit("return")
    )
    both = pl.concat([today, returns]).sort("at", "visit", "product", "kind")
    return both.select(pl.col(name).cast(dtype) for name, dtype in EVENT.items())


def _people(world: World, number: Ints) -> Keys:
    return keys(key_of(world.seed, "shopper"), number)


def _tops(world: World, number: Ints) -> tuple[Ints, Ints]:
    key = _people(world, number)
    first = (_draw(key, 0) * len(TOPS)).astype(np.int64)
    second = (first + 1 + (_draw(key, 1) * (len(TOPS) - 1)).astype(np.int64)) % len(TOPS)
    return first, second


def _favourite(world: World, number: Ints, top: Ints) -> Ints:
    """The place of a shopper's favourite brand in a category."""
    drawn = share(keys(_people(world, number), top + 100))
    made: Ints = (drawn * _BRAND_COUNT[top]).astype(np.int64)
    return made


def _activity(world: World, number: Ints) -> Floats:
    made: Floats = 0.03 + 0.5 * _draw(_people(world, number), 2) ** 3
    return made


def _visits(world: World, people: pl.DataFrame, day: int) -> pl.DataFrame:
    """What is done in a day's visits: EVENT, and whether what was bought comes back."""
    number = people["shopper"].to_numpy()
    own = keys(key_of(world.seed, f"visits {day}"), number)
    here = (_draw(own, 0) < people["activity"].to_numpy()) & (day >= 0)
    number, own = number[here], own[here]
    looks = _FEWEST + choice(keys(own, np.full(len(own), 1)), _MOST - _FEWEST + 1)
    row = np.repeat(np.arange(len(number)), looks)
    step = np.arange(len(row)) - np.repeat(np.cumsum(looks) - looks, looks)
    who, visit_key = number[row], own[row]
    look = keys(visit_key, step + 1000)
    product, family, kind = _looked_at(world, who, visit_key, look)
    shop = _where(world, look, product, family, _TOP_OF[kind])
    minute = (7 + 16 * np.sqrt(_draw(visit_key, 2))) * 60
    at = to_micros(world.began) + day * DAY + ((minute * 60 + step * 45) * 1e6).astype(np.int64)
    clicked = _draw(look, 20) < _CLICKS
    base = pl.DataFrame(
        {
            "at": pl.Series(at).cast(UTC_TIME),
            "shopper": who,
            "visit": who * _VISITS + day,
            "product": product,
            "family": family,
            "shop": pl.Series([one.slug for one in world.shops]).gather(np.maximum(shop, 0)),
            "found": shop >= 0,
            "clicked": clicked,
            "bought": clicked & (_draw(look, 21) < _BUYS),
            "comes_back": _draw(look, 22) < _RETURNS,
        }
    ).filter("found")
    nowhere = pl.lit(None, dtype=pl.String)
    events = [
        base.with_columns(kind=pl.lit("look"), shop=nowhere),
        base.filter("clicked").with_columns(
            pl.col("at") + timedelta(seconds=20), kind=pl.lit("click")
        ),
        base.filter("bought").with_columns(pl.col("at") + timedelta(minutes=6), kind=pl.lit("buy")),
    ]
    return pl.concat(events).select(*EVENT, "comes_back")


def _looked_at(world: World, who: Ints, visit: Keys, look: Keys) -> tuple[Ints, Ints, Ints]:
    """Product, family and kind of each look, by taste."""
    first, second = _tops(world, who)
    mood = _draw(visit, 3)
    other = (_draw(visit, 4) * len(TOPS)).astype(np.int64)
    top = np.where(mood < 0.6, first, np.where(mood < 0.85, second, other))  # noqa: PLR2004 - shares
    drawn = np.where(_draw(look, 5) < 0.7, _draw(visit, 6), _draw(look, 6))  # noqa: PLR2004 - a share
    kind = _KIND_TABLE[top, (drawn * _COUNT[top]).astype(np.int64)]
    rounds = world.blocks // len(KINDS)
    block = (_draw(look, 7) ** 2 * rounds).astype(np.int64) * len(KINDS) + kind
    wanted = _favourite(world, who, top)
    family = np.full(len(who), -1, dtype=np.int64)
    # The last that is tried stays, unless one of the favourite brand came before it.
    for turn in range(_TRIED):
        place = (_draw(look, 8 + turn) ** 1.5 * FAMILIES).astype(np.int64)
        tried = block * BLOCK + place
        liked = brand_of(world.seed, np.maximum(family, 0)) == wanted
        family = np.where((family >= 0) & liked, family, tried)
    usual = share(keys(_people(world, who), kind + 1000))
    slot = np.where(_draw(look, 12) < 0.5, usual, _draw(look, 13))  # noqa: PLR2004 - a share
    variant = (slot * _VARIANTS[kind]).astype(np.int64)
    product = block * BLOCK + (family - block * BLOCK) * _VARIANTS[kind] + variant
    return product, family, kind


def _where(world: World, look: Keys, product: Ints, family: Ints, top: Ints) -> Ints:
    """The place of a shop that carries each product, drawn; -1 where nobody does."""
    best = np.full(len(product), -1.0)
    found = np.full(len(product), -1, dtype=np.int64)
    for place, shop in enumerate(world.shops):
        there = np.isin(top, shop.habits.tops) & carries(world.seed, shop, family, product)
        drawn = np.where(there, uniform(look, np.full(len(look), 100 + place)), -1.0)
        found = np.where(drawn > best, place, found)
        best = np.maximum(best, drawn)
    return found
