"""Categories: what merchants of the market call their shelves, and which code is true of each."""

from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Schema
from sparfuchs.market.kinds import BRANDS, COLOURS, KINDS

# A described thing and its true code in Google's taxonomy.
SHELVED: Final[Schema] = {
    "path": pl.String(),
    "title": pl.String(),
    "brand": pl.String(),
    "code": pl.Int32(),
}


def shelved() -> pl.DataFrame:
    """SHELVED: each noun of each kind once, with makers, traits and colours in turn."""
    rows = []
    for kind in KINDS:  # a few dozen, described once
        brands = BRANDS[kind.top]
        for turn, noun in enumerate(kind.nouns):
            trait = kind.traits[turn % len(kind.traits)]
            brand, colour = brands[turn % len(brands)], COLOURS[turn % len(COLOURS)]
            title = f"{brand} {noun}, {trait}, {colour}"
            rows.append((kind.path, title, brand, kind.code))
    return pl.DataFrame(rows, schema=SHELVED, orient="row")
