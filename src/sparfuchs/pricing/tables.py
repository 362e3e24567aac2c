"""The tables of the price history and of the verdicts.

Closed sets are stored as the place of the value in its enumeration. `price_changes` and, for what
is old, `price_blocks` are the truth: each change lies in one of them. `recent_history` and
`verdicts` are derived and can be built again (R-RUN-7). The narrow two have no index on what
changes, but for the one that finds what is due.
"""

from typing import Final

from sqlalchemy import (
    CHAR,
    REAL,
    BigInteger,
    Column,
    Date,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    func,
    literal_column,
)

metadata: Final = MetaData()

_TIME: Final = DateTime(timezone=True)

# Partitioned by month of the change: `price_changes_2026_11` and so on, made when first needed.
price_changes: Final = Table(
    "price_changes",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", _TIME, primary_key=True),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("run", Integer, nullable=False),
    Column("before_minor", BigInteger),
    Column("price_minor", BigInteger),
    Column("currency", CHAR(3)),
    Column("availability", SmallInteger),
    Column("ref_price_minor", BigInteger),
    Column("ref_kind", SmallInteger),
    Column("claim_percent", SmallInteger),
    postgresql_partition_by="RANGE (at)",
)

# Why recorded prices were mended, and by which run of the source that was noted. `offer_id` where
# it was one offer alone.
price_revisions: Final = Table(
    "price_revisions",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("source_id", BigInteger, nullable=False),
    Column("run", Integer, nullable=False),
    Column("offer_id", BigInteger),
    Column("cause", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("made_at", _TIME, nullable=False, server_default=func.now()),
)

# Rows of `price_changes` as they stood before a revision took them: the old version stays readable.
voided_changes: Final = Table(
    "voided_changes",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", _TIME, primary_key=True),
    Column("kind", SmallInteger, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, primary_key=True, autoincrement=False),
    Column("run", Integer, nullable=False),
    Column("before_minor", BigInteger),
    Column("price_minor", BigInteger),
    Column("currency", CHAR(3)),
    Column("availability", SmallInteger),
    Column("ref_price_minor", BigInteger),
    Column("ref_kind", SmallInteger),
    Column("claim_percent", SmallInteger),
)

# Prices that are not everybody's without more ado: of members, or with a code for everybody. Each
# is a series of its own, never mixed with the public one; a price of null ends what stood before.
side_prices: Final = Table(
    "side_prices",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("audience", SmallInteger, primary_key=True, autoincrement=False),
    Column("at", _TIME, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("price_minor", BigInteger),
    Column("currency", CHAR(3)),
)

# What is sold by amount: how much is in it, and what it held before where that was more (packs.py).
packs: Final = Table(
    "packs",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, nullable=False, index=True),
    Column("dimension", SmallInteger, nullable=False),
    Column("amount", Double, nullable=False),
    Column("unit_minor", BigInteger),
    Column("currency", CHAR(3), nullable=False),
    Column("since", _TIME, nullable=False),
    Column("amount_before", Double),
    Column("unit_before", BigInteger),
)

# Units of a currency for one euro, by day. For showing and sorting alone.
exchange_rates: Final = Table(
    "exchange_rates",
    metadata,
    Column("currency", CHAR(3), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("per_euro", Numeric(18, 8), nullable=False),
)

# Offers of 2^SHELF_BITS neighbouring ordinals stand on one shelf: `offer_id >> SHELF_BITS`. Another
# number needs a migration of the blocks.
SHELF_BITS: Final = 9

# The changes of a shelf in one quarter that are folded (layout: docs/history.md, block.py). `start`
# is the start of the quarter. The bytes are compressed already and are kept as they are.
price_blocks: Final = Table(
    "price_blocks",
    metadata,
    Column("shelf", BigInteger, primary_key=True, autoincrement=False),
    Column("start", _TIME, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# The spans that judging needs, packed (layout: pack.py). `first_at` and `low_minor` sum up what
# was left out: when the series was first seen, and its lowest price in the part left out.
recent_history: Final = Table(
    "recent_history",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("first_at", _TIME),
    Column("low_minor", BigInteger),
    Column("entries", LargeBinary, nullable=False),
)

# The smaller coverage and the flags follow from the other columns (pack.py).
verdicts: Final = Table(
    "verdicts",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("judged_at", _TIME, nullable=False),
    Column("price_minor", BigInteger),
    Column("currency", CHAR(3)),
    Column("verdict", SmallInteger, nullable=False),
    Column("claim_verdict", SmallInteger, nullable=False),
    Column("honest_pct", SmallInteger),
    Column("at_most_pct", SmallInteger),
    Column("reason", SmallInteger),
    Column("t0", _TIME),
    Column("window_start", _TIME),
    Column("chain_start", _TIME),
    Column("chain_steps", SmallInteger),
    Column("l30_minor", BigInteger),
    Column("l30_at", _TIME),
    Column("coverage_window", REAL),
    Column("coverage_since", REAL),
    Column("days_seen", Integer),
    Column("first_seen", _TIME),
    Column("claim_pct", SmallInteger),
    Column("ref_price_minor", BigInteger),
    Column("ref_kind", SmallInteger),
    Column("ref_first_seen", _TIME),
    Column("marks", SmallInteger, nullable=False),  # bits: pack.py
    Column("lowest_since_days", Integer),
    Column("asserted_at", _TIME),
    Column("next_at", _TIME),
)
# The id begins with the source; what is due is asked for one source, when it is read.
source_of_verdict: Final = verdicts.c.offer_id.op(">>", return_type=BigInteger)(
    literal_column("32")
)
Index(
    "verdicts_due",
    source_of_verdict,
    verdicts.c.next_at,
    postgresql_where=verdicts.c.next_at.is_not(None),
)
