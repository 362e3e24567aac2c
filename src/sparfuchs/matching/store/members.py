"""The SQL of products and of which offers belong to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import select, text, update

from sparfuchs.kernel.frames import UTC_TIME, Schema, conform
from sparfuchs.matching.store.bulk import merge
from sparfuchs.matching.tables import product_members, products
from sparfuchs.plumbing.db import Work

MEMBER: Final[Schema] = {
    "offer_id": pl.Int64(),
    "product_id": pl.Int64(),
    "since": UTC_TIME,
    "how": pl.String(),
    "partner_id": pl.Int64(),
    "probability": pl.Float32(),
    "reasons": pl.String(),
    "same_as": pl.Int64(),
    "version": pl.Int32(),
    "signature": pl.Int64(),
    "family": pl.Int64(),
    "kin": pl.Int64(),
    "run": pl.Int32(),
}


def members(work: Work, ids: pl.Series) -> pl.DataFrame:
    """MEMBER rows of those of these offers that have a product."""
    columns = ", ".join(f"m.{name}" for name in MEMBER)
    return work.fetch_frame(
        f"SELECT {columns} FROM product_members m "  # noqa: S608 - our own columns
        "JOIN unnest(CAST(:ids AS bigint[])) AS w(id) ON w.id = m.offer_id ORDER BY 1",
        {"ids": ids.to_list()},
        schema=MEMBER,
    )


def placed(work: Work, ids: pl.Series) -> pl.DataFrame:
    """offer, run (null: stands for nothing) of those of these offers that have a product."""
    return work.fetch_frame(
        "SELECT m.offer_id, m.run FROM product_members m "
        "JOIN unnest(CAST(:ids AS bigint[])) AS w(id) ON w.id = m.offer_id",
        {"ids": ids.to_list()},
        schema={"offer": pl.Int64(), "run": pl.Int32()},
    )


def belonging(work: Work, ids: pl.Series) -> pl.DataFrame:
    """offer_id, product and same_as of those of these offers that have a product, for the index."""
    return work.fetch_frame(
        "SELECT m.offer_id, m.product_id, m.same_as FROM product_members m "
        "JOIN unnest(CAST(:ids AS bigint[])) AS w(id) ON w.id = m.offer_id",
        {"ids": ids.to_list()},
        schema={"offer_id": pl.Int64(), "product": pl.Int64(), "same_as": pl.Int64()},
    )


def member_ids(work: Work) -> pl.Series:
    """All offers that have a product, by id."""
    return work.fetch_frame(
        "SELECT offer_id FROM product_members ORDER BY 1", {}, schema={"offer": pl.Int64()}
    )["offer"]


def stand_in(work: Work, offers: pl.Series, run: int) -> None:
    """Notes in which run these offers stand for their products."""
    work.execute(
        "UPDATE product_members m SET run = :run FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
        "WHERE m.offer_id = w.id",
        {"ids": offers.to_list(), "run": run},
    )


def known_offers(work: Work) -> int:
    """How many offers have a product."""
    return int(work.execute("SELECT count(*) FROM product_members").scalar_one())


def products_of(work: Work, numbers: pl.Series) -> pl.Series:
    """All offers of these products, by id."""
    return work.fetch_frame(
        "SELECT m.offer_id FROM product_members m "
        "JOIN unnest(CAST(:ids AS bigint[])) AS w(id) ON w.id = m.product_id ORDER BY 1",
        {"ids": numbers.to_list()},
        schema={"offer": pl.Int64()},
    )["offer"]


def members_by_product(work: Work, numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Product and offer of all that belong to these products and are not seen twice."""
    rows = work.execute(
        "SELECT m.product_id, m.offer_id FROM product_members m "
        "JOIN unnest(CAST(:ids AS bigint[])) AS w(id) ON w.id = m.product_id "
        "WHERE m.same_as IS NULL ORDER BY 1, 2",
        {"ids": list(numbers)},
    )
    return [(row.product_id, row.offer_id) for row in rows]


def product_by_offer(work: Work, ids: Sequence[int]) -> dict[int, int]:
    """The product of each of these offers that has one."""
    rows = work.execute(
        "SELECT m.offer_id, m.product_id FROM product_members m "
        "JOIN unnest(CAST(:ids AS bigint[])) AS w(id) ON w.id = m.offer_id",
        {"ids": list(ids)},
    )
    return {row.offer_id: row.product_id for row in rows}


def keep_members(work: Work, rows: pl.DataFrame, *, none_there: bool = False) -> None:
    """Stores MEMBER rows in place of those of the same offers."""
    told = conform(rows, MEMBER)
    if none_there:
        work.execute("TRUNCATE product_members")
        work.copy_frame(product_members.name, told)
    else:
        merge(work, product_members.name, told, ("offer_id",))


