"""What is asked for a product: stated texts, one row a sellable variant (domain.md 1.11)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import ada_url
import msgspec

from sparfuchs.ingest.pages.nodes import Node, local, nodes, text, texts, types

Row = dict[str, str]

_GTINS: Final = ("gtin13", "gtin", "gtin14", "gtin12", "gtin8", "isbn", "ean")
_LIST_PRICES: Final = frozenset({"ListPrice", "SRP", "MSRP"})
_NO_PRICES: Final = frozenset({"InvoicePrice", "MinimumAdvertisedPrice", "MinimumPrice"})
_SIGNS: Final = re.compile(r"[^0-9.,'’]+")
_GERMAN: Final = re.compile(r"^\d{1,3}(?:\.\d{3})+,\d{1,2}$|^\d+,\d{1,2}$")
_ENGLISH: Final = re.compile(r"^\d{1,3}(?:,\d{3})+\.\d{1,2}$")


@dataclass(frozen=True, slots=True)
class _Asked:
    """Price texts of one offer; `price` may hold several amounts, which are none (R-F-5)."""

    price: str | None = None
    currency: str | None = None
    previous: str | None = None
    uvp: str | None = None
    member: str | None = None


def rows_of(product: Node, address: str) -> Iterator[Row]:
    """STATED texts of each variant of a product on the page at `address`."""
    variants = nodes(product, "hasVariant")
    shared = _product(product, address)
    if "ProductGroup" in types(product):
        shared["item_group_id"] = text(product, "productGroupID", "sku", "@id") or address
    if not variants:
        yield from _offered(product, shared, address)
        return
    for variant in variants:
        own = _product(variant, address)
        title = own.get("title") or shared.get("title", "")
        yield from _offered(variant, {**shared, **own, "title": title}, address)


def _product(product: Node, address: str) -> Row:
    images = [found for each in texts(product, "image") if (found := _absolute(each, address))]
    group = nodes(product, "isVariantOf")
    row = {
        "id": text(product, "sku", "productID"),
        "title": text(product, "name"),
        "description": text(product, "description"),
        "brand": text(product, "brand", "manufacturer"),
        "gtin": text(product, *_GTINS),
        "mpn": text(product, "mpn"),
        "colour": text(product, "color"),
        "size": text(product, "size"),
        "material": text(product, "material"),
        "category_path": text(product, "category"),
        "item_group_id": text(product, "inProductGroupWithID")
        or (text(group[0], "productGroupID") if group else None),
        "condition": _last(text(product, "itemCondition")),
        "landing": _absolute(text(product, "url"), address),
        "image": "\n".join(images) or None,
    }
    return {name: value for name, value in row.items() if value}


def _offered(product: Node, shared: Row, address: str) -> Iterator[Row]:
    offers = _single_offers(nodes(product, "offers"))
    if not offers:
        yield _with_id(shared, address)
        return
    rows = [{**shared, **_offer(offer, address)} for offer in offers]
    skus = {row.get("id") for row in rows}
    if len(rows) == 1 or len(skus) == len(rows):
        yield from (_with_id(row, address) for row in rows)
        return
    # Several offers of one thing: sellers, or conditions. One price, or none that is the page's.
    asked = {(row.get("price"), row.get("currency")) for row in rows}
    if len(asked) == 1:
        yield _with_id(rows[0], address)
        return
    prices = " | ".join(dict.fromkeys(row["price"] for row in rows if "price" in row))
    yield _with_id({**rows[0], "price": prices}, address)


def _single_offers(offers: Sequence[Node]) -> list[Node]:
    """Offers without the brackets around them: an AggregateOffer is none itself."""
    found: list[Node] = []
    for offer in offers:
        inner = nodes(offer, "offers") if "AggregateOffer" in types(offer) else []
        found.extend(inner or [offer])
    return found


def _with_id(row: Row, address: str) -> Row:
    """The page's own address is the id of a product that has no other."""
    row.setdefault("landing", address)
    if "id" not in row:
        row["id"] = row["landing"]
    return row


