"""Shopify `products.json` documents, one a page, or a bare list of products (domain.md 1.9).

A raw record is a product, an offer is one of its variants.
"""

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec
import numpy as np
import polars as pl

from sparfuchs.ingest.formats.json_list import whole_page
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.stated import Parsed
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.outcome import Reason, Rejected

_LIST: Final = msgspec.json.Decoder(list[msgspec.Raw])
_DEFAULT_TITLE: Final = "Default Title"
_SHOWN: Final = 80


class _Page(msgspec.Struct):
    products: list[msgspec.Raw]


_PAGE: Final = msgspec.json.Decoder(_Page)


class _Variant(msgspec.Struct):
    id: int | str | None = None
    title: str | None = None
    price: str | float | int | None = None
    compare_at_price: str | float | int | None = None
    available: bool | None = None
    sku: str | None = None
    barcode: str | None = None
    option1: str | None = None
    option2: str | None = None
    option3: str | None = None
    inventory_quantity: int | None = None
    inventory_policy: str | None = None
    grams: float | None = None


class _Option(msgspec.Struct):
    name: str | None = None


class _Image(msgspec.Struct):
    src: str | None = None


class _Product(msgspec.Struct):
    id: int | str | None = None
    title: str | None = None
    handle: str | None = None
    vendor: str | None = None
    product_type: str | None = None
    body_html: str | None = None
    tags: list[str] | str | None = None
    status: str | None = None
    options: list[_Option | str] | None = None
    variants: list[_Variant] | None = None
    images: list[_Image] | None = None


_PRODUCT: Final = msgspec.json.Decoder(_Product, strict=False)


def split_products(blocks: Iterator[bytes], name: str) -> Records:
    """The products of one page as raw records, numbered from 1.

    Raises FeedUnreadable when the page is no complete JSON (R-C-4), too long, or no product list.
    """
    data = whole_page(blocks, name)
    try:
        bare = data.lstrip().startswith(b"[")
        rows = [bytes(raw) for raw in (_LIST.decode(data) if bare else _PAGE.decode(data).products)]
    except (msgspec.DecodeError, RecursionError) as error:
        raise FeedUnreadable(
            f"{name} is no complete list of products: {error}", document=name, why=str(error)
        ) from error
    return Records(rows, np.arange(1, len(rows) + 1, dtype=np.uint32))


def shop_of(name: str, settings: FeedSettings) -> str | None:
    """Scheme and host of the shop: from the settings, else from the document's address."""
    if settings.shop_url:
        return settings.shop_url
    parts = urlsplit(name)
    if parts.scheme in {"http", "https"} and parts.hostname:
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    return None


def currency_in(name: str) -> str | None:
    """The currency that an address asks the shop for with `?currency=EUR`; never assumed."""
    asked = parse_qs(urlsplit(name).query).get("currency")
    return asked[-1].upper() if asked else None


def parse(records: Records, name: str, settings: FeedSettings) -> Parsed:
    """Raw products to stated columns, a row a variant, all with their product's record."""
    shop = shop_of(name, settings)
    currency = currency_in(name)
    rows: list[dict[str, str | None]] = []
    origin: list[int] = []
    errors: list[Rejected] = []
    # A loop over products: JSON of nested lists has no columns before it is decoded.
    for index, raw in enumerate(records.rows):
        try:
            product = _PRODUCT.decode(raw)
        except (msgspec.DecodeError, RecursionError) as error:
            errors.append(_rejected(int(records.places[index]), raw, str(error)))
            continue
        shared = _shared(product)
        for variant in product.variants or ():
            rows.append({**shared, **_own(product, variant, shop), "currency": currency})
            origin.append(index)
        if not product.variants:
            errors.append(_rejected(int(records.places[index]), raw, "product without variants"))
    names = list(dict.fromkeys(key for row in rows[:1] for key in row))
    frame = pl.DataFrame(
        {key: pl.Series([row[key] for row in rows], dtype=pl.String) for key in names}
    ).with_columns(
        pl.Series("place", records.places[origin], dtype=pl.UInt32),
        pl.Series("record", origin, dtype=pl.UInt32),
    )
    return Parsed(frame, errors)


def _shared(product: _Product) -> dict[str, str | None]:
    images = [image.src for image in product.images or () if image.src]
    tags = product.tags.split(", ") if isinstance(product.tags, str) else product.tags
    extra: dict[str, Any] = {"tags": [tag for tag in tags or () if tag]} if tags else {}
    return {
        "item_group_id": _text(product.id),
        "description": product.body_html,
        "brand": product.vendor,
        "product_type": product.product_type,
        "image": images[0] if images else None,
        "more_images": "\n".join(images[1:]) or None,
        "attributes": msgspec.json.encode(extra).decode() if extra else None,
    }


def _own(product: _Product, variant: _Variant, shop: str | None) -> dict[str, str | None]:
    title = (product.title or "").strip()
    if variant.title and variant.title != _DEFAULT_TITLE:
        title = f"{title} {variant.title}".strip()
    link = None
    if shop and product.handle:
        link = f"{shop}/products/{product.handle}?variant={_text(variant.id)}"
    options = _options(product, variant)
    return {
        "id": _text(variant.id),
        "title": title,
        "price": _text(variant.price),
        "previous": _text(variant.compare_at_price),
        "gtin": variant.barcode,
        "mpn": variant.sku,
        "landing": link,
        "in_stock": _in_stock(product, variant),
        "colour": options.get("color"),
        "size": options.get("size"),
        "material": options.get("material"),
    }


_OPTION_NAMES: Final = {
    "color": "color", "colour": "color", "farbe": "color", "size": "size", "größe": "size",
    "groesse": "size", "material": "material",
}  # fmt: skip


def _options(product: _Product, variant: _Variant) -> dict[str, str]:
    names = [o if isinstance(o, str) else (o.name or "") for o in product.options or ()]
    values = (variant.option1, variant.option2, variant.option3)
    return {
        _OPTION_NAMES[name.strip().lower()]: value
        for name, value in zip(names, values, strict=False)
        if value and name.strip().lower() in _OPTION_NAMES
    }


def _in_stock(product: _Product, variant: _Variant) -> str | None:
    if product.status not in {None, "active"}:
        return "false"
    if variant.available is not None:
        return "true" if variant.available else "false"
    if variant.inventory_quantity is not None and variant.inventory_policy == "deny":
        return "true" if variant.inventory_quantity > 0 else "false"
    return None


def _text(value: str | float | None) -> str | None:
    return None if value is None else str(value)


def _rejected(number: int, raw: bytes, why: str) -> Rejected:
    shown = f"{why}: {raw[:_SHOWN].decode('utf-8', 'replace')}"
    return Rejected(Reason.ROW_MALFORMED, number, "product", shown, "R-F-1")
