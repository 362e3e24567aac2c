"""Record what a run changed, and judge what is on record.

`record` belongs into the transaction that publishes the run: the history is written with the price
or not at all. `assess` follows in a transaction of its own and may run twice.
"""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.api import Timeline
from sparfuchs.kernel.frames import conform
from sparfuchs.kernel.ids import MAX_ORDINAL
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import store
from sparfuchs.pricing.baseline import Sighted
from sparfuchs.pricing.fold import joined, spans_of
from sparfuchs.pricing.judge import judge, judge_spans
from sparfuchs.pricing.model import JUDGED, VERDICT
from sparfuchs.pricing.pack import pack_spans, unpack_spans
from sparfuchs.pricing.side import codes_of
from sparfuchs.pricing.trim import trim


def record(work: Work, changes: pl.DataFrame, *, first_ordinal: int | None = None) -> None:
    """Appends the change rows of one run (CHANGE) and brings the recent history up to date.

    Offers with an ordinal from `first_ordinal` on are new to the store and cost no reading; None:
    any of them may be known already (backfill, replay).
    """
    store.append_changes(work, changes)
    spans = spans_of(changes)
    if first_ordinal is not None:
        new = (pl.col("offer_id") & MAX_ORDINAL) >= first_ordinal
        store.add_recent(work, pack_spans(spans.filter(new)))
        spans = spans.filter(~new)
    if spans.is_empty():
        return
    held = store.recent(work, spans["offer_id"].unique().to_numpy())
    kept, facts = trim(joined(unpack_spans(held), spans), held)
    store.write_recent(work, pack_spans(kept, facts))


def assess(
    work: Work,
    offers: pl.DataFrame,
    timelines: Mapping[int, Timeline],
    sighted: Sighted,
    *,
    at: datetime,
    zone: str,
    changes: pl.DataFrame | None = None,
    first_ordinal: int | None = None,
    strict: bool = True,
) -> pl.DataFrame:
    """Judges these offers from the recorded history and stores the verdicts; gives VERDICT.

    `offers` JUDGED without its last two columns, unique. `changes` and `first_ordinal` of the run
    that was just recorded spare reading back what it says itself of its new offers: a first run
    has nothing but these. `strict`: prices with a code for everybody lower the reference.
    Parameters else as for `judge`.
    """
    facts = conform(offers, JUDGED).sort("offer_id").drop("first_at", "low_minor")
    fresh = pl.lit(value=False)
    if changes is not None and first_ordinal is not None:
        fresh = (pl.col("offer_id") & MAX_ORDINAL) >= first_ordinal
    new, known = facts.filter(fresh), facts.filter(~fresh)
    found = []
    if changes is not None and len(new):
        own = changes.filter(fresh)
        verdicts = judge(own, new, timelines, sighted, at=at, zone=zone)
        # A repetition finds them there; then they are written like the others.
        if len(store.verdicts_of(work, new["offer_id"].head(1).to_numpy())):
            store.write_verdicts(work, verdicts)
        else:
            store.add_verdicts(work, verdicts)
        found.append(verdicts)
    if len(known):
        held = store.recent(work, known["offer_id"].to_numpy())
        summed = known.join(held.drop("entries"), on="offer_id", how="left")
        codes = codes_of(work, known["offer_id"].to_numpy()) if strict else None
        if codes is not None and codes.is_empty():
            codes = None
        verdicts = judge_spans(
            unpack_spans(held), summed, timelines, sighted, at=at, zone=zone, codes=codes
        )
        store.write_verdicts(work, verdicts)
        found.append(verdicts)
    return pl.concat(found).sort("offer_id") if found else pl.DataFrame(schema=VERDICT)


def revise(
    work: Work, added: pl.DataFrame, removed: pl.DataFrame, revision: int | None = None
) -> None:
    """Mends the history of offers: rows that are not true go, others come (CHANGE, its keys).

    With a `revision` (see `store.add_revision`) what goes stays readable under its number.
    """
    if revision is not None and removed.height:
        rows = store.history(work, removed["offer_id"].unique().to_numpy())
        store.void_changes(work, rows.join(removed, on=["offer_id", "at", "kind"]), revision)
    store.remove_changes(work, removed)
    store.append_changes(work, added)
    touched = pl.concat([added["offer_id"], removed["offer_id"]]).unique()
    if len(touched):
        rebuild(work, touched.to_numpy())


def rebuild(work: Work, offers: NDArray[np.int64]) -> None:
    """Makes the recent history of these offers again from the change rows, which are the truth."""
    rows = store.history(work, offers)
    kept, facts = trim(spans_of(rows), pl.DataFrame(schema=_NOTHING_OLDER))
    store.write_recent(work, pack_spans(kept, facts))


_NOTHING_OLDER = {name: JUDGED[name] for name in ("offer_id", "first_at", "low_minor")}
