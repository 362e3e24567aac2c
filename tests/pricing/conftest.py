"""A database of its own for the tests of the store, with the tables of pricing and quality."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy.schema import CreateIndex, CreateTable

from sparfuchs.plumbing.db import Database, Work
from sparfuchs.plumbing.postgres import ensure_running, stop
from sparfuchs.plumbing.settings import Settings
from sparfuchs.pricing.tables import metadata


@pytest.fixture(scope="session")
def database() -> Iterator[Database]:
    # Not below pytest's own folder: that one is closed to the account the server runs as.
    with TemporaryDirectory(prefix="sparfuchs-pricing-") as folder:
        settings = Settings.load(Path(folder))
        made = Database(ensure_running(settings))
        try:
            _make_tables(made)
            yield made
        finally:
            made.close()
            stop(settings)


def _make_tables(made: Database) -> None:
    with made.unit_of_work() as work:
        for table in metadata.sorted_tables:
            work.execute(CreateTable(table))
            for index in table.indexes:
                work.execute(CreateIndex(index))


class _Undo(Exception):
    """Ends a unit of work without a commit."""


@pytest.fixture
def work(database: Database) -> Iterator[Work]:
    """A unit of work that is rolled back: each test finds empty tables."""

    with suppress(_Undo), database.unit_of_work() as opened:
        yield opened
        raise _Undo
