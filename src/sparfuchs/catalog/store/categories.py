"""The SQL of categories: of offers, and of merchants' paths that were mapped by hand."""

from datetime import datetime
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from sparfuchs.catalog.store.offers import add_rows, merge_rows
from sparfuchs.catalog.tables import category_choices, offer_categories
from sparfuchs.kernel.frames import Schema
from sparfuchs.plumbing.db import Work

# What is stored of an offer's category: a node of the tree, its probability from 0 to 1, and how it
# is known, as the number that its owner gave to it. Offers of unknown category have no row.
OFFER_CATEGORY: Final[Schema] = {
    "offer_id": pl.Int64(),
    "category_id": pl.Int32(),
    "confidence": pl.Float32(),
    "how": pl.Int16(),
}
_DESCRIBED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "title": pl.String(),
    "brand": pl.String(),
    "category_path": pl.String(),
    "product_type": pl.String(),
}
_PATHS: Final[Schema] = {
    "path": pl.String(),
    "offers": pl.Int64(),
    "category_id": pl.Int32(),
    "confidence": pl.Float32(),
    "how": pl.Int16(),
}
# The merchant's own words for the shelf; a bare code is none. As matching reads it.
_PATH: Final = (
    "nullif(btrim(coalesce(t.product_type, CASE WHEN t.category_path ~ '[^0-9[:space:]]' "
    "THEN t.category_path END)), '')"
)


def described(work: Work, ids: NDArray[np.int64]) -> pl.DataFrame:
    """What says of these offers (those that live) on which shelf they belong: offer_id, title,
    brand, category_path, product_type, by id.
    """
    return work.fetch_frame(
        "SELECT o.id, t.title, t.brand, t.category_path, t.product_type "
        "FROM unnest(CAST(:ids AS bigint[])) AS w(id) "
        "JOIN offers o ON o.id = w.id JOIN offer_texts t ON t.id = o.id "
        "WHERE o.status = 0 ORDER BY o.id",
        {"ids": ids.tolist()},
        schema=_DESCRIBED,
    )


def categories_of(work: Work, ids: NDArray[np.int64]) -> pl.DataFrame:
    """OFFER_CATEGORY of those of these offers whose category is known, by id."""
    return work.fetch_frame(
        "SELECT c.offer_id, c.category_id, c.confidence, c.how FROM offer_categories c "
        "JOIN unnest(CAST(:ids AS bigint[])) AS w(id) ON c.offer_id = w.id ORDER BY c.offer_id",
        {"ids": ids.tolist()},
        schema=OFFER_CATEGORY,
    )


def keep_categories(work: Work, asked: NDArray[np.int64], found: pl.DataFrame) -> pl.Series:
    """Stores the OFFER_CATEGORY of the offers asked for; those without a row become unknown.

    Gives the ids of those whose node changed. What is stored already is not written again.
    """
    before = categories_of(work, asked)
    lost = before.join(found, on="offer_id", how="anti")["offer_id"]
    fresh = found.join(before, on="offer_id", how="anti")
    both = found.join(before, on="offer_id", suffix="_before")
    changed = both.filter(
        (pl.col("category_id") != pl.col("category_id_before"))
        | (pl.col("how") != pl.col("how_before"))
        | (pl.col("confidence") != pl.col("confidence_before"))
    )
    if len(lost):
        # As one array: a statement has at most 65,535 parameters.
        work.execute(
            "DELETE FROM offer_categories WHERE offer_id = ANY(CAST(:ids AS bigint[]))",
            {"ids": lost.to_list()},
        )
    if fresh.height:
        add_rows(work, offer_categories, fresh)
    merge_rows(work, offer_categories, changed.select(list(OFFER_CATEGORY)), "offer_id")
    moved = changed.filter(pl.col("category_id") != pl.col("category_id_before"))
    return pl.concat([lost, fresh["offer_id"], moved["offer_id"]]).sort()


def forget_categories(work: Work, source_id: int) -> None:
    """Removes what is known of a source's offers, and what was mapped for it."""
    low, high = source_id << 32, (source_id + 1) << 32
    column = offer_categories.c.offer_id
    work.execute(delete(offer_categories).where(column >= low, column < high))
    work.execute(delete(category_choices).where(category_choices.c.source_id == source_id))


