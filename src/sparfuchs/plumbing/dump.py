"""Tables out of a database and into an empty one, as text that any version of PostgreSQL reads.

All tables of ours, whatever domain they belong to; the shape comes from the migrations, so a dump
has rows, the bounds of partitions and where the numbering of identities stands. The queue of jobs
stays behind: what is due is queued anew.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Final

from psycopg import sql

from sparfuchs.kernel.errors import UsageError
from sparfuchs.plumbing.db import Work

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_BOUND: Final = re.compile(r"FOR VALUES FROM \('[0-9 :+.-]+'\) TO \('[0-9 :+.-]+'\)")
_OURS: Final = (
    "n.nspname = 'public' AND c.relname NOT LIKE 'procrastinate%' "
    "AND c.relname <> 'alembic_version'"
)


@dataclass(frozen=True)
class Shape:
    """What a dump has to say beside the rows.

    `columns` by table, in an order in which rows may come in; `partitions` are name, table and
    bounds; `sequences` the last number given.
    """

    columns: Mapping[str, tuple[str, ...]]
    partitions: tuple[tuple[str, str, str], ...]
    sequences: Mapping[str, int]


def shape_of(work: Work) -> Shape:
    """Our tables in this database, those that others refer to first."""
    columns: dict[str, list[str]] = {}
    for row in work.execute(
        "SELECT c.relname AS name, a.attname AS part FROM pg_class c "  # noqa: S608 - our own words
        "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid "
        f"WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND {_OURS} "
        "AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' "
        "ORDER BY c.relname, a.attnum"
    ):
        columns.setdefault(row.name, []).append(row.part)
    order: TopologicalSorter[str] = TopologicalSorter(dict.fromkeys(columns, ()))
    for row in work.execute(
        "SELECT c.relname AS name, r.relname AS needed FROM pg_constraint k "
        "JOIN pg_class c ON c.oid = k.conrelid "
        "JOIN pg_class r ON r.oid = k.confrelid WHERE k.contype = 'f' AND c.oid <> r.oid"
    ):
        if row.name in columns and row.needed in columns:
            order.add(row.name, row.needed)
    partitions = work.execute(
        "SELECT c.relname AS name, p.relname AS part_of, "  # noqa: S608 - our own words
        "pg_get_expr(c.relpartbound, c.oid) AS bound FROM pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent "
        f"WHERE c.relispartition AND c.relkind = 'r' AND {_OURS} ORDER BY c.relname"
    )
    sequences = work.execute(
        "SELECT c.relname AS name, s.last_value FROM pg_class c "  # noqa: S608 - our own words
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_sequences s ON s.schemaname = n.nspname AND s.sequencename = c.relname "
        f"WHERE s.last_value IS NOT NULL AND {_OURS} ORDER BY c.relname"
    )
    return Shape(
        columns={name: tuple(columns[name]) for name in order.static_order()},
        partitions=tuple((row.name, row.part_of, row.bound) for row in partitions),
        sequences={row.name: int(row.last_value) for row in sequences},
    )


def steady(work: Work) -> None:
    """Rows come in the order in which they lie: the same rows give the same bytes."""
    work.execute("SET LOCAL synchronize_seqscans = off")
    work.execute("SET LOCAL max_parallel_workers_per_gather = 0")


def rows_out(work: Work, table: str, columns: tuple[str, ...]) -> Iterator[bytes]:
    """The rows of a table, a line each."""
    query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(_listed(columns), _named(table))
    return work.copy_out(query)


def rows_in(work: Work, table: str, columns: tuple[str, ...], blocks: Iterator[bytes]) -> None:
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(_named(table), _listed(columns))
    work.copy_in(query, blocks)


def has_rows(work: Work) -> bool:
    """Whether any table of ours holds anything."""
    return any(
        work.execute(f'SELECT EXISTS (SELECT FROM "{_checked(table)}")').scalar_one()  # noqa: S608 - a name of our own
        for table in shape_of(work).columns
    )


def prepare(work: Work, shape: Shape) -> None:
    """An empty database of the same shape: tables without a row, partitions as they were.

    Raises UsageError for names and bounds that we would never have written.
    """
    for name, table, bound in shape.partitions:
        if not _BOUND.fullmatch(bound):
            raise UsageError(f"The backup names a partition {name} with strange bounds", name=name)
        made = f'CREATE TABLE IF NOT EXISTS "{_checked(name)}" PARTITION OF "{_checked(table)}"'
        work.execute(f"{made} {bound}")
    names = ", ".join(f'"{_checked(table)}"' for table in shape.columns)
    work.execute(f"TRUNCATE {names}")


def number_on(work: Work, shape: Shape) -> None:
    """Identities go on where they were."""
    for name, value in shape.sequences.items():
        work.execute(
            "SELECT setval(CAST(:name AS regclass), :value)",
            {"name": f'"{_checked(name)}"', "value": value},
        )


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name of a table of ours", name=name)
    return name


def _named(table: str) -> sql.Identifier:
    return sql.Identifier(_checked(table))


def _listed(columns: tuple[str, ...]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(_checked(column)) for column in columns)
