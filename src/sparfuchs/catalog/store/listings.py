"""The SQL of what a listing shows of an offer, for the index and for pages of hits."""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import text

from sparfuchs.kernel.frames import UTC_TIME, Schema
from sparfuchs.plumbing.db import Work

# What is indexed of an offer that lives. `merchants` counts who offers the same GTIN.
_INDEXED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "title": pl.String(),
    "text": pl.String(),
    "brand": pl.String(),
    "mpn": pl.String(),
    "gtin": pl.String(),
    "category_path": pl.String(),
    "product_type": pl.String(),
    "merchant": pl.String(),
    "merchant_name": pl.String(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "available": pl.Boolean(),
    "new_at": UTC_TIME,
    "valid_to": UTC_TIME,
    "deal": pl.Boolean(),
    "stars": pl.Float64(),
}


def live_ids(work: Work, after: int, limit: int, *, below: int = 2**63 - 1) -> NDArray[np.int64]:
    """The next offers that live, by id, after one and below another."""
    rows = work.fetch_frame(
        "SELECT id FROM offers WHERE id > :after AND id < :below AND status = 0 "
        "ORDER BY id LIMIT :limit",
        {"after": after, "below": below, "limit": limit},
        schema={"id": pl.Int64()},
    )
    found: NDArray[np.int64] = rows["id"].to_numpy()
    return found


def indexed(work: Work, ids: NDArray[np.int64], *, letters: int) -> pl.DataFrame:
    """What the index wants of those of these offers that live, one row an offer.

    Columns: offer_id, title, text (the first `letters` of the description), brand, mpn, gtin,
    category_path, product_type, merchant (slug), merchant_name, price_minor, currency, available,
    new_at (when it became a deal, else when it was first read), valid_to, deal, stars (0 to 5 as
    stated, or null), merchants (how many offer the same GTIN, itself among them).
    """
    rows = work.fetch_frame(
        text(
            "SELECT o.id, t.title, left(t.description, :letters), t.brand, t.mpn, t.gtin14, "
            "t.category_path, t.product_type, "
            "m.slug, m.name, o.price_minor, o.currency, o.availability NOT IN (2), "
            "coalesce(d.opened_at, r.at, s.created_at), "
            "CASE WHEN d.closed_at IS NULL THEN d.valid_to END, "
            "d.offer_id IS NOT NULL AND d.closed_at IS NULL, "
            "CASE WHEN t.attributes->>'average_rating' ~ '^[0-5]([.][0-9]{1,3})?$' "
            "THEN (t.attributes->>'average_rating')::float8 END "
            "FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
            "JOIN offers o ON o.id = w.id JOIN offer_texts t ON t.id = o.id "
            "JOIN sources s ON s.id = o.id >> 32 JOIN merchants m ON m.id = s.merchant_id "
            "LEFT JOIN deals d ON d.offer_id = o.id "
            "LEFT JOIN feed_runs r ON r.source_id = s.id AND r.number = o.first_run "
            "WHERE o.status = 0 ORDER BY o.id"
        ),
        {"ids": ids.tolist(), "letters": letters},
        schema=_INDEXED,
    )
    counted = _merchants(work, rows["gtin"].drop_nulls().unique())
    return rows.join(counted, on="gtin", how="left", maintain_order="left").with_columns(
        pl.col("merchants").fill_null(1)
    )


def _merchants(work: Work, gtins: pl.Series) -> pl.DataFrame:
    """How many merchants offer each of these GTINs, of those that live."""
    return work.fetch_frame(
        "SELECT t.gtin14, count(DISTINCT s.merchant_id)::int "
        "FROM offer_texts t JOIN offers o ON o.id = t.id AND o.status = 0 "
        "JOIN sources s ON s.id = t.id >> 32 "
        "WHERE t.gtin14 = ANY(CAST(:gtins AS text[])) GROUP BY 1",
        {"gtins": gtins.to_list()},
        schema={"gtin": pl.String(), "merchants": pl.Int32()},
    )


def shown(work: Work, ids: list[int]) -> dict[int, dict[str, Any]]:
    """What a page of hits shows of offers, by id; those that are gone are absent."""
    rows = work.execute(
        text(
            "SELECT o.id, t.title, t.brand, t.category_path, t.product_type, t.landing_url, "
            "t.image_urls, m.slug, m.name, s.head_at, o.price_minor, o.currency, o.availability, "
            "o.claim_ref_minor, o.claim_kind, o.claim_percent, o.shipping_minor, "
            "t.unit_amount, t.unit, "
            "CASE WHEN d.closed_at IS NULL THEN d.valid_to END AS valid_to, "
            "d.offer_id IS NOT NULL AND d.closed_at IS NULL AS deal "
            "FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
            "JOIN offers o ON o.id = w.id JOIN offer_texts t ON t.id = o.id "
            "JOIN sources s ON s.id = o.id >> 32 JOIN merchants m ON m.id = s.merchant_id "
            "LEFT JOIN deals d ON d.offer_id = o.id WHERE o.status = 0"
        ),
        {"ids": ids},
    )
    return {row.id: row._asdict() for row in rows}
