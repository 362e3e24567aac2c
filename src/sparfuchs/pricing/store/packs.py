"""The SQL of packs."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.packs import PACK
from sparfuchs.pricing.store.many import merge, of_offers
from sparfuchs.pricing.tables import packs
from sparfuchs.pricing.unit_price import DIMENSION

_STORED = {**PACK, "dimension": pl.Int16()}


def packs_of(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """The packs of these offers (PACK); offers not sold by amount are absent."""
    return _read(of_offers(work, packs, offers, _STORED))


def packs_of_lines(work: Work, source: int, lines: pl.Series) -> pl.DataFrame:
    """All packs of a source (PACK) that are of one of these lines."""
    names = ", ".join(f'p."{name}"' for name in _STORED)
    rows = work.fetch_frame(
        f"SELECT {names} FROM packs AS p "  # noqa: S608 - our own columns
        "JOIN unnest(CAST(:lines AS bigint[])) AS wanted(line) ON p.line = wanted.line "
        "WHERE p.offer_id >= :low AND p.offer_id < :high",
        {
            "lines": lines.unique().to_list(),
            "low": source << 32,
            "high": (source + 1) << 32,
        },
        schema=_STORED,
    )
    return _read(rows)


def keep_packs(work: Work, rows: pl.DataFrame) -> None:
    """Packs of offers whether they have one or not (PACK)."""
    merge(work, packs, rows.with_columns(pl.col("dimension").to_physical().cast(pl.Int16)))


def _read(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("dimension").cast(pl.UInt8).cat.to(DIMENSION)).sort("offer_id")
