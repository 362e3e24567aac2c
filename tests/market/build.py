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


def many(count: int, *, seed: int = 1) -> pl.DataFrame:
    """An assortment in which a third is on sale around AT and a third has a list price."""
    draw = np.random.default_rng(seed)
    row, price = pl.col("row"), pl.col("price")
    frame = pl.DataFrame({"row": np.arange(count), "price": draw.integers(300, 90_000, count)})
    product, size = (row // 4).cast(pl.String), (row % 4 + 36).cast(pl.String)
    on_sale, listed = row % 3 == 1, row % 3 == 2
    made = frame.select(
        source_offer_id=(row + 100_000).cast(pl.String),
        group_id=(row // 4 + 7_000_000).cast(pl.String),
        title="Regenjacke Deichgraf " + product + " Größe " + size,
        description="Hält dicht & trocknet schnell. " + product,
        brand=pl.when(row // 4 % 9 > 0).then(pl.lit("Nordhang")),
        mpn="ND-" + row.cast(pl.String),
        condition=pl.lit("new"),
        size=size,
        category_path=pl.lit("Bekleidung > Jacken"),
        regular_minor=price,
        sale_minor=pl.when(on_sale).then(price * 4 // 5),
        sale_from=pl.when(on_sale).then(pl.lit(AT - timedelta(days=3))),
        sale_to=pl.when(on_sale).then(pl.lit(AT + timedelta(days=5))),
        ref_price_minor=pl.when(listed).then(price * 2),
        ref_kind=pl.when(listed).then(pl.lit("uvp")),
        shipping_minor=pl.lit(490),
        availability=pl.when(row % 11 > 0)
        .then(pl.lit("in_stock"))
        .otherwise(pl.lit("out_of_stock")),
        url="https://shop.example/p/" + row.cast(pl.String),
        image_url=pl.lit("https://shop.example/img/jacke.png"),
    )
    return conform(made, STATED)
