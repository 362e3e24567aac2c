"""Stated frames for tests: a few rows said in words, or many made from a seed."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.market.stated import STATED

AT: Final = datetime(2026, 11, 25, 6, tzinfo=UTC)

_PLAIN: Final[dict[str, Any]] = {
    "title": "Kanne Moorsee 1,2 l",
    "regular_minor": 2499,
    "availability": "in_stock",
    "condition": "new",
}


def stated(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of STATED; what is not said is plain."""
    full = [
        {
            **_PLAIN,
            "source_offer_id": str(1000 + place),
            "url": f"https://shop.example/p/{place}",
            **row,
        }
        for place, row in enumerate(rows)
    ]
    frame = pl.DataFrame(
        {name: [row.get(name) for row in full] for name in STATED}, schema_overrides=STATED
    )
    return conform(frame, STATED)


def many(count: int, *, seed: int = 1, at: datetime = AT) -> pl.DataFrame:
    """An assortment with sales, list prices and gaps; some prices follow the hour of `at`."""
    draw = np.random.default_rng(seed)
    row = pl.int_range(count, eager=True)
    regular = pl.Series(draw.integers(300, 90_000, count))
    hour = int(at.timestamp()) // 3600
    moved = regular - (row * 7919 + hour) % 97 * 0 - (((row + hour) % 23 == 0).cast(pl.Int64) * 100)
    third = row % 3
    none = pl.lit(None, pl.Int64)
    frame = pl.DataFrame({"row": row, "regular_minor": moved, "third": third}).select(
        source_offer_id=(pl.col("row") + 100_000).cast(pl.String),
        group_id=(pl.col("row") // 4 + 7_000_000).cast(pl.String),
        title="Regenjacke Deichgraf "
        + (pl.col("row") // 4).cast(pl.String)
        + " Größe "
        + (pl.col("row") % 4 + 36).cast(pl.String),
        description=pl.lit("Hält dicht & trocknet schnell. ")
        + (pl.col("row") // 4).cast(pl.String),
        brand=pl.when(pl.col("row") // 4 % 9 > 0).then(pl.lit("Nordhang")),
        mpn="ND-" + pl.col("row").cast(pl.String),
        condition=pl.lit("new"),
        size=(pl.col("row") % 4 + 36).cast(pl.String),
        category_path=pl.lit("Bekleidung > Jacken"),
        regular_minor="regular_minor",
        sale_minor=pl.when(pl.col("third") == 1).then(pl.col("regular_minor") * 4 // 5),
        sale_from=pl.when(pl.col("third") == 1).then(
            pl.lit(at.replace(hour=0) - timedelta(days=3))
        ),
        sale_to=pl.when(pl.col("third") == 1).then(pl.lit(at.replace(hour=0) + timedelta(days=5))),
        ref_price_minor=pl.when(pl.col("third") == 2)
        .then(pl.col("regular_minor") * 2)
        .otherwise(none),
        ref_kind=pl.when(pl.col("third") == 2).then(pl.lit("uvp")),
        shipping_minor=pl.lit(490),
        availability=pl.when(pl.col("row") % 11 > 0)
        .then(pl.lit("in_stock"))
        .otherwise(pl.lit("out_of_stock")),
        url="https://shop.example/p/" + pl.col("row").cast(pl.String),
        image_url=pl.lit("https://shop.example/img/jacke.svg"),
    )
    return conform(frame, STATED)
