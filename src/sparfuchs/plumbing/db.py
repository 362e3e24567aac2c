"""The database as a unit of work: one job or request is one transaction, committed here alone.

SQLAlchemy Core speaks, psycopg 3 carries. Stores of the domains take a `Work` and never learn
whether it was committed; what must follow a commit is handed to `Work.after_commit`.
"""

import select
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, Final, LiteralString, cast

import polars as pl
import psycopg
from psycopg import sql
from sqlalchemy import Connection, CursorResult, Executable, create_engine, event, text
from sqlalchemy import exc as sqlalchemy_errors
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

from sparfuchs.events.envelope import Event
from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing.columns import as_csv, copy_statement, fetch_columns
from sparfuchs.plumbing.tables import event_outbox

# Channel that wakes consumers; the payload is the topic.
CHANNEL: Final = "sparfuchs_events"
BLOCK_BYTES: Final = 1 << 20
# A connection that was used so many seconds ago is taken to live while nothing came from the other
# side (a server that ends says so): asking it first costs every request three round trips.
FRESH: Final = 10.0

Params = Mapping[str, Any] | Sequence[Mapping[str, Any]]


class Work:
    """One transaction, from `Database.unit_of_work` or `Database.reading`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._after: list[Callable[[], None]] = []

    def execute(
        self, statement: Executable | str, params: Params | None = None
    ) -> CursorResult[Any]:
        """Runs a Core statement or SQL text with `:name` parameters; a list of them is a batch."""
        executable = text(statement) if isinstance(statement, str) else statement
        return self._connection.execute(executable, params)

    def copy_frame(self, table: str, frame: pl.DataFrame) -> int:
        """Appends the rows of a frame by COPY, columns by name; gives their number.

        `table` may be `schema.table` or temporary. Enumerations go in as the caller has cast them
        (their text, or smallint codes); times need a zone; lists become arrays, bytes bytea.
        """
        if frame.is_empty():
            return 0
        with (
            self._driver.cursor() as cursor,
            cursor.copy(copy_statement(table, frame.columns)) as copy,
        ):
            for block in as_csv(frame):
                copy.write(block)
        return frame.height

    def fetch_frame(
        self,
        statement: Executable | str,
        params: Mapping[str, Any] | None = None,
        *,
        schema: Mapping[str, pl.DataType],
    ) -> pl.DataFrame:
        """The rows of a query as a typed frame. The schema names the columns in the query's order.

        timestamptz gives Datetime("us", "UTC"), bytea Binary, arrays List, json String.
        """
        clause = text(statement) if isinstance(statement, str) else statement
        compiled = cast("ClauseElement", clause).compile(dialect=self._connection.dialect)
        assert isinstance(compiled, SQLCompiler)
        state = compiled.construct_expanded_state(dict(params or {}), escape_names=True)
        return fetch_columns(self._driver, state.statement, state.parameters, schema)

    def copy_out(self, statement: sql.Composed) -> Iterator[bytes]:
        """What a COPY … TO STDOUT gives, in blocks of about a megabyte that end with a row."""
        block = bytearray()
        with self._driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in copy:
                block += row
                if len(block) >= BLOCK_BYTES:
                    yield bytes(block)
                    block.clear()
        if block:
            yield bytes(block)

    def copy_in(self, statement: sql.Composed, blocks: Iterable[bytes]) -> None:
        """Feeds a COPY … FROM STDIN."""
        with self._driver.cursor() as cursor, cursor.copy(statement) as copy:
            for block in blocks:
                copy.write(block)

    def append(self, happened: Event) -> None:
        """Into the outbox in this transaction: consumers hear of it if, and only if, it commits."""
        self.append_all([happened])

    def append_all(self, happened: Sequence[Event]) -> None:
        if not happened:
            return
        self.execute(
            event_outbox.insert(),
            [
                {
                    "topic": e.topic,
                    "key": e.key,
                    "type": e.type,
                    "occurred_at": e.occurred_at,
                    "payload": dict(e.payload),
                }
                for e in happened
            ],
        )
        for topic in sorted({e.topic for e in happened}):
            self.execute("SELECT pg_notify(:channel, :topic)", {"channel": CHANNEL, "topic": topic})

    def after_commit(self, follow_up: Callable[[], None]) -> None:
        """Called after a commit, in order, never after a rollback. What it raises reaches the
        caller although the work is stored, so it should be able to be lost.
        """
        self._after.append(follow_up)

    @property
    def _driver(self) -> psycopg.Connection[Any]:
        driver = self._connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        return driver


class Database:
    """A pool of connections to one database. Cheap to keep, shared by the threads of a process."""

    def __init__(self, dsn: str, *, pool_size: int = 5) -> None:
        self.dsn = dsn
        self._locks = _Locks(dsn)
        self._engine = create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(dsn),
            pool_size=pool_size,
            max_overflow=pool_size,
        )
        event.listen(self._engine, "connect", _speak_utc)
        event.listen(self._engine, "checkin", _note_use)
        event.listen(self._engine, "checkout", _still_there)

    @contextmanager
    def unit_of_work(self) -> Iterator[Work]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises StoreUnavailable when the database cannot be reached or goes away.
        """
        with self._connected() as connection:
            work = Work(connection)
            with connection.begin():
                yield work
        for follow_up in work._after:  # noqa: SLF001 - its own other half
            follow_up()

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """A read-only transaction that sees one moment, however many queries it makes."""
        with self._connected() as connection:
            snapshot = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with snapshot.begin():
                yield Work(snapshot)

    def answers(self) -> bool:
        """Whether the database can be asked at this moment."""
        try:
            with self.reading() as work:
                work.execute("SELECT 1")
        except (sqlalchemy_errors.SQLAlchemyError, StoreUnavailable):  # that is the answer
            return False
        return True

    @contextmanager
    def hold_lock(self, space: int, key: int) -> Iterator[bool]:
        """Tries for a lock of the whole installation and yields whether it was had.

        `space` names what is locked, `key` which one; both have 32 bits. It spans several
        transactions, and ends with the process whatever happens.
        """
        place = (_signed(space), _signed(key))
        taken = self._locks.take(place)
        try:
            yield taken is not None
        finally:
            if taken is not None:
                self._locks.let_go(place, taken)

    def close(self) -> None:
        self._locks.close()
        self._engine.dispose()

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            connection = self._engine.connect()
        except sqlalchemy_errors.OperationalError as error:
            raise StoreUnavailable(f"The database does not answer: {error.orig}") from error
        with connection, lost_is_unavailable(connection):
            yield connection


