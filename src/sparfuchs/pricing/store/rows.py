"""The SQL of the price history as rows, of its recent part and of the verdicts."""

from datetime import datetime
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import delete, select, text

from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import (
    AVAILABILITY,
    CHANGE,
    CHANGE_KIND,
    REF_KIND,
    UTC_TIME,
    ChangeKind,
    Schema,
    conform,
)
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.block import STORED
from sparfuchs.pricing.fold import ChangeRow
from sparfuchs.pricing.model import CLAIM_VERDICTS, ClaimVerdict
from sparfuchs.pricing.pack import (
    BADGE,
    PACKED,
    code,
    pack_verdicts,
    plain_verdict,
    unpack_verdicts,
)
from sparfuchs.pricing.store.folded import folded, folded_of_one, forget_blocks, take_out
from sparfuchs.pricing.store.many import merge, of_offers
from sparfuchs.pricing.store.months import add_rows
from sparfuchs.pricing.tables import (
    packs,
    price_changes,
    price_revisions,
    recent_history,
    side_prices,
    source_of_verdict,
    verdicts,
    voided_changes,
)

_IN_HISTORY: Final = [
    kind.value for kind in ChangeKind if kind not in (ChangeKind.IDENTITY, ChangeKind.DISPLAY)
]
_BY_OFFER: Final = text(
    "SELECT {} FROM verdicts WHERE offer_id = ANY(CAST(:ids AS bigint[]))".format(  # noqa: S608 - our own columns
        ", ".join(column.name for column in verdicts.c)
    )
)
_CODES: Final = {"kind": CHANGE_KIND, "availability": AVAILABILITY, "ref_kind": REF_KIND}

_KEY: Final = {"ids": "offer_id", "times": "at", "kinds": "kind"}
_ROWS_OF_ONE: Final = text(
    "SELECT at, kind, price_minor, currency, availability FROM price_changes "
    "WHERE offer_id = :id ORDER BY at, kind"
)

_VERDICT_ROWS: Final[Schema] = {
    "offer_id": pl.Int64(),
    "judged_at": UTC_TIME,
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "verdict": pl.Int16(),
    "claim_verdict": pl.Int16(),
    "honest_pct": pl.Int16(),
    "at_most_pct": pl.Int16(),
    "reason": pl.Int16(),
    "t0": UTC_TIME,
    "window_start": UTC_TIME,
    "chain_start": UTC_TIME,
    "chain_steps": pl.Int16(),
    "l30_minor": pl.Int64(),
    "l30_at": UTC_TIME,
    "coverage_window": pl.Float32(),
    "coverage_since": pl.Float32(),
    "days_seen": pl.Int32(),
    "first_seen": UTC_TIME,
    "claim_pct": pl.Int16(),
    "ref_price_minor": pl.Int64(),
    "ref_kind": pl.Int16(),
    "ref_first_seen": UTC_TIME,
    "marks": pl.Int16(),
    "lowest_since_days": pl.Int32(),
    "asserted_at": UTC_TIME,
    "next_at": UTC_TIME,
}


# --- the history ----------------------------------------------------------------------------------


def append_changes(work: Work, changes: pl.DataFrame) -> None:
    """Rows of the price history (CHANGE; kinds that are no part of it are left out)."""
    rows = changes.filter(pl.col("kind").is_in(_IN_HISTORY))
    if rows.is_empty():
        return
    add_rows(
        work, conform(rows, CHANGE).with_columns(code(pl.col(name)).alias(name) for name in _CODES)
    )


def remove_changes(work: Work, rows: pl.DataFrame) -> None:
    """Takes rows of the price history (`offer_id`, `at`, `kind` of CHANGE) that are not true, out
    of a block where they were folded.
    """
    if rows.is_empty():
        return
    keys = rows.select("offer_id", "at", code(pl.col("kind")).alias("kind"))
    work.execute(
        text(
            "DELETE FROM price_changes AS p USING unnest(CAST(:ids AS bigint[]), "
            "CAST(:times AS timestamptz[]), CAST(:kinds AS smallint[])) AS r(id, at, kind) "
            "WHERE p.offer_id = r.id AND p.at = r.at AND p.kind = r.kind"
        ),
        {name: keys[column].to_list() for name, column in _KEY.items()},
    )
    # Also where there was a row: of a change that was told again the first word may be in a block.
    take_out(work, keys)


