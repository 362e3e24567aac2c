"""The truth of the market, kept apart from what its shops say.

Which product an offer really is, which offers are one offer through two networks, how its price is
made, and the verdict on its reduction by one who saw every moment of it (`domain.md` 4.4, 4.5).
"""

from collections.abc import Iterator
from dataclasses import replace
from math import ceil
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import Schema
from sparfuchs.market.assortment import Carried
from sparfuchs.market.kinds import KINDS
from sparfuchs.market.merchants import POLICIES, Storefront
from sparfuchs.market.products import family_of
from sparfuchs.market.world import World, expected_offers

# One row an offer of a source. Offers with the same `product` are the same thing; those with the
# same `same_offer` are one offer of one merchant; those with the same `family` are its variants.
OFFER_TRUTH: Final[Schema] = {
    "shop": pl.String(),
    "source_offer_id": pl.String(),
    "product": pl.Int64(),
    "family": pl.Int64(),
    "category": pl.String(),
    "same_offer": pl.String(),
    "true_gtin": pl.String(),
    "stated_gtin": pl.String(),
    "mechanics": pl.String(),
    "verdict": pl.String(),
    "claim_verdict": pl.String(),
    "honest_pct": pl.Int16(),
}

# A part of the market is taken from so many times the offers that are wanted.
_ROOM: Final = 4


def truth_of(shop: Storefront, own: Carried) -> pl.DataFrame:
    """What is true of some offers at any moment: OFFER_TRUTH without the verdicts."""
    words = own.words
    family, kind = family_of(words["product"].to_numpy())
    return words.select(
        pl.lit(shop.slug).alias("shop"),
        "source_offer_id",
        "product",
        pl.Series("family", family),
        pl.Series("category", [one.path for one in KINDS]).gather(kind),
        pl.concat_str(pl.lit(f"{shop.owner}-"), pl.col("product")).alias("same_offer"),
        "true_gtin",
        pl.col("gtin").alias("stated_gtin"),
        pl.Series("mechanics", [policy.value for policy in POLICIES]).gather(own.priced.policy),
    )


def narrowed(world: World, wanted: int) -> World:
    """The same market with fewer blocks: enough for so many offers, and never more than it has.

    A block follows from the seed and its number alone, so what is left is as it was.
    """
    a_round = expected_offers(replace(world, blocks=len(KINDS)))
    rounds = ceil(_ROOM * wanted / a_round)
    return replace(world, blocks=min(world.blocks, rounds * len(KINDS)))


def taken(own: Carried, rows: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Carried:
    """Some of the offers, by their places."""
    return Carried(own.words[rows], own.priced.take(rows))


def offers_of(world: World, shop: Storefront) -> Iterator[pl.DataFrame]:
    """The truth of a shop's offers, some blocks at a time."""
    for own in world.parts(shop):
        yield truth_of(shop, own)
