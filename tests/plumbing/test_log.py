import threading
from datetime import UTC, datetime, timedelta

import pytest

from sparfuchs.events.envelope import Event
from sparfuchs.kernel.errors import UsageError
from sparfuchs.plumbing import log as log_module
from sparfuchs.plumbing.db import Database
from sparfuchs.plumbing.log import PostgresEventLog
from sparfuchs.testing.contracts.event_log import (
    NOON,
    EventLogContract,
    clicked,
    done,
    numbers,
    tell,
)


@pytest.fixture
def log(database: Database) -> PostgresEventLog:
    return PostgresEventLog(database)


class TestPostgresEventLog(EventLogContract):
    pass


def test_a_crash_between_commit_and_sequencing_loses_nothing(
    database: Database, log: PostgresEventLog
) -> None:
    tell(database, log, clicked(1))  # nobody has sequenced when the process ends here
    other = Database(database.dsn)
    try:
        assert numbers(PostgresEventLog(other).read("c", "click", 10)) == [1]
    finally:
        other.close()


def test_a_backlog_larger_than_one_step_is_moved_whole(
    database: Database, log: PostgresEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "_MOVE_AT_ONCE", 3)
    tell(database, log, *map(clicked, range(10)))
    assert log.sequence("click") == 10
    assert log.sequence("click") == 0
    assert [e.position for e in log.read("c", "click", 100)] == list(range(1, 11))


def test_many_events_of_one_work_are_stored_at_once(
    database: Database, log: PostgresEventLog
) -> None:
    with database.unit_of_work() as work:
        work.append_all([clicked(n) for n in range(3)])
        work.append_all([])
    assert numbers(log.read("c", "click", 10)) == [0, 1, 2]


def test_a_cursor_cannot_skip_what_was_not_yet_told(
    database: Database, log: PostgresEventLog
) -> None:
    tell(database, log, clicked(1))
    log.sequence("click")
    with pytest.raises(UsageError, match="no position 2"):
        done(database, log, "c", 2)
    with database.unit_of_work() as work, pytest.raises(UsageError, match="last is 0"):
        log.advance(work, "c", "unheard of", 1)


def test_trimming_drops_only_what_is_old_and_done_with_by_all(
    database: Database, log: PostgresEventLog
) -> None:
    old = datetime(2026, 1, 1, tzinfo=UTC)
    tell(database, log, *[Event("click", "k", "t", old, {"number": n}) for n in range(3)])
    tell(database, log, clicked(3))
    log.sequence("click")
    limit = NOON - timedelta(days=30)
    assert log.trim("click", limit) == 0  # nobody has done with anything
    done(database, log, "fast", 4)
    done(database, log, "slow", 2)
    assert log.trim("click", limit) == 2
    assert numbers(log.read("slow", "click", 10)) == [2, 3]
    done(database, log, "slow", 4)
    assert log.trim("click", limit) == 1
    assert log.trim("click", NOON + timedelta(days=1)) == 1
    tell(database, log, clicked(4))
    assert [e.position for e in log.read("slow", "click", 10)] == [5]


def test_a_listener_is_woken_by_a_commit_and_only_by_it(
    database: Database, log: PostgresEventLog
) -> None:
    with log.listening() as listener:
        with database.unit_of_work() as work:
            log.append(work, clicked(1))
            log.append(work, clicked(2, topic="feed"))
            assert listener.wait(0.05) == set()
        assert listener.wait(10) == {"click", "feed"}
        assert listener.wait(0.05) == set()


def test_a_listener_that_waits_is_woken_at_once(database: Database, log: PostgresEventLog) -> None:
    heard: list[set[str]] = []
    with log.listening() as listener:
        waiting = threading.Thread(target=lambda: heard.append(listener.wait(60)))
        waiting.start()
        tell(database, log, clicked(1))
        waiting.join(timeout=30)
    assert heard == [{"click"}]