def next_product(work: Work) -> int:
    """The lowest id that no product ever had."""
    return int(work.execute("SELECT coalesce(max(id), 0) + 1 FROM products").scalar_one())


def touch(work: Work, numbers: pl.Series, at: datetime) -> None:
    """Makes products that are not there, revives those that ended, and marks all as touched."""
    rows = pl.DataFrame({"id": numbers.unique().sort()}).with_columns(
        made_at=pl.lit(at).cast(UTC_TIME),
        ended_at=pl.lit(None, dtype=UTC_TIME),
        touched=pl.lit(value=True),
    )
    if rows.is_empty():
        return
    work.execute(
        "UPDATE products SET touched = true, ended_at = NULL "
        "WHERE id = ANY(CAST(:ids AS bigint[]))",
        {"ids": rows["id"].to_list()},
    )
    there = work.fetch_frame(
        "SELECT id FROM products WHERE id = ANY(CAST(:ids AS bigint[]))",
        {"ids": rows["id"].to_list()},
        schema={"id": pl.Int64()},
    )
    work.copy_frame(products.name, rows.join(there, on="id", how="anti"))


def end_empty(work: Work, at: datetime) -> int:
    """Ends products that no offer has any more. Gives how many."""
    done = work.execute(
        text(
            "UPDATE products p SET ended_at = :at, touched = false WHERE p.ended_at IS NULL "
            "AND p.touched AND NOT EXISTS "
            "(SELECT FROM product_members m WHERE m.product_id = p.id)"
        ),
        {"at": at},
    )
    return int(done.rowcount)


def touched(work: Work, after: int, limit: int) -> pl.Series:
    """The next products of several offers that changed since they were last looked at as a whole.

    A product of one offer has nothing to be looked at.
    """
    return work.fetch_frame(
        "SELECT p.id FROM products p WHERE p.touched AND p.id > :after AND EXISTS "
        "(SELECT FROM product_members m WHERE m.product_id = p.id OFFSET 1) "
        "ORDER BY p.id LIMIT :limit",
        {"after": after, "limit": limit},
        schema={"id": pl.Int64()},
    )["id"]


def untouch(work: Work) -> None:
    work.execute(update(products).where(products.c.touched).values(touched=False))


def extent(work: Work) -> dict[str, Any]:
    """How much there is: products, offers that have one, pairs that wait for a person, version."""
    row = work.execute(
        "SELECT (SELECT count(*) FROM products WHERE ended_at IS NULL) AS products, "
        "(SELECT count(*) FROM product_members) AS offers, "
        "(SELECT count(*) FROM match_reviews) AS reviews, "
        "(SELECT max(version) FROM match_versions) AS version"
    ).one()
    return row._asdict()


def member_row(work: Work, offer: int) -> Mapping[str, Any] | None:
    row = work.execute(
        select(product_members).where(product_members.c.offer_id == offer)
    ).one_or_none()
    return row._asdict() if row else None


def member_rows(work: Work, number: int) -> list[Mapping[str, Any]]:
    """The offers of a product, by id."""
    rows = work.execute(
        select(product_members)
        .where(product_members.c.product_id == number)
        .order_by(product_members.c.offer_id)
    )
    return [row._asdict() for row in rows]


def siblings(work: Work, number: int, limit: int) -> list[int]:
    """Other products of the family: an item group in common, or brand and words; smallest first."""
    rows = work.execute(
        "SELECT DISTINCT s.product_id FROM product_members m JOIN product_members s "
        "ON s.family = m.family OR s.kin = m.kin "
        "WHERE m.product_id = :id AND s.product_id <> :id ORDER BY 1 LIMIT :limit",
        {"id": number, "limit": limit},
    )
    return [int(row.product_id) for row in rows]


def forget(work: Work, source: int) -> pl.Series:
    """Takes what there is of a source's offers. Gives the products that had some."""
    bounds = {"low": source << 32, "high": (source + 1) << 32}
    had = work.fetch_frame(
        "SELECT DISTINCT product_id FROM product_members WHERE offer_id >= :low "
        "AND offer_id < :high ORDER BY 1",
        bounds,
        schema={"id": pl.Int64()},
    )["id"]
    for table in ("product_edges", "match_reviews"):
        work.execute(
            f"DELETE FROM {table} WHERE (left_id >= :low AND left_id < :high) "  # noqa: S608 - ours
            "OR (right_id >= :low AND right_id < :high)",
            bounds,
        )
    work.execute("DELETE FROM product_members WHERE offer_id >= :low AND offer_id < :high", bounds)
    work.execute(
        "UPDATE product_members SET same_as = NULL WHERE same_as >= :low AND same_as < :high",
        bounds,
    )
    return had
