"""The front door of ingest: what other packages may import."""

from sparfuchs.ingest.check import MOST_REJECTED, Check, check
from sparfuchs.ingest.detect import Detected, detect
from sparfuchs.ingest.fetch import Unchanged, fetch
from sparfuchs.ingest.past_prices import PAST_PRICE, PastPrices, read_past_prices
from sparfuchs.ingest.payload import Document, Earlier, Payload, document_from, from_path
from sparfuchs.ingest.post_codes import promotions_of_posts
from sparfuchs.ingest.promotions import Promotions, read_promotions
from sparfuchs.ingest.read import (
    PARSER_VERSION,
    Batch,
    Reading,
    nothing_known,
    parser_salt,
    read,
)
from sparfuchs.ingest.remedies import REMEDIES, Remedy, remedy_of
from sparfuchs.ingest.settings import FeedSettings, Format, allowed_keys

__all__ = [
    "MOST_REJECTED",
    "PARSER_VERSION",
    "PAST_PRICE",
    "REMEDIES",
    "Batch",
    "Check",
    "Detected",
    "Document",
    "Earlier",
    "FeedSettings",
    "Format",
    "PastPrices",
    "Payload",
    "Promotions",
    "Reading",
    "Remedy",
    "Unchanged",
    "allowed_keys",
    "check",
    "detect",
    "document_from",
    "fetch",
    "from_path",
    "nothing_known",
    "parser_salt",
    "promotions_of_posts",
    "read",
    "read_past_prices",
    "read_promotions",
    "remedy_of",
]
