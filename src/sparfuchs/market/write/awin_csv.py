"""An Awin product feed: the price of the moment, with a list price or an old one beside it.

The link goes straight to the shop: a link of the network would lead out of the machine.
"""

from datetime import datetime

import polars as pl
import xxhash

from sparfuchs.kernel.frames import Availability
from sparfuchs.market.write import words
from sparfuchs.market.write.delimited import page
from sparfuchs.market.write.style import Page, Shop


def write(stated: pl.DataFrame, shop: Shop, path: str, *, at: datetime) -> Page:
    """`at` decides which sales are on, and is the time of a stamped feed."""
    style, money = shop.style, shop.currency
    asked = words.asked_price(at)
    ref, kind = pl.col("ref_price_minor"), pl.col("ref_kind")
    dearer = pl.when(pl.col("regular_minor") > asked).then("regular_minor")
    old = pl.when(kind == "previous").then(ref).otherwise(dearer)
    number = xxhash.xxh3_64_intdigest(shop.name.encode()) % 100_000
    stock = pl.col("availability")
    for_sale = [k.value for k in Availability if k.value not in {"out_of_stock", "unknown"}]
    columns = [
        pl.lit(str(number)).alias("merchant_id"),
        pl.lit(shop.name).alias("merchant_name"),
        words.printable("source_offer_id").alias("merchant_product_id"),
        words.printable("group_id").alias("parent_product_id"),
        words.printable("title").alias("product_name"),
        words.printable("description"),
        words.printable("brand").alias("brand_name"),
        words.printable("gtin").alias("ean"),
        words.printable("mpn"),
        words.condition(style.words),
        words.printable("colour"),
        words.printable("size").alias("fashion:size"),
        words.printable("material").alias("fashion:material"),
        words.printable("category_path").alias("merchant_product_category_path"),
        words.printable("product_type"),
        words.amount(asked, money, style).alias("search_price"),
        pl.lit(money).alias("currency"),
        words.amount(pl.when(kind == "uvp").then(ref), money, style).alias("rrp_price"),
        words.amount(old, money, style).alias("product_price_old"),
        words.amount(pl.col("shipping_minor"), money, style).alias("delivery_cost"),
        words.availability(style.words).alias("stock_status"),
        pl.when(stock != Availability.UNKNOWN.value)
        .then(stock.is_in(for_sale).cast(pl.Int8).cast(pl.String))
        .alias("in_stock"),
        words.address("url", shop.origin).alias("merchant_deep_link"),
        words.address("image_url", shop.origin).alias("merchant_image_url"),
        words.printable("unit_measure").alias("base_price_amount"),
        words.printable("coupon_code").alias("custom_1"),
        words.printable("promotion_id").alias("promotional_text"),
        words.printable("place"),
        pl.col("latitude").cast(pl.String),
        pl.col("longitude").cast(pl.String),
    ]
    if style.stamped:
        columns.append(pl.lit(at.strftime("%Y-%m-%d %H:%M:%S")).alias("last_updated"))
    return page(stated.select(columns), shop, path)
