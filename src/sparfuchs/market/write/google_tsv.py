"""Google product data as a delimited file."""

import polars as pl

from sparfuchs.market.write.delimited import page
from sparfuchs.market.write.google import attributes
from sparfuchs.market.write.style import Page, Shop


def write(stated: pl.DataFrame, shop: Shop, path: str) -> Page:
    return page(attributes(stated, shop), shop, path)
