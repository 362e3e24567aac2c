"""A frame of texts as a delimited file in the shop's encoding."""

import io
from typing import Final

import polars as pl

from sparfuchs.market.write.style import Page, Shop

_NAMES: Final = {"utf-8": "utf-8", "cp1252": "windows-1252"}


def page(table: pl.DataFrame, shop: Shop, path: str) -> Page:
    """A header, and a line a row; fields with the delimiter, quotes or line ends in quotes."""
    style = shop.style
    file = io.BytesIO()
    table.write_csv(file, separator=style.delimiter, quote_style="necessary", null_value="")
    body = file.getvalue()
    if style.encoding != "utf-8":
        body = body.decode("utf-8").encode(style.encoding, "replace")
    kind = "tab-separated-values" if style.delimiter == "\t" else "csv"
    return Page(path, body, f"text/{kind}; charset={_NAMES[style.encoding]}")
