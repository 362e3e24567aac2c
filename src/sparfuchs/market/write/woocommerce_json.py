"""A WooCommerce shop's Store API, in pages: an offer a product, variants with their parent.

Prices are whole minor units as texts, with their scale beside them. There is no field for a list
price: what a shop sets beside its price is the regular one, and then it is "on sale".
"""

from datetime import datetime
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Availability
from sparfuchs.kernel.money import decimals_of
from sparfuchs.market.write import words
from sparfuchs.market.write.style import Page, Shop

PAGE_SIZE: Final = 100  # the most that the API gives, and what readers ask for
USUAL: Final = 10  # products a page for who does not say
_ATTRIBUTES: Final = {"colour": "Farbe", "size": "Größe", "material": "Material"}
_LAST_FEW: Final = 3


def write(
    stated: pl.DataFrame, shop: Shop, path: str, *, at: datetime, page_size: int = PAGE_SIZE
) -> list[Page]:
    """At least one page; the one after the last would hold no products."""
    texts = _products(stated, shop, at)
    return [
        Page(
            f"{path}?page={number}",
            ("[" + ",".join(texts[start : start + page_size]) + "]").encode(),
            "application/json",
        )
        for number, start in enumerate(range(0, max(len(texts), 1), page_size), start=1)
    ]


def _products(stated: pl.DataFrame, shop: Shop, at: datetime) -> list[str]:
    asked = words.asked_price(at)
    before = pl.coalesce(
        pl.when(pl.col("ref_price_minor") > asked).then("ref_price_minor"),
        pl.when(pl.col("regular_minor") > asked).then("regular_minor"),
        asked,
    )
    stock = pl.col("availability")
    known = stock != Availability.UNKNOWN.value
    whole = stated["source_offer_id"].str.contains(r"^[1-9][0-9]{0,17}$").all()
    parent = pl.col("group_id").str.extract(r"([0-9]{1,17})$").cast(pl.Int64, strict=False)
    made = stated.select(
        pl.col("source_offer_id").cast(pl.Int64) if whole else words.printable("source_offer_id"),
        words.printable("title").fill_null("").alias("name"),
        parent.fill_null(0).alias("parent"),
        pl.when(parent.is_null())
        .then(pl.lit("simple"))
        .otherwise(pl.lit("variation"))
        .alias("type"),
        words.address("url", shop.origin).alias("permalink"),
        words.printable("mpn").alias("sku"),
        words.printable("gtin").alias("global_unique_id"),
        words.printable("description").alias("description"),
        (before > asked).alias("on_sale"),
        pl.struct(
            asked.cast(pl.String).alias("price"),
            before.cast(pl.String).alias("regular_price"),
            asked.cast(pl.String).alias("sale_price"),
            pl.lit(None, dtype=pl.String).alias("price_range"),
            pl.lit(shop.currency).alias("currency_code"),
            pl.lit(decimals_of(shop.currency)).alias("currency_minor_unit"),
        ).alias("prices"),
        _listed(words.address("image_url", shop.origin), "src").alias("images"),
        _listed(words.printable("category_path"), "name").alias("categories"),
        _listed(words.printable("brand"), "name").alias("brands"),
        _listed(("coupon:" + words.printable("coupon_code")), "name").alias("tags"),
        pl.concat_list(
            pl.struct(pl.lit(label).alias("name"), words.printable(name).alias("value"))
            for name, label in _ATTRIBUTES.items()
        ).alias("attributes"),
        pl.when(known).then(stock != Availability.OUT_OF_STOCK.value).alias("is_in_stock"),
        (stock == Availability.BACKORDER.value).alias("is_on_backorder"),
        pl.when(stock == Availability.LIMITED.value)
        .then(pl.lit(_LAST_FEW))
        .alias("low_stock_remaining"),
    ).rename({"source_offer_id": "id"})
    return made.select(pl.struct(pl.all()).struct.json_encode()).to_series().to_list()


def _listed(text: pl.Expr, key: str) -> pl.Expr:
    """A list of one object, or of none where nothing is stated."""
    one = pl.concat_list(pl.struct(text.alias(key)))
    return pl.when(text.is_not_null()).then(one)
