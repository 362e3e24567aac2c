"""The tables of the catalogue. The rows that change are narrow; texts live beside them.

`offers` has no index but its key, so that a changed price is a heap-only update. Closed sets are
stored as the place of the value in its enumeration (`kernel/frames.py`).
"""

from typing import Final

from sqlalchemy import (
    ARRAY,
    CHAR,
    REAL,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData()

_TIME: Final = DateTime(timezone=True)

merchants: Final = Table(
    "merchants",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False, unique=True),
    Column("zone", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
)

sources: Final = Table(
    "sources",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("merchant_id", BigInteger, ForeignKey("merchants.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("location", Text, nullable=False),
    Column("settings", JSONB, nullable=False),
    Column("status", Text, nullable=False),
    Column("interval_seconds", Integer, nullable=False),
    Column("next_ordinal", BigInteger, nullable=False),
    Column("next_number", Integer, nullable=False),
    Column("head_run", Integer, nullable=False),
    Column("head_at", _TIME),
    Column("state_file", Text),
    Column("state_run", Integer, nullable=False),
    Column("digest", LargeBinary),
    Column("salt", Numeric(20, 0)),
    Column("validators", JSONB, nullable=False),
    Column("detected", JSONB, nullable=False),
    Column("suspect_gtins", ARRAY(Text), nullable=False),
    Column("full_count", Integer),
    Column("live", Integer, nullable=False),
    Column("pending", Boolean, nullable=False),
    Column("next_wake", _TIME),
    Column("created_at", _TIME, nullable=False),
    Column("removed_at", _TIME),
    Column("next_due", _TIME),
    Column("raw_salt", Numeric(20, 0)),
    # Whose turn it is among the sources of one host; empty for files.
    Column("host", Text, nullable=False),
    Column("wait_seconds", Integer),
    Column("taken_until", _TIME),
    Column("takes", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("refusals", Integer, nullable=False),
    Column("failing_since", _TIME),
    Column("trouble", Text),
    Column("credential", LargeBinary),
    Column("credential_kind", Text),
    UniqueConstraint("merchant_id", "name"),
)

Index(
    "sources_host",
    sources.c.host,
    postgresql_where=sources.c.taken_until.is_not(None),
)

feed_runs: Final = Table(
    "feed_runs",
    metadata,
    Column("source_id", BigInteger, ForeignKey("sources.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("at", _TIME, nullable=False),
    Column("carry_micros", BigInteger, nullable=False),
    Column("sum_micros", BigInteger, nullable=False),
    Column("read", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("rejected", JSONB, nullable=False),
    Column("new", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("gone", Integer, nullable=False),
    Column("slow_rows", Integer, nullable=False),
    Column("seen", LargeBinary),
    Column("segment", Text),
    Column("rejections", Text),
    Column("payload", JSONB),
    Column("settings", JSONB, nullable=False),
    Column("detected", JSONB, nullable=False),
    Column("doubts", JSONB, nullable=False),
    Column("digest", LargeBinary),
    Column("seconds", REAL, nullable=False),
    Column("difference", JSONB),  # of a held run: what it would have changed (R-F-2)
)

offers: Final = Table(
    "offers",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("price_minor", BigInteger),
    Column("currency", CHAR(3), nullable=False),
    Column("availability", SmallInteger, nullable=False),
    Column("claim_ref_minor", BigInteger),
    Column("claim_kind", SmallInteger, nullable=False),
    Column("claim_percent", SmallInteger),
    Column("regular_minor", BigInteger, nullable=False),
    Column("sale_minor", BigInteger),
    Column("sale_from", _TIME),
    Column("sale_to", _TIME),
    Column("ref_price_minor", BigInteger),
    Column("ref_kind", SmallInteger, nullable=False),
    Column("expires_at", _TIME),
    Column("shipping_minor", BigInteger),
    Column("deposit_minor", BigInteger),
    Column("condition", SmallInteger),
    Column("audience", SmallInteger, nullable=False),
    Column("perishable", Boolean),
    Column("status", SmallInteger, nullable=False),
    Column("first_run", Integer, nullable=False),
    Column("changed_run", Integer, nullable=False),
    # A price that waits for a second observation, since when (null: by hand), and the last one
    # that was believed; while it waits `price_minor` is null (R-F-7).
    Column("last_minor", BigInteger),
    Column("held_minor", BigInteger),
    Column("held_at", _TIME),
)

offer_texts: Final = Table(
    "offer_texts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("source_offer_id", Text, nullable=False),
    Column("item_group_id", Text),
    Column("seller_id", Text),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("brand", Text),
    Column("gtin14", Text),
    Column("mpn", Text),
    Column("colour", Text),
    Column("size", Text),
    Column("material", Text),
    Column("category_path", Text),
    Column("product_type", Text),
    Column("unit_amount", Numeric(18, 4)),
    Column("unit", Text),
    Column("landing_url", Text),
    Column("affiliate_url", Text),
    Column("image_urls", ARRAY(Text)),
    Column("promotion_ids", ARRAY(Text)),
    Column("attributes", JSONB),
    Column("flags", ARRAY(Text)),
)

Index(
    "offer_texts_gtin",
    offer_texts.c.gtin14,
    postgresql_where=offer_texts.c.gtin14.is_not(None),
)

deals: Final = Table(
    "deals",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("opened_at", _TIME, nullable=False),
    Column("valid_from", _TIME),
    Column("valid_to", _TIME),
    Column("verdict", Text, nullable=False),
    Column("claim_verdict", Text, nullable=False),
    Column("honest_pct", SmallInteger),
    Column("rating", SmallInteger),
    Column("closed_at", _TIME),
)

# What shops grant beside their prices (R-G-7). `scope` says which offers a promotion is for,
# `digest` is a hash of all that is stated, `gone_at` when its source stated it no more.
promotions: Final = Table(
    "promotions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source_id", BigInteger, ForeignKey("sources.id"), nullable=False),
    Column("source_promotion_id", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("all_products", Boolean, nullable=False),
    Column("code", Text),
    Column("kind", Text, nullable=False),
    Column("percent", SmallInteger),
    Column("money_off_minor", BigInteger),
    Column("minimum_minor", BigInteger),
    Column("currency", CHAR(3)),
    Column("starts_at", _TIME),
    Column("ends_at", _TIME),
    Column("shown_from", _TIME),
    Column("shown_to", _TIME),
    Column("url", Text),
    Column("terms", JSONB),
    Column("scope", JSONB),
    Column("digest", BigInteger, nullable=False),
    Column("first_at", _TIME, nullable=False),
    Column("changed_at", _TIME, nullable=False),
    Column("gone_at", _TIME),
    UniqueConstraint("source_id", "source_promotion_id"),
)

# Offers whose category is not known have no row. `how` is the number of matching's `How`.
offer_categories: Final = Table(
    "offer_categories",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("category_id", Integer, nullable=False),
    Column("confidence", REAL, nullable=False),
    Column("how", SmallInteger, nullable=False),
)

category_choices: Final = Table(
    "category_choices",
    metadata,
    Column("source_id", BigInteger, primary_key=True, autoincrement=False),
    Column("path", Text, primary_key=True),
    Column("category_id", Integer, nullable=False),
    Column("chosen_at", _TIME, nullable=False),
)
