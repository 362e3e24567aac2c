"""How spans and verdicts lie in the store, and back.

A span is 18 bytes, little endian, no padding: start (i64, microseconds since 1970 UTC), price (i64,
minor units, -1: unknown), currency (u16, ISO 4217 number, 0: none). Spans of an offer follow one
another in order of time; each ends where the next begins. `SPAN_BYTES` is part of the format: a
change of it needs a migration of `recent_history.entries`.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import REF_KIND, UTC_TIME, conform
from sparfuchs.kernel.money import BY_NUMERIC, NUMERIC
from sparfuchs.pricing.model import CLAIM_VERDICTS, GROUNDS, SPAN, VERDICT, VERDICTS, Flag

_LAYOUT: Final = np.dtype([("start", "<i8"), ("price", "<i8"), ("currency", "<u2")])
SPAN_BYTES: Final = _LAYOUT.itemsize
_UNKNOWN: Final = -1
# Bits of `verdicts.marks`. Given for good: a new flag takes the next free one.
_FLAG_BITS: Final = {
    Flag.RECENT_RAISE: 1,
    Flag.STALE: 2,
    Flag.YOUNG: 4,
    Flag.ALL_TIME_LOW: 8,
    Flag.STEPWISE: 64,
    Flag.CODE_LOW: 128,
}
_L30_SEEN: Final = 16
BADGE: Final = 32
_ENUMS: Final = {
    "verdict": VERDICTS,
    "claim_verdict": CLAIM_VERDICTS,
    "reason": GROUNDS,
    "ref_kind": REF_KIND,
}

PACKED: Final = {
    "offer_id": pl.Int64(),
    "first_at": UTC_TIME,
    "low_minor": pl.Int64(),
    "entries": pl.Binary(),
}


def pack_spans(spans: pl.DataFrame, older: pl.DataFrame | None = None) -> pl.DataFrame:
    """PACKED rows of SPAN, one an offer, sorted; `older` gives first_at and low_minor by offer."""
    spans = spans.sort("offer_id", "start")
    records = np.zeros(len(spans), dtype=_LAYOUT)
    records["start"] = spans["start"].to_physical().to_numpy()
    records["price"] = spans["price_minor"].fill_null(_UNKNOWN).to_numpy()
    records["currency"] = (
        spans["currency"]
        .replace_strict(NUMERIC, default=0, return_dtype=pl.UInt16)
        .fill_null(0)
        .to_numpy()
    )
    offer = spans["offer_id"].to_numpy()
    first = np.flatnonzero(np.diff(offer, prepend=-1))
    if len(first) == len(offer):
        entries = records.view(f"V{SPAN_BYTES}").tolist()
    else:
        whole = records.tobytes()
        edges = (np.append(first, len(offer)) * SPAN_BYTES).tolist()
        # polars cannot cut one buffer into binary values; slicing costs 0.1 microseconds an offer.
        entries = [whole[low:high] for low, high in pairwise(edges)]
    packed = pl.DataFrame(
        {"offer_id": offer[first], "entries": pl.Series(entries, dtype=pl.Binary)}
    )
    if older is not None:
        packed = packed.join(
            older.select("offer_id", "first_at", "low_minor"), on="offer_id", how="left"
        )
    return conform(packed, PACKED)


def unpack_spans(packed: pl.DataFrame) -> pl.DataFrame:
    """SPAN rows of PACKED rows."""
    count = packed["entries"].bin.size().to_numpy() // SPAN_BYTES
    records = np.frombuffer(b"".join(packed["entries"].to_list()), dtype=_LAYOUT)
    offer = np.repeat(packed["offer_id"].to_numpy(), count)
    spans = pl.DataFrame(
        {
            "offer_id": offer,
            "start": pl.Series(records["start"].copy()).cast(UTC_TIME),
            "price_minor": pl.Series(records["price"].copy()),
            "currency": pl.Series(records["currency"].copy()).replace_strict(
                BY_NUMERIC, default=None, return_dtype=pl.String
            ),
        },
        schema_overrides={"offer_id": pl.Int64},
    ).sort("offer_id", "start")
    price = pl.col("price_minor")
    same = pl.col("offer_id") == pl.col("offer_id").shift(-1)
    return conform(
        spans.with_columns(
            pl.when(price != _UNKNOWN).then(price).alias("price_minor"),
            pl.when(same).then(pl.col("start").shift(-1)).alias("end"),
        ),
        SPAN,
    )


def code(column: pl.Expr) -> pl.Expr:
    """The place of an enumerated value, as stored."""
    return column.to_physical().cast(pl.Int16)


def pack_verdicts(found: pl.DataFrame) -> pl.DataFrame:
    """Rows of the table `verdicts` without its derived columns, from VERDICT."""
    marks = pl.sum_horizontal(
        *(
            pl.col("flags").list.contains(flag.value).cast(pl.Int16) * bit
            for flag, bit in _FLAG_BITS.items()
        ),
        pl.col("l30_seen").fill_null(value=False).cast(pl.Int16) * _L30_SEEN,
        pl.col("badge").cast(pl.Int16) * BADGE,
    )
    return found.with_columns(
        marks.cast(pl.Int16).alias("marks"), *(code(pl.col(name)).alias(name) for name in _ENUMS)
    ).drop("flags", "l30_seen", "badge", "coverage")


def unpack_verdicts(rows: pl.DataFrame) -> pl.DataFrame:
    """VERDICT from rows of the table, enumerated values as their places."""
    marks = pl.col("marks")

    def has(bit: int) -> pl.Expr:
        return (marks // bit) % 2 == 1

    flags = pl.concat_list(
        pl.when(has(bit)).then(pl.lit(flag.value)) for flag, bit in _FLAG_BITS.items()
    ).list.drop_nulls()
    return conform(
        rows.with_columns(
            *(
                pl.col(name).cast(pl.UInt8).cat.to(values).alias(name)
                for name, values in _ENUMS.items()
            ),
            flags.alias("flags"),
            pl.when(pl.col("l30_minor").is_not_null()).then(has(_L30_SEEN)).alias("l30_seen"),
            has(BADGE).alias("badge"),
            pl.min_horizontal("coverage_window", "coverage_since").alias("coverage"),
        ),
        VERDICT,
    )


def plain_verdict(row: Mapping[str, Any]) -> dict[str, Any]:
    """One row of the table as a mapping with the names of VERDICT and plain values.

    For one offer or a page of them, where frames cost more than they carry.
    """
    found = dict(row)
    marks = found.pop("marks")
    for name, values in _ENUMS.items():
        place = found[name]
        found[name] = None if place is None else values.categories[place]
    found["flags"] = [flag.value for flag, bit in _FLAG_BITS.items() if marks & bit]
    known = found["l30_minor"] is not None
    found["l30_seen"] = bool(marks & _L30_SEEN) if known else None
    found["badge"] = bool(marks & BADGE)
    shares = [found[name] for name in ("coverage_window", "coverage_since")]
    stated = [share for share in shares if share is not None]
    found["coverage"] = min(stated) if stated else None
    return found
