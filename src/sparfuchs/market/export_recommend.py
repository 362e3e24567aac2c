"""What shoppers did, in the shapes of the `inter-*` folders: an item is a family of variants."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from sparfuchs.market.kinds import KINDS
from sparfuchs.market.products import BLOCK
from sparfuchs.market.shoppers import journeys, shoppers
from sparfuchs.market.world import World, expected_offers

DAYS: Final = 120
_OFFERS_A_SHOPPER: Final = 15
_FEWEST, _MOST = 200, 20_000
# How much an event says, in the five stars of a rating; of several the last word counts.
_STARS: Final = {"look": 2, "click": 3, "buy": 5, "return": 1}


def export_recommend(
    world: World, folder: Path, progress: Callable[[str, int], None]
) -> dict[str, int]:
    """histories.txt.gz (a line a shopper, items oldest first), ratings.csv.gz, items.csv.gz and
    users.csv.gz; nothing in them is later than the opening of the market.
    """
    people = shoppers(world, max(_FEWEST, min(_MOST, expected_offers(world) // _OFFERS_A_SHOPPER)))
    days = []
    for day in journeys(world, people, DAYS):
        days.append(day)
        progress("recommend", sum(part.height for part in days))
    events = pl.concat(days)
    families = events["family"].unique().sort()
    items = pl.DataFrame({"family": families}).with_row_index("item_id", offset=1)
    kind = families // BLOCK % len(KINDS)
    said = events.join(items, on="family").sort("at", "visit", maintain_order=True)
    user = (pl.col("shopper") + 1).alias("user_id")
    stars = said.with_columns(rating=pl.col("kind").replace_strict(_STARS, return_dtype=pl.Int8))
    ratings = (
        stars.group_by(user, "item_id", maintain_order=True)
        .agg(
            pl.when((pl.col("kind") == "return").any())
            .then(_STARS["return"])
            .otherwise(pl.col("rating").max())
            .alias("rating"),
            pl.col("at").last().dt.epoch("s").alias("timestamp"),
        )
        .sort("timestamp", "user_id", "item_id")
    )
    lines = (
        said.filter(pl.col("kind") == "look")
        .unique(["shopper", "item_id"], keep="first", maintain_order=True)
        .group_by("shopper", maintain_order=True)
        .agg(pl.col("item_id").cast(pl.String).str.join(" "))
        .sort("shopper")["item_id"]
    )
    _packed(folder / "histories.txt.gz", "".join(f"{line}\n" for line in lines))
    tables = {
        "ratings.csv.gz": ratings,
        "items.csv.gz": items.with_columns(
            pl.Series("category", [one.path for one in KINDS]).gather(kind)
        ).drop("family"),
        "users.csv.gz": people.select(user, "first", "second", "brand", "place"),
    }
    for name, table in tables.items():
        _packed(folder / name, table.write_csv())
    return {"histories.txt.gz": len(lines), **{n: table.height for n, table in tables.items()}}


def _packed(path: Path, text: str) -> None:
    """The same bytes for the same text: gzip would write the time otherwise."""
    path.write_bytes(gzip.compress(text.encode(), mtime=0))
