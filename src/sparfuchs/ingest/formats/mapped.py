"""Columns under a source's own names to stated columns, by a mapping that was guessed or set."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from sparfuchs.ingest.stated import STATED, attributes_json

# Lists written as JSON inside a text, and what their entries are parted by here.
_LISTS: Final = {"image": "\n", "more_images": "\n", "category_path": " > "}


def state(frame: pl.DataFrame, sources: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    """STATED columns beside `place` and `record`; what is not mapped goes to `attributes`.

    `frame` holds texts under the source's names, and may hold `attributes` (JSON) already made.
    """
    chosen = {
        stated: present
        for stated, names in sources.items()
        if (present := [name for name in names if name in frame.columns])
    }
    used = {names[0] for names in chosen.values()} | set(chosen.get("more_images", ()))
    kept = {"place", "record", "attributes"}
    others = [name for name in frame.columns if name not in used | kept]
    extra = [pl.col("attributes")] if "attributes" in frame.columns else []
    if others and not extra:
        extra = [attributes_json(frame, others).alias("attributes")]
    columns = [_unlisted(_first(chosen[name], name), name) for name in STATED if name in chosen]
    if "stock" in chosen and "in_stock" not in chosen:
        columns.append(_is_there(chosen["stock"][0]).alias("in_stock"))
    return frame.select("place", "record", *columns, *extra)


def _first(names: list[str], stated: str) -> pl.Expr:
    """The first of the columns that a row fills; of pictures all of them."""
    if stated == "more_images" and len(names) > 1:
        return pl.concat_str(names, separator="\n", ignore_nulls=True).alias(stated)
    if len(names) == 1:
        return pl.col(names[0]).alias(stated)
    filled = [pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)) for name in names]
    return pl.coalesce(filled).alias(stated)


def _unlisted(column: pl.Expr, stated: str) -> pl.Expr:
    """`["a", "b"]` as its entries: shops put JSON into a field of a table."""
    if stated not in _LISTS:
        return column
    entries = column.str.strip_chars(' []"').str.replace_all(r'"\s*,\s*"', _LISTS[stated])
    listed = column.str.strip_chars().str.contains(r'^\["')
    return pl.when(listed).then(entries).otherwise(column).alias(stated)


def _is_there(name: str) -> pl.Expr:
    """A number of pieces as yes or no; anything else says nothing."""
    pieces = pl.col(name).str.strip_chars().cast(pl.Float64, strict=False)
    return pl.when(pieces > 0).then(pl.lit("1")).when(pieces <= 0).then(pl.lit("0"))
