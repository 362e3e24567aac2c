"""A Shopify shop's `products.json`, in pages: a product a group, a variant an offer.

Description, brand, type, picture and handle are the product's, taken from its first variant. The
product's title is what the titles of its variants begin with, a variant's what comes after that.
"""

import os
from datetime import datetime
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Availability
from sparfuchs.market.write import words
from sparfuchs.market.write.style import Page, Shop, Style

PAGE_SIZE: Final = 250  # the most that Shopify gives, and what readers ask for
_OPTIONS: Final = {"colour": "Farbe", "size": "Größe", "material": "Material"}
_ALONE: Final = "Default Title"


def write(
    stated: pl.DataFrame, shop: Shop, path: str, *, at: datetime, page_size: int = PAGE_SIZE
) -> list[Page]:
    """At least one page; the one after the last would hold no products."""
    texts = _products(stated, shop, at)
    pages = []
    for number, start in enumerate(range(0, max(len(texts), 1), page_size), start=1):
        body = '{"products":[' + ",".join(texts[start : start + page_size]) + "]}"
        pages.append(Page(f"{path}?page={number}", body.encode(), "application/json"))
    return pages


def handle(group: pl.Expr) -> pl.Expr:
    """The product's name in addresses: `/products/HANDLE`."""
    return group.str.to_lowercase().str.replace_all(r"[^a-z0-9]+", "-").str.strip_chars("-")


def _products(stated: pl.DataFrame, shop: Shop, at: datetime) -> list[str]:
    group = pl.coalesce(words.printable("group_id"), words.printable("source_offer_id"))
    frame = stated.with_columns(
        group=group, title=words.printable("title").fill_null("").str.strip_chars()
    )
    # A loop over products: what two texts have in common at their beginning has no expression.
    ends = frame.group_by("group", maintain_order=True).agg(
        first=pl.col("title").min(), last=pl.col("title").max()
    )
    common = [
        _common(a, b) for a, b in zip(ends["first"].to_list(), ends["last"].to_list(), strict=True)
    ]
    frame = frame.join(
        ends.select("group", product=pl.Series(common, dtype=pl.String)),
        on="group",
        how="left",
        maintain_order="left",
    )
    options = [name for name in _OPTIONS if frame[name].null_count() < frame.height]
    grouped = (
        frame.select(
            "group",
            "product",
            words.printable("description"),
            words.printable("brand"),
            words.printable("product_type"),
            words.address("image_url", shop.origin),
            pl.concat_list(_tags()).list.drop_nulls().alias("tags"),
            pl.struct(_variant(frame, options, shop, at)).alias("variant"),
        )
        .group_by("group", maintain_order=True)
        .agg(
            *(
                pl.col(name).first()
                for name in ("product", "description", "brand", "product_type", "image_url", "tags")
            ),
            variants=pl.col("variant"),
        )
    )
    names = [_OPTIONS[name] for name in options] or ["Title"]
    return (
        grouped.select(
            pl.struct(
                _number(grouped["group"]).alias("id"),
                pl.col("product").alias("title"),
                handle(pl.col("group")).alias("handle"),
                pl.col("description").alias("body_html"),
                pl.col("brand").alias("vendor"),
                pl.col("product_type"),
                pl.col("tags"),
                pl.concat_list(pl.struct(pl.lit(name).alias("name")) for name in names).alias(
                    "options"
                ),
                pl.col("variants"),
                pl.concat_list(pl.struct(pl.col("image_url").alias("src"))).alias("images"),
            ).struct.json_encode()
        )
        .to_series()
        .to_list()
    )


def _variant(frame: pl.DataFrame, options: list[str], shop: Shop, at: datetime) -> list[pl.Expr]:
    asked = words.asked_price(at)
    compared = pl.coalesce(
        "ref_price_minor", pl.when(pl.col("regular_minor") > asked).then("regular_minor")
    )
    plain = Style()  # JSON knows one way of writing numbers
    rest = pl.col("title").str.slice(pl.col("product").str.len_chars()).str.strip_chars()
    stock = pl.col("availability")
    return [
        _number(frame["source_offer_id"]).alias("id"),
        pl.when(rest != "").then(rest).otherwise(pl.lit(_ALONE)).alias("title"),
        *(
            words.printable(name).alias(f"option{place}")
            for place, name in enumerate(options, start=1)
        ),
        words.printable("mpn").alias("sku"),
        words.printable("gtin").alias("barcode"),
        pl.when(stock != Availability.UNKNOWN.value)
        .then(stock != Availability.OUT_OF_STOCK.value)
        .alias("available"),
        words.amount(asked, shop.currency, plain).alias("price"),
        words.amount(compared, shop.currency, plain).alias("compare_at_price"),
    ]


def _tags() -> list[pl.Expr]:
    """Shopify has no columns of one's own: shops put such things into tags."""
    return [
        ("category:" + words.printable("category_path")).alias("category"),
        ("place:" + words.printable("place")).alias("place"),
        ("coupon:" + words.printable("coupon_code")).alias("coupon"),
    ]


def _number(ids: pl.Series) -> pl.Expr:
    """Ids as numbers where all of them are, as Shopify gives them; else as texts."""
    if ids.str.contains(r"^[1-9][0-9]{0,17}$").all():
        return pl.col(ids.name).cast(pl.Int64)
    return words.printable(ids.name)


def _common(first: str, last: str) -> str:
    """Whole words that both begin with. Of several texts the least and the greatest suffice."""
    shared = os.path.commonprefix([first, last])  # noqa: RUF071 - letter by letter is meant
    if all(text[len(shared) : len(shared) + 1] in {"", " "} for text in (first, last)):
        return shared.rstrip()
    return shared.rpartition(" ")[0].rstrip()
