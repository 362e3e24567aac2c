"""Google product data as RSS 2.0."""

from typing import Final
from xml.sax.saxutils import escape

import polars as pl

from sparfuchs.market.write import words
from sparfuchs.market.write.google import attributes
from sparfuchs.market.write.style import Page, Shop

SIGNS: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
DECLARED: Final = {"utf-8": "UTF-8", "cp1252": "windows-1252"}


def write(stated: pl.DataFrame, shop: Shop, path: str) -> Page:
    style = shop.style
    prefix = "g:" if style.prefixed else ""
    table = xml_table(stated, shop, prefix)
    elements = [
        f"<{prefix}{name}>" + text_of(name, nested=style.nested_shipping) + f"</{prefix}{name}>"
        for name in table.columns
    ]
    if elements:
        rows = table.select("<item>" + pl.concat_str(elements, ignore_nulls=True) + "</item>\n")
        items = rows.to_series().to_list()
    else:
        items = []  # a feed without offers
    name = escape(shop.name)
    home = escape(shop.origin or "")
    head = (
        f'<?xml version="1.0" encoding="{DECLARED[style.encoding]}"?>\n'
        '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0">\n'
        f"<channel>\n<title>{name}</title>\n<link>{home}</link>\n"
        f"<description>{name}</description>\n"
    )
    # What an encoding lacks is written as a numeric entity, which XML allows anywhere in text.
    body = "".join([head, *items, "</channel>\n</rss>\n"])
    return Page(
        path,
        body.encode(style.encoding, "xmlcharrefreplace"),
        f"application/xml; charset={DECLARED[style.encoding].lower()}",
    )


def xml_table(stated: pl.DataFrame, shop: Shop, prefix: str) -> pl.DataFrame:
    """Google's attributes as XML has them: those that anything is stated of, shipping as a block
    where the shop writes it so.
    """
    table = attributes(stated, shop)
    table = table.select(name for name in table.columns if table[name].null_count() < table.height)
    if shop.style.nested_shipping and "shipping" in table.columns:
        cost = words.price(pl.col("shipping_minor"), shop)
        block = (
            f"<{prefix}country>DE</{prefix}country>"
            f"<{prefix}service>Standard</{prefix}service><{prefix}price>"
        )
        nested = stated.select(pl.lit(block) + cost + f"</{prefix}price>").to_series()
        table = table.with_columns(nested.alias("shipping"))
    return table


def text_of(name: str, *, nested: bool) -> pl.Expr:
    if name == "shipping" and nested:
        return pl.col(name)
    return pl.col(name).str.replace_many(SIGNS)
