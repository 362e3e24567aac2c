"""Google's attributes of STATED rows, the columns that its XML and its delimited feeds share.

Google has no field for a list price. Shops that want one shown state it as `price` and what they
really ask as `sale_price`; so does this.
"""

from typing import Final

import polars as pl

from sparfuchs.market.write import words
from sparfuchs.market.write.style import CurrencyPlace, Shop

# Beside Google's own: columns that shops add, which a reader keeps as further attributes.
_ADDED: Final = ("coupon_code", "place", "latitude", "longitude")


def attributes(stated: pl.DataFrame, shop: Shop) -> pl.DataFrame:
    """Texts, a column an attribute, null where nothing is stated.

    The columns do not depend on the rows: a header that came and went with the last sale would make
    every row of the feed a new record.
    """
    style = shop.style
    ref, sale, regular = (pl.col(f"{n}_minor") for n in ("ref_price", "sale", "regular"))
    lifted = (sale.is_null() & (ref > regular)).fill_null(value=False)
    asked = pl.when(lifted).then(regular).otherwise(sale)
    columns = [
        words.printable("source_offer_id").alias("id"),
        words.printable("group_id").alias("item_group_id"),
        words.printable("title"),
        words.printable("description"),
        words.address("url", shop.origin).alias("link"),
        words.address("image_url", shop.origin).alias("image_link"),
        words.availability(style.words),
        words.price(pl.when(lifted).then(ref).otherwise(regular), shop).alias("price"),
        words.price(asked, shop).alias("sale_price"),
        words.sale_interval(style.zone).alias("sale_price_effective_date"),
        words.printable("brand"),
        words.printable("gtin"),
        words.printable("mpn"),
        words.condition(style.words),
        words.printable("category_path").alias("google_product_category"),
        words.printable("product_type"),
        words.printable("colour").alias("color"),
        words.printable("size"),
        words.printable("material"),
        words.shipping(shop).alias("shipping"),
        words.printable("unit_measure").alias("unit_pricing_measure"),
        words.printable("unit_base").alias("unit_pricing_base_measure"),
        words.printable("promotion_id"),
        *(pl.col(name).cast(pl.String) for name in _ADDED),
    ]
    if style.currency is CurrencyPlace.COLUMN:
        columns.append(pl.lit(shop.currency).alias("currency"))
    return stated.select(columns)
