"""The frames in which offers travel, each a declared schema, and the hash that compares them.

Offers travel as columns from parse to store. A step takes a frame of one of these schemas and gives
another; `conform` is the border guard between steps. Money is whole minor units, times are aware
UTC in microseconds, hashes are xxh3 with 64 bits.
"""

from enum import StrEnum
from itertools import repeat
from typing import Final

import numpy as np
import polars as pl
import xxhash
from numpy.typing import NDArray

Schema = dict[str, pl.DataType]

UTC_TIME: Final = pl.Datetime("us", "UTC")
HashArray = NDArray[np.uint64]


class Availability(StrEnum):
    """As stated by the source. The place in the enumeration is its number in the store."""

    UNKNOWN = "unknown"
    IN_STOCK = "in_stock"
    OUT_OF_STOCK = "out_of_stock"
    PREORDER = "preorder"
    BACKORDER = "backorder"
    LIMITED = "limited"


class Condition(StrEnum):
    NEW = "new"
    REFURBISHED = "refurbished"
    USED = "used"


class Audience(StrEnum):
    PUBLIC = "public"
    COUPON_PUBLIC = "coupon_public"
    COUPON_INDIVIDUAL = "coupon_individual"
    MEMBER = "member"
    NEW_CUSTOMER = "new_customer"


class RefKind(StrEnum):
    """What the merchant calls the reference price of a claim."""

    NONE = "none"
    UVP = "uvp"
    PREVIOUS = "previous"
    LOWEST_30D = "lowest_30d"
    UNSPECIFIED = "unspecified"


class ChangeKind(StrEnum):
    """What one row of a change segment or of the price history says.

    The order is the order in which rows of the same offer at the same time are read, and the place
    is the number in the store: a new one goes last. `identity` and `display` occur in segments
    alone: they are no part of the price history. After `hold` the price is unknown (R-F-7).
    """

    GONE = "gone"
    UNSEEN = "unseen"
    FIRST = "first"
    BACK = "back"
    SEEN = "seen"
    PRICE = "price"
    AVAILABILITY = "availability"
    CLAIM = "claim"
    CORRECTION = "correction"
    IDENTITY = "identity"
    DISPLAY = "display"
    HOLD = "hold"


AVAILABILITY: Final = pl.Enum([a.value for a in Availability])
CONDITION: Final = pl.Enum([c.value for c in Condition])
AUDIENCE: Final = pl.Enum([a.value for a in Audience])
REF_KIND: Final = pl.Enum([r.value for r in RefKind])
CHANGE_KIND: Final = pl.Enum([k.value for k in ChangeKind])

# One row an accepted offer, as a source states it (domain.md 1.1). `regular_minor` is the plain
# price, `sale_minor` holds in [sale_from, sale_to) (R-G-2); which of them is the price at a moment
# is decided in the catalogue, because it changes without a byte of the feed changing. What members
# pay (`member_minor`) is a series of its own and never that price (domain.md 4.2). `raw_before`
# is the hash of the same bytes under the salt of the reading before, where that is another one.
OFFER: Final[Schema] = {
    "line": pl.UInt32(),
    "raw_hash": pl.UInt64(),
    "raw_before": pl.UInt64(),
    "source_offer_id": pl.String(),
    "item_group_id": pl.String(),
    "seller_id": pl.String(),
    "title": pl.String(),
    "description": pl.String(),
    "brand": pl.String(),
    "gtin14": pl.String(),
    "mpn": pl.String(),
    "condition": CONDITION,
    "colour": pl.String(),
    "size": pl.String(),
    "material": pl.String(),
    "category_path": pl.String(),
    "product_type": pl.String(),
    "currency": pl.String(),
    "regular_minor": pl.Int64(),
    "sale_minor": pl.Int64(),
    "sale_from": UTC_TIME,
    "sale_to": UTC_TIME,
    "ref_price_minor": pl.Int64(),
    "ref_kind": REF_KIND,
    "claim_percent": pl.Int16(),
    "member_minor": pl.Int64(),
    "shipping_minor": pl.Int64(),
    "deposit_minor": pl.Int64(),
    "unit_amount": pl.Decimal(18, 4),
    "unit": pl.String(),
    "availability": AVAILABILITY,
    "audience": AUDIENCE,
    "expires_at": UTC_TIME,
    "perishable": pl.Boolean(),
    "landing_url": pl.String(),
    "affiliate_url": pl.String(),
    "image_urls": pl.List(pl.String()),
    "promotion_ids": pl.List(pl.String()),
    "attributes": pl.String(),
    "flags": pl.List(pl.String()),
}

