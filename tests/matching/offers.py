"""Offers for tests: a few rows said in words, and many made from a seed."""

from typing import Any, Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.matching.model import OFFERED

_BRANDS: Final = ("Quarnil", "Teslonde", "Vibranor", "Oktavion", "Lumerixa", "Sonaferra")
_NOUNS: Final = ("Kopfhörer", "Lautsprecher", "Smartphone", "Monitor", "Drucker", "Kamera")
_SIZES: Final = ("64 GB", "128 GB", "256 GB")


def offered(*rows: dict[str, Any] | str) -> pl.DataFrame:
    """OFFERED rows, numbered; a text is a title."""
    full = [{"title": row} if isinstance(row, str) else row for row in rows]
    frame = pl.DataFrame(full, infer_schema_length=None).with_row_index("offer")
    return conform(frame, OFFERED)


def market(products: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Two shops with the same products in their own words, and labelled pairs (left, right, label).

    Three neighbours are one model in three storages, so that half of the misses are near ones.
    """
    drawn = np.random.default_rng(seed)
    model = [
        f"{chr(65 + n % 26)}{chr(65 + n // 26 % 26)}-{100 + n * 7 % 900}"
        for n in range(products // 3 + 1)
    ]
    left, right = [], []
    for n in range(products):
        family = n // 3
        brand, noun = _BRANDS[family % 6], _NOUNS[family * 5 % 6]
        size = _SIZES[n % 3]
        left.append(f"{brand} {model[family]} {noun}, {size}, Schwarz")
        tight = model[family].replace("-", "")
        right.append(f"{noun.upper()} {brand} {tight} {size.replace(' ', '')} schwarz neu")
    rows = np.arange(products)
    misses = [(n, other) for n in range(products) for other in (n ^ 1, (n + 3) % products)]
    misses += [(n, int(drawn.integers(products))) for n in range(products)]
    pairs = [(n, n, 1) for n in rows.tolist()] + [
        (one, two, 0) for one, two in misses if one != two and two < products
    ]
    frame = pl.DataFrame(
        pairs,
        schema={"left": pl.UInt32(), "right": pl.UInt32(), "label": pl.Int64()},
        orient="row",
    ).unique(["left", "right"], keep="first", maintain_order=True)
    return offered(*left), offered(*right), frame