def history(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """All change rows of these offers (CHANGE), oldest first, whether folded or not."""
    rows = of_offers(work, price_changes, offers, STORED)
    old = folded(work, offers)
    if len(old):
        # Where both have a row, the one beside the block is the later word.
        rows = pl.concat([old, rows]).unique(list(_KEY.values()), keep="last", maintain_order=True)
    return conform(
        rows.sort("offer_id", "at", "kind").with_columns(
            pl.col(name).cast(pl.UInt8).cat.to(values).alias(name)
            for name, values in _CODES.items()
        ),
        CHANGE,
    )


def history_rows(work: Work, offer: int) -> list[ChangeRow]:
    """The change rows of one offer that are part of its price history, oldest first, whether
    folded or not.
    """
    rows = [
        ChangeRow(to_micros(row.at), row.kind, row.price_minor, row.currency, row.availability)
        for row in work.execute(_ROWS_OF_ONE, {"id": offer})
    ]
    old = [ChangeRow(*told) for told in folded_of_one(work, offer)]
    if not old:
        return rows
    # Where both have a row, the one beside the block is the later word.
    both = {(row.at, row.kind): row for row in (*old, *rows)}
    return [both[key] for key in sorted(both)]


def recent(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """The packed recent history of these offers (PACKED); offers without one are absent."""
    return of_offers(work, recent_history, offers, PACKED)


def add_recent(work: Work, packed: pl.DataFrame) -> None:
    """First history of offers that have none (PACKED)."""
    if len(packed):
        work.copy_frame(recent_history.name, packed)


def write_recent(work: Work, packed: pl.DataFrame) -> None:
    """History of offers whether they have one or not (PACKED)."""
    merge(work, recent_history, packed)


# --- verdicts -------------------------------------------------------------------------------------


def add_verdicts(work: Work, found: pl.DataFrame) -> None:
    """First verdicts of offers that have none (VERDICT)."""
    if len(found):
        work.copy_frame(verdicts.name, conform(pack_verdicts(found), _VERDICT_ROWS))


def write_verdicts(work: Work, found: pl.DataFrame) -> None:
    """Verdicts of offers whether they have one or not (VERDICT)."""
    merge(work, verdicts, conform(pack_verdicts(found), _VERDICT_ROWS))


def verdicts_of(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """The stored verdicts of these offers (VERDICT); offers never judged are absent."""
    return unpack_verdicts(of_offers(work, verdicts, offers, _VERDICT_ROWS)).sort("offer_id")


def verdict_rows(work: Work, offers: list[int]) -> dict[int, dict[str, Any]]:
    """The stored verdicts of a few offers by id, as plain values with the names of VERDICT."""
    rows = work.execute(_BY_OFFER, {"ids": offers})
    return {row.offer_id: plain_verdict(row._asdict()) for row in rows}


def claims_judged(work: Work, source: int, since: datetime) -> pl.DataFrame:
    """What was found of the claims of a source's offers that were judged since a moment: offer_id
    and claim_verdict, of those that bear out, are overstated or inflated.
    """
    told = [ClaimVerdict.CLAIM_OK, ClaimVerdict.CLAIM_OVERSTATED, ClaimVerdict.CLAIM_INFLATED]
    codes = [list(ClaimVerdict).index(one) for one in told]
    rows = work.fetch_frame(
        select(verdicts.c.offer_id, verdicts.c.claim_verdict).where(
            verdicts.c.offer_id >= source << 32,
            verdicts.c.offer_id < (source + 1) << 32,
            verdicts.c.claim_verdict.in_(codes),
            verdicts.c.judged_at >= since,
        ),
        schema={"offer_id": pl.Int64(), "claim_verdict": pl.Int16()},
    )
    return rows.with_columns(
        pl.col("claim_verdict").cast(pl.UInt8).cat.to(CLAIM_VERDICTS).alias("claim_verdict")
    )


def due(work: Work, source: int, at: datetime, limit: int) -> NDArray[np.int64]:
    """Offers of a source whose verdict may have changed by time alone, the longest due first."""
    rows = work.fetch_frame(
        select(verdicts.c.offer_id)
        .where(source_of_verdict == source, verdicts.c.next_at <= at)
        .order_by(verdicts.c.next_at)
        .limit(limit),
        schema={"offer_id": pl.Int64()},
    )
    found: NDArray[np.int64] = rows["offer_id"].to_numpy()
    return found


def badged(work: Work, source: int, limit: int) -> NDArray[np.int64]:
    """Offers of a source whose verdict stands as a badge."""
    rows = work.fetch_frame(
        select(verdicts.c.offer_id)
        .where(
            verdicts.c.offer_id >= source << 32,
            verdicts.c.offer_id < (source + 1) << 32,
            verdicts.c.marks.op("&")(BADGE) != 0,
        )
        .order_by(verdicts.c.offer_id)
        .limit(limit),
        schema={"offer_id": pl.Int64()},
    )
    found: NDArray[np.int64] = rows["offer_id"].to_numpy()
    return found


def wake(work: Work, offers: NDArray[np.int64], at: datetime) -> None:
    """Makes the verdicts of these offers due from a moment on."""
    work.execute(
        text("UPDATE verdicts SET next_at = :at WHERE offer_id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": offers.tolist(), "at": at},
    )


def rest(work: Work, offers: NDArray[np.int64]) -> None:
    """Lets the verdicts of offers that are gone stand: they are due no more."""
    work.execute(
        text(
            "UPDATE verdicts SET next_at = NULL "
            "WHERE offer_id = ANY(CAST(:ids AS bigint[])) AND next_at IS NOT NULL"
        ),
        {"ids": offers.tolist()},
    )


def forget(work: Work, source: int) -> None:
    """Removes all that is known of a source's prices (R-RUN-8)."""
    low, high = source << 32, (source + 1) << 32
    work.execute(delete(price_revisions).where(price_revisions.c.source_id == source))
    for table in (verdicts, recent_history, price_changes, voided_changes, side_prices, packs):
        column = table.c.offer_id
        work.execute(delete(table).where(column >= low, column < high))
    forget_blocks(work, low, high)  # last: rows that were just being folded are there by now
