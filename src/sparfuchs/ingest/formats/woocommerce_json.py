"""WooCommerce Store API: pages of products with prices in minor units (domain.md 1.10).

The scale of a price is `currency_minor_unit` of its own product, never a habit (R-W-1). Products
with a price range have no price of their own; their variations come as products of
`type=variation`. Which price holds is told by `on_sale`: without it `sale_price` repeats the plain
one.
"""

from typing import Any, Final

import msgspec
import polars as pl

from sparfuchs.ingest.split import Records
from sparfuchs.ingest.stated import Parsed
from sparfuchs.kernel.money import DECIMALS
from sparfuchs.kernel.outcome import Reason, Rejected

_SHOWN: Final = 80
_COLOURS: Final = frozenset({"farbe", "color", "colour"})
_SIZES: Final = frozenset({"größe", "groesse", "size"})
_MATERIALS: Final = frozenset({"material"})


class _Range(msgspec.Struct):
    min_amount: str | int | None = None
    max_amount: str | int | None = None


class _Prices(msgspec.Struct):
    price: str | int | None = None
    regular_price: str | int | None = None
    sale_price: str | int | None = None
    price_range: _Range | None = None
    currency_code: str | None = None
    currency_minor_unit: int | None = None


class _Named(msgspec.Struct):
    name: str | None = None


class _Image(msgspec.Struct):
    src: str | None = None


class _Attribute(msgspec.Struct):
    name: str | None = None
    attribute: str | None = None
    value: str | None = None
    terms: list[_Named] | None = None


class _Product(msgspec.Struct):
    id: int | str | None = None
    name: str | None = None
    parent: int | None = None
    type: str | None = None
    variation: str | None = None
    permalink: str | None = None
    sku: str | None = None
    global_unique_id: str | None = None
    short_description: str | None = None
    description: str | None = None
    on_sale: bool | None = None
    prices: _Prices | None = None
    images: list[_Image] | None = None
    categories: list[_Named] | None = None
    brands: list[_Named] | None = None
    attributes: list[_Attribute] | None = None
    is_in_stock: bool | None = None
    is_on_backorder: bool | None = None
    is_purchasable: bool | None = None
    low_stock_remaining: int | None = None
    tags: list[_Named] | None = None


_PRODUCT: Final = msgspec.json.Decoder(_Product, strict=False)
_COLUMNS: Final = (
    "id", "item_group_id", "title", "description", "brand", "gtin", "mpn", "colour", "size",
    "material", "category_path", "currency", "price", "previous", "availability", "landing",
    "image", "more_images", "attributes",
)  # fmt: skip


def parse(records: Records) -> Parsed:
    """Raw products to stated columns; what is no product of this shape becomes an error."""
    rows: list[dict[str, str | None]] = []
    kept: list[int] = []
    errors: list[Rejected] = []
    # A loop over products: JSON of nested lists has no columns before it is decoded.
    for index, raw in enumerate(records.rows):
        try:
            rows.append(_row(_PRODUCT.decode(raw)))
            kept.append(index)
        except (msgspec.DecodeError, RecursionError) as error:
            shown = f"{error}: {raw[:_SHOWN].decode('utf-8', 'replace')}"
            place = int(records.places[index])
            errors.append(Rejected(Reason.ROW_MALFORMED, place, "product", shown, "R-F-1"))
    frame = pl.DataFrame(
        {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in _COLUMNS}
    ).with_columns(
        pl.Series("place", records.places[kept], dtype=pl.UInt32),
        pl.Series("record", kept, dtype=pl.UInt32),
    )
    return Parsed(frame, errors)


def _row(product: _Product) -> dict[str, str | None]:
    prices = product.prices or _Prices()
    images = [image.src for image in product.images or () if image.src]
    values = _values(product)
    reduced = product.on_sale is True
    return {
        "id": _text(product.id),
        "item_group_id": str(product.parent) if product.parent else None,
        "title": " ".join(part for part in (product.name, product.variation) if part) or None,
        "description": product.description or product.short_description,
        "brand": next((one.name for one in product.brands or () if one.name), None),
        "gtin": product.global_unique_id,
        "mpn": product.sku or None,
        "colour": _one(values, _COLOURS),
        "size": _one(values, _SIZES),
        "material": _one(values, _MATERIALS),
        "category_path": " > ".join(one.name for one in product.categories or () if one.name)
        or None,
        "currency": prices.currency_code,
        "price": _price(prices),
        "previous": _major(prices.regular_price, prices) if reduced else None,
        "availability": _availability(product),
        "landing": product.permalink,
        "image": images[0] if images else None,
        "more_images": "\n".join(images[1:]) or None,
        "attributes": _attributes(product, values),
    }


def _price(prices: _Prices) -> str | None:
    """The price now; a range as a text of two amounts, which is no price (R-F-5)."""
    span = prices.price_range
    if span is not None and span.min_amount != span.max_amount:
        low, high = _major(span.min_amount, prices), _major(span.max_amount, prices)
        return f"{low} - {high}"
    return _major(prices.price, prices)


def _major(minor: str | int | None, prices: _Prices) -> str | None:
    """Minor units as a decimal text; without a scale, or not whole, the text as it is, marked.

    Such a text is no number to the price reader, and so the row is rejected with what was stated.
    """
    text = _text(minor)
    if text is None or not text.strip():
        return None
    scale = prices.currency_minor_unit
    if scale is None or not 0 <= scale <= 6:  # noqa: PLR2004
        return f"{text} in units without a scale"
    if not (text.isascii() and text.isdigit()):
        return f"{text} is no number of units"
    if scale == 0:
        return text
    digits = text.rjust(scale + 1, "0")
    whole, fraction = digits[:-scale], digits[-scale:]
    # Three decimals of two-decimal money that end in zero change nothing: 19.990 is 19.99.
    places = DECIMALS.get(prices.currency_code or "", scale)
    while len(fraction) > places and fraction.endswith("0"):
        fraction = fraction[:-1]
    return f"{whole}.{fraction}" if fraction else whole


def _availability(product: _Product) -> str | None:
    if product.is_purchasable is False or product.is_in_stock is False:
        return "out_of_stock"
    if product.is_on_backorder:
        return "backorder"
    if product.low_stock_remaining:
        return "limited"
    return "in_stock" if product.is_in_stock else None


def _values(product: _Product) -> dict[str, str]:
    """What attributes say in one word: a list of terms to choose from says nothing of this one."""
    values: dict[str, str] = {}
    for each in product.attributes or ():
        name = each.name or each.attribute
        terms = [term.name for term in each.terms or () if term.name]
        value = each.value or (terms[0] if len(terms) == 1 else None)
        if name and value:
            values.setdefault(name.strip(), value)
    return values


def _one(values: dict[str, str], names: frozenset[str]) -> str | None:
    return next((text for name, text in values.items() if name.lower() in names), None)


def _attributes(product: _Product, values: dict[str, str]) -> str | None:
    extra: dict[str, Any] = {
        name: text
        for name, text in values.items()
        if name.lower() not in _COLOURS | _SIZES | _MATERIALS
    }
    if tags := [tag.name for tag in product.tags or () if tag.name]:
        extra["tags"] = tags
    if product.type and product.type != "simple":
        extra["type"] = product.type
    return msgspec.json.encode(extra).decode() if extra else None


def _text(value: str | float | None) -> str | None:
    return None if value is None else str(value)
