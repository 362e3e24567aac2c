"""The SQL of what was compared: kept for audit, for clusters to come, and as rivals."""

from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Schema, conform
from sparfuchs.matching.model import BAND
from sparfuchs.matching.place import EDGE
from sparfuchs.matching.store.bulk import merge
from sparfuchs.matching.tables import product_edges
from sparfuchs.plumbing.db import Work

_CODED: Final[Schema] = {**EDGE, "band": pl.Int16()}
_COLUMNS: Final = "e.left_id, e.right_id, e.key, e.score, e.alone, e.probability, e.band"


def edges_of(work: Work, ids: pl.Series) -> pl.DataFrame:
    """EDGE rows of the version in force with one of these offers at either end, each once."""
    return _named(
        work.fetch_frame(
            f"WITH w AS (SELECT unnest(CAST(:ids AS bigint[])) AS id) "  # noqa: S608 - our own columns
            f"SELECT {_COLUMNS} FROM w JOIN product_edges e ON e.left_id = w.id UNION ALL "
            f"SELECT {_COLUMNS} FROM w JOIN product_edges e ON e.right_id = w.id "
            "WHERE e.left_id <> ALL(CAST(:ids AS bigint[]))"
            if len(ids) < _FEW
            else f"WITH w AS MATERIALIZED (SELECT unnest(CAST(:ids AS bigint[])) AS id) "  # noqa: S608 - as above
            f"SELECT {_COLUMNS} FROM product_edges e WHERE e.left_id IN (SELECT id FROM w) "
            "OR e.right_id IN (SELECT id FROM w)",
            {"ids": ids.to_list()},
            schema=_CODED,
        )
    )


_FEW: Final = 100


def edges_among(work: Work, ids: pl.Series) -> pl.DataFrame:
    """EDGE rows with two of these offers."""
    return _named(
        work.fetch_frame(
            "WITH w AS MATERIALIZED (SELECT unnest(CAST(:ids AS bigint[])) AS id) "  # noqa: S608 - ours
            f"SELECT {_COLUMNS} FROM w JOIN product_edges e ON e.left_id = w.id "
            "WHERE e.right_id IN (SELECT id FROM w)",
            {"ids": ids.to_list()},
            schema=_CODED,
        )
    )


def drop_edges(work: Work, ids: pl.Series, *, among: bool = False) -> None:
    """Takes edges with one of these offers, or `among`: with two of them."""
    both = "AND" if among else "OR"
    work.execute(
        "WITH w AS MATERIALIZED (SELECT unnest(CAST(:ids AS bigint[])) AS id) "  # noqa: S608 - ours
        "DELETE FROM product_edges WHERE left_id IN (SELECT id FROM w) "
        f"{both} right_id IN (SELECT id FROM w)",
        {"ids": ids.to_list()},
    )


def add_edges(work: Work, edges: pl.DataFrame, version: int, *, none_there: bool = False) -> None:
    """Stores EDGE rows in place of those of the same pairs; `none_there`: there are no others."""
    rows = conform(
        edges.with_columns(pl.col("band").cast(BAND).to_physical().alias("band")), _CODED
    ).rename({"left": "left_id", "right": "right_id"})
    rows = rows.with_columns(version=pl.lit(version, dtype=pl.Int32))
    if none_there:
        work.execute("TRUNCATE product_edges")
        work.copy_frame(product_edges.name, rows)
    else:
        merge(work, product_edges.name, rows, ("left_id", "right_id"))


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("band").cast(pl.UInt8).cat.to(BAND).alias("band"))
