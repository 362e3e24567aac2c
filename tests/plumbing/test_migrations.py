import threading

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import NullPool, create_engine

from sparfuchs import migrations
from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing.tables import metadata


def test_a_database_is_brought_to_the_newest_revision_and_stays_there(empty_dsn: str) -> None:
    assert migrations.current(empty_dsn) is None
    migrations.upgrade(empty_dsn)
    assert migrations.current(empty_dsn) == migrations.newest()
    migrations.upgrade(empty_dsn)
    assert migrations.current(empty_dsn) == migrations.newest()


def test_several_processes_may_upgrade_at_once(empty_dsn: str) -> None:
    failed: list[BaseException] = []

    def upgrade() -> None:
        try:
            migrations.upgrade(empty_dsn)
        except BaseException as error:  # noqa: BLE001 - told to the test below
            failed.append(error)

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert migrations.current(empty_dsn) == migrations.newest()


def test_a_database_of_a_newer_version_is_left_alone(empty_dsn: str) -> None:
    migrations.upgrade(empty_dsn)
    with psycopg.connect(empty_dsn) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreUnavailable, match=r"9999.*newer Sparfuchs"):
        migrations.upgrade(empty_dsn)
    assert migrations.current(empty_dsn) == "9999"


def test_the_migrations_make_the_tables_of_the_event_log_as_declared(dsn: str) -> None:
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(dsn), poolclass=NullPool
    )
    with engine.connect() as connection:
        ours = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: kind != "table" or name in metadata.tables,
                "compare_type": True,
            },
        )
        assert compare_metadata(ours, metadata) == []
