"""One real PostgreSQL for the whole run, and for each test that asks a database of its own.

The server is started by the first test that needs it, shared by all workers of pytest-xdist, and
stopped by the process that leads the run. With SPARFUCHS_TEST_DATABASE_URL the suite examines that
server instead (its role must be allowed to make databases).
"""

import fcntl
import itertools
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import structlog
from hypothesis import settings as hypothesis
from psycopg.conninfo import make_conninfo

from sparfuchs import migrations
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.db import Database
from sparfuchs.plumbing.settings import DatabaseSettings, Settings

# Short and open to pass through: pytest's own folders are closed to the account that runs the
# server when we are root.
_PREFIX = Path("/tmp/sparfuchs-tests-")  # noqa: S108 - removed at the end, named by our process
_FOLDER = "SPARFUCHS_TEST_FOLDER"
_GIVEN = "SPARFUCHS_TEST_DATABASE_URL"
_numbers = itertools.count(1)

# How long an example takes says how busy the machine is; speed belongs in benchmarks/.
hypothesis.register_profile("suite", hypothesis(), deadline=None)
hypothesis.load_profile("suite")


def _settings(folder: Path, url: str | None = None) -> Settings:
    return Settings(data_dir=folder, database=DatabaseSettings(url=url))


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    for name in list(os.environ):
        # An operator's environment must not decide what a test sees.
        if name == "DATABASE_URL" or (name.startswith("SPARFUCHS_") and name != _GIVEN):
            del os.environ[name]
    for left in _PREFIX.parent.glob(f"{_PREFIX.name}*"):
        pid = left.name.removeprefix(_PREFIX.name)
        if pid.isdecimal() and not Path("/proc", pid).exists():
            _remove(left)  # of a run that was killed
    os.environ[_FOLDER] = f"{_PREFIX}{os.getpid()}"  # inherited by the workers


def pytest_unconfigure(config: pytest.Config) -> None:
    folder = os.environ.get(_FOLDER)
    if folder is not None and not hasattr(config, "workerinput"):
        _remove(Path(folder))


def _remove(folder: Path) -> None:
    if folder.exists() and os.access(folder, os.W_OK):
        postgres.stop(_settings(folder))
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """A command run inside a test sets level and form of the whole process's log."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def server_dsn() -> str:
    """An administrator's DSN of the run's server, database `postgres`."""
    given = os.environ.get(_GIVEN)
    if given is not None:
        return given
    dsn = make_conninfo(
        postgres.ensure_running(_settings(Path(os.environ[_FOLDER]))), dbname="postgres"
    )
    with psycopg.connect(dsn, autocommit=True) as admin:
        # Nobody needs these rows after a power cut.
        for quick in ("fsync", "full_page_writes", "synchronous_commit"):
            admin.execute(f"ALTER SYSTEM SET {quick} = off".encode())
        admin.execute("SELECT pg_reload_conf()")
    return dsn


@pytest.fixture(scope="session")
def template(server_dsn: str) -> str:
    """Name of a database at the newest revision, migrated once by whichever worker comes first."""
    folder = Path(os.environ[_FOLDER])
    folder.mkdir(exist_ok=True)
    name = folder.name.replace("-", "_")
    with (
        (folder / ".template.lock").open("w") as lock,
        psycopg.connect(server_dsn, autocommit=True) as admin,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if made is None:
            admin.execute(f"CREATE DATABASE {name}_new".encode())
            migrations.upgrade(make_conninfo(server_dsn, dbname=f"{name}_new"))
            admin.execute(f"ALTER DATABASE {name}_new RENAME TO {name}".encode())
    return name


class _Washed:
    """One database a worker, washed after each test: a new one costs 0.4 s, this some 10 ms.

    Rows are emptied. When a test changed the shape (a table, a column, a type, a function), or
    tables that the migrations had filled, it gets a new one.
    """

    def __init__(self, server_dsn: str, template: str) -> None:
        self._server_dsn = server_dsn
        self._template = template
        self._name = f"{template}_{os.getpid()}"
        self.dsn = make_conninfo(server_dsn, dbname=self._name)
        self._make()

    def _make(self) -> None:
        with psycopg.connect(self._server_dsn, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)".encode())
            admin.execute(f"CREATE DATABASE {self._name} TEMPLATE {self._template}".encode())
        with psycopg.connect(self.dsn) as own:
            self._shape, self._filled = _shape(own), _filled(own)

    def wash(self) -> None:
        with psycopg.connect(self.dsn, autocommit=True) as own:
            own.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            clean = _shape(own) == self._shape
            if clean:
                filled = _filled(own)
                dirty = [name for name in filled if name not in self._filled]
                if dirty:
                    own.execute(f"TRUNCATE {', '.join(dirty)} CASCADE".encode())
                used = own.execute(
                    "SELECT quote_ident(sequencename) FROM pg_sequences "
                    "WHERE schemaname = 'public' AND last_value IS NOT NULL"
                )
                for (name,) in used.fetchall():
                    own.execute(f"ALTER SEQUENCE {name} RESTART".encode())
                clean = _filled(own) == self._filled
        if not clean:
            self._make()

    def drop(self) -> None:
        with psycopg.connect(self._server_dsn, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {self._name} WITH (FORCE)".encode())


def _shape(own: psycopg.Connection[Any]) -> object:
    """Equal before and after exactly when nothing was made, dropped or altered meanwhile.

    Months of the price history do not count: runs make them when first needed, and empty ones do no
    harm to the next test.
    """
    return own.execute(
        """
        WITH ours AS (
            SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
            AND relname !~ '^price_changes_[0-9]'
        )
        SELECT (SELECT array_agg(oid ORDER BY oid) FROM ours),
               (SELECT array_agg(oid ORDER BY oid) FROM pg_proc
                WHERE pronamespace = 'public'::regnamespace),
               (SELECT count(*) FROM pg_attribute JOIN ours ON attrelid = ours.oid
                WHERE NOT attisdropped),
               (SELECT count(*) FROM pg_constraint JOIN ours ON conrelid = ours.oid)
        """
    ).fetchone()


def _filled(own: psycopg.Connection[Any]) -> dict[str, int]:
    """Rows of each table that has some (counted up to a hundred), by name."""
    names = own.execute(
        "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' "
        "AND relnamespace = 'public'::regnamespace ORDER BY 1"
    ).fetchall()
    counts = " UNION ALL ".join(
        f"SELECT '{name}', count(*) FROM (SELECT FROM {name} LIMIT 100) x" for (name,) in names
    )
    return {name: n for name, n in own.execute(counts.encode()) if n} if names else {}


@pytest.fixture(scope="session")
def _washed(server_dsn: str, template: str) -> Iterator[_Washed]:
    washed = _Washed(server_dsn, template)
    yield washed
    washed.drop()


@pytest.fixture
def dsn(_washed: _Washed) -> Iterator[str]:
    """DSN of a database at the newest revision, without rows but those of the migrations."""
    yield _washed.dsn
    _washed.wash()


@pytest.fixture
def empty_dsn(server_dsn: str) -> Iterator[str]:
    """DSN of a new database without any table, for this test alone."""
    name = f"sparfuchs_empty_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        yield make_conninfo(server_dsn, dbname=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def database(dsn: str) -> Iterator[Database]:
    """A database at the newest revision, without rows but those of the migrations."""
    database = Database(dsn)
    yield database
    database.close()


@pytest.fixture
def settings(tmp_path: Path, dsn: str) -> Settings:
    """An installation in a folder of its own, whose database is this test's."""
    return _settings(tmp_path, dsn)
