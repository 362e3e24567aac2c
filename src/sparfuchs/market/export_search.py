"""Products and queries with ratings that follow from the truth, in the shape of `search-icecat`.

3 is what was asked for, 2 the right thing but for one wish, 1 the same shelf, 0 another one.
Queries are written as people write: small letters, no umlauts sometimes, and a slip of the finger
now and then.
"""

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.market.draw import key_of, uniform
from sparfuchs.market.products import variants
from sparfuchs.market.truth import narrowed
from sparfuchs.market.world import World

PRODUCTS: Final = 10_000
QUERIES: Final = 200
_ZEROS: Final = 40  # judged products of other shelves, a query
_SLIPS, _PLAIN = 0.12, 0.15
_PLAINER: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}


@dataclass(frozen=True)
class Wish:
    """What somebody looks for: the columns that are wished besides the noun, with their values."""

    kind: int
    noun: str
    others: dict[str, str]

    def text(self) -> str:
        after = [value for name, value in self.others.items() if name != "brand"]
        return " ".join([*filter(None, [self.others.get("brand")]), self.noun, *after]).lower()


def export_search(
    world: World, folder: Path, progress: Callable[[str, int], None]
) -> dict[str, int]:
    """products.jsonl.gz and ratings.csv."""
    part = narrowed(world, PRODUCTS)
    products = pl.concat([variants(world.seed, block) for block in range(part.blocks)])
    drawn = uniform(key_of(world.seed, "search products"), products["product"].to_numpy())
    share = PRODUCTS / products.height
    products = products.filter(pl.Series(drawn < share))
    progress("search", products.height)
    _write_products(products, folder / "products.jsonl.gz")
    ratings: list[pl.DataFrame] = []
    known: set[str] = set()
    for number in range(QUERIES):
        wish = _wish(world, products, number)
        query = _typed(world, wish.text(), number)
        if query not in known:
            known.add(query)
            ratings.append(_rated(world, products, wish, query, number))
        progress("search", products.height + sum(part.height for part in ratings))
    table = pl.concat(ratings)
    table.write_csv(folder / "ratings.csv", quote_style="non_numeric")
    return {"products.jsonl.gz": products.height, "ratings.csv": table.height}


def _write_products(products: pl.DataFrame, path: Path) -> None:
    text = products.select(
        pl.col("product").cast(pl.String).alias("id"),
        pl.col("mpn").alias("name"),
        pl.concat_str(
            "brand", "model", "noun", "size", "colour", separator=" ", ignore_nulls=True
        ).alias("title"),
        pl.concat_list("gtin").alias("ean"),
        pl.col("description").alias("short_description"),
        pl.col("brand").alias("supplier"),
        pl.col("base_minor").alias("price"),
        pl.col("path").alias("attr_t_category"),
        pl.col("colour").alias("attr_t_colour"),
        pl.col("size").alias("attr_t_size"),
    ).write_ndjson()
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def _drawn(world: World, number: int, purpose: int) -> float:
    key = key_of(world.seed, f"query {number}")
    return float(uniform(key, np.array([purpose], dtype=np.int64))[0])


def _wish(world: World, products: pl.DataFrame, number: int) -> Wish:
    """Somebody has a product in mind, and says some of it."""
    row = products.row(int(_drawn(world, number, 0) * products.height), named=True)
    wishes = (("brand",), ("colour",), ("size",), ("brand", "colour"), (), ("model",))
    chosen = wishes[int(_drawn(world, number, 1) * len(wishes))]
    others = {name: str(row[name]) for name in chosen if row[name]}
    return Wish(int(row["kind"]), str(row["noun"]), others)


def _typed(world: World, text: str, number: int) -> str:
    if _drawn(world, number, 2) < _PLAIN:
        for letter, plain in _PLAINER.items():
            text = text.replace(letter, plain)
    if _drawn(world, number, 3) < _SLIPS and len(text) > 5:  # noqa: PLR2004 - a short word has no room
        place = 1 + int(_drawn(world, number, 4) * (len(text) - 3))
        text = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text


def _rated(
    world: World, products: pl.DataFrame, wish: Wish, query: str, number: int
) -> pl.DataFrame:
    """Every product of the same shelf with its grade, and some of the others."""
    same = pl.col("noun") == wish.noun
    missed = pl.sum_horizontal(
        pl.lit(0), *(pl.col(name).ne_missing(value) for name, value in wish.others.items())
    )
    grade = pl.when(same & (missed == 0)).then(3).when(same & (missed == 1)).then(2).otherwise(1)
    shelf = products.filter(pl.col("kind") == wish.kind).with_columns(rating=grade)
    rest = products.filter(pl.col("kind") != wish.kind)
    key = key_of(world.seed, f"zeros {number}")
    order = pl.Series("order", uniform(key, rest["product"].to_numpy()))
    others = rest.with_columns(order).sort("order").head(_ZEROS).with_columns(rating=pl.lit(0))
    columns = ["product", "rating"]
    both = pl.concat([shelf.select(columns), others.select(columns)])
    return both.select(pl.lit(query).alias("query"), pl.col("product").alias("docid"), "rating")
