"""The table of ratings: one narrow row an offer, no index on what changes."""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, MetaData, SmallInteger, Table

metadata: Final = MetaData()

ratings: Final = Table(
    "ratings",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("rated_at", DateTime(timezone=True), nullable=False),
    Column("score", SmallInteger, nullable=False),
    Column("content", SmallInteger, nullable=False),
    Column("price", SmallInteger, nullable=False),
    Column("freshness", SmallInteger, nullable=False),
    Column("merchant", SmallInteger, nullable=False),
    Column("availability", SmallInteger, nullable=False),
)
