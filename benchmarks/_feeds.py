"""The same goods in every format that is read, for scripts that damage feeds or time them."""

import csv
import io
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Good:
    id: str
    title: str
    minor: int
    old: int
    gtin: str

    @property
    def price(self) -> str:
        return f"{self.minor // 100}.{self.minor % 100:02}"

    @property
    def comma(self) -> str:
        return self.price.replace(".", ",")

    @property
    def old_price(self) -> str:
        return f"{self.old // 100}.{self.old % 100:02}"

    @property
    def link(self) -> str:
        return f"https://shop.example/p/{self.id.lower()}?farbe=blau&groesse=m"


WORDS = (
    "Schüssel",
    "Becher",
    'Rohr 5"',
    "Tasche, groß",
    "Lampe & Schirm",
    "Kissen; weich",
    "Brett",
)


def goods(count: int, chance: random.Random) -> list[Good]:
    return [
        Good(
            f"G{number:05}",
            f"{chance.choice(WORDS)} {number}",
            minor := chance.randrange(100, 250_000),
            minor + chance.randrange(1, 9_000),
            f"400638133393{number % 10}",
        )
        for number in range(1, count + 1)
    ]


def table(rows: list[Good], columns: Mapping[str, Callable[[Good], str]], sign: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sign, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([of(row) for of in columns.values()] for row in rows)
    return out.getvalue()


def google_tsv(rows: list[Good]) -> str:
    return table(
        rows,
        {
            "id": lambda g: g.id,
            "title": lambda g: g.title,
            "link": lambda g: g.link,
            "price": lambda g: f"{g.old_price} EUR",
            "sale_price": lambda g: f"{g.price} EUR",
            "gtin": lambda g: g.gtin,
            "availability": lambda _: "in_stock",
        },
        "\t",
    )


def awin_csv(rows: list[Good]) -> str:
    return table(
        rows,
        {
            "merchant_product_id": lambda g: g.id,
            "product_name": lambda g: g.title,
            "search_price": lambda g: g.price,
            "product_price_old": lambda g: g.old_price,
            "currency": lambda _: "EUR",
            "ean": lambda g: g.gtin,
            "merchant_deep_link": lambda g: g.link,
        },
        ",",
    )


def product_csv(rows: list[Good]) -> str:
    return table(
        rows,
        {
            "Artikelnummer": lambda g: g.id,
            "Bezeichnung": lambda g: g.title,
            "Preis": lambda g: f"{g.comma} €",
            "Streichpreis": lambda g: f"{g.old_price.replace('.', ',')} €",
            "EAN": lambda g: g.gtin,
            "Produkt-URL": lambda g: g.link,
        },
        ";",
    )


def google_rss(rows: list[Good]) -> str:
    items = "\n".join(
        f"<item><g:id>{g.id}</g:id><g:title>{escape(g.title)}</g:title><g:link>{escape(g.link)}"
        f"</g:link><g:price>{g.old_price} EUR</g:price><g:sale_price>{g.price} EUR</g:sale_price>"
        f"<g:gtin>{g.gtin}</g:gtin><g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price>"
        f"</g:shipping></item>"
        for g in rows
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
        f'xmlns:g="http://base.google.com/ns/1.0"><channel><title>x</title>\n{items}\n'
        "</channel></rss>\n"
    )


def google_atom(rows: list[Good]) -> str:
    items = "\n".join(
        f"<entry><g:id>{g.id}</g:id><title>{escape(g.title)}</title>"
        f'<link href="{escape(g.link)}"/><summary><![CDATA[{g.title}]]></summary>'
        f"<g:price>{g.old_price} EUR</g:price><g:sale_price>{g.price} EUR</g:sale_price></entry>"
        for g in rows
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" '
        f'xmlns:g="http://base.google.com/ns/1.0"><title>x</title>\n{items}\n</feed>\n'
    )


def product_xml(rows: list[Good]) -> str:
    items = "\n".join(
        f"<product><productID>{g.id}</productID><name>{escape(g.title)}</name>"
        f'<price currency="EUR">{g.price}</price><productURL>{escape(g.link)}</productURL>'
        f'<additional><field name="EAN">{g.gtin}</field>'
        f'<field name="oldPrice">{g.old_price}</field></additional></product>'
        for g in rows
    )
    return f'<?xml version="1.0" encoding="utf-8"?>\n<products>\n{items}\n</products>\n'


def product_json(rows: list[Good]) -> str:
    items = [
        {
            "offerId": g.id,
            "title": g.title,
            "price": {"value": g.price, "currency": "EUR"},
            "link": g.link,
            "gtin": g.gtin,
        }
        for g in rows
    ]
    return json.dumps({"kind": "products", "resources": items}, ensure_ascii=False, indent=1)


def shopify_json(rows: list[Good]) -> str:
    items = [
        {
            "id": int(g.id[1:]) + 1000,
            "title": g.title,
            "handle": g.id.lower(),
            "variants": [
                {"id": g.id, "title": "Default Title", "price": g.price,
                 "compare_at_price": g.old_price, "barcode": g.gtin, "available": True}
            ],
        }
        for g in rows
    ]  # fmt: skip
    return json.dumps({"products": items}, ensure_ascii=False, indent=1)


def woocommerce_json(rows: list[Good]) -> str:
    items = [
        {
            "id": g.id,
            "name": g.title,
            "permalink": g.link,
            "on_sale": True,
            "is_in_stock": True,
            "prices": {"price": str(g.minor), "regular_price": str(g.old), "price_range": None,
                       "currency_code": "EUR", "currency_minor_unit": 2},
        }
        for g in rows
    ]  # fmt: skip
    return json.dumps(items, ensure_ascii=False, indent=1)


def deal_rss(rows: list[Good]) -> str:
    items = "\n".join(
        f"<item><title>{escape(g.title)} für {g.comma}€</title><guid>{g.id}</guid>"
        f"<link>https://deals.example/{g.id}</link>"
        f'<pepper:merchant name="Anker" price="{g.comma}€"/>'
        f"<description>Mit Code WINTER{g.id[-2:]}</description></item>"
        for g in rows
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
        'xmlns:pepper="http://www.pepper.com/rss"><channel><title>x</title><language>de</language>\n'
        f"{items}\n</channel></rss>\n"
    )


def schema_page(rows: list[Good]) -> str:
    """A page has one product: the variants of a group."""
    variants = [
        {
            "@type": "Product",
            "sku": g.id,
            "name": g.title,
            "gtin13": g.gtin,
            "offers": {"@type": "Offer", "price": g.price, "priceCurrency": "EUR"},
        }
        for g in rows
    ]
    group = {
        "@type": "ProductGroup",
        "name": "Dinge",
        "productGroupID": "D",
        "hasVariant": variants,
    }
    return (
        '<!doctype html><html><head><meta charset="utf-8"><title>Dinge</title>'
        f'<script type="application/ld+json">\n{json.dumps(group, ensure_ascii=False, indent=1)}\n'
        "</script></head><body><p>Dinge</p></body></html>"
    )


WRITERS: Mapping[str, Callable[[list[Good]], str]] = {
    "google-rss": google_rss,
    "google-atom": google_atom,
    "google-tsv": google_tsv,
    "awin-csv": awin_csv,
    "shopify-json": shopify_json,
    "woocommerce-json": woocommerce_json,
    "product-csv": product_csv,
    "product-xml": product_xml,
    "product-json": product_json,
    "deal-rss": deal_rss,
    "schema-pages": schema_page,
}
# What an operator has to say for the format's whole feeds to be accepted.
SAID: Mapping[str, Mapping[str, str]] = {"shopify-json": {"currency": "EUR"}}
