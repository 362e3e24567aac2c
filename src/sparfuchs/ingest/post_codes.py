"""Coupon codes in the posts of a deal community, as promotions (domain.md 1.12, R-G-7).

What a post says of its code is text of the community and stays there; kept are the code, the offer
that it is for, the link, and since when.
"""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

import msgspec
import polars as pl

from sparfuchs.kernel.clock import aware_utc
from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.frames import PROMOTION

_KIND: Final = "other"  # a post does not say in words that we could trust what its code gives


def promotions_of_posts(posts: pl.DataFrame) -> pl.DataFrame:
    """A promotion (PROMOTION) for each code of each post: `source_offer_id`, `title` and
    `attributes` (JSON) as `deal-rss` gives them. Posts without codes give none.
    """
    rows: list[dict[str, object]] = []
    # A loop over posts: a feed has some dozens, and each has a JSON object of its own.
    for name, title, attributes in posts.select(
        "source_offer_id", "title", "attributes"
    ).iter_rows():
        told = msgspec.json.decode(attributes) if attributes else {}
        rows.extend(
            {
                "source_promotion_id": f"{name}#{code}",
                "title": title,
                "all_products": False,
                "code": code,
                "kind": _KIND,
                "starts_at": _posted(told.get("posted_at")),
                "url": told.get("community_url"),
                "scope": msgspec.json.encode({"items": [name]}).decode(),
            }
            for code in told.get("codes", ())
        )
    return pl.DataFrame(rows, schema=PROMOTION)


def _posted(text: str | None) -> datetime | None:
    """The moment of a post (RFC 822), where it has one that can be read."""
    try:
        return aware_utc(parsedate_to_datetime(text)) if text else None
    except (ValueError, UsageError):  # no date, or one without a zone: the code is good without it
        return None
