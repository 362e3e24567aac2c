"""Frames to and from PostgreSQL's wire: whole columns, never a Python loop over offers.

Into the database a frame travels as CSV, which polars writes at hundreds of megabytes a second and
PostgreSQL reads natively; out of it as binary rows that psycopg's C code decodes.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from operator import itemgetter
from typing import Any, Final, cast

import polars as pl
import psycopg
from psycopg import sql
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

BLOCK_ROWS: Final = 50_000
# PostgreSQL counts microseconds from 2000, polars from 1970.
_EPOCH_MICROS: Final = 946_684_800_000_000
_MICROS: Final = struct.Struct("!q")


def as_csv(frame: pl.DataFrame, *, block_rows: int = BLOCK_ROWS) -> Iterator[bytes]:
    """The rows as CSV blocks for COPY: null is an empty field, the empty text is "".

    Lists become array literals, bytes become hex. Raises TypeError for columns that have no such
    form (structs, nested lists, durations, times without zone).
    """
    lines = frame.lazy().select(_csv_form(name, dtype) for name, dtype in frame.schema.items())
    for start in range(0, frame.height, block_rows):
        block = BytesIO()
        # Everything that is no number is quoted, so that a field \. never ends the stream.
        lines.slice(start, block_rows).collect().write_csv(
            block, include_header=False, quote_style="non_numeric"
        )
        yield block.getvalue()


def copy_statement(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )


def fetch_columns(
    connection: psycopg.Connection[Any],
    query: str,
    params: Mapping[str, object],
    schema: Mapping[str, pl.DataType],
) -> pl.DataFrame:
    """The rows of a query as a frame of this schema; the names are the schema's, the order is the
    query's.

    Raises ValueError when the query has another number of columns, polars errors when a value does
    not fit its type.
    """
    blocks = []
    with connection.cursor(binary=True) as cursor:
        cursor.adapters.register_loader("timestamptz", _MicrosLoader)
        cursor.adapters.register_loader("json", _JsonLoader)
        cursor.adapters.register_loader("jsonb", _JsonbLoader)
        # The text comes from a compiled statement, with its values apart.
        cursor.execute(query, params)
        width = len(cursor.description or ())
        if width != len(schema):
            raise ValueError(f"The query has {width} columns, the schema {len(schema)}")
        # In blocks, so that the tuples of a million rows never exist at once.
        while rows := cursor.fetchmany(BLOCK_ROWS):
            blocks.append(
                pl.DataFrame(
                    [
                        _series(name, dtype, [*map(itemgetter(place), rows)])
                        for place, (name, dtype) in enumerate(schema.items())
                    ]
                )
            )
    return pl.concat(blocks) if blocks else pl.DataFrame(schema=dict(schema))


def _series(name: str, dtype: pl.DataType, values: Sequence[object]) -> pl.Series:
    if isinstance(dtype, pl.Datetime):
        micros = pl.Series(name, values, dtype=pl.Int64)
        return micros.cast(pl.Datetime("us", "UTC")).cast(dtype)
    return pl.Series(name, values, dtype=dtype, strict=True)


class _MicrosLoader(Loader):
    """Whole microseconds since 1970 instead of a datetime object a row."""

    format = Format.BINARY

    def load(self, data: Buffer) -> int:
        return cast("int", _MICROS.unpack(data)[0]) + _EPOCH_MICROS


class _JsonLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return bytes(data).decode()


class _JsonbLoader(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> str:
        return bytes(data)[1:].decode()  # the first byte is the version of the format


def _csv_form(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Binary):
        return pl.concat_str(pl.lit("\\x"), column.bin.encode("hex")).alias(name)
    if isinstance(dtype, pl.List):
        return _array_literal(name, cast("pl.DataType", dtype.inner))
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is None:
        raise TypeError(f"Column {name} holds times without a zone")
    if dtype.is_nested() or isinstance(dtype, pl.Duration | pl.Object):
        raise TypeError(f"Column {name} of type {dtype} has no form in the database")
    return column


def _array_literal(name: str, inner: pl.DataType) -> pl.Expr:
    element = pl.element()
    if isinstance(inner, pl.String | pl.Enum | pl.Categorical):
        text = element.cast(pl.String).str.replace_all(r"([\\\"])", r"\${1}")
        item = pl.concat_str(pl.lit('"'), text, pl.lit('"'))
    elif inner.is_numeric() or isinstance(inner, pl.Boolean | pl.Date):
        item = element.cast(pl.String)
    else:
        raise TypeError(f"Column {name}: lists of {inner} have no form in the database")
    items = pl.col(name).list.eval(item.fill_null("NULL"))
    return pl.concat_str(pl.lit("{"), items.list.join(","), pl.lit("}")).alias(name)
