"""The pages that a shop's links lead to: a product, its price, its data for machines."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any, Final

import polars as pl

from sparfuchs.kernel.money import Money
from sparfuchs.market.serve_stock import ShopFacts
from sparfuchs.market.stated import STATED
from sparfuchs.market.write import words
from sparfuchs.market.write.shopify_json import handle

_STOCK: Final = {
    "in_stock": ("InStock", "Sofort lieferbar"),
    "out_of_stock": ("OutOfStock", "Ausverkauft"),
    "preorder": ("PreOrder", "Vorbestellbar"),
    "backorder": ("BackOrder", "Lieferbar auf Bestellung"),
    "limited": ("LimitedAvailability", "Nur noch wenige verfügbar"),
}
_CONDITION: Final = {"used": "UsedCondition", "refurbished": "RefurbishedCondition"}
_ORIGIN: Final = re.compile(r"^https?://[^/?#]*")
_STYLE: Final = (
    "body{font:1rem/1.5 system-ui,sans-serif;margin:2rem auto;max-width:44rem;padding:0 1rem}"
    "img{max-width:16rem}del{color:#666}.price{font-size:1.6rem}"
)


def find(stated: pl.DataFrame, target: str, query: Mapping[str, str]) -> dict[str, Any] | None:
    """The offer that an address below the shop's own means, or None."""
    path = target.partition("?")[0]
    if path.startswith("/products/"):
        rows = stated.filter(
            pl.col("source_offer_id") == query["variant"]
            if "variant" in query
            else handle(pl.coalesce("group_id", "source_offer_id")) == path.split("/")[2]
        )
        if rows.height:
            return rows.row(0, named=True)
    below = pl.col("url").str.replace(_ORIGIN.pattern, "")
    rows = stated.filter(below.is_in([target, path]))
    return rows.row(0, named=True) if rows.height else None


def product_page(offer: Mapping[str, Any], facts: ShopFacts, origin: str, at: datetime) -> bytes:
    """The page of one offer, its JSON-LD included. All that is stated is escaped."""
    prices = ("sale_from", "sale_to", "sale_minor", "regular_minor")
    frame = pl.DataFrame(
        {name: [offer[name]] for name in prices}, schema={name: STATED[name] for name in prices}
    )
    asked = int(frame.select(words.asked_price(at)).item())
    regular = offer["regular_minor"]
    old = offer["ref_price_minor"] or (regular if regular > asked else None)
    title = escape(offer["title"] or "")
    schema, stock = _STOCK.get(offer["availability"] or "", (None, "Verfügbarkeit unbekannt"))
    picture = _led(offer["image_url"], origin)
    was = f" <del>{Money(old, facts.currency).german()}</del>" if old else ""
    label = "UVP" if offer["ref_kind"] == "uvp" else "vorher"
    image = f'<p><img src="{escape(picture)}" alt=""></p>' if picture else ""
    page = f"""<!doctype html>
<html lang="de"><head><meta charset="utf-8"><title>{title} – {escape(facts.name)}</title>
<style>{_STYLE}</style>
<script type="application/ld+json">{_machine(offer, facts, origin, asked, schema)}</script>
</head><body><p><a href="/">{escape(facts.name)}</a></p><h1>{title}</h1>{image}
<p class="price">{Money(asked, facts.currency).german()}{f" {label}{was}" if was else ""}</p>
<p>{stock}</p><p>{escape(offer["description"] or "")}</p></body></html>
"""
    return page.encode()


def _machine(
    offer: Mapping[str, Any], facts: ShopFacts, origin: str, asked: int, stock: str | None
) -> str:
    """schema.org's Product; a `<` inside a script is written as its code, so that none ends it."""
    condition = _CONDITION.get(offer["condition"] or "", "NewCondition")
    told = {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": offer["title"],
        "description": offer["description"],
        "sku": offer["source_offer_id"],
        "mpn": offer["mpn"],
        "gtin": offer["gtin"],
        "image": _led(offer["image_url"], origin),
        "brand": {"@type": "Brand", "name": offer["brand"]} if offer["brand"] else None,
        "offers": {
            "@type": "Offer",
            "price": str(Money(asked, facts.currency).decimal),
            "priceCurrency": facts.currency,
            "itemCondition": f"https://schema.org/{condition}",
            **({"availability": f"https://schema.org/{stock}"} if stock else {}),
        },
    }
    stated = {name: value for name, value in told.items() if value is not None}
    return json.dumps(stated, ensure_ascii=False).replace("<", "\\u003c")


def home_page(facts: ShopFacts, offers: int) -> bytes:
    name, feed = escape(facts.name), escape(facts.feed)
    return (
        f'<!doctype html>\n<html lang="de"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{name}</h1><p>{offers} Angebote. Ein Laden des "
        f'simulierten Markts; hier wird nichts verkauft.</p><p><a href="{feed}">Produktdaten</a>'
        "</p></body></html>\n"
    ).encode()


def _led(address: str | None, origin: str) -> str | None:
    return None if address is None else _ORIGIN.sub(lambda _: origin, address)
