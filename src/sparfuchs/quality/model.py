"""Words of quality: parts and reasons of a rating, patterns, and the frames they travel in."""

from enum import StrEnum
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import AVAILABILITY, REF_KIND, UTC_TIME, Schema

PARTS: Final = ("content", "price", "freshness", "merchant", "availability")

# One row an offer. The parts add up to the score exactly. `notes` say why (bits: notes.py); where
# there are enough offers like it, `peers` counts them and `peer_minor` is their middle price;
# `times` says how many times dearer or cheaper it is than that where this is hard to believe.
RATING: Final[Schema] = {
    "offer_id": pl.Int64(),
    "rated_at": UTC_TIME,
    "score": pl.Int16(),
    **{part: pl.Int16() for part in PARTS},
    "notes": pl.Int32(),
    "peers": pl.Int32(),
    "peer_minor": pl.Int64(),
    "times": pl.Int32(),
}

# What is rated: of the texts of an offer only their lengths and whether they are there; of shelf
# and maker a hash of the words that the source uses (null: not stated).
RATED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "availability": AVAILABILITY,
    "title_length": pl.Int32(),
    "description_length": pl.Int32(),
    "images": pl.Int32(),
    "has_brand": pl.Boolean(),
    "has_identifier": pl.Boolean(),
    "has_category": pl.Boolean(),
    "shelf": pl.Int64(),
    "maker": pl.Int64(),
}

# What rating reads of a verdict, as pricing gives it.
FOUND: Final[Schema] = {
    "offer_id": pl.Int64(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "verdict": pl.String(),
    "claim_verdict": pl.String(),
    "flags": pl.List(pl.String()),
    "coverage_since": pl.Float64(),
    "asserted_at": UTC_TIME,
}

# What offers like each other cost: `middle` is the median of the natural logarithms of their prices
# in minor units, `spread` the scaled median deviation from it (1.4826 MAD).
LEVEL: Final[Schema] = {
    "key": pl.Int64(),
    "currency": pl.String(),
    "members": pl.Int32(),
    "middle": pl.Float64(),
    "spread": pl.Float64(),
}

# One row a stretch of an offer's history in which neither price nor claim changed: [start, end),
# `known` of it in microseconds. `price_minor` null: unknown. The claim is the merchant's.
EPISODE: Final[Schema] = {
    "offer_id": pl.Int64(),
    "start": UTC_TIME,
    "end": UTC_TIME,
    "known": pl.Int64(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "ref_price_minor": pl.Int64(),
    "ref_kind": REF_KIND,
    "claim_percent": pl.Int16(),
}


class Pattern(StrEnum):
    """Ways in which a stated reduction misleads. The place is the number in the store."""

    PUMP_THEN_DROP = "pump_then_drop"
    PERMANENT_SALE = "permanent_sale"
    CLAIM_NEVER_SEEN = "claim_never_seen"
    UVP_ABOVE_ALL = "uvp_above_all"
    COUNTDOWN_RESTARTS = "countdown_restarts"


PATTERNS: Final = pl.Enum([one.value for one in Pattern])

# What the shops that state the same GTIN ask for it now: how many they are, and the highest.
MARKET: Final[Schema] = {
    "offer_id": pl.Int64(),
    "shops": pl.Int32(),
    "highest_minor": pl.Int64(),
}

# One row an offer with a stated end of its sale: how often that end was moved on.
COUNTDOWN: Final[Schema] = {
    "offer_id": pl.Int64(),
    "ends_at": UTC_TIME,
    "noted_at": UTC_TIME,
    "restarts": pl.Int32(),
    "restarted_at": UTC_TIME,
}

# One row an offer and pattern. What `other_minor` and `number` are depends on the pattern: the
# price before the raise and the days it was raised; the reference stated and the share of time in
# percent; the reference and the days looked at; the UVP and the number of shops; none and restarts.
PATTERN: Final[Schema] = {
    "offer_id": pl.Int64(),
    "pattern": PATTERNS,
    "since": UTC_TIME,
    "price_minor": pl.Int64(),
    "other_minor": pl.Int64(),
    "currency": pl.String(),
    "number": pl.Int32(),
}
