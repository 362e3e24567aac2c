"""Are wrong digits in prices told from bargains?

Question: of prices that are ten or a hundred times too high or too low (planted in one offer of a
hundred, before anything is learned), how many are called hard to believe, and how many of those
called so were planted; prices learned a second.
Data: the newest prices of the simulated market; and, where it lies beside the checkout (`--data`),
`catalog-bigbasket`: real groceries of India with shelf, kind and brand. Nothing of it is copied.
Control, in the same run: three standard deviations from the mean of the shelf, in plain prices.

Run: python benchmarks/price_plausibility.py --rows 30000     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import gzip
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from _bench import market_of
from sparfuchs.kernel.frames import hash_strings
from sparfuchs.market import api as market
from sparfuchs.quality import api as quality

OPENED = datetime(2026, 11, 20, tzinfo=UTC)
DATA = Path(__file__).parents[2] / "shared" / "data"
PLANTED = 0.01
FACTORS = (0.01, 0.1, 10.0, 100.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=30_000, help="offers of the market")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    world = market_of(given.seed, given.rows, OPENED)
    result: dict[str, Any] = {
        "benchmark": "price_plausibility",
        "market": measured(of_market(world), given.seed),
    }
    groceries = given.data / "catalog-bigbasket" / "bigbasket.csv.gz"
    if groceries.exists():
        offers = of_groceries(groceries).head(given.rows)
        result["bigbasket"] = measured(offers, given.seed)
        result["bigbasket, as found"] = as_found(offers)
    else:
        result["bigbasket"] = f"skipped: {groceries} is not there"
    print(json.dumps(result, indent=None if given.json else 1, ensure_ascii=False))


def of_market(world: market.World) -> pl.DataFrame:
    stated = pl.concat(world.stated(shop.slug, world.opened) for shop in world.shops)
    return alike(
        stated.select(
            "title",
            shelf=pl.coalesce("category_path", "product_type"),
            maker="brand",
            price_minor=pl.coalesce("sale_minor", "regular_minor"),
            currency=pl.lit("EUR"),
        )
    )


def of_groceries(path: Path) -> pl.DataFrame:
    rows = pl.read_csv(gzip.decompress(path.read_bytes()), infer_schema=False)
    return alike(
        rows.select(
            title="product",
            shelf=pl.concat_str("category", "sub_category", "type", separator=" > "),
            maker="brand",
            price_minor=(pl.col("sale_price").cast(pl.Float64) * 100).round().cast(pl.Int64),
            currency=pl.lit("INR"),
        )
    ).drop_nulls("price_minor")


def alike(offers: pl.DataFrame) -> pl.DataFrame:
    """Shelf and maker as hashes, as the database gives them."""
    return offers.with_columns(
        pl.when(pl.col(name).is_not_null())
        .then(
            pl.Series(hash_strings(offers[name].str.to_lowercase().fill_null(""))).reinterpret(
                signed=True
            )
        )
        .alias(name)
        for name in ("shelf", "maker")
    )


def measured(offers: pl.DataFrame, seed: int) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    wrong = draw.random(offers.height) < PLANTED
    factor = np.where(wrong, draw.choice(FACTORS, offers.height), 1.0)
    spoiled = offers.with_columns(
        (pl.col("price_minor") * pl.Series(factor)).round().cast(pl.Int64).clip(1),
        planted=pl.Series(wrong),
        factor=pl.Series(factor),
    )
    learning, began = quality.Learning(), time.perf_counter()
    learning.add(spoiled)
    levels = learning.levels()
    seconds = time.perf_counter() - began
    found = quality.beside(spoiled, levels)
    known = found.filter(pl.col("peers").is_not_null())
    odd, planted = pl.col("times").is_not_null(), pl.col("planted")
    absurd = odd & (pl.col("times") >= 10)
    return {
        "offers": offers.height,
        "levels": levels.height,
        "learned_a_second": round(offers.height / seconds),
        "with_peers": round(known.height / max(offers.height, 1), 4),
        "odd": met(known, odd, planted),
        "absurd": met(known, absurd, planted),
        "recall_by_factor": {
            f"x{each:g}": met(known, odd, planted & (pl.col("factor") == each))["recall"]
            for each in FACTORS
        },
        "control: three deviations": met(with_deviations(known), pl.col("far"), planted),
    }


def with_deviations(found: pl.DataFrame) -> pl.DataFrame:
    price = pl.col("price_minor")
    off = (price - price.mean().over("shelf")).abs()
    return found.with_columns(far=(off > 3 * price.std().over("shelf")).fill_null(value=False))


def met(found: pl.DataFrame, said: pl.Expr, true: pl.Expr) -> dict[str, float]:
    hits, told, there = found.select(
        (said & true).sum().alias("hits"), said.sum().alias("told"), true.sum().alias("there")
    ).row(0)
    return {
        "precision": round(hits / told, 4) if told else 1.0,
        "recall": round(hits / there, 4) if there else 1.0,
        "told": told,
        "planted": there,
    }


def as_found(offers: pl.DataFrame) -> dict[str, Any]:
    """What is hard to believe in the data as it is, to be looked at by hand."""
    learning = quality.Learning()
    learning.add(offers)
    found = quality.beside(offers, learning.levels()).filter(pl.col("times").is_not_null())
    worst = found.sort("times", descending=True).head(10)
    return {
        "odd": found.height,
        "examples": [
            f"{title}: {price / 100:.2f}, {times} times {'dearer' if dear else 'cheaper'} than "
            f"the middle of {peers} ({middle / 100:.2f})"
            for title, price, times, dear, peers, middle in worst.select(
                "title", "price_minor", "times", "dear", "peers", "peer_minor"
            ).iter_rows()
        ],
    }


if __name__ == "__main__":
    main()
