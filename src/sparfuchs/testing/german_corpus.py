"""What people type in German, and what the simulated market must answer: the corpus and its judge.

A query is right where every one of the first three hits (or of as many as there are) is what was
asked for and none is what must not be found, and where what nothing answers finds nothing.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.kernel.text import fold
from sparfuchs.market.assortment import blocks_of, carried
from sparfuchs.market.merchants import SHOPS
from sparfuchs.search.api import LISTING, Query, SearchEngine, TantivyEngine

SEED: Final = 7
BLOCKS: Final = 40  # each kind of product once: some 11,000 listings of 46 shops
TOP: Final = 3
_NOTHING: Final = "nothing"


@dataclass(frozen=True)
class Asked:
    """A line of the corpus."""

    group: str
    query: str
    wanted: tuple[str, ...]
    unwanted: str


@dataclass(frozen=True)
class Wrong:
    """A query that was answered wrongly, and what was shown."""

    asked: Asked
    shown: tuple[str, ...]


def corpus() -> list[Asked]:
    text = (files(__package__) / "german_queries.tsv").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return [
        Asked(group, query, tuple(one.strip() for one in wanted.split(";")), unwanted)
        for group, query, wanted, unwanted in lines
    ]


def market_listings() -> pl.DataFrame:
    """LISTING of the simulated market: what its shops state, a third of it deals."""
    parts = []
    for shop in SHOPS:
        own = carried(SEED, shop, list(blocks_of(shop, BLOCKS)), 0.0)
        parts.append(
            own.words.select(
                "title",
                "brand",
                "mpn",
                "gtin",
                text="description",
                path=pl.coalesce("category_path", "product_type", pl.lit("")),
                merchant=pl.lit(shop.owner),
                merchant_name=pl.lit(shop.merchant),
                price_minor=pl.Series(own.priced.base),
            )
        )
    rows = pl.concat(parts).with_row_index("place")
    levels = pl.col("path").str.split(" > ")
    return conform(
        rows.with_columns(
            offer_id=pl.col("place").cast(pl.Int64) + (1 << 32),
            category=pl.concat_list(
                *(
                    pl.when(levels.list.len() > depth).then(
                        levels.list.head(depth + 1).list.join(" > ")
                    )
                    for depth in range(4)
                )
            ).list.drop_nulls(),
            currency=pl.lit("EUR"),
            deal=pl.col("place") % 3 == 0,
            verdict=pl.when(pl.col("place") % 3 == 0)
            .then(pl.lit("genuine"))
            .otherwise(pl.lit("no_reduction")),
            rating=(pl.col("place") % 60 + 40).cast(pl.Int16),
            available=pl.lit(value=True),
        ),
        LISTING,
    )


@contextmanager
def market_engine(folder: Path, listings: pl.DataFrame) -> Iterator[SearchEngine]:
    """An index of these listings in a folder of its own."""
    engine = TantivyEngine(folder)
    with engine.renewing() as fresh:
        fresh.add(listings)
    try:
        yield engine
    finally:
        engine.close()


def judge(engine: SearchEngine, listings: pl.DataFrame, asked: list[Asked]) -> list[Wrong]:
    """The queries that are answered wrongly."""
    rows = {row["offer_id"]: row for row in listings.to_dicts()}  # looked up by the few that hit
    found = []
    for one in asked:
        hits = engine.search(Query(text=one.query, limit=TOP, facets=False)).hits
        shown = [rows[hit] for hit in hits]
        if not right(one, shown):
            found.append(Wrong(one, tuple(_line(row) for row in shown)))
    return found


def right(asked: Asked, shown: list[dict[str, Any]]) -> bool:
    if asked.wanted == (_NOTHING,):
        return not shown
    return bool(shown) and all(_fits(asked, row) for row in shown)


def _fits(asked: Asked, row: dict[str, Any]) -> bool:
    line = _line(row)
    if asked.unwanted and re.search(asked.unwanted, line):
        return False
    return all(_has(wanted, line, row) for wanted in asked.wanted)


def _has(wanted: str, line: str, row: dict[str, Any]) -> bool:
    if wanted.startswith("<="):
        return bool(row["price_minor"] <= int(wanted[2:]))
    if wanted.startswith(">="):
        return bool(row["price_minor"] >= int(wanted[2:]))
    if wanted == "deal":
        return bool(row["deal"])
    return re.search(wanted, line) is not None


def _line(row: dict[str, Any]) -> str:
    return fold(f"{row['title']} | {(row['category'] or [''])[-1]} | {row['merchant']}")