def _offer(offer: Node, address: str) -> Row:
    asked = _asked(offer)
    extra = {
        "seller": text(offer, "seller", "offeredBy"),
        "price_valid_until": text(offer, "priceValidUntil"),
    }
    told = {name: value for name, value in extra.items() if value}
    row = {
        "id": text(offer, "sku"),
        "gtin": text(offer, *_GTINS),
        "mpn": text(offer, "mpn"),
        "price": asked.price,
        "currency": asked.currency,
        "previous": asked.previous,
        "uvp": asked.uvp,
        "member_price": asked.member,
        "availability": _last(text(offer, "availability")),
        "condition": _last(text(offer, "itemCondition")),
        "landing": _absolute(text(offer, "url"), address),
        "shipping": _shipping(offer),
        "attributes": msgspec.json.encode(told).decode() if told else None,
    }
    return {name: value for name, value in row.items() if value}


def _asked(offer: Node) -> _Asked:
    """The price that holds for everyone, and those it is compared with."""
    price = price_text(text(offer, "price"))
    currency = text(offer, "priceCurrency")
    previous = uvp = member = None
    active: list[str] = []
    for part in nodes(offer, "priceSpecification"):
        amount = price_text(text(part, "price"))
        kind = local(text(part, "priceType") or "")
        if amount is None or kind in _NO_PRICES:
            continue
        if nodes(part, "validForMemberTier") or text(part, "validForMemberTier"):
            member = amount
        elif kind == "StrikethroughPrice":
            previous = amount
        elif kind in _LIST_PRICES:
            uvp = amount
        elif not (nodes(part, "referenceQuantity") and price is not None):
            # Beside a price, one with a reference quantity is what a kilogram costs.
            active.append(amount)
        currency = currency or text(part, "priceCurrency")
    if price is None and active:
        price = " | ".join(dict.fromkeys(active))
    if price is None and "AggregateOffer" in types(offer):
        low, high = price_text(text(offer, "lowPrice")), price_text(text(offer, "highPrice"))
        # A range is no price, unless it begins where it ends.
        price = low if low == high else f"{low} - {high or '?'}" if low else None
    return _Asked(price, currency, previous, uvp, member)


def price_text(stated: str | None) -> str | None:
    """A price with a point for decimals where the text leaves no doubt; else as it is.

    By the book it is a number with a point and nothing else; pages write `1.299,00 €` as well, in
    which only one reading makes sense. `1.299` alone does not say, and is left to be refused.
    """
    if stated is None:
        return None
    bare = _SIGNS.sub("", stated)
    if _GERMAN.match(bare):
        return stated.replace(".", "").replace(",", ".")
    if _ENGLISH.match(bare):
        return stated.replace(",", "")
    return stated


def _shipping(offer: Node) -> str | None:
    """Shipping as Google writes it, `DE:::4.90 EUR`, an entry a country."""
    entries = []
    for details in nodes(offer, "shippingDetails"):
        for cost in nodes(details, "shippingRate"):
            amount = price_text(text(cost, "value", "price"))
            currency = text(cost, "currency", "priceCurrency") or ""
            countries = [
                text(where, "addressCountry") or ""
                for where in nodes(details, "shippingDestination")
            ]
            if amount:
                entries += [
                    f"{country}:::{amount} {currency}".strip() for country in countries or [""]
                ]
    return ",".join(entries) or None


def _last(word: str | None) -> str | None:
    """`https://schema.org/InStock` and `InStock` are the same word."""
    return local(word) if word else None


def _absolute(link: str | None, address: str) -> str | None:
    """An address on the page as a whole one; null where the page has none to stand on."""
    if not link:
        return None
    base = address if ada_url.check_url(address) else None
    try:
        found = str(ada_url.URL(link, base=base).href) if base else str(ada_url.URL(link).href)
    except ValueError:
        return None
    return found if found.startswith(("http://", "https://")) else None
