"""Wiring: the only place that picks implementations for the ports of an installation."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sparfuchs import migrations
from sparfuchs.entrypoints.demo_folder import opened_to_its_shops
from sparfuchs.flows.installation import Installation
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.db import Database
from sparfuchs.plumbing.files import FolderFiles
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.plumbing.log import PostgresEventLog
from sparfuchs.plumbing.logging import configure
from sparfuchs.plumbing.settings import LogLevel, Settings
from sparfuchs.plumbing.vault import Vault
from sparfuchs.search.api import Suggestions, TantivyEngine, read_synonyms


@contextmanager
def installation(data_dir: Path | None) -> Iterator[Installation]:
    """A running installation: the database is started if nobody has, and brought up to date.

    Raises StoreUnavailable when the database cannot be started or reached.
    """
    settings = Settings.load(data_dir)
    configure(for_a_person(settings))
    dsn = postgres.ensure_running(settings)
    migrations.upgrade(dsn)
    with connected(settings, dsn) as here:
        yield here


def for_a_person(settings: Settings) -> Settings:
    """A command answers in tables; it logs only what went wrong, unless a level was asked for."""
    if "level" in settings.log.model_fields_set:
        return settings
    quiet = settings.log.model_copy(update={"level": LogLevel.WARNING})
    return settings.model_copy(update={"log": quiet})


@contextmanager
def connected(settings: Settings, dsn: str) -> Iterator[Installation]:
    """The ports on a database that runs and is up to date."""
    settings = opened_to_its_shops(settings)
    database = Database(dsn, pool_size=settings.database.pool_size)
    fetcher = Fetcher(settings.fetch)
    engine = TantivyEngine(
        settings.data_dir / "index", synonyms=read_synonyms(settings.data_dir / "synonyms.txt")
    )
    try:
        yield Installation(
            settings=settings,
            database=database,
            log=PostgresEventLog(database),
            files=FolderFiles(settings.data_dir / "files"),
            fetcher=fetcher,
            engine=engine,
            suggestions=Suggestions(settings.data_dir / "suggestions"),
            scratch=settings.data_dir / "scratch",
            vault=Vault(settings.data_dir / "keys" / "credentials.key"),
        )
    finally:
        engine.close()
        fetcher.close()
        database.close()
