"""Nested items as flat rows: a path of names -> text, for XML and JSON of any shape.

`price.currency`, `images.0.link`: steps are joined with a point. What occurs several times under
one path is joined where that means something (pictures, categories), else the first counts and the
others stay with the attributes (R-G-5).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
import polars as pl

# More values under one path than this are kept in the attributes alone.
_MOST_NAMES: Final = 400
_JOINS: Final[Mapping[str, str]] = {
    "image": "\n", "more_images": "\n", "category_path": " > ", "promotions": "\n",
    # Two different prices make a text of two amounts, which is refused: ours is not to guess.
    "price": " | ", "sale_price": " | ",
}  # fmt: skip

# Path -> its different texts, in order.
Flat = dict[str, list[str]]


def add(into: Flat, path: str, text: str) -> None:
    """A text under a path; empty ones and repetitions are no news."""
    text = text.strip()
    if not text:
        return
    texts = into.setdefault(path, [])
    if text not in texts:
        texts.append(text)


def names_of(rows: Iterable[Flat]) -> tuple[str, ...]:
    """All paths, in the order in which they are met."""
    return tuple(dict.fromkeys(name for row in rows for name in row))[:_MOST_NAMES]


def samples_of(rows: Sequence[Flat]) -> dict[str, list[str]]:
    """First texts of each path."""
    return {name: [row[name][0] for row in rows if name in row] for name in names_of(rows)}


def frame_of(
    rows: Sequence[Flat], kept: Sequence[int], sources: Mapping[str, tuple[str, ...]]
) -> pl.DataFrame:
    """Flat rows as a frame: a column for each mapped path, all else as JSON in `attributes`.

    `kept` are the indices of the raw records, for the column `record`.
    """
    joins = {name: _JOINS.get(stated, "") for stated, names in sources.items() for name in names}
    columns: dict[str, list[str | None]] = {name: [] for name in joins}
    attributes: list[str | None] = []
    # A loop over items: nested texts have no columns before they are flat.
    for row in rows:
        for name, column in columns.items():
            texts = row.get(name)
            join = joins[name]
            column.append(None if not texts else join.join(texts) if join else texts[0])
        others = {
            name: texts[0] if len(texts) == 1 else texts
            for name, texts in row.items()
            if name not in joins or (len(texts) > 1 and not joins[name])
        }
        attributes.append(msgspec.json.encode(others).decode() if others else None)
    return pl.DataFrame(
        {
            "record": pl.Series(kept, dtype=pl.UInt32),
            **{name: pl.Series(texts, dtype=pl.String) for name, texts in columns.items()},
            "attributes": pl.Series(attributes, dtype=pl.String),
        }
    )
