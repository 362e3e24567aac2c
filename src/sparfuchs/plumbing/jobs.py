"""Jobs that run later or elsewhere: Procrastinate on the same database, so no broker is needed.

Low rates only (feeds, mails, nightly work); many small things go through the event log. A job may
run twice and must not mind.
"""

from pathlib import Path
from typing import Final

import procrastinate
import psycopg
from procrastinate.schema import SchemaManager

from sparfuchs.kernel.errors import StoreUnavailable

_LOCK: Final = 0x73706172_6A6F6273  # "sparjobs"
_NOTE: Final = "Sparfuchs: job queue after "


def make_app(dsn: str) -> procrastinate.App:
    """An app without tasks yet; open it (`with app.open()`) to defer, or run a worker on it."""
    return procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=dsn))


def apply_schema(dsn: str) -> None:
    """Brings the tables of the job queue to the installed version of the library; safe to repeat.

    Several processes may call it at once. Raises StoreUnavailable when the database cannot be
    reached, or when its tables were made by a newer version or by somebody else.
    """
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    try:
        connection = psycopg.connect(dsn, autocommit=True)
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"The database does not answer: {error}") from error
    with connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])  # ends with the connection
        last = _last_script(connection)
        if last is None:
            with connection.transaction():
                connection.execute(SchemaManager.get_schema())
                _note(connection, scripts[-1].name)
            return
        if last not in [script.name for script in scripts]:
            raise StoreUnavailable(
                f"The job queue is at {last}, which this version does not know: a newer Sparfuchs "
                "wrote it. Install that version, or restore a backup made by this one"
            )
        for script in scripts:
            if script.name > last:
                # One transaction each: a new enumeration value can only be used by the next.
                with connection.transaction():
                    connection.execute(script.read_bytes())
                    _note(connection, script.name)


def drop_abandoned(dsn: str) -> int:
    """Jobs whose worker was killed: they would be counted as being done for ever. What they were
    for is queued anew when it is due. Gives how many.
    """
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            done = connection.execute(
                "DELETE FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL"
            )
            return done.rowcount
    except psycopg.OperationalError as error:
        raise StoreUnavailable(f"The database does not answer: {error}") from error


def _last_script(connection: psycopg.Connection[tuple[object, ...]]) -> str | None:
    """The library's last migration script that the tables have; None when there are no tables.

    It is kept as a comment on the table, where a dump takes it along.
    """
    row = connection.execute(
        "SELECT obj_description(c.oid, 'pg_class') FROM pg_class c "
        "WHERE c.oid = to_regclass('procrastinate_jobs')"
    ).fetchone()
    if row is None:
        return None
    note = str(row[0])
    if not note.startswith(_NOTE):
        raise StoreUnavailable(
            "The database has a table procrastinate_jobs that Sparfuchs did not make; give it a "
            "database of its own"
        )
    return note.removeprefix(_NOTE)


def _note(connection: psycopg.Connection[tuple[object, ...]], script: str) -> None:
    connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{_NOTE}{script}'".encode())
