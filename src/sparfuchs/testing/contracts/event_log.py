"""What every `plumbing.log.EventLog` must do. The subclass gives fixtures `database` and `log`."""

import threading
from datetime import UTC, datetime

import pytest

from sparfuchs.events.envelope import Event, LoggedEvent
from sparfuchs.plumbing.db import Database
from sparfuchs.plumbing.log import EventLog

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def clicked(number: int, *, topic: str = "click") -> Event:
    return Event(topic, f"key-{number}", "click.Clicked", NOON, {"number": number})


def numbers(logged: list[LoggedEvent]) -> list[object]:
    return [one.event.payload["number"] for one in logged]


def tell(database: Database, log: EventLog, *events: Event) -> None:
    with database.unit_of_work() as work:
        for event in events:
            log.append(work, event)


def done(database: Database, log: EventLog, consumer: str, position: int) -> None:
    with database.unit_of_work() as work:
        log.advance(work, consumer, "click", position)


class EventLogContract:
    def test_events_come_whole_and_in_order_from_position_one(
        self, database: Database, log: EventLog
    ) -> None:
        odd = Event("click", "ü", "t", NOON, {"text": 'a"\\\n', "list": [1, None, {"x": 1.5}]})
        tell(database, log, odd, clicked(2))
        logged = log.read("index", "click", 10)
        assert logged == [LoggedEvent(1, odd), LoggedEvent(2, clicked(2))]

    def test_an_event_of_rolled_back_work_never_happened(
        self, database: Database, log: EventLog
    ) -> None:
        def fail() -> None:
            with database.unit_of_work() as work:
                log.append(work, clicked(1))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        tell(database, log, clicked(2))
        assert [(e.position, e.event) for e in log.read("c", "click", 10)] == [(1, clicked(2))]

    def test_topics_have_positions_of_their_own(self, database: Database, log: EventLog) -> None:
        tell(database, log, clicked(1), clicked(2, topic="feed"), clicked(3))
        assert [e.position for e in log.read("c", "click", 10)] == [1, 2]
        assert [e.position for e in log.read("c", "feed", 10)] == [1]
        assert log.read("c", "wallet", 10) == []

    def test_reading_is_limited_and_goes_on_where_the_consumer_is_done(
        self, database: Database, log: EventLog
    ) -> None:
        told = [clicked(n) for n in range(5)]
        tell(database, log, *told)
        assert numbers(log.read("c", "click", 2)) == [0, 1]
        assert log.lag("c", "click") == len(told)
        done(database, log, "c", 2)
        assert numbers(log.read("c", "click", 2)) == [2, 3]
        assert log.lag("c", "click") == len(told[2:])

    def test_consumers_do_not_disturb_each_other(self, database: Database, log: EventLog) -> None:
        tell(database, log, clicked(1))
        done_before = log.read("fast", "click", 10)
        done(database, log, "fast", done_before[-1].position)
        assert log.read("fast", "click", 10) == []
        assert numbers(log.read("slow", "click", 10)) == [1]

    def test_a_consumer_that_crashes_before_its_commit_sees_the_event_again(
        self, database: Database, log: EventLog
    ) -> None:
        def crash() -> None:
            with database.unit_of_work() as work:
                log.advance(work, "c", "click", 1)
                raise ZeroDivisionError

        tell(database, log, clicked(1))
        assert numbers(log.read("c", "click", 10)) == [1]
        with pytest.raises(ZeroDivisionError):
            crash()
        assert numbers(log.read("c", "click", 10)) == [1]

    def test_a_cursor_never_goes_back(self, database: Database, log: EventLog) -> None:
        tell(database, log, clicked(1), clicked(2))
        assert numbers(log.read("c", "click", 10)) == [1, 2]
        done(database, log, "c", 2)
        done(database, log, "c", 1)
        assert log.read("c", "click", 10) == []

    def test_a_long_transaction_elsewhere_hides_no_newer_event(
        self, database: Database, log: EventLog
    ) -> None:
        tell(database, log, clicked(1))
        with database.unit_of_work() as long, database.reading() as longer:
            log.append(long, clicked(2))  # gets its transaction number before the next event
            longer.execute("SELECT pg_current_snapshot()")
            tell(database, log, clicked(3))
            assert numbers(log.read("c", "click", 10)) == [1, 3]
            done(database, log, "c", 2)
            assert log.read("c", "click", 10) == []
        assert [(e.position, e.event) for e in log.read("c", "click", 10)] == [(3, clicked(2))]

    def test_many_at_once_give_positions_without_gaps_and_keep_the_order_of_each(
        self, database: Database, log: EventLog
    ) -> None:
        def produce(first: int) -> None:
            for number in range(first, first + 25):
                tell(database, log, clicked(number))
                log.read("c", "click", 1)  # gives positions while others append

        threads = [threading.Thread(target=produce, args=[n * 100]) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        logged = log.read("c", "click", 1000)
        assert [one.position for one in logged] == list(range(1, 101))
        for n in range(4):
            own = [x for x in numbers(logged) if isinstance(x, int) and x // 100 == n]
            assert own == list(range(n * 100, n * 100 + 25))
