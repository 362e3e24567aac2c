"""Awin product feeds: the reader chooses the columns, so they are found by name alone (1.6)."""

from typing import Final

import polars as pl

from sparfuchs.ingest.formats.delimited import parse_rows
from sparfuchs.ingest.formats.google import attribute_name
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.stated import STATED, Parsed, attributes_json

# Stated column <- Awin columns, the first that a row fills wins. base_price is left to the
# attributes: some shops put the old price there, others the price per kilogram [F5].
SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "id": ("merchant_product_id", "aw_product_id"),
    "item_group_id": ("parent_product_id",),
    "title": ("product_name",),
    "description": ("description", "product_short_description"),
    "brand": ("brand_name",),
    "gtin": ("ean",),
    "gtin_2": ("product_gtin",),
    "gtin_3": ("upc",),
    "gtin_4": ("isbn",),
    "mpn": ("mpn", "model_number"),
    "condition": ("condition",),
    "colour": ("colour", "fashion:colour"),
    "size": ("size", "fashion:size"),
    "material": ("material", "fashion:material"),
    "category_path": ("merchant_product_category_path", "merchant_category", "category_name"),
    "product_type": ("product_type",),
    "currency": ("currency",),
    "price": ("search_price",),
    "uvp": ("rrp_price",),
    "previous": ("product_price_old",),
    "claim_percent": ("savings_percent",),
    "shipping_cost": ("delivery_cost",),
    "availability": ("stock_status",),
    "in_stock": ("in_stock",),
    "for_sale": ("is_for_sale",),
    "preorder": ("pre_order",),
    "landing": ("merchant_deep_link",),
    "affiliate": ("aw_deep_link",),
    "image": ("merchant_image_url", "large_image", "aw_image_url"),
    "more_images": (
        "alternate_image", "alternate_image_two", "alternate_image_three", "alternate_image_four",
    ),
}  # fmt: skip
# What an operator calls an attribute in `<attribute>_column` -> the stated column.
_SETTABLE: Final = {
    "link": "landing",
    "image_link": "image",
    "color": "colour",
    "google_product_category": "category_path",
    "shipping": "shipping_cost",
    "expiration_date": "expires",
}
_ONLY_HERE: Final = frozenset(
    [
        "aw_product_id",
        "merchant_image_url",
        "store_price",
        "merchant_name",
        "merchant_id",
        "category_id",
        "display_price",
        "data_feed_id",
        "brand_id",
        "last_updated",
        "keywords",
        "promotional_text",
        "commission_group",
        "base_price",
        "base_price_amount",
        "base_price_text",
        "saving",
        "delivery_time",
        "stock_quantity",
        "valid_from",
        "valid_to",
        "web_offer",
        "number_available",
        "merchant_thumb_url",
        "aw_thumb_url",
        "language",
        "specifications",
        "dimensions",
        "warranty",
        "custom_1",
        "custom_2",
        "custom_3",
        "basket_link",
    ]
)
KNOWN_COLUMNS: Final = frozenset({n for names in SOURCES.values() for n in names} | _ONLY_HERE)


def parse(records: Records, names: list[str], delimiter: str, settings: FeedSettings) -> Parsed:
    """Raw rows to stated columns; rows with a wrong number of fields become errors."""
    frame, errors, slow = parse_rows(records, names, delimiter)
    return Parsed(_stated(frame, settings), errors, slow)


def _stated(frame: pl.DataFrame, settings: FeedSettings) -> pl.DataFrame:
    sources = dict(SOURCES)
    for attribute, own in settings.columns.items():
        stated = _SETTABLE.get(attribute, attribute)
        name = attribute_name(own)
        sources[stated] = (name, *sources.get(stated, ()))
    chosen = {
        stated: present
        for stated, names in sources.items()
        if (present := [name for name in names if name in frame.columns])
    }
    # A category that is not the most exact one, a second link: kept with the attributes.
    used = {names[0] for names in chosen.values()} | set(chosen.get("more_images", ()))
    others = [n for n in frame.columns if n not in used and n not in {"place", "record"}]
    return frame.select(
        "place",
        "record",
        *(_first(chosen[name], name) for name in STATED if name in chosen),
        attributes_json(frame, others).alias("attributes"),
    )


def _first(names: list[str], stated: str) -> pl.Expr:
    if stated == "more_images":
        return pl.concat_str(names, separator="\n", ignore_nulls=True).alias(stated)
    if len(names) == 1:
        return pl.col(names[0]).alias(stated)
    filled = [pl.when(pl.col(name).str.strip_chars() != "").then(pl.col(name)) for name in names]
    return pl.coalesce(filled).alias(stated)
