"""The frames and words of matching: what is compared, what a pair is, what is said of it."""

from enum import StrEnum
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import CONDITION, Schema

# What matching reads of an offer; absent columns are null. `offer` is any number that the caller
# knows it by; `price_minor` is what it costs, in minor units of `currency`; `gtin14` has passed the
# check of ingest (R-F-8); `sku` is the merchant's own number, not the source's.
OFFERED: Final[Schema] = {
    "offer": pl.Int64(),
    "merchant": pl.String(),
    "sku": pl.String(),
    "url": pl.String(),
    "title": pl.String(),
    "description": pl.String(),
    "brand": pl.String(),
    "gtin14": pl.String(),
    "mpn": pl.String(),
    "condition": CONDITION,
    "colour": pl.String(),
    "size": pl.String(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
}

# What is understood of an offer. Texts are folded. `words` are those of the title, each once, with
# compounds also written together; `models` are squashed words of letters and digits; `numbers` bare
# numbers; `measures` "unit:value" in base units; `markers` "class:word" (edition, condition, ...);
# `squashed` is all text without anything between letters and digits.
READ: Final[Schema] = {
    "offer": pl.Int64(),
    "title": pl.String(),
    "text": pl.String(),
    "squashed": pl.String(),
    "brand": pl.String(),
    "mpn": pl.String(),
    "gtin14": pl.String(),
    "words": pl.List(pl.String()),
    "all_words": pl.List(pl.String()),
    "models": pl.List(pl.String()),
    "numbers": pl.List(pl.String()),
    "measures": pl.List(pl.String()),
    "colours": pl.List(pl.String()),
    "sizes": pl.List(pl.String()),
    "markers": pl.List(pl.String()),
    "pack": pl.Int32(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
}

# Two offers by their rows in two READ frames (or twice the same one).
PAIR: Final[Schema] = {"left": pl.UInt32(), "right": pl.UInt32()}


class Relation(StrEnum):
    """The same offer is merged, the same product is grouped; never mix them."""

    SAME_OFFER = "same_offer"
    SAME_PRODUCT = "same_product"


class Band(StrEnum):
    """What follows from a probability."""

    AUTOMATIC = "automatic"
    REVIEW = "review"
    SEPARATE = "separate"


BAND: Final = pl.Enum([band.value for band in Band])
