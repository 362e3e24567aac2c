import json
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


def test_sources_of_before_know_their_host_and_what_fails(empty_dsn: str) -> None:
    migrations.upgrade(empty_dsn, "0009")
    source = (
        "INSERT INTO sources (merchant_id, name, location, settings, status, interval_seconds, "
        "next_ordinal, next_number, head_run, state_run, validators, detected, suspect_gtins, "
        "live, pending, created_at) VALUES (1, %s, %s, '{}', 'active', 3600, 0, 3, %s, 0, '{}', "
        "'{}', '{}', 0, false, now())"
    )
    run = (
        "INSERT INTO feed_runs (source_id, number, kind, status, at, carry_micros, sum_micros, "
        "read, accepted, rejected, new, unchanged, changed, gone, slow_rows, settings, detected, "
        "doubts, seconds) VALUES (%s, %s, 'full', %s, %s, 0, 0, 0, 0, '{}', 0, 0, 0, 0, 0, '{}', "
        "'{}', %s, 0)"
    )
    with psycopg.connect(empty_dsn) as connection:
        connection.execute(
            "INSERT INTO merchants (name, slug, zone, created_at) "
            "VALUES ('Laden', 'laden', 'Europe/Berlin', now())"
        )
        connection.execute(source, ["web", "https://u:p@Shop.Example:8443/feed?x=1", 1])
        connection.execute(source, ["file", "/var/feeds/feed.csv", 0])
        for number, status, day in ((1, "published", 1), (2, "failed", 2), (3, "failed", 3)):
            said = json.dumps([{"code": "unreadable", "text": f"no feed on day {day}"}])
            connection.execute(run, [1, number, status, f"2026-10-0{day}T00:00Z", said])
    migrations.upgrade(empty_dsn)
    with psycopg.connect(empty_dsn) as connection:
        rows = connection.execute(
            "SELECT host, failures, failing_since::date::text, trouble FROM sources ORDER BY id"
        ).fetchall()
    assert rows == [("shop.example:8443", 2, "2026-10-02", "no feed on day 3"), ("", 0, None, None)]
