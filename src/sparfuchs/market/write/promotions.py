"""What a shop grants beside its prices, as a document of promotions in Google's form."""

from typing import Final
from xml.sax.saxutils import escape

import polars as pl

from sparfuchs.kernel.frames import UTC_TIME, Schema, conform
from sparfuchs.market.write import words
from sparfuchs.market.write.style import Page, Shop

PATH: Final = "/aktionen.xml"

# A row a promotion that a shop of the market grants: with a `code` or without one, a `percent` off
# or free shipping (null), from `minimum_minor` on.
GRANTED: Final[Schema] = {
    "promotion_id": pl.String(),
    "title": pl.String(),
    "code": pl.String(),
    "percent": pl.Int16(),
    "minimum_minor": pl.Int64(),
    "valid_from": UTC_TIME,
    "valid_to": UTC_TIME,
}


def write(granted: pl.DataFrame, shop: Shop) -> Page:
    """The document; the same rows give the same bytes."""
    rows = conform(granted, GRANTED)
    reduced = pl.col("percent").is_not_null()
    elements = {
        "promotion_id": pl.col("promotion_id"),
        "product_applicability": pl.lit("all_products"),
        "offer_type": pl.when(pl.col("code").is_null())
        .then(pl.lit("no_code"))
        .otherwise(pl.lit("generic_code")),
        "generic_redemption_code": pl.col("code"),
        "long_title": pl.col("title"),
        "coupon_value_type": pl.when(reduced)
        .then(pl.lit("percent_off"))
        .otherwise(pl.lit("free_shipping_standard")),
        "percent_off": pl.col("percent").cast(pl.String),
        "minimum_purchase_amount": words.price(pl.col("minimum_minor"), shop, with_column=False),
        "promotion_effective_dates": words.moment(pl.col("valid_from"), shop.style.zone)
        + "/"
        + words.moment(pl.col("valid_to"), shop.style.zone),
        "redemption_channel": pl.lit("online"),
    }
    texts = rows.select(value.alias(name) for name, value in elements.items())
    signs = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    parts = [
        f"<g:{name}>" + pl.col(name).str.replace_many(signs) + f"</g:{name}>"
        for name in texts.columns
    ]
    items = texts.select("<item>" + pl.concat_str(parts, ignore_nulls=True) + "</item>\n")
    name = escape(shop.name)
    body = "".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>\n',
            '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n',
            f"<channel>\n<title>{name}: Aktionen</title>\n",
            *items.to_series().to_list(),
            "</channel>\n</rss>\n",
        ]
    )
    return Page(PATH, body.encode(), "application/xml; charset=utf-8")
