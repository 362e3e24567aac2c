"""The SQL of what matching reads of offers, and of what a product shows of its own."""

from typing import Final

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
_STANDING: Final[Schema] = {
    "offer": pl.Int64(),
    "merchant": pl.Int64(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "available": pl.Boolean(),
    "deal": pl.Boolean(),
    "shipping_minor": pl.Int64(),
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


def standing(work: Work, ids: pl.Series) -> pl.DataFrame:
    """Those of these offers that live: offer, merchant (its id), price_minor, currency, available
    (not said to be sold out), deal, shipping_minor.
    """
    return work.fetch_frame(
        "SELECT o.id, s.merchant_id, o.price_minor, o.currency, o.availability <> 2, "
        "d.offer_id IS NOT NULL AND d.closed_at IS NULL, o.shipping_minor "
        "FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
        "JOIN offers o ON o.id = w.id AND o.status = 0 "
        "JOIN sources s ON s.id = o.id >> 32 LEFT JOIN deals d ON d.offer_id = o.id "
        "ORDER BY o.id",
        {"ids": ids.to_list()},
        schema=_STANDING,
    )
