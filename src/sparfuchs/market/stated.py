"""STATED: what a merchant of the market says of its offers at one moment, a row an offer."""

from typing import Final

import polars as pl

from sparfuchs.kernel.frames import UTC_TIME, Schema

STATED: Final[Schema] = {
    "source_offer_id": pl.String(),
    "group_id": pl.String(),
    "title": pl.String(),
    "description": pl.String(),
    "brand": pl.String(),
    "gtin": pl.String(),
    "mpn": pl.String(),
    "condition": pl.String(),
    "colour": pl.String(),
    "size": pl.String(),
    "material": pl.String(),
    "category_path": pl.String(),
    "product_type": pl.String(),
    "regular_minor": pl.Int64(),
    "sale_minor": pl.Int64(),
    "sale_from": UTC_TIME,
    "sale_to": UTC_TIME,
    "ref_price_minor": pl.Int64(),
    "ref_kind": pl.String(),
    "shipping_minor": pl.Int64(),
    "availability": pl.String(),
    "url": pl.String(),
    "image_url": pl.String(),
    "unit_measure": pl.String(),
    "unit_base": pl.String(),
    "latitude": pl.Float64(),
    "longitude": pl.Float64(),
    "place": pl.String(),
    "coupon_code": pl.String(),
    "promotion_id": pl.String(),
}
