"""What a shop carries of the universe, and how it calls it: everything that does not move."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.ingest.api import Format
from sparfuchs.market.draw import Floats, Ints, key_of, keys, uniform
from sparfuchs.market.kinds import COLOURS, KINDS
from sparfuchs.market.merchants import POLICIES, SHOPS, Habits, Storefront, Title
from sparfuchs.market.places import PLACES
from sparfuchs.market.prices import Flags, Priced, charm, phases
from sparfuchs.market.products import FAMILIES, gtins, kind_of, neighbour_of, top_of, variants

# Of the variants of a family that a shop carries, this share is really on its shelf.
KEPT: Final = 0.85

_SHORTER: Final = {"Kopfhörer": "Kopfh.", "Lautsprecher": "Lautspr.", "Staubsauger": "Staubs."}


@dataclass(frozen=True)
class Carried:
    """The offers of one shop out of some blocks: their lasting words and what prices follow from.

    `words` has the columns of STATED that do not move, and `product`, `policy`, `true_gtin` beside.
    """

    words: pl.DataFrame
    priced: Priced


def listed(shop: Storefront, kind: int) -> float:
    """How many offers of a block of this kind a shop has, on average."""
    habits = _owner(shop).habits
    if top_of(kind) not in habits.tops:
        return 0.0
    return KINDS[kind].variants * FAMILIES * habits.carried * KEPT


def blocks_of(shop: Storefront, blocks: int) -> Iterator[int]:
    """The blocks from which a shop draws, out of so many."""
    tops = _owner(shop).habits.tops
    return (block for block in range(blocks) if top_of(kind_of(block)) in tops)


def carries(seed: int, shop: Storefront, family: Ints, product: Ints) -> Flags:
    """Which products of its categories a shop has on its shelf."""
    owner = _owner(shop)
    own = key_of(seed, f"shop {owner.slug}")
    listed_there = uniform(own, family) < owner.habits.carried
    on_shelf: Flags = listed_there & (uniform(own, product + 2**40) < KEPT)
    return on_shelf


def carried(seed: int, shop: Storefront, blocks: Sequence[int], opened: float) -> Carried:
    """What a shop carries of some blocks; `opened` is the day on which the market opens.

    Each offer follows from its product alone, so it does not matter which blocks come together;
    several at once only cost less.
    """
    owner = _owner(shop)
    habits = owner.habits
    whole = pl.concat([variants(seed, block) for block in blocks])
    own = key_of(seed, f"shop {owner.slug}")
    shelf = carries(seed, shop, whole["family"].to_numpy(), whole["product"].to_numpy())
    frame = whole.filter(pl.Series(shelf))
    product = frame["product"].to_numpy()
    drawn = keys(own, product + 2**41)

    def draw(purpose: int) -> Floats:
        return uniform(drawn, np.full(len(drawn), purpose, dtype=np.int64))

    weights = np.array([habits.mix.get(policy, 0.0) for policy in POLICIES]).cumsum()
    policy = np.searchsorted(weights / weights[-1], draw(0), side="right").astype(np.int64)
    # Prices of one family move together: a sale is seldom for one size alone.
    together = keys(own, frame["family"].to_numpy() + 2**42)
    phase_key = keys(together, policy)
    season = np.full(len(policy), habits.season)
    ending = np.full(len(policy), habits.ending, dtype=np.int64)
    level = habits.level * (0.97 + 0.06 * uniform(together, policy + 100))
    base = charm(frame["base_minor"].to_numpy() * level, ending)
    priced = Priced(
        key=phase_key,
        base=base,
        policy=policy,
        phase=phases(
            phase_key,
            policy,
            season,
            opened,
            lambda purpose: uniform(together, policy * 10 + 1000 + purpose),
        ),
        ending=ending,
        sold_out=np.full(len(policy), habits.sold_out),
        moving=draw(1) < habits.moving,
        opened=opened,
    )
    return Carried(_words(shop, habits, frame, draw, policy), priced)


def _owner(shop: Storefront) -> Storefront:
    return _BY_SLUG[shop.owner]


_BY_SLUG: Final = {shop.slug: shop for shop in SHOPS}


# A colour as it stands in the address of a picture (market/draw_picture.py).
_PLACE: Final = {colour: str(place) for place, colour in enumerate(COLOURS)}


def _words(
    shop: Storefront,
    habits: Habits,
    frame: pl.DataFrame,
    draw: Callable[[int], Floats],
    policy: Ints,
) -> pl.DataFrame:
    product = frame["product"].to_numpy()
    wrong = pl.Series(draw(2) < habits.wrong_gtin)
    without = pl.Series(draw(3) < habits.no_gtin)
    place = pl.Series(draw(7) * len(PLACES)).cast(pl.UInt32)
    at_place = PLACES[place.to_numpy()] if habits.local else PLACES.clear()
    empty = pl.lit(None, dtype=pl.String)
    ids = _ids(shop, frame)
    named = frame.with_columns(
        source_offer_id=ids,
        group_id=_groups(shop, frame),
        title=_title(habits.title),
        true_gtin=pl.col("gtin"),
        policy=pl.Series(policy),
    )
    gone = {
        "brand": pl.Series(draw(4) < habits.no_brand),
        "category_path": pl.Series(draw(5) < habits.no_category),
        "description": pl.Series(draw(6) < habits.no_description),
    }
    return named.select(
        "product",
        "policy",
        "true_gtin",
        "source_offer_id",
        "group_id",
        "title",
        pl.when(~gone["description"]).then(pl.col("description")).alias("description"),
        pl.when(~gone["brand"]).then(pl.col("brand")).alias("brand"),
        # A wrong number is another product's.
        pl.when(~without)
        .then(pl.when(wrong).then(gtins(neighbour_of(product))).otherwise("gtin"))
        .alias("gtin"),
        pl.col("mpn"),
        pl.lit("new").alias("condition"),
        "colour",
        "size",
        empty.alias("material"),
        pl.when(~gone["category_path"]).then(pl.col("path")).alias("category_path"),
        empty.alias("product_type"),
        pl.lit(habits.shipping, dtype=pl.Int64).alias("shipping_minor"),
        pl.concat_str(pl.lit(f"https://{shop.owner}.example/p/"), pl.col("source_offer_id")).alias(
            "url"
        ),
        pl.concat_str(
            pl.lit(f"https://{shop.owner}.example/bild/"),
            pl.col("code").cast(pl.String),
            pl.lit("-"),
            pl.col("model"),
            pl.lit("-") + pl.col("colour").replace_strict(_PLACE, default=None),
            pl.lit(".png"),
            ignore_nulls=True,
        ).alias("image_url"),
        pl.col("measure").alias("unit_measure"),
        empty.alias("unit_base"),
        latitude=at_place["latitude"] if habits.local else pl.lit(None, dtype=pl.Float64),
        longitude=at_place["longitude"] if habits.local else pl.lit(None, dtype=pl.Float64),
        place=at_place["place"] if habits.local else empty,
    )


def _ids(shop: Storefront, frame: pl.DataFrame) -> pl.Series:
    """A shop's own numbers: never the product's, and another way's are others."""
    salt = int(key_of(0, shop.slug) % np.uint64(899)) + 100
    number = (frame["product"] * 7_919 + 17) % 10**9
    if shop.format in (Format.SHOPIFY_JSON, Format.WOOCOMMERCE_JSON):  # which give numbers
        return (number + salt * 10**10).cast(pl.String)
    prefix = "".join(part[0] for part in shop.slug.split("-")).upper()
    return pl.select(pl.concat_str(pl.lit(f"{prefix}{salt}-"), number.cast(pl.String))).to_series()


