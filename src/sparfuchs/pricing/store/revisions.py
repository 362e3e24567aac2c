"""The SQL of revisions: why prices were mended, and the rows as they stood before."""

from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy import insert, or_, select

from sparfuchs.kernel.frames import (
    AVAILABILITY,
    CHANGE,
    CHANGE_KIND,
    REF_KIND,
    ChangeKind,
    conform,
)
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.model import Revision
from sparfuchs.pricing.pack import code
from sparfuchs.pricing.store.rows import history
from sparfuchs.pricing.tables import price_revisions, voided_changes

_CODES: Final = {"kind": CHANGE_KIND, "availability": AVAILABILITY, "ref_kind": REF_KIND}


def add_revision(work: Work, revision: Revision, source: int, run: int) -> int:
    """Notes why prices are mended; gives the number of the revision."""
    row = work.execute(
        insert(price_revisions)
        .values(
            source_id=source,
            run=run,
            offer_id=revision.offer_id,
            cause=revision.cause,
            reason=revision.reason,
        )
        .returning(price_revisions.c.id)
    ).one()
    return int(row.id)


def void_changes(work: Work, rows: pl.DataFrame, revision: int) -> None:
    """Keeps rows (CHANGE) that a revision takes out of the history."""
    if rows.height:
        coded = conform(rows, CHANGE).with_columns(
            *(code(pl.col(name)).alias(name) for name in _CODES),
            revision=pl.lit(revision, dtype=pl.Int64),
        )
        work.copy_frame(
            voided_changes.name, coded.select(column.name for column in voided_changes.columns)
        )


def revisions_of(work: Work, offer: int) -> list[dict[str, Any]]:
    """Why and when the history of one offer was mended, oldest first, each with `voided`: the rows
    that stood before (kind, at, price_minor, currency, availability).
    """
    voided = work.execute(
        select(voided_changes)
        .where(voided_changes.c.offer_id == offer)
        .order_by(voided_changes.c.at, voided_changes.c.kind)
    )
    rows: dict[int, list[dict[str, Any]]] = {}
    for row in voided:
        rows.setdefault(row.revision, []).append(
            {
                "kind": CHANGE_KIND.categories[row.kind],
                "at": row.at,
                "price_minor": row.price_minor,
                "currency": row.currency,
                "availability": None
                if row.availability is None
                else AVAILABILITY.categories[row.availability],
            }
        )
    found = work.execute(
        select(price_revisions)
        .where(
            or_(price_revisions.c.offer_id == offer, price_revisions.c.id.in_(list(rows))),
            price_revisions.c.source_id == offer >> 32,
        )
        .order_by(price_revisions.c.id)
    )
    return [{**row._asdict(), "voided": rows.get(row.id, [])} for row in found]


def corrections_of(work: Work, offer: int) -> list[dict[str, Any]]:
    """Where the history of one offer was corrected: `at`, `run`, and the `reason` of that run."""
    rows = history(work, np.array([offer], dtype=np.int64))
    rows = rows.filter(pl.col("kind") == ChangeKind.CORRECTION.value).select("at", "run")
    reasons = {
        row.run: row.reason
        for row in work.execute(
            select(price_revisions.c.run, price_revisions.c.reason)
            .where(
                price_revisions.c.source_id == offer >> 32,
                price_revisions.c.run.in_(rows["run"].unique().to_list()),
            )
            .order_by(price_revisions.c.id)
        )
    }
    # The corrections of one offer, as plain values.
    return [{**row, "reason": reasons.get(row["run"])} for row in rows.to_dicts()]
