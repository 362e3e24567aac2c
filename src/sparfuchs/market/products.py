"""Products in families with variants, a block at a time: the universe from which shops draw.

A block holds the families of one kind. Block b is made from the seed and b alone.
"""

from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import Schema
from sparfuchs.market.draw import Ints, choice, key_of, keys, share, uniform
from sparfuchs.market.kinds import BRANDS, KINDS, TOPS, VALUES, Axis, Kind

FAMILIES: Final = 24  # of a block
BLOCK: Final = 1000  # ids of a block; no kind has more than 24 * 12 variants

# One row a sellable variant, as it truly is. `family` groups variants; `base_minor` is what it
# costs at an ordinary shop; `size` is a size, a storage, a pack or an amount, by kind.
VARIANT: Final[Schema] = {
    "product": pl.Int64(),
    "family": pl.Int64(),
    "kind": pl.Int16(),
    "top": pl.String(),
    "path": pl.String(),
    "code": pl.Int32(),
    "brand": pl.String(),
    "model": pl.String(),
    "noun": pl.String(),
    "trait": pl.String(),
    "description": pl.String(),
    "colour": pl.String(),
    "size": pl.String(),
    "measure": pl.String(),
    "gtin": pl.String(),
    "mpn": pl.String(),
    "base_minor": pl.Int64(),
}

_LETTERS: Final = "ABCDEFGHKLMNPRSTVWXZ"


def kind_of(block: int) -> int:
    return block % len(KINDS)


def family_of(product: Ints) -> tuple[Ints, Ints]:
    """The family of each product, and its kind."""
    block, place = product // BLOCK, product % BLOCK
    kind = block % len(KINDS)
    each = np.array([one.variants for one in KINDS])
    return block * BLOCK + place // each[kind], kind


def brand_of(seed: int, family: Ints) -> Ints:
    """The place of each family's brand among those of its top category."""
    kind = family // BLOCK % len(KINDS)
    options = np.array([len(BRANDS[one.top]) for one in KINDS])[kind]
    drawn = keys(key_of(seed, "family"), family)
    made: Ints = (share(keys(drawn, np.ones(len(family), dtype=np.int64))) * options).astype(
        np.int64
    )
    return made


@lru_cache(maxsize=2048)  # those of half a million offers, in 100 MB
def variants(seed: int, block: int) -> pl.DataFrame:
    """VARIANT of a block; the same whenever and in whatever order it is asked for."""
    number = kind_of(block)
    kind = KINDS[number]
    family = np.repeat(np.arange(FAMILIES, dtype=np.int64), kind.variants) + block * BLOCK
    within = np.tile(np.arange(kind.variants, dtype=np.int64), FAMILIES)
    product = np.arange(len(family), dtype=np.int64) + block * BLOCK
    drawn = keys(key_of(seed, "family"), family)

    def draw(purpose: int, options: int) -> Ints:
        return choice(keys(drawn, np.full(len(family), purpose, dtype=np.int64)), options)

    brands, traits = BRANDS[kind.top], kind.traits
    model = pl.select(
        pl.concat_str(
            _letters(draw(2, len(_LETTERS))),
            _letters(draw(3, len(_LETTERS))),
            pl.lit("-"),
            pl.Series(draw(4, 90) * 10 + 100).cast(pl.String),
        )
    ).to_series()
    first = draw(5, len(traits))
    second = (first + 1 + draw(6, len(traits) - 1)) % len(traits)
    frame = pl.DataFrame(
        {
            "product": product,
            "family": family,
            "kind": np.full(len(family), number, dtype=np.int16),
            "top": pl.Series([kind.top] * len(family)),
            "path": pl.Series([kind.path] * len(family)),
            "code": np.full(len(family), kind.code, dtype=np.int32),
            "brand": pl.Series(list(brands)).gather(brand_of(seed, family)),
            "model": model,
            "noun": pl.Series(list(kind.nouns)).gather(draw(7, len(kind.nouns))),
            "trait": pl.Series(list(traits)).gather(first),
            "second": pl.Series(list(traits)).gather(second),
        }
    )
    price = kind.low * (kind.high / kind.low) ** uniform(key_of(seed, "price"), family)
    colour, size, factor = _placed(kind, within, draw(8, 1000))
    axis = kind.axes[0][0]
    measured = axis in (Axis.GRAMS, Axis.MILLILITRES)
    packs = pl.Series(size, dtype=pl.String).str.extract(r"(\d)er-Pack").cast(pl.Int64).fill_null(1)
    amount = pl.Series(size, dtype=pl.String).str.extract(r"^(\d+ (?:g|kg|ml|l))\b")
    frame = frame.with_columns(
        colour=pl.Series(colour, dtype=pl.String),
        size=pl.Series(size, dtype=pl.String),
        measure=_whole(amount, packs) if measured else pl.lit(None, dtype=pl.String),
        gtin=gtins(product),
        mpn=pl.concat_str(
            pl.col("model"),
            pl.lit("/"),
            pl.Series(within + 1).cast(pl.String).str.zfill(2),
        ),
        base_minor=pl.Series(np.round(price * factor)).cast(pl.Int64),
        description=pl.format(
            "{} von {}: {}, {}. Modell {}. Geprüfte Qualität, zwei Jahre Gewährleistung, Versand "
            "aus Deutschland.",
            "noun",
            "brand",
            "trait",
            "second",
            "model",
        ),
    )
    return frame.select(pl.col(name).cast(dtype) for name, dtype in VARIANT.items())


