"""The SQL of folded history: rows that are old become blocks, and come back when they must.

At any moment each change is a row or lies in a block, never both and never neither: what moves one
way or the other does so in one transaction. The caller holds the lock of the source.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import text

from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.block import STORED, Head, Rows, Told, decode, decode_one, encode
from sparfuchs.pricing.store.months import add_rows, month_tables
from sparfuchs.pricing.tables import SHELF_BITS

_COLUMNS: Final = ", ".join(STORED)
_BLOCK: Final = {"body": pl.Binary()}
_KEY: Final = ("offer_id", "at", "kind")
_OF_SHELF: Final = text("SELECT start, body FROM price_blocks WHERE shelf = :shelf ORDER BY start")


@dataclass(frozen=True)
class Folded:
    """Rows that went into blocks, blocks written for them, and the bytes of these."""

    rows: int = 0
    blocks: int = 0
    size: int = 0

    def __add__(self, other: "Folded") -> "Folded":
        return Folded(self.rows + other.rows, self.blocks + other.blocks, self.size + other.size)


@dataclass(frozen=True)
class Extent:
    """Bytes on disk of what is rows and of what is blocks, and how many months have rows."""

    row_bytes: int
    block_bytes: int
    months: int


def shelf_of(offer: int) -> int:
    return offer >> SHELF_BITS


def quarter_of(moment: datetime) -> datetime:
    """The start of the quarter of a moment, in UTC."""
    there = moment.astimezone(UTC)
    return datetime(there.year, (there.month - 1) // 3 * 3 + 1, 1, tzinfo=UTC)


# --- reading --------------------------------------------------------------------------------------


def folded(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """Rows of these offers that lie in blocks (STORED), sorted by offer, time and kind."""
    shelves = np.unique(offers >> SHELF_BITS)
    found = work.fetch_frame(
        "SELECT b.body FROM price_blocks AS b "
        "JOIN unnest(CAST(:shelves AS bigint[])) AS wanted(shelf) ON b.shelf = wanted.shelf",
        {"shelves": shelves.tolist()},
        schema=_BLOCK,
    )
    wanted = np.sort(offers)
    parts = []
    for body in found["body"]:  # one turn a block, not a row
        _, rows = decode(body)
        place = np.searchsorted(wanted, rows.offer)
        mine = wanted[np.minimum(place, len(wanted) - 1)] == rows.offer
        parts.append(rows.take(mine))
    rows = Rows.joined(parts)
    return rows.take(np.lexsort((rows.kind, rows.at, rows.offer))).frame()


def folded_of_one(work: Work, offer: int) -> list[Told]:
    """What lies in blocks of one offer's prices, in order of time and kind."""
    return [told for _, body in blocks_of_one(work, offer) for told in decode_one(body, offer)]


def blocks_of_one(work: Work, offer: int) -> list[tuple[datetime, bytes]]:
    """The blocks that may have something of an offer, each with the start of its quarter."""
    rows = work.execute(_OF_SHELF, {"shelf": shelf_of(offer)})
    return [(row.start.astimezone(UTC), row.body) for row in rows]


def blocks_after(work: Work, shelf: int, start: datetime, limit: int) -> list[tuple[int, datetime]]:
    """Reads that many blocks after the one named, each to its end, and gives their names.

    Raises StoreUnavailable when one is not as it was written, or not in its place.
    """
    rows = work.execute(
        "SELECT shelf, start, rows, body FROM price_blocks WHERE (shelf, start) > (:shelf, :start) "
        "ORDER BY shelf, start LIMIT :limit",
        {"shelf": shelf, "start": start, "limit": limit},
    )
    names = []
    for row in rows:
        _read(row.shelf, row.start, row.rows, row.body)
        names.append((row.shelf, row.start))
    return names


def _read(shelf: int, start: datetime, count: int, body: bytes) -> Rows:
    head, rows = decode(body)
    if head != Head(shelf << SHELF_BITS, to_micros(start)) or len(rows) != count:
        raise StoreUnavailable(
            f"The block of shelf {shelf} for the quarter from {start:%Y-%m-%d} holds another one. "
            "Take its row from a backup",
            shelf=shelf,
        )
    return rows


