"""The SQL of offers, their texts and deals."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Table,
    cast,
    func,
    literal,
    select,
    text,
    update,
)

from sparfuchs.catalog.model import (
    RunStatus,
)
from sparfuchs.catalog.store.likeness import MAKER, SHELF
from sparfuchs.catalog.tables import deals, feed_runs, offer_texts, offers
from sparfuchs.kernel.clock import from_micros
from sparfuchs.kernel.frames import AUDIENCE, AVAILABILITY, REF_KIND, UTC_TIME
from sparfuchs.kernel.ids import MAX_ORDINAL
from sparfuchs.plumbing.db import Work

_MICROS: Final = timedelta(microseconds=1)


def _codes(frame: pl.DataFrame) -> pl.DataFrame:
    """Closed sets as the place of the value in its enumeration."""
    return frame.with_columns(
        pl.col(name).to_physical().cast(pl.Int16)
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.Enum)
    )


def add_rows(work: Work, table: Table, frame: pl.DataFrame) -> None:
    """New rows, with the columns of the table."""
    work.copy_frame(table.name, _codes(frame.select(column.name for column in table.columns)))


def merge_rows(work: Work, table: Table, frame: pl.DataFrame, key: str) -> None:
    """Changed rows: the columns of the frame, through a temporary table and one update."""
    if not frame.height:
        return
    staging = f"staging_{table.name}"
    work.execute(
        text(f"CREATE TEMP TABLE IF NOT EXISTS {staging} (LIKE {table.name}) ON COMMIT DELETE ROWS")
    )
    # Not all columns are given every time, and those left out may be bound not to be null.
    for column in table.columns:
        if not column.nullable and column.name not in frame.columns:
            work.execute(text(f"ALTER TABLE {staging} ALTER COLUMN {column.name} DROP NOT NULL"))
    work.execute(text(f"TRUNCATE {staging}"))
    work.copy_frame(staging, _codes(frame))
    assigned = ", ".join(f'"{name}" = s."{name}"' for name in frame.columns if name != key)
    work.execute(
        text(f"UPDATE {table.name} AS t SET {assigned} FROM {staging} AS s WHERE t.{key} = s.{key}")  # noqa: S608 - names of our own tables
    )


def blank_prices(work: Work, ids: NDArray[np.int64], run: int) -> None:
    """Prices that became unknown by a rejected row; the last one believed is kept (R-F-7)."""
    work.execute(
        text(
            "UPDATE offers SET last_minor = coalesce(price_minor, last_minor), price_minor = NULL, "
            "changed_run = :run WHERE id = ANY(CAST(:ids AS bigint[]))"
        ),
        {"ids": ids.tolist(), "run": run},
    )


def set_price(work: Work, offer: int, run: int, state: Mapping[str, Any]) -> None:
    """The present price of one offer as its state has it (`price_minor`, HELD)."""
    held = state["held_at"]
    work.execute(
        update(offers)
        .where(offers.c.id == offer)
        .values(
            price_minor=state["price_minor"],
            last_minor=state["last_minor"],
            held_minor=state["held_minor"],
            held_at=None if held is None else from_micros(held),
            changed_run=run,
        )
    )


def held_prices(work: Work, source_id: int | None, limit: int) -> list[Mapping[str, Any]]:
    """Offers whose price waits (R-F-7), the longest first: `id`, `title`, `currency`,
    `last_minor`, `held_minor`, `held_at` (None: held by hand).
    """
    query = (
        select(
            offers.c.id,
            offer_texts.c.title,
            offers.c.currency,
            offers.c.last_minor,
            offers.c.held_minor,
            offers.c.held_at,
        )
        .join(offer_texts, offer_texts.c.id == offers.c.id)
        .where(offers.c.held_minor.is_not(None), offers.c.status == 0)
        .order_by(offers.c.held_at.asc().nulls_last(), offers.c.id)
        .limit(limit)
    )
    if source_id is not None:
        query = query.where(offers.c.id >= source_id << 32, offers.c.id < (source_id + 1) << 32)
    return [row._asdict() for row in work.execute(query)]


def stored_prices(work: Work, ids: NDArray[np.int64]) -> pl.DataFrame:
    """The stored fields from which a price follows (R-RUN-3), as `effective` wants them.

    One row an offer that is there, by `ordinal`.
    """
    columns = (
        offers.c.id,
        offers.c.currency,
        offers.c.regular_minor,
        offers.c.sale_minor,
        offers.c.sale_from,
        offers.c.sale_to,
        offers.c.expires_at,
        offers.c.ref_price_minor,
        offers.c.ref_kind,
        offers.c.claim_percent,
        offers.c.availability,
    )
    frame = work.fetch_frame(
        select(*columns).where(
            offers.c.id == func.any(cast(literal(ids.tolist()), ARRAY(BigInteger)))
        ),
        schema={
            "id": pl.Int64(),
            "currency": pl.String(),
            "regular_minor": pl.Int64(),
            "sale_minor": pl.Int64(),
            "sale_from": UTC_TIME,
            "sale_to": UTC_TIME,
            "expires_at": UTC_TIME,
            "ref_price_minor": pl.Int64(),
            "ref_kind": pl.Int16(),
            "claim_percent": pl.Int16(),
            "availability": pl.Int16(),
        },
    )
    return frame.with_columns(
        (pl.col("id") & MAX_ORDINAL).cast(pl.UInt32).alias("ordinal"),
        pl.col("availability").cast(pl.UInt8).cat.to(AVAILABILITY),
        pl.col("ref_kind").cast(pl.UInt8).cat.to(REF_KIND),
    )


def offer_row(work: Work, offer_id: int) -> Mapping[str, Any] | None:
    row = work.execute(
        select(offers, offer_texts)
        .join(offer_texts, offers.c.id == offer_texts.c.id)
        .where(offers.c.id == offer_id)
    ).one_or_none()
    return row._asdict() if row else None


def deal_row(work: Work, offer_id: int) -> Mapping[str, Any] | None:
    row = work.execute(select(deals).where(deals.c.offer_id == offer_id)).one_or_none()
    return row._asdict() if row else None


def signs(work: Work, source_id: int, column: str) -> pl.DataFrame:
    """One of the texts of all offers of a source: `ordinal` and the column."""
    chosen = offer_texts.c[column]
    frame = work.fetch_frame(
        select(offer_texts.c.id, chosen).where(
            offer_texts.c.id >= source_id << 32, offer_texts.c.id < (source_id + 1) << 32
        ),
        schema={"id": pl.Int64(), column: pl.String()},
    )
    return frame.with_columns((pl.col("id") & MAX_ORDINAL).cast(pl.UInt32).alias("ordinal"))


def state_rows(work: Work, source_id: int) -> pl.DataFrame:
    """What the database knows of the state of a source, one row an offer: `ordinal`,
    `source_offer_id`, `price_minor`, `currency`, `availability`, `status` and `wake` (the next
    moment at which a sale begins or ends or the offer expires, after the newest run).
    """
    frame = work.fetch_frame(
        text(
            "SELECT o.id, t.source_offer_id, o.price_minor, o.currency, o.availability, o.status, "
            "least(CASE WHEN o.sale_from > s.head_at THEN o.sale_from END, "
            "CASE WHEN o.sale_to > s.head_at THEN o.sale_to END, "
            "CASE WHEN o.expires_at > s.head_at THEN o.expires_at END, "
            "o.held_at + make_interval(secs => s.interval_seconds)), "
            "o.last_minor, o.held_minor, o.held_at "
            "FROM offers o JOIN offer_texts t ON t.id = o.id JOIN sources s ON s.id = :source "
            "WHERE o.id >= :low AND o.id < :high"
        ),
        {"source": source_id, "low": source_id << 32, "high": (source_id + 1) << 32},
        schema={
            "id": pl.Int64(),
            "source_offer_id": pl.String(),
            "price_minor": pl.Int64(),
            "currency": pl.String(),
            "availability": pl.Int16(),
            "status": pl.Int16(),
            "wake": UTC_TIME,
            "last_minor": pl.Int64(),
            "held_minor": pl.Int64(),
            "held_at": UTC_TIME,
        },
    )
    return frame.with_columns(
        (pl.col("id") & MAX_ORDINAL).cast(pl.UInt32).alias("ordinal"),
        pl.col("availability").cast(pl.UInt8).cat.to(AVAILABILITY),
        pl.col("wake", "held_at").to_physical(),
    )


def run_kinds(work: Work, source_id: int) -> dict[int, str]:
    """The kind of each published run of a source."""
    rows = work.execute(
        select(feed_runs.c.number, feed_runs.c.kind).where(
            feed_runs.c.source_id == source_id, feed_runs.c.status == RunStatus.PUBLISHED
        )
    )
    return {row.number: row.kind for row in rows}


def known_deals(work: Work, lowest: int, highest: int) -> pl.Series:
    """Offers between two ids that are or once were a deal."""
    return work.fetch_frame(
        select(deals.c.offer_id).where(deals.c.offer_id.between(lowest, highest)),
        schema={"offer_id": pl.Int64()},
    )["offer_id"]


def open_deals(work: Work, ids: pl.Series, verdict: str) -> pl.Series:
    """Those of these offers that are a deal now by this verdict."""
    return work.fetch_frame(
        text(
            "SELECT offer_id FROM deals WHERE offer_id = ANY(CAST(:ids AS bigint[])) "
            "AND closed_at IS NULL AND verdict = :verdict"
        ),
        {"ids": ids.to_list(), "verdict": verdict},
        schema={"offer_id": pl.Int64()},
    )["offer_id"]


def close_deals(work: Work, ids: pl.Series, at: datetime) -> None:
    """Closes the open deals among these offers."""
    work.execute(
        text(
            "UPDATE deals SET closed_at = :at "
            "WHERE offer_id = ANY(CAST(:ids AS bigint[])) AND closed_at IS NULL"
        ),
        {"at": at, "ids": ids.to_list()},
    )


def _among(ids: pl.Series) -> tuple[str, dict[str, object]]:
    """The condition for offers by id. New ones follow each other: then two bounds say it all, and
    the database walks along its index instead of looking up each.
    """
    low, high = ids.min(), ids.max()
    if isinstance(low, int) and isinstance(high, int) and high - low + 1 == ids.n_unique():
        return "o.id BETWEEN :low AND :high AND t.id BETWEEN :low AND :high", {
            "low": low,
            "high": high,
        }
    return "o.id = ANY(CAST(:ids AS bigint[]))", {"ids": ids.to_list()}


def stated(work: Work, ids: pl.Series) -> pl.DataFrame:
    """What judging and rating need of offers beside their history, one row an offer found.

    Gives `offer_id`, `perishable`, `audience`, `ref_price_minor`, `ref_kind`, `claim_percent` (the
    claim as it stands), `availability`, `sale_from`, `sale_to`, `expires_at`, and of the texts only
    lengths and presence: `title_length`, `description_length`, `images`, `has_brand`,
    `has_identifier`, `has_category`, and hashes of the words for `shelf` and `maker`, in small
    letters (null: not stated). `price_differs`: the page shows another price (R-J-3).
    """
    wanted, values = _among(ids)
    frame = work.fetch_frame(
        text(
            "SELECT o.id, o.perishable, o.audience, o.claim_ref_minor, o.claim_kind, "  # noqa: S608 - the conditions are our own
            "o.claim_percent, o.availability, o.sale_from, o.sale_to, o.expires_at, "
            "length(t.title), coalesce(length(t.description), 0), "
            "coalesce(cardinality(t.image_urls), 0), t.brand IS NOT NULL, "
            "t.gtin14 IS NOT NULL OR t.mpn IS NOT NULL, "
            "t.category_path IS NOT NULL OR t.product_type IS NOT NULL, "
            f"{SHELF}, {MAKER}, coalesce('price_differs' = ANY(t.flags), false) "
            f"FROM offers o JOIN offer_texts t ON t.id = o.id WHERE {wanted} AND o.status = 0"
        ),
        values,
        schema={
            "offer_id": pl.Int64(),
            "perishable": pl.Boolean(),
            "audience": pl.Int16(),
            "ref_price_minor": pl.Int64(),
            "ref_kind": pl.Int16(),
            "claim_percent": pl.Int16(),
            "availability": pl.Int16(),
            "sale_from": UTC_TIME,
            "sale_to": UTC_TIME,
            "expires_at": UTC_TIME,
            "title_length": pl.Int32(),
            "description_length": pl.Int32(),
            "images": pl.Int32(),
            "has_brand": pl.Boolean(),
            "has_identifier": pl.Boolean(),
            "has_category": pl.Boolean(),
            "shelf": pl.Int64(),
            "maker": pl.Int64(),
            "price_differs": pl.Boolean(),
        },
    )
    return frame.with_columns(
        pl.col("audience").cast(pl.UInt8).cat.to(AUDIENCE),
        pl.col("ref_kind").cast(pl.UInt8).cat.to(REF_KIND),
        pl.col("availability").cast(pl.UInt8).cat.to(AVAILABILITY),
    )


def remove_offers(work: Work, source_id: int) -> int:
    """Takes all offers of a source; its runs stay as tombstones of what was once observed."""
    low, high = source_id << 32, (source_id + 1) << 32
    for table, column in ((deals, deals.c.offer_id), (offer_texts, offer_texts.c.id)):
        work.execute(table.delete().where(column >= low, column < high))
    done = work.execute(offers.delete().where(offers.c.id >= low, offers.c.id < high))
    return int(done.rowcount)
