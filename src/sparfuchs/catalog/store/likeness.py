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
_ASKED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "shops": pl.Int32(),
    "highest_minor": pl.Int64(),
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
    mine = work.fetch_frame(
        "SELECT o.id, t.gtin14, o.currency FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
        "JOIN offers o ON o.id = w.id JOIN offer_texts t ON t.id = w.id "
        "WHERE t.gtin14 IS NOT NULL ORDER BY o.id",
        {"ids": ids.to_list()},
        schema={"offer_id": pl.Int64(), "gtin": pl.String(), "currency": pl.String()},
    )
    if mine.is_empty():
        return pl.DataFrame(schema=_ASKED)
    asked = work.fetch_frame(
        "SELECT t.gtin14, o.currency, count(DISTINCT s.merchant_id)::int, max(o.price_minor) "
        "FROM offer_texts t JOIN offers o ON o.id = t.id AND o.status = 0 "
        "AND o.price_minor IS NOT NULL JOIN sources s ON s.id = t.id >> 32 "
        "WHERE t.gtin14 = ANY(CAST(:gtins AS text[])) GROUP BY 1, 2",
        {"gtins": mine["gtin"].unique().to_list()},
        schema={
            "gtin": pl.String(),
            "currency": pl.String(),
            "shops": pl.Int32(),
            "highest_minor": pl.Int64(),
        },
    )
    return mine.join(asked, on=["gtin", "currency"], maintain_order="left").select(list(_ASKED))


def some_links(work: Work, source_id: int, count: int, seed: int) -> list[str]:
    """Web addresses of some live offers of a source, drawn by `seed`; fewer where there are few.

    Ordinals are dense, so offers are drawn by their number and nothing is walked through.
    """
    rows = work.fetch_frame(
        text(
            "SELECT t.landing_url FROM (SELECT DISTINCT (CAST(:source AS bigint) << 32) | "
            "(abs(hashint8extended(n, :seed)) % s.next_ordinal) AS id "
            "FROM sources s, generate_series(1, 8 * :count) AS n "
            "WHERE s.id = :source AND s.next_ordinal > 0) AS drawn "
            "JOIN offers o ON o.id = drawn.id AND o.status = 0 JOIN offer_texts t ON t.id = o.id "
            "WHERE t.landing_url ~ '^https?://' ORDER BY hashint8extended(o.id, :seed) "
            "LIMIT :count"
        ),
        {"source": source_id, "count": count, "seed": seed},
        schema={"link": pl.String()},
    )
    return rows["link"].to_list()


def titles(work: Work, ids: pl.Series) -> dict[int, str]:
    """Titles of a few offers by id; those that are gone for good are absent."""
    rows = work.fetch_frame(
        "SELECT id, title FROM offer_texts WHERE id = ANY(CAST(:ids AS bigint[]))",
        {"ids": ids.unique().to_list()},
        schema={"id": pl.Int64(), "title": pl.String()},
    )
    return dict(zip(rows["id"].to_list(), rows["title"].to_list(), strict=True))