def extent(work: Work) -> Extent:
    """How much there is, without counting rows."""
    tables = month_tables(work)
    sizes = work.execute(
        "SELECT (SELECT coalesce(sum(pg_total_relation_size(CAST(name AS regclass))), 0)::bigint "
        "FROM unnest(CAST(:names AS text[])) AS n(name)) AS rows, "
        "pg_total_relation_size('price_blocks') AS blocks",
        {"names": [one.name for one in tables]},
    ).one()
    return Extent(int(sizes.rows), int(sizes.blocks), len(tables))


# --- folding --------------------------------------------------------------------------------------


def months_with_rows(work: Work) -> list[datetime]:
    """The starts of the months that have a table for their rows, oldest first."""
    return [one.start for one in month_tables(work)]


def first_unfolded(work: Work, low: int, high: int, start: datetime, end: datetime) -> int | None:
    """The lowest offer in [low, high) with a row of [start, end); None: there is none."""
    return work.execute(
        "SELECT offer_id FROM price_changes "
        "WHERE offer_id >= :low AND offer_id < :high AND at >= :start AND at < :end "
        "ORDER BY offer_id LIMIT 1",
        {"low": low, "high": high, "start": start, "end": end},
    ).scalar_one_or_none()


def fold_rows(work: Work, low: int, high: int, start: datetime, end: datetime) -> Folded:
    """Moves the rows of offers in [low, high) and of [start, end) into blocks.

    `low` and `high` are edges of shelves, [start, end) lies in one quarter. Exactly the rows that
    are taken away are those that go in: whatever was written meanwhile stays a row. Where a block
    has the same row already, the one beside it counts.
    """
    late = work.fetch_frame(
        f"DELETE FROM price_changes WHERE offer_id >= :low AND offer_id < :high "  # noqa: S608 - our own names
        f"AND at >= :start AND at < :end RETURNING {_COLUMNS}",
        {"low": low, "high": high, "start": start, "end": end},
        schema=STORED,
    )
    if late.is_empty():
        return Folded()
    quarter = quarter_of(start)
    there = _taken(work, np.unique(late["offer_id"].to_numpy() >> SHELF_BITS), quarter)
    rows = Rows.joined([*there.values(), Rows.of(late)])
    # The sort keeps the order of equal rows: of two of one key the one of the row is the last.
    rows = rows.take(np.lexsort((rows.kind, rows.at, rows.offer)))
    again = (
        (rows.offer[1:] == rows.offer[:-1])
        & (rows.at[1:] == rows.at[:-1])
        & (rows.kind[1:] == rows.kind[:-1])
    )
    written = _write(work, rows.take(~np.append(again, [False])), quarter)
    return Folded(late.height, written.blocks, written.size)


def take_out(work: Work, keys: pl.DataFrame) -> int:
    """Takes rows (`offer_id`, `at`, `kind` of STORED) out of the blocks in which they lie; gives
    how many were there.
    """
    placed = keys.with_columns(
        shelf=pl.col("offer_id") // (1 << SHELF_BITS),
        quarter=pl.col("at").dt.truncate("1q"),
    )
    taken = 0
    for (quarter,), mine in placed.group_by(["quarter"]):  # one turn a quarter
        assert isinstance(quarter, datetime)
        blocks = _taken(work, mine["shelf"].unique().to_numpy(), quarter)
        old = Rows.joined(list(blocks.values()))
        kept = Rows.of(old.frame().join(mine, on=_KEY, how="anti", maintain_order="left"))
        if len(kept) == len(old):
            continue
        taken += len(old) - len(kept)
        emptied = np.setdiff1d(np.array(list(blocks)), kept.offer >> SHELF_BITS)
        _remove(work, emptied, quarter)
        _write(work, kept, quarter)
    return taken