@contextmanager
def lost_is_unavailable(connection: Connection) -> Iterator[None]:
    """Turns the errors of a server that went away into StoreUnavailable; others pass.

    Whether a commit that was under way is stored, nobody can say then.
    """
    try:
        yield
    except (sqlalchemy_errors.DBAPIError, psycopg.Error) as error:
        if not _lost(connection):
            raise
        cause = error.orig if isinstance(error, sqlalchemy_errors.DBAPIError) else error
        raise StoreUnavailable(f"The database went away: {str(cause).strip()}") from error


def _lost(connection: Connection) -> bool:
    if connection.closed or connection.invalidated:
        return True
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.closed


class _Locks:
    """The advisory locks of this process, all held by one connection: a hundred sources that are
    being fetched would otherwise hold a hundred connections of the server's.

    The server lets one session take a lock any number of times, so what this process holds is
    known here as well. A connection that was lost took its locks with it: `age` tells those from
    the locks of the next one. A connection without locks is closed after the last, so that nobody
    who only looked at an installation keeps its database in use.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._guard = threading.Lock()
        self._held: set[tuple[int, int]] = set()
        self._connection: psycopg.Connection[Any] | None = None
        self._age = 0

    def take(self, place: tuple[int, int]) -> int | None:
        """The age of the connection that has it now, None when somebody else does."""
        with self._guard:
            if place in self._held:
                return None
            had = self._ask("SELECT pg_try_advisory_lock(%s, %s)", place)
            if had:
                self._held.add(place)
            self._close_idle()
            return self._age if had else None

    def let_go(self, place: tuple[int, int], age: int) -> None:
        with self._guard:
            if age != self._age:
                return
            self._held.discard(place)
            if self._connection is not None:
                with suppress(psycopg.OperationalError):  # a lost connection has let go of it
                    self._connection.execute("SELECT pg_advisory_unlock(%s, %s)", place)
            self._close_idle()

    def close(self) -> None:
        with self._guard:
            self._drop()

    def _ask(self, statement: LiteralString, place: tuple[int, int]) -> bool:
        for last in (False, True):
            connection = self._connection or self._open()
            try:
                return connection.execute(statement, place).fetchone() == (True,)
            except psycopg.OperationalError as error:
                self._drop()
                if last:
                    raise StoreUnavailable(f"The database went away: {error}") from error
        raise AssertionError("unreachable")

    def _open(self) -> psycopg.Connection[Any]:
        try:
            self._connection = psycopg.connect(self._dsn, autocommit=True)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"The database does not answer: {error}") from error
        return self._connection

    def _close_idle(self) -> None:
        if not self._held:
            self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._held.clear()
        self._age += 1


def _signed(number: int) -> int:
    """PostgreSQL's lock keys are signed 32 bits; ours may be any 32 bits."""
    return (number + 2**31) % 2**32 - 2**31


def _speak_utc(connection: psycopg.Connection[Any], _record: object) -> None:
    """Times without a zone in SQL text mean UTC, whatever the server's own zone is."""
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["used"] = monotonic()


def _still_there(
    connection: psycopg.Connection[Any], record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Our server may have been restarted since: then the pool makes a new connection."""
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN)
    if not heard.poll(0) and monotonic() - record.info.get("used", monotonic()) < FRESH:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise sqlalchemy_errors.InvalidatePoolError from error
