"""What a held run would have changed, for the person who decides on it (R-F-2): how many offers are
missing, new and dearer or cheaper, which share of the known ones is lost, and some of each.
"""

from typing import Any, Final

import numpy as np
import polars as pl

from sparfuchs.catalog import store
from sparfuchs.catalog.gather import Gathering
from sparfuchs.catalog.identify import Identified
from sparfuchs.catalog.model import Source
from sparfuchs.catalog.state import LIVE
from sparfuchs.kernel.money import BY_NUMERIC
from sparfuchs.plumbing.db import Work

EXAMPLES: Final = 5
_SHOWN: Final = 200
_COLUMNS: Final = {
    "source_offer_id": pl.String(),
    "title": pl.String(),
    "before": pl.Int64(),
    "after": pl.Int64(),
    "currency": pl.String(),
}


def difference(work: Work, source: Source, found: Identified, run: Gathering) -> dict[str, Any]:
    """Plain JSON values: `rows` and `offers` before and now, `missing` and `lost_share` of the
    known offers, `new`, `moved` (prices) and `examples` of these three, the largest moves first.
    """
    moved = found.moves.filter(pl.col("before") != pl.col("after"))
    return {
        "rows": {"before": source.full_count, "now": found.counts.read},
        "offers": {"before": found.live_before, "now": found.counts.accepted},
        "missing": found.missing,
        "lost_share": round(found.missing / found.live_before, 4) if found.live_before else 0.0,
        "new": found.new.height,
        "moved": moved.height,
        "examples": {
            "missing": _told(work, source, _missing(found, run)),
            "new": _told(work, source, _new(found, run)),
            "moved": _told(work, source, _moved(moved, run)),
        },
    }


def _missing(found: Identified, run: Gathering) -> pl.DataFrame:
    state = run.state.frame
    gone = state.filter(
        (pl.col("status") == LIVE) & ~pl.col("ordinal").is_in(found.seen.astype(np.uint32))
    )
    return (
        gone.bottom_k(EXAMPLES, by="ordinal")
        .sort("ordinal")
        .select(
            "ordinal",
            "source_offer_id",
            pl.col("price_minor").alias("before"),
            pl.col("currency").replace_strict(BY_NUMERIC, default=None, return_dtype=pl.String),
        )
    )


def _new(found: Identified, run: Gathering) -> pl.DataFrame:
    parts = [
        run.piece(number)
        .select("source_offer_id", "title", "currency", pl.col("price_minor").alias("after"))
        [part["row"].to_numpy()]
        for number, part in run.offers_of(found.new.head(EXAMPLES))
    ]  # fmt: skip
    return pl.concat(parts) if parts else pl.DataFrame(schema=_COLUMNS)


def _moved(moved: pl.DataFrame, run: Gathering) -> pl.DataFrame:
    """By how many times a price moved, up or down, is what a person looks for."""
    far = (pl.col("after").log() - pl.col("before").log()).abs()
    most = moved.sort(far, descending=True).head(EXAMPLES)
    state = run.state.frame[most["state_row"].to_numpy()]
    return state.select(
        "ordinal",
        "source_offer_id",
        most["before"],
        most["after"],
        pl.col("currency").replace_strict(BY_NUMERIC, default=None, return_dtype=pl.String),
    )


def _told(work: Work, source: Source, rows: pl.DataFrame) -> list[dict[str, Any]]:
    if rows.is_empty():
        return []
    if "ordinal" in rows.columns:
        ids = rows["ordinal"].cast(pl.Int64) + (source.id << 32)
        names = store.titles(work, ids)
        rows = rows.with_columns(pl.Series("title", [names.get(n) for n in ids], dtype=pl.String))
    shown = [
        pl.col(name) if name in rows.columns else pl.lit(None, dtype=dtype).alias(name)
        for name, dtype in _COLUMNS.items()
    ]
    texts = pl.col("source_offer_id", "title").str.slice(0, _SHOWN)
    return rows.select(shown).with_columns(texts).to_dicts()  # a few examples, as JSON