def unfold_rows(work: Work, low: int, high: int) -> int:
    """Makes rows again of all blocks of offers in [low, high), edges of shelves; gives how many."""
    found = work.fetch_frame(
        "DELETE FROM price_blocks WHERE shelf >= :low AND shelf < :high RETURNING body",
        {"low": shelf_of(low), "high": shelf_of(high)},
        schema=_BLOCK,
    )
    rows = Rows.joined([decode(body)[1] for body in found["body"]])
    add_rows(work, rows.frame())
    return len(rows)


def forget_blocks(work: Work, low: int, high: int) -> None:
    """Removes the blocks of offers in [low, high), edges of shelves."""
    work.execute(
        "DELETE FROM price_blocks WHERE shelf >= :low AND shelf < :high",
        {"low": shelf_of(low), "high": shelf_of(high)},
    )


def _taken(work: Work, shelves: NDArray[np.int64], quarter: datetime) -> dict[int, Rows]:
    """The blocks of these shelves, kept from others until the end of the transaction."""
    found = work.execute(
        "SELECT shelf, start, rows, body FROM price_blocks "
        "WHERE start = :start AND shelf = ANY(CAST(:shelves AS bigint[])) "
        "ORDER BY shelf FOR UPDATE",
        {"start": quarter, "shelves": shelves.tolist()},
    )
    return {row.shelf: _read(row.shelf, row.start, row.rows, row.body) for row in found}


def _write(work: Work, rows: Rows, quarter: datetime) -> Folded:
    """Puts sorted rows into the blocks of their shelves, in place of those that are there."""
    shelf = rows.offer >> SHELF_BITS
    first = np.flatnonzero(np.diff(shelf, prepend=-1))
    edges = np.append(first, len(rows)).tolist()
    made = []
    for place, number in enumerate(shelf[first].tolist()):  # one turn a block, not a row
        mine = rows.take(slice(edges[place], edges[place + 1]))
        body = encode(Head(number << SHELF_BITS, to_micros(quarter)), mine)
        made.append({"shelf": number, "start": quarter, "rows": len(mine), "body": body})
    if made:
        work.execute(
            text(
                "INSERT INTO price_blocks (shelf, start, rows, body) "
                "VALUES (:shelf, :start, :rows, :body) ON CONFLICT (shelf, start) "
                "DO UPDATE SET rows = excluded.rows, body = excluded.body"
            ),
            made,
        )
    return Folded(len(rows), len(made), sum(len(one["body"]) for one in made))


def _remove(work: Work, shelves: NDArray[np.int64], quarter: datetime) -> None:
    if len(shelves):
        work.execute(
            "DELETE FROM price_blocks WHERE start = :start "
            "AND shelf = ANY(CAST(:shelves AS bigint[]))",
            {"start": quarter, "shelves": shelves.tolist()},
        )


# --- months that are empty ------------------------------------------------------------------------


def empty_months(work: Work, before: datetime) -> list[str]:
    """Tables of months that ended by then and have no row any more."""
    return [
        one.name
        for one in month_tables(work)
        if one.end <= before
        and not work.execute(f"SELECT EXISTS (SELECT FROM {one.name})").scalar_one()  # noqa: S608 - our own name
    ]


def drop_month(work: Work, name: str) -> bool:
    """Drops the table of a month that is empty; False: not now, as somebody is at work with it.

    It needs the history to itself for an instant. It does not queue for that: whoever came after
    it would have to wait behind it.
    """
    work.execute(
        text(
            "DO $$ BEGIN "
            "LOCK TABLE ONLY price_changes IN ACCESS EXCLUSIVE MODE NOWAIT; "
            f"LOCK TABLE {name} IN ACCESS EXCLUSIVE MODE NOWAIT; "
            f"IF NOT EXISTS (SELECT FROM {name}) THEN DROP TABLE {name}; END IF; "
            "EXCEPTION WHEN lock_not_available THEN NULL; END $$"
        )
    )
    return name not in {one.name for one in month_tables(work)}
