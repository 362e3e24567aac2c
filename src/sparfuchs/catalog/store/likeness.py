"""The SQL of offers beside their likes: what shops ask for what they call the same."""

from typing import Final

import polars as pl
from sqlalchemy import text

from sparfuchs.kernel.frames import Schema
from sparfuchs.plumbing.db import Work

# Words as the source uses them, as one number: to be compared, never to be shown. The database's
# own hash may change with its version; what was learned by an older one is then simply not found.
SHELF: Final = "hashtextextended(lower(coalesce(t.category_path, t.product_type)), 0)"
MAKER: Final = "hashtextextended(lower(t.brand), 0)"

_PRICED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "shelf": pl.Int64(),
    "maker": pl.Int64(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
}
_UVP: Final = 1  # its place in RefKind


def priced(work: Work, after: int, limit: int) -> pl.DataFrame:
    """The next live offers with a price, by id: offer_id, shelf, maker (hashes, null where not
    stated), price_minor, currency.
    """
    return work.fetch_frame(
        text(
            f"SELECT o.id, {SHELF}, {MAKER}, o.price_minor, o.currency "  # noqa: S608 - our own
            "FROM offers o JOIN offer_texts t ON t.id = o.id "
            "WHERE o.id > :after AND o.status = 0 AND o.price_minor IS NOT NULL "
            "ORDER BY o.id LIMIT :limit"
        ),
        {"after": after, "limit": limit},
        schema=_PRICED,
    )


def claiming(work: Work, source_id: int, after: int, limit: int) -> pl.DataFrame:
    """The next live offers of a source that state a reduction now, by id: offer_id, and `uvp`,
    whether it is against a UVP.
    """
    return work.fetch_frame(
        text(
            "SELECT id, claim_kind = :uvp FROM offers "
            "WHERE id > :after AND id >= :low AND id < :high AND status = 0 "
            "AND (claim_ref_minor > price_minor OR claim_percent > 0) ORDER BY id LIMIT :limit"
        ),
        {
            "after": after,
            "low": source_id << 32,
            "high": (source_id + 1) << 32,
            "limit": limit,
            "uvp": _UVP,
        },
        schema={"offer_id": pl.Int64(), "uvp": pl.Boolean()},
    )


def asked_by_gtin(work: Work, ids: pl.Series) -> pl.DataFrame:
    """What the merchants that state the same GTIN ask for each of these offers now, in its
    currency: offer_id, shops (how many, its own among them) and highest_minor. Offers without a
    GTIN are absent.
    """
    return work.fetch_frame(
        text(
            "SELECT w.id, count(DISTINCT s.merchant_id)::int, max(o.price_minor) "
            "FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
            "JOIN offer_texts mine ON mine.id = w.id JOIN offers own ON own.id = w.id "
            "JOIN offer_texts t ON t.gtin14 = mine.gtin14 "
            "JOIN offers o ON o.id = t.id AND o.status = 0 AND o.currency = own.currency "
            "AND o.price_minor IS NOT NULL "
            "JOIN sources s ON s.id = t.id >> 32 GROUP BY w.id ORDER BY w.id"
        ),
        {"ids": ids.to_list()},
        schema={"offer_id": pl.Int64(), "shops": pl.Int32(), "highest_minor": pl.Int64()},
    )
