"""One door to the writers: a format, what is stated, and whose it is, to the feed's documents."""

import gzip
from dataclasses import replace
from datetime import datetime
from typing import Final

import polars as pl

from sparfuchs.ingest.api import Format
from sparfuchs.kernel.frames import conform
from sparfuchs.market.stated import STATED
from sparfuchs.market.write import (
    awin_csv,
    google_atom,
    google_rss,
    google_tsv,
    shopify_json,
    woocommerce_json,
)
from sparfuchs.market.write.style import Page, Shop, Style

_PATHS: Final = {
    Format.GOOGLE_RSS: "/feed.xml",
    Format.GOOGLE_TSV: "/feed.txt",
    Format.AWIN_CSV: "/feed.csv",
    Format.SHOPIFY_JSON: "/products.json",
    Format.GOOGLE_ATOM: "/atom.xml",
    Format.WOOCOMMERCE_JSON: "/wp-json/wc/store/v1/products",
}
# Formats that come in pages of so many products.
PAGED: Final = {
    Format.SHOPIFY_JSON: shopify_json.PAGE_SIZE,
    Format.WOOCOMMERCE_JSON: woocommerce_json.PAGE_SIZE,
}
WRITTEN: Final = tuple(_PATHS)  # the formats that shops of the market have


def feed_path(format: Format, style: Style) -> str:  # noqa: A002 - the word for it
    """Where a shop keeps its feed."""
    zipped = style.zipped and format not in PAGED
    return _PATHS[format] + (".gz" if zipped else "")


def write(
    format: Format,  # noqa: A002 - the word for it
    stated: pl.DataFrame,
    *,
    shop: Shop,
    at: datetime,
    page_size: int | None = None,
) -> list[Page]:
    """The documents of a feed as of a moment. `page_size` counts products, where pages are turned;
    without it the most that such a shop gives.

    The same arguments give the same bytes.
    """
    stated = conform(stated, STATED)
    path = feed_path(format, shop.style)
    match format:
        case Format.GOOGLE_RSS:
            page = google_rss.write(stated, shop, path)
        case Format.GOOGLE_TSV:
            page = google_tsv.write(stated, shop, path)
        case Format.AWIN_CSV:
            page = awin_csv.write(stated, shop, path, at=at)
        case Format.SHOPIFY_JSON:
            size = page_size or PAGED[format]
            return shopify_json.write(stated, shop, path, at=at, page_size=size)
        case Format.WOOCOMMERCE_JSON:
            size = page_size or PAGED[format]
            return woocommerce_json.write(stated, shop, path, at=at, page_size=size)
        case Format.GOOGLE_ATOM:
            page = google_atom.write(stated, shop, path)
        case _:
            raise AssertionError(f"no shop of the market writes {format}")
    return [zipped(page)] if path.endswith(".gz") else [page]


def zipped(page: Page) -> Page:
    """The document as a gzip file, without a time in it."""
    return replace(page, body=gzip.compress(page.body, 6, mtime=0), content_type="application/gzip")
