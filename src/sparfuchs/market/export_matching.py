"""Pairs of offers with the truth whether they are the same thing, in the shape of `er-abt-buy`.

Shops stand on two sides, turn by turn; a merchant's second network stands opposite its first.
Pairs that are no match are mostly near ones: another colour or size of the same thing, another
model of the same brand. A family's pairs, by its offer on the left, are all in one split.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.market.draw import Floats, key_of, uniform
from sparfuchs.market.judged_past import paid
from sparfuchs.market.prices import asked
from sparfuchs.market.truth import truth_of
from sparfuchs.market.world import World

MATCHES: Final = 2_000
# Of each kind of near miss so many for a match: variants, models of a brand, things of a category.
_MISSES: Final = {"family": 3, "near": 2, "category": 3}
_SPLITS: Final = (("train", 0.0, 0.6), ("valid", 0.6, 0.8), ("test", 0.8, 1.0))


def export_matching(
    world: World, folder: Path, progress: Callable[[str, int], None]
) -> dict[str, int]:
    """tableA.csv, tableB.csv, train.csv, valid.csv and test.csv."""
    sides = [_side(world, side, progress) for side in (0, 1)]
    rows = {}
    for name, table in zip(("tableA.csv", "tableB.csv"), sides, strict=True):
        table.select("id", "name", "description", "price").write_csv(folder / name)
        rows[name] = table.height
    pairs = _pairs(world, *sides)
    where = pl.Series("where", _uniform(world, "split", pairs["family"]))
    for name, low, high in _SPLITS:
        split = pairs.filter((where >= low) & (where < high))
        split.select("ltable_id", "rtable_id", "label").write_csv(folder / f"{name}.csv")
        rows[f"{name}.csv"] = split.height
        progress("matching", sum(rows.values()))
    return rows


def _uniform(world: World, purpose: str, numbers: pl.Series) -> Floats:
    return uniform(key_of(world.seed, f"matching {purpose}"), numbers.to_numpy())


def _side(world: World, side: int, progress: Callable[[str, int], None]) -> pl.DataFrame:
    """Every offer of every second shop, as it is said and as it is."""
    parts: list[pl.DataFrame] = []
    for shop in world.shops[side::2]:
        for own in world.parts(shop):
            prices = asked(own.priced, np.full(own.words.height, float(world.days)))
            parts.append(
                truth_of(shop, own)
                .select("product", "family", "category")
                .with_columns(
                    own.words["title"].alias("name"),
                    own.words["description"],
                    own.words["brand"],
                    pl.Series("price", paid(prices) / 100),
                )
            )
        progress("matching", sum(part.height for part in parts))
    return pl.concat(parts).with_row_index("id").with_columns(pl.col("id").cast(pl.Int64))


def _pairs(world: World, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """Matches and misses: `ltable_id`, `rtable_id`, `label`, and the `family` of the left."""
    keys = ["product", "family", "category", "brand"]
    one = left.select(pl.col("id").alias("ltable_id"), *keys)
    two = right.select(pl.col("id").alias("rtable_id"), *keys)
    matches = _some(world, "matches", one.join(two, on="product"), MATCHES)
    # An offer on the left meets one on the right at a random place of its group.
    found = [matches.select("ltable_id", "rtable_id", "family", label=pl.lit(1))]
    base = one.join(matches.select("ltable_id").unique(), on="ltable_id").sort("ltable_id")
    for number, (miss, times) in enumerate(_MISSES.items()):
        group = ["category", "brand"] if miss == "near" else [miss]
        turns = range(number * 10, number * 10 + times)
        found += [_misses(world, base, two, group, turn) for turn in turns]
    pairs = pl.concat(found).unique(["ltable_id", "rtable_id"], keep="first", maintain_order=True)
    return pairs.sort("ltable_id", "rtable_id")


def _misses(
    world: World, base: pl.DataFrame, right: pl.DataFrame, group: list[str], turn: int
) -> pl.DataFrame:
    groups = (
        right.sort("rtable_id")
        .group_by(group)
        .agg(pl.col("rtable_id"), pl.col("product").alias("others"))
    )
    drawn = pl.Series("drawn", _uniform(world, f"miss {turn}", base["ltable_id"]))
    place = (pl.col("drawn") * pl.col("rtable_id").list.len()).cast(pl.UInt32)
    return (
        base.with_columns(drawn)
        .join(groups, on=group)
        .with_columns(pl.col("rtable_id", "others").list.get(place))
        .filter(pl.col("others") != pl.col("product"))
        .select("ltable_id", "rtable_id", "family", label=pl.lit(0))
    )


def _some(world: World, purpose: str, frame: pl.DataFrame, wanted: int) -> pl.DataFrame:
    """So many rows of a frame, drawn; sorted by their ids before and after."""
    ordered = frame.sort("ltable_id", "rtable_id").with_row_index("row")
    drawn = pl.Series("drawn", _uniform(world, purpose, ordered["row"]))
    return ordered.with_columns(drawn).sort("drawn").head(wanted).drop("row", "drawn")
