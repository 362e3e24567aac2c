"""Correct: on a person's word a recorded price is another one, or none, for a stretch of time.

The rows as they stood are handed back to be kept as the version before. A correction is a row of
its own kind: it is no change of a price, so nobody is told that something became cheaper.
"""

from datetime import datetime
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import CHANGE, CHANGE_KIND, ChangeKind, conform

_SILENT: Final = [ChangeKind.GONE.value, ChangeKind.UNSEEN.value]
_KEY: Final = ["offer_id", "at", "kind"]


def correct(
    rows: pl.DataFrame, start: datetime, end: datetime | None, price: int | None, run: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The history of one offer with another price in [start, end): rows to add and to remove.

    `rows` are all its change rows (CHANGE); `price` in minor units of the currency that stood,
    None: unknown. With `end` None the stretch has no end. Gives CHANGE rows and the keys of those
    that go. Before the first row there is nothing to correct: then both are empty.
    """
    rows = conform(rows, CHANGE).sort("at", "kind")
    before = rows.filter(pl.col("at") <= start)
    if before.is_empty():
        return rows.clear(), rows.clear().select(_KEY)
    stood = _state_at(rows, start)
    inside = (pl.col("at") >= start) & (pl.lit(value=True) if end is None else pl.col("at") < end)
    at_start = pl.col("at") == start
    # What a reading noted at that very moment stands beside the correction that overrules it, but
    # for a price that waited: that would overrule the correction in turn.
    noted = at_start & ~pl.col("kind").is_in([ChangeKind.CORRECTION.value, ChangeKind.HOLD.value])
    touched = rows.filter(inside & ~pl.col("kind").is_in(_SILENT) & ~noted)
    carried = touched.filter(~at_start).with_columns(
        price_minor=pl.lit(price, dtype=pl.Int64),
        before_minor=pl.lit(price, dtype=pl.Int64),
        # A price that waited is known now, by a person's word.
        kind=pl.when((pl.col("kind") == ChangeKind.HOLD.value) & pl.lit(price is not None))
        .then(pl.lit(ChangeKind.CORRECTION.value))
        .otherwise(pl.col("kind").cast(pl.String))
        .cast(CHANGE_KIND),
    )
    made = [
        carried,
        stood.with_columns(
            at=pl.lit(start).cast(CHANGE["at"]),
            before_minor="price_minor",
            price_minor=pl.lit(price, dtype=pl.Int64),
            **_corrected_by(run),
        ),
    ]
    if end is not None:
        made.append(_taken_up(rows, end, run))
    added = pl.concat([conform(part, CHANGE) for part in made]).unique(_KEY, keep="last")
    removed = touched.join(added, on=list(CHANGE), how="anti", nulls_equal=True).select(_KEY)
    added = added.join(touched, on=list(CHANGE), how="anti", nulls_equal=True)
    return added.sort(_KEY), removed.sort(_KEY)


def _corrected_by(run: int) -> dict[str, pl.Expr]:
    return {
        "kind": pl.lit(ChangeKind.CORRECTION.value, dtype=CHANGE_KIND),
        "run": pl.lit(run, dtype=pl.UInt32),
    }


def _state_at(rows: pl.DataFrame, moment: datetime) -> pl.DataFrame:
    """The row whose state held at a moment, from readings that saw the offer."""
    return rows.filter((pl.col("at") <= moment) & ~pl.col("kind").is_in(_SILENT)).tail(1)


def _taken_up(rows: pl.DataFrame, end: datetime, run: int) -> pl.DataFrame:
    """The state as it stood takes over again at the end, unless a row of that moment says so."""
    if rows.filter((pl.col("at") == end) & ~pl.col("kind").is_in(_SILENT)).height:
        return rows.clear()
    last = rows.filter(pl.col("at") < end).tail(1)
    if last["kind"].item() in _SILENT:
        return rows.clear()
    return _state_at(rows, end).with_columns(
        at=pl.lit(end).cast(CHANGE["at"]), before_minor="price_minor", **_corrected_by(run)
    )
