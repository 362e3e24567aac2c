"""Rejected rows as a merchant or an operator reads them: what was wrong, and how to mend it.

As tables for spreadsheets, which must not run what a feed says, and counted by day and reason.
"""

import io
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.frames import REJECTION, conform, empty

Answer = dict[str, Any]

# A cell that begins so is a formula to some spreadsheet (OWASP: CSV injection); full-width signs
# are formulas to those that fold them, and controls before a sign are nothing to those that drop
# them.
_FORMULA: Final = r"^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|^[\t\r\n]"
# Opened with another delimiter a cell falls apart, and its parts begin anew. `5,-` is a price.
_INSIDE: Final = r"([;,\t\r\n|][\s\p{Cc}\p{Cf}]*)([=+@＝＋＠]|-[\w(])"


def rejected_rows(here: Installation, run: catalog.FeedRun) -> pl.DataFrame:
    """The rejected rows of a run (REJECTION); none where they were let go or there were none."""
    if not run.rejections or not here.files.exists(run.rejections):
        return empty(REJECTION)
    return conform(pl.read_ipc(here.files.path(run.rejections)), REJECTION)


def with_remedies(rows: pl.DataFrame) -> pl.DataFrame:
    """Rejections (REJECTION) with `example` (a value that would be taken), `mend_de` and `mend_en`
    (what to do, in a sentence); null for reasons of another version.
    """
    told = pl.DataFrame(
        [
            (reason.value, remedy.example, remedy.de, remedy.en)
            for reason, remedy in ingest.REMEDIES.items()
        ],
        schema=dict.fromkeys(("reason", "example", "mend_de", "mend_en"), pl.String()),
        orient="row",
    )
    return rows.join(told, on="reason", how="left", maintain_order="left")


def rejection_items(rows: pl.DataFrame) -> list[Answer]:
    """Rejections as plain JSON values, one object a row."""
    # A page of rows, for a person or for JSON.
    return [
        {
            **{name: row[name] for name in REJECTION},
            "example": row["example"],
            "mend": {"de": row["mend_de"], "en": row["mend_en"]},
        }
        for row in with_remedies(rows).iter_rows(named=True)
    ]


def rejections_csv(rows: pl.DataFrame) -> bytes:
    """Rejections with their remedies as CSV (UTF-8, comma, CRLF) that no spreadsheet runs."""
    text = io.BytesIO()
    safe = with_remedies(rows).with_columns(_no_formula(name) for name in _texts(rows))
    safe.write_csv(text, line_terminator="\r\n", null_value="")
    return text.getvalue()


def _texts(rows: pl.DataFrame) -> list[str]:
    return [name for name, dtype in rows.schema.items() if dtype == pl.String]


def _no_formula(name: str) -> pl.Expr:
    """Quotes (') before whatever a spreadsheet could take for the beginning of a formula."""
    inside = pl.col(name).str.replace_all(_INSIDE, "${1}'${2}")
    begins = pl.col(name).str.contains(_FORMULA)
    return pl.when(begins).then("'" + inside).otherwise(inside).alias(name)


def rejection_trend(
    here: Installation, source: catalog.Source, *, now: datetime, days: int
) -> Answer:
    """How many rows of a source were rejected by day and reason, as plain JSON values.

    A day (of the merchant's zone) is told by its last reading; `most` is the worst of the day, so
    that a fault that came and went is seen. Readings that were held or discarded count; a released
    one counts as the run that it became.
    """
    zone = source.merchant.zone
    since = (now.astimezone(ZoneInfo(zone)) - timedelta(days=days - 1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    with here.database.reading() as work:
        runs = catalog.rejected_counts(work, source.id, since)
    day = pl.col("at").dt.convert_time_zone(zone).dt.date().alias("day")
    told: dict[str, Answer] = {}
    by_day = runs.with_columns(day).sort("at", "number")
    # One group a day, at most some hundred.
    for (at,), part in by_day.group_by("day", maintain_order=True):
        last = part.filter(pl.col("number") == part["number"][-1])
        worst = part.drop_nulls("reason").group_by("reason").agg(pl.col("rows").max())
        worst = worst.sort("rows", "reason", descending=[True, False])
        rejected = last.drop_nulls("reason").sort("rows", "reason", descending=[True, False])
        total, read = int(rejected["rows"].sum()), int(last["read"][0])
        told[str(at)] = {
            "day": str(at),
            "readings": part["number"].n_unique(),
            "held": part.filter(pl.col("status") == "held")["number"].n_unique(),
            "read": read,
            "rejected": dict(rejected.select("reason", "rows").rows()),  # a row a reason
            "share": round(total / read, 4) if read else 0.0,
            "most": dict(worst.rows()),  # likewise
        }
    return {"source": source.path, "zone": zone, "days": list(told.values())}