# One row a promotion, as a source states it (domain.md 1.5). It never changes an offer's price
# (R-G-7). `code` is null where none is needed; `kind` is percent_off, money_off, buy_get, gift,
# free_shipping or other; `terms` is a JSON object of every condition that has no column. Valid in
# [starts_at, ends_at), shown in [shown_from, shown_to) where that is stated. `scope` is a JSON
# object of what the promotion is for: lists of texts under `items`, `groups`, `brands`,
# `categories`, and the same with `not_` before them for what it is not for; null: none of these.
PROMOTION: Final[Schema] = {
    "line": pl.UInt32(),
    "source_promotion_id": pl.String(),
    "title": pl.String(),
    "description": pl.String(),
    "all_products": pl.Boolean(),
    "code": pl.String(),
    "kind": pl.String(),
    "percent": pl.Int16(),
    "money_off_minor": pl.Int64(),
    "minimum_minor": pl.Int64(),
    "currency": pl.String(),
    "starts_at": UTC_TIME,
    "ends_at": UTC_TIME,
    "shown_from": UTC_TIME,
    "shown_to": UTC_TIME,
    "url": pl.String(),
    "terms": pl.String(),
    "scope": pl.String(),
}

# One row a rejected row: the place, the value and the rule (R-F-2).
REJECTION: Final[Schema] = {
    "line": pl.UInt32(),
    "source_offer_id": pl.String(),
    "field": pl.String(),
    "value": pl.String(),
    "reason": pl.String(),
    "rule": pl.String(),
}

# One row a change of one offer in one run, with the whole price state after it. `before_minor` is
# the price before. Written as the run's segment (an Arrow file), and, without the kinds `identity`
# and `display`, as rows of the price history.
CHANGE: Final[Schema] = {
    "offer_id": pl.Int64(),
    "at": UTC_TIME,
    "kind": CHANGE_KIND,
    "run": pl.UInt32(),
    "before_minor": pl.Int64(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "availability": AVAILABILITY,
    "ref_price_minor": pl.Int64(),
    "ref_kind": REF_KIND,
    "claim_percent": pl.Int16(),
}


def empty(schema: Schema) -> pl.DataFrame:
    return pl.DataFrame(schema=schema)


def conform(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The frame with exactly the columns of the schema, in order, absent ones null.

    Raises polars errors when a value does not fit its type: a fault of ours, not of a feed.
    """
    return frame.select(
        (pl.col(name).cast(dtype) if name in frame.columns else pl.lit(None, dtype=dtype)).alias(
            name
        )
        for name, dtype in schema.items()
    )


def hash_strings(column: pl.Series, *, seed: int = 0) -> HashArray:
    """xxh3 of each text, the same on every machine and in every version of the libraries.

    polars' own hash is faster (57 against 10 million a second here) but promises nothing across
    versions, and these hashes are kept for years. Null counts as the empty text.
    """
    digest = xxhash.xxh3_64_intdigest
    values = column.cast(pl.Binary).fill_null(b"").to_list()
    return np.fromiter(map(digest, values, repeat(seed)), dtype=np.uint64, count=len(values))


def hash_rows(frame: pl.DataFrame, columns: list[str]) -> HashArray:
    """xxh3 over several columns of each row; nulls and empty texts differ."""
    parts = []
    for name in columns:
        dtype = frame.schema[name]
        column = pl.col(name)
        if isinstance(dtype, pl.List):
            column = column.list.join("\x1e", ignore_nulls=True)
        elif isinstance(dtype, pl.Datetime):
            column = column.to_physical()
        parts.append(column.cast(pl.String).fill_null("\x00"))
    return hash_strings(frame.select(pl.concat_str(parts, separator="\x1f")).to_series())
