"""The tables of quality. Ratings are one narrow row an offer, without an index on what changes."""

from typing import Final

from sqlalchemy import (
    CHAR,
    BigInteger,
    Column,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Integer,
    MetaData,
    SmallInteger,
    Table,
)

metadata: Final = MetaData()

_TIME: Final = DateTime(timezone=True)

# `notes` are bits (notes.py); null: rated before reasons were kept.
ratings: Final = Table(
    "ratings",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rated_at", _TIME, nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("content", SmallInteger, nullable=False),
    Column("price", SmallInteger, nullable=False),
    Column("freshness", SmallInteger, nullable=False),
    Column("merchant", SmallInteger, nullable=False),
    Column("availability", SmallInteger, nullable=False),
    Column("notes", Integer),
    Column("peers", Integer),
    Column("peer_minor", BigInteger),
    Column("times", Integer),
)

price_level_versions: Final = Table(
    "price_level_versions",
    metadata,
    Column("version", Integer, Identity(always=True), primary_key=True),
    Column("learned_at", _TIME, nullable=False),
    Column("offers", BigInteger, nullable=False),
    Column("levels", Integer, nullable=False),
)

# What offers like each other cost (levels.py). `key` is a hash of shelf and maker as stated.
price_levels: Final = Table(
    "price_levels",
    metadata,
    Column(
        "version",
        Integer,
        ForeignKey("price_level_versions.version", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("currency", CHAR(3), primary_key=True),
    Column("members", Integer, nullable=False),
    Column("middle", Double, nullable=False),
    Column("spread", Double, nullable=False),
)

# `pattern` is the place of the value in Pattern (patterns.py).
patterns: Final = Table(
    "patterns",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("pattern", SmallInteger, primary_key=True, autoincrement=False),
    Column("first_at", _TIME, nullable=False),
    Column("last_at", _TIME, nullable=False),
    Column("since", _TIME),
    Column("price_minor", BigInteger),
    Column("other_minor", BigInteger),
    Column("currency", CHAR(3)),
    Column("number", Integer),
)

countdowns: Final = Table(
    "countdowns",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("ends_at", _TIME, nullable=False),
    Column("noted_at", _TIME, nullable=False),
    Column("restarts", Integer, nullable=False),
    Column("restarted_at", _TIME),
)

# What is known of a merchant's source beside its rows, counted at night.
standings: Final = Table(
    "standings",
    metadata,
    Column("source_id", BigInteger, primary_key=True, autoincrement=False),
    Column("counted_at", _TIME, nullable=False),
    Column("claims_good", Integer, nullable=False),
    Column("claims_bad", Integer, nullable=False),
    Column("links_good", Integer, nullable=False),
    Column("links_bad", Integer, nullable=False),
    Column("links_at", _TIME),
)
