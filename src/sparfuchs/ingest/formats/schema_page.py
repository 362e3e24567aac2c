"""Product pages: what schema.org's words on them say, one record a sellable variant.

A record is what was found, not the page: a page changes with every visit, its product does not.
"""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import ada_url
import msgspec
import numpy as np
import polars as pl
from lxml import etree

from sparfuchs.ingest.pages import json_ld, microdata
from sparfuchs.ingest.pages.choose import own_product, products_in
from sparfuchs.ingest.pages.nodes import Node, text
from sparfuchs.ingest.pages.offers import Row, price_text, rows_of
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.stated import STATED, Parsed
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.outcome import Reason, Rejected

_PAGE_LIMIT: Final = 5 << 20  # domain.md 2.6
_DECODER: Final = msgspec.json.Decoder(dict[str, str])
_SHOWN: Final = 120


def split_page(blocks: Iterator[bytes], address: str) -> Records:
    """The variants on a page as records, numbered from 1; a page without a product has none.

    A page with several products of which none is its own is one rejected record (R-J-2). Raises
    FeedUnreadable for a page beyond 5 MiB.
    """
    rows, several = variants_of(_whole(blocks, address), address)
    errors = []
    if several:
        shown = f"{several} products on {address}"[:_SHOWN]
        errors.append(Rejected(Reason.PRODUCT_UNCLEAR, 1, "page", shown, "R-J-2"))
    encoder = msgspec.json.Encoder(order="sorted")
    return Records(
        [encoder.encode(row) for row in rows],
        np.arange(1, len(rows) + 1, dtype=np.uint32),
        errors=errors,
    )


def variants_of(page: bytes, address: str) -> tuple[list[Row], int]:
    """Stated texts of each variant of the page's product; or how many products there are, if that
    cannot be told. JSON-LD counts before microdata, which is often a rest of an older theme.
    """
    parser = etree.HTMLParser(encoding="utf-8", recover=True, no_network=True, huge_tree=False)
    root = etree.fromstring(page, parser)
    if root is None:
        return [], 0
    address = _base(root, address)
    beside = products_in(microdata.items_of(root))
    found = products_in(json_ld.nodes_of(root)) or beside
    if not found:
        return [], 0
    product = own_product(found, address)
    if product is None:
        return [], len(found)
    rows = list(rows_of(product, address))
    shown = _shown_price(root, product, beside, address)
    if len(rows) == 1 and shown and _differ(rows[0].get("price"), shown):
        extra = _DECODER.decode(rows[0].get("attributes", "{}"))
        told = msgspec.json.encode({**extra, "price_beside": shown}).decode()
        rows[0] = {**rows[0], "price_beside": shown, "attributes": told}
    return rows, 0


def parse(records: Records) -> Parsed:
    """Records of `split_page` to stated columns."""
    # A loop over records: they are what this program wrote, one small object each.
    rows = [_DECODER.decode(raw) for raw in records.rows]
    names = [name for name in STATED if any(name in row for row in rows)]
    frame = pl.DataFrame(
        {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in names}
    )
    return Parsed(
        frame.with_columns(
            pl.Series("place", records.places, dtype=pl.UInt32),
            pl.Series("record", range(len(rows)), dtype=pl.UInt32),
        )
    )


def _whole(blocks: Iterator[bytes], address: str) -> bytes:
    page = bytearray()
    for block in blocks:
        page += block
        if len(page) > _PAGE_LIMIT:
            raise FeedUnreadable(
                f"{address} is a page of more than {_PAGE_LIMIT >> 20} MiB", document=address
            )
    return bytes(page)


def _base(root: Any, address: str) -> str:
    """The page's own address as it names it, on the same host, else where it was found."""
    found = ada_url.URL(address).hostname if ada_url.check_url(address) else None
    for link in root.iter("link"):
        if (link.get("rel") or "").lower() != "canonical":
            continue
        named = (link.get("href") or "").strip()
        whole = named.startswith(("http://", "https://")) and ada_url.check_url(named)
        if whole and found in {None, ada_url.URL(named).hostname}:
            return str(named)
    return address


def _shown_price(root: Any, product: Node, beside: list[Node], address: str) -> str | None:
    """The price that the page shows elsewhere: in microdata, or to social networks (R-J-3)."""
    for other in beside:
        if _same(other, product):
            rows = list(rows_of(other, address))
            if len(rows) == 1 and rows[0].get("price"):
                return rows[0]["price"]
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or ""
        if name in {"product:price:amount", "og:price:amount"}:
            return price_text(meta.get("content"))
    return None


def _same(one: Node, other: Node) -> bool:
    """Whether two nodes of a page are the same product: by sku, else by name."""
    for name in ("sku", "name"):
        a, b = text(one, name), text(other, name)
        if a and b:
            return a.casefold() == b.casefold()
    return False


def _differ(one: str | None, other: str) -> bool:
    try:
        return one is not None and Decimal(one) != Decimal(other)
    except InvalidOperation:
        # A currency stands beside one of them: such texts are not compared.
        return False
