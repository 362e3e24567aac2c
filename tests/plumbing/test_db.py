from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, column, select, table
from sqlalchemy.exc import InternalError, ProgrammingError

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing.db import Database

ODD = ["", None, 'a"b', "x,y\r\n", "\\N", "\\.", "NULL", "{a,b}", "ß\n€", "it's", "\t", " "]


def _odd_frame() -> pl.DataFrame:
    n = len(ODD)
    moment = datetime(2026, 11, 1, 6, 0, 0, 123456, tzinfo=UTC)
    return pl.DataFrame(
        {
            "s": ODD,
            "b": [True, False, None] * (n // 3),
            "t": [moment, None] * (n // 2),
            "d": [date(1999, 12, 31), None] * (n // 2),
            "n": [None, -(2**63), 2**63 - 1, 0] * (n // 4),
            "f": [float("inf"), 0.1, None, -1e300] * (n // 4),
            "m": [Decimal("1.5000"), None] * (n // 2),
            "x": [b"", None, b"\x00\xff\\", b"plain"] * (n // 4),
            "l": [[], None, ODD, ["\\", '"', ""]] * (n // 4),
            "i": [[1, None], [], None] * (n // 3),
        },
        schema={
            "s": pl.String(),
            "b": pl.Boolean(),
            "t": pl.Datetime("us", "UTC"),
            "d": pl.Date(),
            "n": pl.Int64(),
            "f": pl.Float64(),
            "m": pl.Decimal(18, 4),
            "x": pl.Binary(),
            "l": pl.List(pl.String()),
            "i": pl.List(pl.Int64()),
        },
    )


ODD_TABLE = """CREATE TEMP TABLE odd (s text, b bool, t timestamptz, d date, n bigint, f float8,
    m numeric(18, 4), x bytea, l text[], i bigint[]) ON COMMIT DROP"""


def test_odd_values_of_every_type_come_back_as_they_went(database: Database) -> None:
    frame = _odd_frame()
    with database.unit_of_work() as work:
        work.execute(ODD_TABLE)
        assert work.copy_frame("odd", frame) == frame.height
        back = work.fetch_frame("SELECT * FROM odd", schema=frame.schema)
    assert back.equals(frame)


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8"))))
def test_any_text_survives_alone_in_its_column_and_in_a_list(
    database: Database, texts: list[str | None]
) -> None:
    frame = pl.DataFrame({"s": texts}, schema={"s": pl.String()})
    listed = pl.DataFrame({"l": [texts]}, schema={"l": pl.List(pl.String())})
    with database.unit_of_work() as work:
        work.execute("CREATE TEMP TABLE alone (s text) ON COMMIT DROP")
        work.execute("CREATE TEMP TABLE listed (l text[]) ON COMMIT DROP")
        work.copy_frame("alone", frame)
        work.copy_frame("listed", listed)
        assert work.fetch_frame("SELECT s FROM alone", schema=frame.schema).equals(frame)
        assert work.fetch_frame("SELECT l FROM listed", schema=listed.schema).equals(listed)


def test_a_frame_larger_than_a_block_arrives_whole_and_in_order(database: Database) -> None:
    frame = pl.DataFrame({"n": pl.int_range(120_001, eager=True)})
    with database.unit_of_work() as work:
        work.execute("CREATE TEMP TABLE many (n bigint) ON COMMIT DROP")
        work.copy_frame("many", frame)
        assert work.fetch_frame("SELECT n FROM many", schema=frame.schema).equals(frame)


def test_an_empty_answer_has_the_columns_asked_for(database: Database) -> None:
    schema = {"a": pl.Int64(), "t": pl.Datetime("us", "UTC")}
    with database.reading() as work:
        got = work.fetch_frame("SELECT 1::bigint, now() WHERE false", schema=schema)
    assert got.schema == schema
    assert got.is_empty()


def test_a_query_with_other_columns_than_the_schema_is_refused(database: Database) -> None:
    with database.reading() as work, pytest.raises(ValueError, match="2 columns, the schema 1"):
        work.fetch_frame("SELECT 1, 2", schema={"a": pl.Int64()})


@pytest.mark.parametrize(
    "column_",
    [
        pl.Series("c", [datetime(2026, 1, 1)]),  # noqa: DTZ001 - what is refused
        pl.Series("c", [{"a": 1}]),
        pl.Series("c", [[[1]]]),
    ],
    ids=["a time without zone", "a struct", "a list of lists"],
)
def test_a_column_that_has_no_form_in_the_database_is_refused(
    database: Database, column_: pl.Series
) -> None:
    with database.unit_of_work() as work:
        work.execute("CREATE TEMP TABLE refused (c text)")
        with pytest.raises(TypeError, match="c"):
            work.copy_frame("refused", column_.to_frame())


def test_queries_take_parameters_as_text_and_as_expressions(database: Database) -> None:
    schema = {"n": pl.Int64()}
    numbers = table("numbers", column("n"))
    with database.unit_of_work() as work:
        work.execute("CREATE TEMP TABLE numbers (n bigint) ON COMMIT DROP")
        work.copy_frame("numbers", pl.DataFrame({"n": [1, 2, 3, 4]}))
        by_text = work.fetch_frame(
            "SELECT n FROM numbers WHERE n % 2 = :rest AND '5%' LIKE '5%' ORDER BY n",
            {"rest": 0},
            schema=schema,
        )
        chosen = select(numbers.c.n).where(numbers.c.n.in_([3, 4]), numbers.c.n > bindparam("low"))
        by_expression = work.fetch_frame(chosen, {"low": 3}, schema=schema)
    assert by_text["n"].to_list() == [2, 4]
    assert by_expression["n"].to_list() == [4]


def test_json_comes_back_as_its_text(database: Database) -> None:
    with database.reading() as work:
        got = work.fetch_frame(
            """SELECT '{"a": 1}'::jsonb, '[ 1]'::json""",
            schema={"b": pl.String(), "j": pl.String()},
        )
    assert got.row(0) == ('{"a": 1}', "[ 1]")


def test_work_that_fails_leaves_nothing_behind_and_calls_nobody(database: Database) -> None:
    called: list[str] = []

    def fail() -> None:
        with database.unit_of_work() as work:
            work.execute("CREATE TABLE half_done (n int)")
            work.after_commit(lambda: called.append("after"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as work:
        there = work.execute("SELECT to_regclass('half_done')").scalar_one()
    assert there is None
    assert called == []


def test_follow_ups_are_called_once_the_work_is_seen_by_others(database: Database) -> None:
    seen: list[int] = []

    def look() -> None:
        with database.reading() as other:
            seen.append(other.execute("SELECT n FROM done").scalar_one())

    with database.unit_of_work() as work:
        work.execute("CREATE TABLE done (n int)")
        work.execute("INSERT INTO done VALUES (:n)", {"n": 7})
        work.after_commit(look)
        assert seen == []
    assert seen == [7]


def test_reading_cannot_write_and_sees_one_moment(database: Database) -> None:
    with database.unit_of_work() as work:
        work.execute("CREATE TABLE moments (n int)")
    with database.reading() as reader:
        before = reader.execute("SELECT count(*) FROM moments").scalar_one()
        with database.unit_of_work() as writer:
            writer.execute("INSERT INTO moments VALUES (1)")
        after = reader.execute("SELECT count(*) FROM moments").scalar_one()
        with pytest.raises(InternalError, match="read-only"):
            reader.execute("INSERT INTO moments VALUES (2)")
    assert (before, after) == (0, 0)
    with database.unit_of_work() as writer:  # the pool's connection may write again
        writer.execute("INSERT INTO moments VALUES (3)")


def test_only_one_holds_a_lock_and_it_ends_with_its_block(database: Database) -> None:
    with (
        database.hold_lock(1, 2**32 - 1) as first,
        database.hold_lock(1, 2**32 - 1) as second,
        database.hold_lock(1, 5) as other,
    ):
        assert (first, second, other) == (True, False, True)
    with database.hold_lock(1, 2**32 - 1) as again:
        assert again


def test_a_lock_is_free_for_the_next_at_the_very_moment_it_ends(database: Database) -> None:
    held = []
    for _ in range(60):
        with database.hold_lock(3, 1) as had:
            held.append(had)
    assert all(held)


def test_a_lock_ends_when_its_block_fails(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.hold_lock(2, 1):
        raise ZeroDivisionError
    with database.hold_lock(2, 1) as again:
        assert again


def test_a_database_that_is_not_there_is_told_as_such() -> None:
    database = Database("postgresql://nobody@/nothing?host=/nonexistent")
    with pytest.raises(StoreUnavailable, match="does not answer"), database.reading():
        pass
    with pytest.raises(StoreUnavailable, match="does not answer"), database.hold_lock(1, 1):
        pass


def test_a_server_restart_between_two_works_is_not_noticed(database: Database) -> None:
    with database.reading() as work:
        pid = work.execute("SELECT pg_backend_pid()").scalar_one()
    with database.hold_lock(9, 9), database.unit_of_work() as work:
        work.execute("SELECT 1")
    other = Database(database.dsn)
    with other.unit_of_work() as work:
        work.execute("SELECT pg_terminate_backend(:pid)", {"pid": pid})
    other.close()
    with database.reading() as work:
        assert work.execute("SELECT 1").scalar_one() == 1


@pytest.mark.parametrize("way", ["statement", "copy", "fetch", "commit"])
def test_a_server_that_goes_away_under_a_transaction_is_said_in_a_sentence(
    database: Database, way: str
) -> None:
    def lose_it() -> None:
        with database.unit_of_work() as work:
            pid = work.execute("SELECT pg_backend_pid()").scalar_one()
            work.execute("CREATE TEMP TABLE lost (n bigint)")
            with database.unit_of_work() as other:
                # Waits until it is gone: what comes next must not meet it alive.
                other.execute("SELECT pg_terminate_backend(:pid, 5000)", {"pid": pid})
            if way == "statement":
                work.execute("SELECT 1")
            if way == "copy":
                work.copy_frame("lost", pl.DataFrame({"n": [1]}))
            if way == "fetch":
                work.fetch_frame("SELECT 1", schema={"n": pl.Int64()})

    with pytest.raises(StoreUnavailable, match="went away"):
        lose_it()
    with database.reading() as work:
        assert work.execute("SELECT 1").scalar_one() == 1


def test_an_error_of_a_statement_is_no_lost_server(database: Database) -> None:
    with pytest.raises(ProgrammingError), database.reading() as work:
        work.execute("SELECT no_such_column")
