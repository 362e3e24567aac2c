"""Origin: where a point of a price history came from, for people who have to believe it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.kernel.frames import ChangeKind
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing

Answer = dict[str, Any]

_WORDS: Final = {
    catalog.RunKind.FULL: "reading",
    catalog.RunKind.PARTIAL: "reading",
    catalog.RunKind.UNCHANGED: "reading",
    catalog.RunKind.BACKFILL: "backfill",
    catalog.RunKind.IMPORT: "import",
}


def origins(
    work: Work, source: catalog.Source, moments: Collection[datetime]
) -> dict[datetime, Answer]:
    """What was read at these moments: `kind` (reading, backfill, import), `run`, and for an import
    `origin`, the words with which it was brought in, and `until_next`. Moments without a run (a
    sighting that ran out) are absent.
    """
    return {
        at: {
            "kind": _WORDS[run.kind],
            "run": run.number,
            "origin": run.settings.get("origin") if run.kind is catalog.RunKind.IMPORT else None,
            "until_next": run.settings.get("until_next") == "true",
        }
        for at, run in catalog.runs_at(work, source.id, moments).items()
    }


def origins_of_spans(
    work: Work, source: catalog.Source, rows: pl.DataFrame, spans: pl.DataFrame
) -> list[Answer | None]:
    """The origin of each span (SPAN) of one offer, from its change rows (CHANGE).

    Where a correction began the span it is `correction`, with the reason that was given.
    """
    starts: list[datetime] = spans["start"].to_list()
    found = origins(work, source, starts)
    corrections = rows.filter(pl.col("kind") == ChangeKind.CORRECTION.value)
    mended = dict(corrections.select("at", "run").iter_rows())  # one offer has few of them
    reasons: dict[int, str] = {}
    if mended:
        by_run = pricing.reasons(work, source.id, set(mended.values()))
        reasons = {run: reason for run, reason in by_run.items() if reason}
    return [
        {
            "kind": "correction",
            "run": mended[start],
            "origin": reasons.get(mended[start]),
            "until_next": False,
        }
        if start in mended
        else found.get(start)
        for start in starts
    ]