def _letters(places: Ints) -> pl.Series:
    return pl.Series(list(_LETTERS)).gather(places)


def _placed(
    kind: Kind, within: Ints, turn: Ints
) -> tuple[list[str | None], list[str | None], np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Colour, size and price factor of each variant; a family takes neighbouring values."""
    colours: list[str | None] = [None] * len(within)
    sizes: list[str | None] = [None] * len(within)
    factor = np.ones(len(within))
    rest = within
    for axis, taken in kind.axes:
        values = VALUES[axis]
        # Sizes run from a start on; where all are taken there is but one.
        start = turn % (len(values) - taken + 1) if axis is not Axis.COLOUR else turn
        place = (start + rest % taken) % len(values)
        rest = rest // taken
        factor *= np.array([value[1] for value in values])[place]
        names = [values[n][0] for n in place.tolist()]  # of a block, made once
        if axis is Axis.COLOUR:
            colours = list(names)
        else:
            sizes = [
                " ".join(filter(None, (size, name))) or None
                for size, name in zip(sizes, names, strict=True)
            ]
    return colours, sizes, factor


def _whole(amount: pl.Series, packs: pl.Series) -> pl.Series:
    """`500 g` twice is `1000 g`: what a feed states as the amount of the whole pack."""
    return pl.select(
        pl.when(amount.is_not_null()).then(
            pl.concat_str(
                (amount.str.extract(r"^(\d+)").cast(pl.Int64) * packs).cast(pl.String),
                pl.lit(" "),
                amount.str.extract(r"(\w+)$"),
            )
        )
    ).to_series()


def gtins(product: Ints) -> pl.Series:
    """GTIN-13 under German prefixes (430 to 439); different products never share one.

    The ten digits are a permutation of the numbers below 10**10, so that neighbours look unlike.
    """
    body = (product * 7_368_787 + 1_234_567) % 10**10
    digits = np.stack([body // 10**n % 10 for n in range(9, -1, -1)], axis=1)
    all_digits = np.concatenate([np.tile([4, 3], (len(product), 1)), digits], axis=1)
    weights = np.array([1, 3] * 6)
    check = (10 - (all_digits * weights).sum(axis=1) % 10) % 10
    number = 43 * 10**11 + body * 10 + check
    return pl.Series(number).cast(pl.String)


def neighbour_of(product: Ints) -> Ints:
    """Another product of the same block, for each."""
    block, place = product // BLOCK, product % BLOCK
    count = np.array([kind.variants for kind in KINDS])[block % len(KINDS)] * FAMILIES
    made: Ints = block * BLOCK + (place + 1) % count
    return made


def top_of(kind: int) -> int:
    """The place of a kind's top category."""
    return TOPS.index(KINDS[kind].top)
