"""Normalised columns to offers and rejections: each bad row counts once, with place and rule."""

from typing import Final

import polars as pl

from sparfuchs.ingest.remedies import RULES
from sparfuchs.ingest.split import FIELD_LIMIT
from sparfuchs.kernel.frames import OFFER, REJECTION, conform
from sparfuchs.kernel.outcome import Reason, Rejected

_ID_LIMIT: Final = 255  # Google allows 50; addresses serve as ids in the wild
_VALUE_SHOWN: Final = 200
_LONG: Final = ("description", "title", "attributes")


def validate(rows: pl.DataFrame, *, may_be_long: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows of `normalise`, with `raw_hash`, to (OFFER frame, REJECTION frame).

    `may_be_long` says that some record is longer than a field may be, so that fields are measured.
    """
    bad = _faults(rows, may_be_long=may_be_long)
    if bad.null_count() == rows.height:
        return conform(rows.with_columns(line="place"), OFFER), pl.DataFrame(schema=REJECTION)
    rejected = rows.with_columns(fault=bad).filter(bad.is_not_null())
    reason = pl.col("fault").struct.field("reason")
    rejections = rejected.select(
        line="place",
        source_offer_id=pl.col("source_offer_id").str.slice(0, _ID_LIMIT),
        field=pl.col("fault").struct.field("field"),
        value=pl.col("fault").struct.field("value").str.slice(0, _VALUE_SHOWN),
        reason=reason,
        rule=reason.replace_strict(RULES, default=None, return_dtype=pl.String),
    )
    accepted = rows.filter(bad.is_null()).with_columns(line="place")
    return conform(accepted, OFFER), conform(rejections, REJECTION)


def _faults(rows: pl.DataFrame, *, may_be_long: bool) -> pl.Series:
    """The first fault of each row, as field, value and reason."""
    key = pl.col("source_offer_id")
    checks = [
        _fault(key.is_null(), "id", key, Reason.ID_MISSING),
        _fault(key.str.len_chars() > _ID_LIMIT, "id", key, Reason.ID_TOO_LONG),
        *(
            _fault(
                pl.col(name).str.len_bytes() > FIELD_LIMIT, name, pl.col(name), Reason.ROW_TOO_LONG
            )
            for name in (_LONG if may_be_long else ())
        ),
        _fault(pl.col("title").is_null(), "title", pl.col("title"), Reason.TITLE_MISSING),
        pl.col("currency_fault"),
        pl.col("price_fault"),
        pl.col("sale_fault"),
    ]
    # Without a price its currency is no news, and what is given away needs none; otherwise that is
    # what has to be mended first.
    no_price = (
        pl.col("price_fault")
        .struct.field("reason")
        .is_in(
            [
                Reason.PRICE_MISSING,
                Reason.PRICE_UNREADABLE,
                Reason.PRICE_AMBIGUOUS,
                Reason.PRICE_NOT_POSITIVE,
            ]
        )
    )
    checks.insert(-3, pl.when(no_price).then(pl.col("price_fault")))
    return rows.select(pl.coalesce(checks)).to_series()


def _fault(when: pl.Expr, field: str, value: pl.Expr, reason: Reason) -> pl.Expr:
    return pl.when(when).then(
        pl.struct(
            pl.lit(field).alias("field"), value.alias("value"), pl.lit(reason.value).alias("reason")
        )
    )


def rejections_of(errors: list[Rejected]) -> pl.DataFrame:
    """Row errors of splitting and parsing as a REJECTION frame."""
    # A loop over rows that could not even be cut into fields.
    return pl.DataFrame(
        [
            (e.line, e.source_offer_id, e.field, e.value[:_VALUE_SHOWN], e.reason.value, e.rule)
            for e in errors
        ],
        schema=REJECTION,
        orient="row",
    )
