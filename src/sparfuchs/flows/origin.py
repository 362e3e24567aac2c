"""Origin: where a point of a price history came from, for people who have to believe it."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sparfuchs.catalog import api as catalog
from sparfuchs.kernel.clock import from_micros
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
    """What was read at these moments: `kind` (reading, backfill, import) and `run`; of an import
    also `origin`, the words with which it was brought in, and `until_next`: that it lists changes
    alone. Moments without a run (a sighting that ran out) are absent.
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
    work: Work,
    source: catalog.Source,
    offer: int,
    changes: Sequence[pricing.ChangeRow],
    spans: Sequence[pricing.Span],
) -> list[Answer | None]:
    """The origin of each span of one offer; where a correction began it that, with its reason.

    `changes` are all that its history has; only where one is a correction are reasons looked up.
    """
    starts = [from_micros(span.start) for span in spans]
    found: dict[datetime, Answer] = origins(work, source, starts)
    corrected = any(row.is_correction for row in changes)
    for one in pricing.corrections_of(work, offer) if corrected else ():
        found[one["at"]] = {
            "kind": "correction",
            "run": one["run"],
            "origin": one["reason"],
            "until_next": False,
        }
    return [found.get(start) for start in starts]