def _groups(shop: Storefront, frame: pl.DataFrame) -> pl.Series:
    return pl.select(
        pl.concat_str(pl.lit(f"g{shop.slug[:2]}"), frame["family"].cast(pl.String))
    ).to_series()


def _title(style: Title) -> pl.Expr:
    brand, noun, model = pl.col("brand"), pl.col("noun"), pl.col("model")
    colour, size, trait = pl.col("colour"), pl.col("size"), pl.col("trait")
    tight = model.str.replace("-", "", literal=True)

    def joined(*parts: pl.Expr, separator: str = " ") -> pl.Expr:
        return pl.concat_str(parts, separator=separator, ignore_nulls=True)

    match style:
        case Title.BRAND_FIRST:
            return joined(joined(brand, model, noun), size, colour, separator=", ")
        case Title.NOUN_FIRST:
            return joined(noun, brand, model, size, colour)
        case Title.MODEL_LAST:
            return joined(
                brand, noun, trait, size, colour, pl.concat_str(pl.lit("("), model, pl.lit(")"))
            )
        case Title.SHOUTING:
            return joined(brand, noun, model, size, colour).str.to_uppercase()
        case Title.SHORT:
            words = joined(brand, noun, tight, size, colour.str.slice(0, 5))
            return words.str.replace_many(list(_SHORTER), list(_SHORTER.values()))
        case Title.NEW:
            named = joined(pl.lit("NEU:"), brand, tight, noun)
            return joined(named, joined(size, colour), separator=" - ")