def category_choices_of(work: Work, source_id: int) -> dict[str, int]:
    """The nodes that were given by hand to paths of a source."""
    rows = work.execute(
        select(category_choices.c.path, category_choices.c.category_id).where(
            category_choices.c.source_id == source_id
        )
    )
    return {row.path: row.category_id for row in rows}


def choose_category(work: Work, source_id: int, path: str, category: int, at: datetime) -> None:
    """Gives a path of a source a node by hand, in place of an earlier one."""
    given = {"source_id": source_id, "path": path, "category_id": category, "chosen_at": at}
    made = insert(category_choices).values(given)
    work.execute(
        made.on_conflict_do_update(
            index_elements=["source_id", "path"],
            set_={"category_id": made.excluded.category_id, "chosen_at": made.excluded.chosen_at},
        )
    )


def unchoose_category(work: Work, source_id: int, path: str) -> bool:
    """Takes back what was chosen by hand; False when nothing was."""
    done = work.execute(
        delete(category_choices).where(
            category_choices.c.source_id == source_id, category_choices.c.path == path
        )
    )
    return bool(done.rowcount)


def ids_of_path(work: Work, source_id: int, path: str) -> NDArray[np.int64]:
    """The offers of a source that live and state this path."""
    rows = work.fetch_frame(
        "SELECT t.id FROM offer_texts t JOIN offers o ON o.id = t.id AND o.status = 0 "  # noqa: S608 - our own words
        f"WHERE t.id >= :low AND t.id < :high AND {_PATH} = :path ORDER BY t.id",
        {"low": source_id << 32, "high": (source_id + 1) << 32, "path": path},
        schema={"id": pl.Int64()},
    )
    found: NDArray[np.int64] = rows["id"].to_numpy()
    return found


def stated_paths(work: Work, source_id: int, limit: int) -> list[dict[str, Any]]:
    """The paths that a source states, the most frequent first: path, offers, and the node that most
    of its offers have (category_id, confidence, how; null: unknown).
    """
    rows = work.fetch_frame(
        f"SELECT {_PATH} AS path, count(*), "  # noqa: S608 - our own words
        "mode() WITHIN GROUP (ORDER BY c.category_id), avg(c.confidence)::real, "
        "(mode() WITHIN GROUP (ORDER BY c.how))::smallint "
        "FROM offer_texts t JOIN offers o ON o.id = t.id AND o.status = 0 "
        "LEFT JOIN offer_categories c ON c.offer_id = t.id "
        f"WHERE t.id >= :low AND t.id < :high AND {_PATH} IS NOT NULL "
        "GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT :most",
        {"low": source_id << 32, "high": (source_id + 1) << 32, "most": limit},
        schema=_PATHS,
    )
    return rows.to_dicts()  # a page of paths, shown one by one


def stated_codes(work: Work, limit: int) -> pl.DataFrame:
    """Offers that state a code of the taxonomy, one a path and code: path, title, brand, code.

    Which one stands for its path and code is the same every time. At most `limit`, chosen by the
    hash of path and code, so that no merchant crowds out the others by being first.
    """
    return work.fetch_frame(
        "SELECT path, title, brand, code FROM ("  # noqa: S608 - our own words
        f"SELECT DISTINCT ON (p.path, p.code) p.path, t.title, t.brand, p.code "
        "FROM offer_texts t JOIN offers o ON o.id = t.id AND o.status = 0, LATERAL ("
        f"SELECT {_PATH} AS path, btrim(t.category_path)::int AS code) p "
        "WHERE t.category_path ~ '^ *[0-9]{1,8} *$' AND p.path IS NOT NULL "
        "ORDER BY p.path, p.code, t.id) one "
        "ORDER BY hashtextextended(path, code) LIMIT :most",
        {"most": limit},
        schema={
            "path": pl.String(),
            "title": pl.String(),
            "brand": pl.String(),
            "code": pl.Int32(),
        },
    )


def category_row(work: Work, offer: int) -> dict[str, Any] | None:
    """The stored category of one offer; None: unknown."""
    row = work.execute(
        text("SELECT category_id, confidence, how FROM offer_categories WHERE offer_id = :id"),
        {"id": offer},
    ).one_or_none()
    return row and row._asdict()
