"""Google's product attributes, whether they come as XML elements or as columns (domain.md 1.4)."""

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from sparfuchs.ingest.stated import STATED, attributes_json

# Attribute (or another name under which it is met) -> stated column.
ATTRIBUTES: Final[Mapping[str, str]] = {
    "id": "id",
    "title": "title",
    "description": "description",
    "link": "landing",
    "image_link": "image",
    "additional_image_link": "more_images",
    "availability": "availability",
    "price": "price",
    "sale_price": "sale_price",
    "sale_price_effective_date": "sale_interval",
    "brand": "brand",
    "gtin": "gtin",
    "mpn": "mpn",
    "condition": "condition",
    "item_group_id": "item_group_id",
    "google_product_category": "category_path",
    "product_type": "product_type",
    "color": "colour",
    "size": "size",
    "material": "material",
    "currency": "currency",
    "shipping": "shipping",
    "promotion_id": "promotions",
    "unit_pricing_measure": "unit_measure",
    "expiration_date": "expires",
    "pause": "paused",
    "loyalty_program": "member_price",
}
# Names of the same things in older feeds and in those for dynamic advertising.
ALIASES: Final[Mapping[str, str]] = {
    "item_title": "title",
    "final_url": "link",
    "url": "link",
    "image_url": "image_link",
    "ean": "gtin",
    "upc": "gtin",
    "isbn": "gtin",
    "colour": "color",
    # Atom's own words (1.4).
    "summary": "description",
    "content": "description",
}


_GROUP: Final = re.compile(r"loyalty_program\s*\(([a-z_: ]+)\)")
_NOT_NAME: Final = re.compile(r"[\s-]+")


def attribute_name(text: str) -> str:
    """One spelling of a column's or element's name: `image link`, `Image-Link`, `g:image_link`."""
    return _NOT_NAME.sub("_", text.strip().lower()).removeprefix("g:")


def _member_price(name: str) -> pl.Expr | None:
    """The price in a column `loyalty_program(program_label:tier_label:price)`, whose values have
    their parts in that order; None for a column that names no price.
    """
    match = _GROUP.fullmatch(name)
    parts = match[1].split(":") if match else []
    if "price" not in parts:
        return None
    # Of several tiers the first: whoever joins is in it.
    tier = pl.col(name).str.split(",").list.first()
    return tier.str.split(":").list.get(parts.index("price"), null_on_oob=True)


def state(frame: pl.DataFrame, columns: Mapping[str, str]) -> pl.DataFrame:
    """Columns named by attribute to stated columns; the rest becomes `attributes`.

    `columns` are the operator's own names of attributes; they win over an attribute's usual name.
    """
    found: dict[str, str] = {}
    for attribute, own in columns.items():
        name = attribute_name(own)
        if name in frame.columns and attribute in ATTRIBUTES:
            found[ATTRIBUTES[attribute]] = name
    for name in frame.columns:
        found.setdefault(ATTRIBUTES.get(name, ""), name)
    for name in frame.columns:
        found.setdefault(ATTRIBUTES.get(ALIASES.get(name, ""), ""), name)
    found.pop("", None)
    for name in frame.columns:
        price = _member_price(name)
        if price is not None:
            frame = frame.with_columns(price.alias(name))
            found["member_price"] = name
    known = {*found.values(), "place", "record", "attributes"}
    others = [name for name in frame.columns if name not in known]
    extra = [pl.col("attributes")] if "attributes" in frame.columns else []
    if others:
        extra = [attributes_json(frame, others).alias("attributes")]
    return frame.select(
        "place",
        "record",
        *(pl.col(found[name]).alias(name) for name in STATED if name in found),
        *extra,
    )
