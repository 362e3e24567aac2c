"""The event log: producers append in their transaction, consumers read in order, twice at worst.

An event gets its position after its transaction has committed: `sequence` moves what is visible
in the outbox to the end of its topic, one mover a topic at a time. So positions have no gaps, none
appears behind a consumer's back, and a long transaction elsewhere holds nobody up. (Reading by a
serial id skips what commits late; reading below the oldest running transaction hides everything
behind any long one.) Reading sequences first: a crash between commit and sequencing loses nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Protocol, Self

import psycopg

from sparfuchs.events.envelope import Event, LoggedEvent
from sparfuchs.kernel.errors import StoreUnavailable, UsageError
from sparfuchs.plumbing.db import CHANNEL, Database, Work

_LOCK_SPACE: Final = 0x6C6F67  # "log": advisory locks of this module, keyed by the topic's hash
_MOVE_AT_ONCE: Final = 10_000  # events a transaction, so that a backlog is moved in bounded steps


class EventLog(Protocol):
    """The port. `testing/contracts/event_log.py` is its exam."""

    def append(self, work: Work, event: Event) -> None:
        """Stores the event in this transaction: with it, or not at all."""

    def read(self, consumer: str, topic: str, limit: int) -> list[LoggedEvent]:
        """The next events that this consumer has not done with, oldest first."""

    def advance(self, work: Work, consumer: str, topic: str, position: int) -> None:
        """Says, in the consumer's own transaction, that it is done up to here; never goes back."""

    def lag(self, consumer: str, topic: str) -> int:
        """How many events of the topic this consumer still has before it."""

    def trim(self, topic: str, before: datetime) -> int:
        """Drops events older than a moment that every consumer has done with; how many."""


class PostgresEventLog:
    """The embedded log: four tables of the system of record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, work: Work, event: Event) -> None:
        work.append(event)

    def read(self, consumer: str, topic: str, limit: int) -> list[LoggedEvent]:
        self.sequence(topic)
        with self._database.reading() as work:
            rows = work.execute(
                """
                SELECT position, key, type, occurred_at, payload FROM event_log
                WHERE topic = :topic AND position > coalesce(
                    (SELECT position FROM event_cursors
                     WHERE consumer = :consumer AND topic = :topic), 0)
                ORDER BY position LIMIT :limit
                """,
                {"topic": topic, "consumer": consumer, "limit": limit},
            )
            return [
                LoggedEvent(r.position, Event(topic, r.key, r.type, r.occurred_at, r.payload))
                for r in rows
            ]

    def advance(self, work: Work, consumer: str, topic: str, position: int) -> None:
        """Raises UsageError for a position that the topic has not reached: it would skip events."""
        head = work.execute(
            "SELECT head FROM event_topics WHERE topic = :topic", {"topic": topic}
        ).scalar_one_or_none()
        if position > (head or 0):
            raise UsageError(
                f"{topic} has no position {position} yet, its last is {head or 0}",
                topic=topic,
                position=position,
            )
        work.execute(
            """
            INSERT INTO event_cursors AS c (consumer, topic, position)
            VALUES (:consumer, :topic, :position)
            ON CONFLICT (consumer, topic) DO UPDATE SET position = excluded.position
            WHERE c.position < excluded.position
            """,
            {"consumer": consumer, "topic": topic, "position": position},
        )

    def lag(self, consumer: str, topic: str) -> int:
        self.sequence(topic)
        with self._database.reading() as work:
            waiting = work.execute(
                """
                SELECT coalesce((SELECT head FROM event_topics WHERE topic = :topic), 0)
                     - coalesce((SELECT position FROM event_cursors
                                 WHERE consumer = :consumer AND topic = :topic), 0)
                """,
                {"topic": topic, "consumer": consumer},
            ).scalar_one()
        return int(waiting)

    def sequence(self, topic: str) -> int:
        """Gives positions to the committed events of a topic; how many. Called by every read."""
        moved = 0
        while True:
            with self._database.unit_of_work() as work:
                step = _move(work, topic)
            moved += step
            if step < _MOVE_AT_ONCE:
                return moved

    def trim(self, topic: str, before: datetime) -> int:
        """Drops events older than a moment that every consumer of the topic has done with.

        Gives how many. A topic without consumers keeps everything. Positions never start again.
        """
        with self._database.unit_of_work() as work:
            dropped = work.execute(
                """
                DELETE FROM event_log WHERE topic = :topic AND occurred_at < :before
                AND position <= (SELECT min(position) FROM event_cursors WHERE topic = :topic)
                """,
                {"topic": topic, "before": before},
            )
            return dropped.rowcount

    @contextmanager
    def listening(self) -> Iterator["Listener"]:
        """Ears for new events. Open them before reading: what comes in between is not missed."""
        with Listener(self._database.dsn) as listener:
            yield listener


class Listener:
    """Wakes when something was appended. A consumer asks the log anyway after each wait, so a lost
    connection costs time, never events.
    """

    def __init__(self, dsn: str) -> None:
        try:
            self._connection = psycopg.connect(dsn, autocommit=True)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"The database does not answer: {error}") from error
        self._connection.execute(f"LISTEN {CHANNEL}".encode())

    def wait(self, timeout: float) -> set[str]:
        """Topics that got events, as soon as there are some; empty after so many seconds.

        Raises StoreUnavailable when the connection is lost.
        """
        try:
            first = {n.payload for n in self._connection.notifies(timeout=timeout, stop_after=1)}
            rest = {n.payload for n in self._connection.notifies(timeout=0)} if first else set()
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"The database went away: {error}") from error
        return first | rest

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()


def _move(work: Work, topic: str) -> int:
    """One bounded step from the outbox to the log, as the only mover of the topic."""
    facts: dict[str, Any] = {"topic": topic, "space": _LOCK_SPACE, "limit": _MOVE_AT_ONCE}
    waiting = work.execute("SELECT EXISTS (SELECT FROM event_outbox WHERE topic = :topic)", facts)
    if not waiting.scalar_one():
        return 0
    # A statement of its own: the next one sees what was committed before the lock was given.
    work.execute("SELECT pg_advisory_xact_lock(:space, hashtext(:topic))", facts)
    moved = work.execute(
        """
        WITH visible AS (
            DELETE FROM event_outbox WHERE id IN (
                SELECT id FROM event_outbox WHERE topic = :topic ORDER BY id LIMIT :limit)
            RETURNING *
        ), counted AS (
            SELECT count(*) AS n FROM visible
        ), head AS (
            INSERT INTO event_topics AS t (topic, head) SELECT :topic, n FROM counted
            ON CONFLICT (topic) DO UPDATE SET head = t.head + excluded.head
            RETURNING head
        )
        INSERT INTO event_log (topic, position, key, type, occurred_at, payload)
        SELECT v.topic, head.head - counted.n + row_number() OVER (ORDER BY v.id),
               v.key, v.type, v.occurred_at, v.payload
        FROM visible v, counted, head
        """,
        facts,
    )
    return moved.rowcount
