"""Every offer as matching reads it, with the product that it truly is."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from sparfuchs.market.judged_past import paid
from sparfuchs.market.prices import asked
from sparfuchs.market.truth import truth_of
from sparfuchs.market.world import World


def export_groups(
    world: World, folder: Path, progress: Callable[[str, int], None]
) -> dict[str, int]:
    """offers.csv: what is stated (offer, merchant, url, title, description, brand, gtin14, mpn,
    condition, colour, size, price_minor, currency) and what is true (product, family, same_offer).
    """
    rows = 0
    with (folder / "offers.csv").open("wb") as out:
        for shop in world.shops:
            for own in world.parts(shop):
                prices = asked(own.priced, np.full(own.words.height, float(world.days)))
                frame = own.words.select(
                    pl.int_range(rows, rows + pl.len(), dtype=pl.Int64).alias("offer"),
                    pl.lit(shop.owner).alias("merchant"),
                    *("url", "title", "description", "brand"),
                    pl.col("gtin").str.zfill(14).alias("gtin14"),
                    *("mpn", "condition", "colour", "size"),
                    pl.Series("price_minor", paid(prices)),
                    pl.lit("EUR").alias("currency"),
                ).hstack(truth_of(shop, own).select("product", "family", "same_offer"))
                frame.write_csv(out, include_header=not rows)
                rows += frame.height
            progress("groups", rows)
    return {"offers.csv": rows}
