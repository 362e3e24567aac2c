"""Tables of the event log. The migration writes the same as explicit DDL; a test compares them."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

# Events of committed transactions that have no position yet. Written by producers in their own
# transaction, emptied into event_log by `log.sequence`.
event_outbox = Table(
    "event_outbox",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("payload", JSONB, nullable=False),
    Index("event_outbox_topic", "topic", "id"),
)

# Positions are dense from 1 in each topic and given after commit.
event_log = Table(
    "event_log",
    metadata,
    Column("topic", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("key", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("payload", JSONB, nullable=False),
    PrimaryKeyConstraint("topic", "position"),
)

# The last position given in each topic; kept when old events are trimmed.
event_topics = Table(
    "event_topics",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("head", BigInteger, nullable=False),
)

# The last position that a consumer has done with, moved in the consumer's own transaction.
event_cursors = Table(
    "event_cursors",
    metadata,
    Column("consumer", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    PrimaryKeyConstraint("consumer", "topic"),
)
