"""The SQL of promotions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import Select, and_, delete, func, or_, select, text

from sparfuchs.catalog.model import SourceStatus
from sparfuchs.catalog.tables import merchants, offer_texts, offers, promotions, sources
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.plumbing.db import Work

# What is known of the promotions of a source.
KNOWN_PROMOTION: Final = {
    "source_promotion_id": pl.String(),
    "digest": pl.Int64(),
    "gone_at": UTC_TIME,
}


def known_promotions(work: Work, source_id: int) -> pl.DataFrame:
    """All promotions that a source ever stated (KNOWN_PROMOTION), gone ones included."""
    return work.fetch_frame(
        select(*(promotions.c[name] for name in KNOWN_PROMOTION)).where(
            promotions.c.source_id == source_id
        ),
        schema=KNOWN_PROMOTION,
    )


def merge_promotions(work: Work, rows: pl.DataFrame) -> None:
    """New and changed promotions, with the columns of the table but `id`. What a source has stated
    before keeps its id and the time when it was first stated.
    """
    if rows.is_empty():
        return
    names = [column.name for column in promotions.columns if column.name != "id"]
    listed = ", ".join(names)
    kept = {"source_id", "source_promotion_id", "first_at"}
    taken = ", ".join(f"{name} = excluded.{name}" for name in names if name not in kept)
    work.execute(
        text(
            "CREATE TEMP TABLE IF NOT EXISTS staging_promotions "
            "(LIKE promotions) ON COMMIT DELETE ROWS"
        )
    )
    work.execute(text("ALTER TABLE staging_promotions ALTER COLUMN id DROP NOT NULL"))
    work.execute(text("TRUNCATE staging_promotions"))
    work.copy_frame("staging_promotions", rows.select(names))
    work.execute(
        text(
            f"INSERT INTO promotions ({listed}) SELECT {listed} FROM staging_promotions "  # noqa: S608 - names of our own columns
            f"ON CONFLICT (source_id, source_promotion_id) DO UPDATE SET {taken}"
        )
    )


def end_promotions(work: Work, source_id: int, names: list[str], at: datetime) -> None:
    """What a source states no more is gone since `at`."""
    if names:
        # As one array: a statement has at most 65,535 parameters.
        work.execute(
            "UPDATE promotions SET gone_at = :at WHERE source_id = :source "
            "AND source_promotion_id = ANY(CAST(:names AS text[]))",
            {"at": at, "source": source_id, "names": names},
        )


def remove_promotions(work: Work, source_id: int) -> None:
    work.execute(delete(promotions).where(promotions.c.source_id == source_id))


def posts_with_codes(work: Work, source_id: int) -> pl.DataFrame:
    """Live offers of a source whose attributes name codes: `source_offer_id`, `title`,
    `attributes` (JSON).
    """
    low, high = source_id << 32, (source_id + 1) << 32
    return work.fetch_frame(
        select(offer_texts.c.source_offer_id, offer_texts.c.title, offer_texts.c.attributes)
        .join(offers, offers.c.id == offer_texts.c.id)
        .where(
            offers.c.id >= low,
            offers.c.id < high,
            offers.c.status == 0,
            func.jsonb_exists(offer_texts.c.attributes, "codes"),
        )
        .order_by(offers.c.id),
        schema={"source_offer_id": pl.String(), "title": pl.String(), "attributes": pl.String()},
    )


def _promotions() -> Select[Any]:
    return (
        select(
            promotions,
            merchants.c.slug.label("merchant_slug"),
            merchants.c.name.label("merchant_name"),
            sources.c.name.label("source_name"),
        )
        .join(sources, sources.c.id == promotions.c.source_id)
        .join(merchants, merchants.c.id == sources.c.merchant_id)
        .where(sources.c.status != SourceStatus.REMOVED)
    )


def valid_at(at: datetime) -> Any:
    """The condition that a promotion is stated, valid and to be shown at a moment."""
    column = promotions.c
    return and_(
        column.gone_at.is_(None),
        *(or_(column[name].is_(None), column[name] <= at) for name in ("starts_at", "shown_from")),
        *(or_(column[name].is_(None), column[name] > at) for name in ("ends_at", "shown_to")),
    )


def promotions_of(
    work: Work,
    merchant: str | None = None,
    *,
    at: datetime | None,
    after: int = 0,
    limit: int | None = None,
) -> list[Mapping[str, Any]]:
    """Promotions in the order in which they came, of one merchant (its slug) or of all; with `at`
    only those valid at that moment. `after` is the id of the last one that is known already.
    """
    query = _promotions().where(promotions.c.id > after).order_by(promotions.c.id)
    if merchant is not None:
        query = query.where(merchants.c.slug == merchant)
    if at is not None:
        query = query.where(valid_at(at))
    if limit is not None:
        query = query.limit(limit)
    return [row._asdict() for row in work.execute(query)]


def promotion_row(work: Work, number: int) -> Mapping[str, Any] | None:
    row = work.execute(_promotions().where(promotions.c.id == number)).one_or_none()
    return row._asdict() if row else None
