"""The SQL of what matching reads of offers, and of what a product shows of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from sparfuchs.kernel.frames import CONDITION, Schema
from sparfuchs.plumbing.db import Work

_COMPARED: Final[Schema] = {
    "offer": pl.Int64(),
    "merchant": pl.String(),
    "url": pl.String(),
    "title": pl.String(),
    "description": pl.String(),
    "brand": pl.String(),
    "gtin14": pl.String(),
    "mpn": pl.String(),
    "condition": pl.Int16(),
    "colour": pl.String(),
    "size": pl.String(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "item_group_id": pl.String(),
}


def compared(work: Work, ids: pl.Series, *, letters: int) -> pl.DataFrame:
    """What is compared of offers, by id, whether they live or are gone.

    Columns: offer, merchant (slug), url, title, description (its first `letters`), brand, gtin14,
    mpn, condition, colour, size, price_minor, currency, item_group_id.
    """
    rows = work.fetch_frame(
        "SELECT o.id, m.slug, t.landing_url, t.title, left(t.description, :letters), t.brand, "
        "t.gtin14, t.mpn, o.condition, t.colour, t.size, o.price_minor, o.currency, "
        "t.item_group_id FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
        "JOIN offers o ON o.id = w.id JOIN offer_texts t ON t.id = o.id "
        "JOIN sources s ON s.id = o.id >> 32 JOIN merchants m ON m.id = s.merchant_id "
        "ORDER BY o.id",
        {"ids": ids.to_list(), "letters": letters},
        schema=_COMPARED,
    )
    return rows.with_columns(pl.col("condition").cast(pl.UInt8).cat.to(CONDITION))


def standing(work: Work, ids: Sequence[int]) -> list[Mapping[str, Any]]:
    """Those of these offers that live: id, merchant (its id), price_minor, currency, available (not
    said to be sold out), deal, valid_to (of the deal). Plain rows: a page has some dozen.
    """
    rows = work.execute(
        "SELECT o.id, s.merchant_id AS merchant, o.price_minor, o.currency, "
        "o.availability <> 2 AS available, "
        "d.offer_id IS NOT NULL AND d.closed_at IS NULL AS deal, "
        "CASE WHEN d.closed_at IS NULL THEN d.valid_to END AS valid_to "
        "FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
        "JOIN offers o ON o.id = w.id AND o.status = 0 "
        "JOIN sources s ON s.id = o.id >> 32 LEFT JOIN deals d ON d.offer_id = o.id "
        "ORDER BY o.id",
        {"ids": list(ids)},
    )
    return [row._asdict() for row in rows]
