"""The tables of matching. Offers belong to products; what was compared is kept beside them.

A product's row stays when it ends, so that no id is given twice. Edges and review pairs have the
smaller offer on the left. `band` is the place of the value in Band.
"""

from typing import Final

from sqlalchemy import (
    REAL,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData()

_TIME: Final = DateTime(timezone=True)

# What offers are compared by: a model (null: the shipped one) and how rare words are. The newest is
# in force; probabilities of different versions are not comparable.
match_versions: Final = Table(
    "match_versions",
    metadata,
    Column("version", Integer, Identity(always=True), primary_key=True),
    Column("model", Text, nullable=False),
    Column("model_file", Text),
    Column("weights_file", Text, nullable=False),
    Column("offers", BigInteger, nullable=False),
    Column("made_at", _TIME, nullable=False),
)

# Models of this site, whether in force or not, with what they were judged by.
match_models: Final = Table(
    "match_models",
    metadata,
    Column("id", Integer, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("file", Text),
    Column("figures", JSONB, nullable=False),
    Column("promoted", Boolean, nullable=False),
    Column("made_at", _TIME, nullable=False),
    Column("chosen_at", _TIME),
)

products: Final = Table(
    "products",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("made_at", _TIME, nullable=False),
    Column("ended_at", _TIME),
    Column("touched", Boolean, nullable=False),
)
Index("products_touched", products.c.id, postgresql_where=products.c.touched)

# `signature` is the hash of what was compared of the offer; `family` and `kin` are what variants of
# a thing have in common (item group of its source; brand and words). `run` names the run of known
# offers in which it stands for its product.
product_members: Final = Table(
    "product_members",
    metadata,
    Column("offer_id", BigInteger, primary_key=True, autoincrement=False),
    Column("product_id", BigInteger, nullable=False),
    Column("since", _TIME, nullable=False),
    Column("how", Text, nullable=False),
    Column("partner_id", BigInteger),
    Column("probability", REAL),
    Column("reasons", Text),
    Column("same_as", BigInteger),
    Column("version", Integer, nullable=False),
    Column("signature", BigInteger, nullable=False),
    Column("family", BigInteger),
    Column("kin", BigInteger),
    Column("run", Integer),
)
Index("product_members_product", product_members.c.product_id)
Index("product_members_family", product_members.c.family)
Index("product_members_kin", product_members.c.kin)

product_edges: Final = Table(
    "product_edges",
    metadata,
    Column("left_id", BigInteger, primary_key=True, autoincrement=False),
    Column("right_id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text),
    Column("score", REAL, nullable=False),
    Column("alone", REAL, nullable=False),
    Column("probability", REAL, nullable=False),
    Column("band", SmallInteger, nullable=False),
    Column("version", Integer, nullable=False),
)
Index("product_edges_right", product_edges.c.right_id)

# Runs of known offers (known.py); `folder` holds the files of a run.
match_runs: Final = Table(
    "match_runs",
    metadata,
    Column("number", Integer, Identity(always=True), primary_key=True),
    Column("folder", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("version", Integer, nullable=False),
)

# Pairs that wait for a person, and those that were answered.
match_reviews: Final = Table(
    "match_reviews",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("left_id", BigInteger, nullable=False),
    Column("right_id", BigInteger, nullable=False),
    Column("probability", REAL, nullable=False),
    Column("reasons", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("asked_at", _TIME, nullable=False),
    UniqueConstraint("left_id", "right_id"),
)

# What a person said, and about which pairs; an answer that is undone stays on record.
match_answers: Final = Table(
    "match_answers",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", _TIME, nullable=False),
    Column("undone_at", _TIME),
)

match_labels: Final = Table(
    "match_labels",
    metadata,
    Column("answer_id", BigInteger, ForeignKey("match_answers.id"), primary_key=True),
    Column("left_id", BigInteger, primary_key=True, autoincrement=False),
    Column("right_id", BigInteger, primary_key=True, autoincrement=False),
    Column("same", Boolean, nullable=False),
)
Index("match_labels_left", match_labels.c.left_id)
Index("match_labels_right", match_labels.c.right_id)
