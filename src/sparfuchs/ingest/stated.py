"""The vocabulary between formats and normalising: what a source states, as texts, one name a thing.

Each format maps its own names to these columns and leaves out what it does not know. Values are as
written; no format decides what a price or a date means.
"""

from dataclasses import dataclass, field
from typing import Final

import polars as pl

from sparfuchs.kernel.outcome import Rejected

# Texts, all nullable. `images` and `more_images` hold addresses, several parted by line break or
# comma; `shipping` is in Google's way of writing it, `shipping_cost` a bare amount; `attributes` is
# a JSON object of everything that has no column here (R-G-4); `price_beside` is another price that
# the same page shows for the same thing (R-J-3); `price_reason` a code why there is no price, where
# a format has judged that itself; `price_from_text` the sentence out of which a price was read.
STATED: Final = (
    "id", "item_group_id", "title", "description", "brand", "gtin", "gtin_2", "gtin_3", "gtin_4",
    "mpn", "condition", "colour", "size", "material", "category_path", "product_type", "currency",
    "price", "sale_price", "sale_interval", "uvp", "previous", "claim_percent", "member_price",
    "shipping", "shipping_cost", "unit_measure", "availability", "in_stock", "for_sale", "preorder",
    "paused", "expires", "landing", "affiliate", "image", "more_images", "promotions", "attributes",
    "price_beside", "price_reason", "price_from_text", "audience",
)  # fmt: skip


@dataclass(slots=True)
class Parsed:
    """Raw records as stated columns. `frame` has `place` (line or item number, u32) and `record`
    (index of the raw record, u32) beside columns of STATED; `slow` counts rows of the slow reader.
    """

    frame: pl.DataFrame
    errors: list[Rejected] = field(default_factory=list)
    slow: int = 0


def attributes_json(frame: pl.DataFrame, names: list[str]) -> pl.Expr:
    """Columns as one JSON object a row, without those that are empty; null when all are."""
    parts = [
        pl.when(pl.col(name).fill_null("") != "").then(
            # {"name":"value"} without its braces; the writer escapes name and value.
            pl.struct(name).struct.json_encode().str.strip_prefix("{").str.strip_suffix("}")
        )
        for name in names
        if frame[name].null_count() < frame.height
    ]
    if not parts:
        return pl.lit(None, dtype=pl.String)
    inner = pl.concat_str(parts, separator=",", ignore_nulls=True)
    return pl.when(inner != "").then("{" + inner + "}")


def text(stated: pl.DataFrame, name: str) -> pl.Series:
    """A stated column; all null where the source does not have it."""
    if name in stated.columns:
        return stated[name]
    return constant(stated, None, pl.String())


def stripped(stated: pl.DataFrame, name: str) -> pl.Series:
    """The same without blanks around it; empty texts are null."""
    column = text(stated, name)
    if absent(column):
        return constant(stated, None, pl.String())
    bare = column.str.strip_chars()
    return pl.select(pl.when(bare != "").then(bare)).to_series()


def absent(column: pl.Series) -> bool:
    """Whether nothing is stated in any row, so that nothing has to be read."""
    return column.null_count() == len(column)


def constant(stated: pl.DataFrame, value: str | None, dtype: pl.DataType) -> pl.Series:
    """One value for every row."""
    return pl.Series([value], dtype=dtype).new_from_index(0, stated.height)
