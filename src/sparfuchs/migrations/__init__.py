"""One history of the database's shape. Revisions write explicit DDL and are never edited later.

Run from the program, without an ini file: `upgrade(dsn)` brings any database to the newest
revision, whoever calls it first; the others wait and find nothing to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy import exc as sqlalchemy_errors

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing.db import lost_is_unavailable

_LOCK: Final = 0x73706172_6D696772  # "sparmigr", an advisory lock of the whole database
_HERE: Final = Path(__file__).parent


def upgrade(dsn: str, revision: str = "head") -> None:
    """Brings the database to a revision. Safe when several processes call it at once.

    Raises StoreUnavailable when the database cannot be reached, goes away, or is newer than this
    program.
    """
    with _connected(dsn) as connection:
        # Held by the session, not by this transaction: each revision is one of its own.
        with connection.begin():
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        config = _config()
        _refuse_newer(config, connection)
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def current(dsn: str) -> str | None:
    """The revision that the database is at; None for one that was never migrated."""
    with _connected(dsn) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def known(revision: str) -> bool:
    """Whether this program can bring a database to that revision."""
    return any(
        one.revision == revision for one in ScriptDirectory.from_config(_config()).walk_revisions()
    )


def newest() -> str | None:
    """The revision that this program was written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    # Percent signs are Alembic's own syntax.
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _refuse_newer(config: Config, connection: Connection) -> None:
    at = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    connection.rollback()
    if at is not None and at not in known:
        raise StoreUnavailable(
            f"The database is at revision {at}, which this version does not know: a newer Sparfuchs"
            " wrote it. Install that version, or restore a backup made by this one",
            revision=at,
        )


@contextmanager
def _connected(dsn: str) -> Iterator[Connection]:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool
    )
    try:
        connection = engine.connect()
    except sqlalchemy_errors.OperationalError as error:
        raise StoreUnavailable(f"The database does not answer: {error.orig}") from error
    with connection, lost_is_unavailable(connection):
        yield connection
