import asyncio
from pathlib import Path

import psycopg
import pytest
from procrastinate.schema import SchemaManager

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing.jobs import apply_schema, drop_abandoned, make_app


def test_a_deferred_job_is_run_by_a_worker(empty_dsn: str) -> None:
    apply_schema(empty_dsn)
    app = make_app(empty_dsn)
    seen: list[int] = []

    @app.task(name="remember")
    def remember(number: int) -> None:
        seen.append(number)

    async def run() -> None:
        async with app.open_async():
            await remember.defer_async(number=7)
            await app.run_worker_async(wait=False, install_signal_handlers=False)

    asyncio.run(run())
    assert seen == [7]


def test_jobs_of_a_worker_that_was_killed_are_dropped_and_no_others(empty_dsn: str) -> None:
    apply_schema(empty_dsn)
    with psycopg.connect(empty_dsn) as connection:
        connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id) VALUES "
            "('q', 'killed', 'doing', NULL), ('q', 'waits', 'todo', NULL), "
            "('q', 'works', 'doing', (SELECT id FROM procrastinate_workers))"
        )
    assert drop_abandoned(empty_dsn) == 1
    with psycopg.connect(empty_dsn) as connection:
        left = connection.execute("SELECT task_name FROM procrastinate_jobs ORDER BY 1").fetchall()
    assert left == [("waits",), ("works",)]


def test_the_schema_may_be_applied_again(empty_dsn: str) -> None:
    apply_schema(empty_dsn)
    apply_schema(empty_dsn)
    with psycopg.connect(empty_dsn) as connection:
        jobs = connection.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()
    assert jobs == (0,)


def test_an_older_queue_gets_the_scripts_that_it_lacks_each_once(
    empty_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_schema(empty_dsn)
    with psycopg.connect(empty_dsn) as connection:
        note = "COMMENT ON TABLE procrastinate_jobs IS 'Sparfuchs: job queue after 03.01_b.sql'"
        connection.execute(note)
    for name, sql in {
        "03.00_a.sql": "SELECT 1 / 0",
        "03.01_b.sql": "SELECT 1 / 0",
        "03.02_c.sql": "ALTER TYPE procrastinate_job_status ADD VALUE 'odd%'; SELECT 1",
        "03.10_d.sql": "CREATE TABLE later AS SELECT 'odd%'::procrastinate_job_status AS s",
    }.items():
        (tmp_path / name).write_text(sql)
    monkeypatch.setattr(SchemaManager, "get_migrations_path", lambda: str(tmp_path))
    apply_schema(empty_dsn)
    apply_schema(empty_dsn)
    with psycopg.connect(empty_dsn) as connection:
        assert connection.execute("SELECT count(*) FROM later").fetchone() == (1,)


@pytest.mark.parametrize(
    ("note", "says"),
    [
        ("Sparfuchs: job queue after 999.00_x.sql", "newer Sparfuchs"),
        ("Something else", "did not make"),
    ],
)
def test_a_queue_of_somebody_else_is_left_alone(empty_dsn: str, note: str, says: str) -> None:
    apply_schema(empty_dsn)
    with psycopg.connect(empty_dsn) as connection:
        connection.execute(f"COMMENT ON TABLE procrastinate_jobs IS '{note}'".encode())
    with pytest.raises(StoreUnavailable, match=says):
        apply_schema(empty_dsn)
