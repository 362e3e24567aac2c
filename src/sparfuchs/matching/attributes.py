"""What an offer is beside its category: typed attributes, from fields, else from its title."""

from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Schema, conform
from sparfuchs.matching.normalise import folded, normalise

# What is stated of an offer; `energy` is the merchant's own field for the energy class, if any.
STATED: Final[Schema] = {
    "offer": pl.Int64(),
    "title": pl.String(),
    "colour": pl.String(),
    "size": pl.String(),
    "energy": pl.String(),
}
# `colours` are English names (several: a thing of several colours); `size` the stated size, else a
# letter size in the title; `storage_gb` decimal gigabytes; `energy_class` A to G of the EU's label
# since 2021, or A+ to A+++ of the one before. Null: not said.
ATTRIBUTES: Final[Schema] = {
    "offer": pl.Int64(),
    "colours": pl.List(pl.String()),
    "size": pl.String(),
    "storage_gb": pl.Float64(),
    "energy_class": pl.String(),
}

_ENERGY: Final = (
    r"(?:energieeffizienzklasse|energieklasse|eek|energy (?:efficiency )?class|energy rating)"
    r"[ :=(-]*(a\+{1,3}|[a-g])(?:[^a-z0-9+]|$)"
)
_LETTER: Final = r"^\s*([a-g]|a\+{1,3})\s*$"
_MB_IN_GB: Final = 1000


def attributes(offers: pl.DataFrame) -> pl.DataFrame:
    """ATTRIBUTES of STATED rows (absent columns count as null), in their order."""
    rows = conform(offers, STATED)
    read = normalise(rows.select("offer", "title", "colour", "size"))
    words = folded(pl.col("title").fill_null(""))
    stated_energy = folded(pl.col("energy").fill_null(""))
    storage = (
        pl.col("measures")
        .list.eval(
            pl.element()
            .filter(pl.element().str.starts_with("mb:"))
            .str.strip_prefix("mb:")
            .cast(pl.Float64)
        )
        # Of `8 GB RAM, 256 GB` the larger one is the storage.
        .list.max()
    )
    made = rows.with_columns(
        read.select(
            colours=pl.when(pl.col("colours").list.len() > 0).then(pl.col("colours").list.sort()),
            letter=pl.when(pl.col("sizes").list.len() == 1).then(pl.col("sizes").list.first()),
            storage_gb=storage / _MB_IN_GB,
        )
    )
    size = pl.col("size").str.strip_chars()
    return conform(
        made.with_columns(
            size=pl.coalesce(pl.when(size != "").then(size), pl.col("letter").str.to_uppercase()),
            energy_class=pl.coalesce(
                stated_energy.str.extract(_LETTER), words.str.extract(_ENERGY)
            ).str.to_uppercase(),
        ),
        ATTRIBUTES,
    )
