"""Product markup as it is met on pages, and what is asked for it.

Each entry: what stands in a `<script type="application/ld+json">` (or a body with microdata), and
either the price text and currency of its one row, or None where no price may be read from it.
"""

from typing import NamedTuple


class Seen(NamedTuple):
    block: str
    means: tuple[str, str] | None
    where: str


def product(offers: str) -> str:
    return f'{{"@type": "Product", "name": "Ding", "sku": "D1", "offers": {offers}}}'


JSON_LD = [
    Seen(product('{"price": "19.99", "priceCurrency": "EUR"}'), ("19.99", "EUR"), "by the book"),
    Seen(product('{"price": 19.9, "priceCurrency": "EUR"}'), ("19.9", "EUR"), "a number"),
    Seen(product('{"price": 1299, "priceCurrency": "EUR"}'), ("1299", "EUR"), "a whole number"),
    Seen(product('[{"price": "5", "priceCurrency": "EUR"}]'), ("5", "EUR"), "a list of one"),
    Seen(
        product('{"price": "1.299,00", "priceCurrency": "EUR"}'),
        ("1299.00", "EUR"),
        "the German way",
    ),
    Seen(product('{"price": "1,299.00", "priceCurrency": "USD"}'), ("1299.00", "USD"), "grouped"),
    Seen(product('{"price": "19,99 €", "priceCurrency": "EUR"}'), ("19.99 €", "EUR"), "symbol"),
    Seen(product('{"price": "1.299", "priceCurrency": "EUR"}'), None, "thousands, or not"),
    Seen(
        product('{"@type": "AggregateOffer", "lowPrice": "5", "highPrice": "9"}'),
        None,
        "a range is no price",
    ),
    Seen(
        product(
            '{"@type": "AggregateOffer", "lowPrice": "5", "highPrice": "5", "priceCurrency": "EUR"}'
        ),
        ("5", "EUR"),
        "a range of one amount",
    ),
    Seen(
        product(
            '{"@type": "AggregateOffer", "lowPrice": "5", "offers": '
            '[{"@type": "Offer", "price": "7", "priceCurrency": "EUR"}]}'
        ),
        ("7", "EUR"),
        "an offer inside of the aggregate",
    ),
    Seen(
        product(
            '[{"price": "5", "priceCurrency": "EUR", "seller": "A"}, '
            '{"price": "6", "priceCurrency": "EUR", "seller": "B"}]'
        ),
        None,
        "two sellers with two prices",
    ),
    Seen(
        product('{"priceSpecification": {"price": "8.50", "priceCurrency": "EUR"}}'),
        ("8.50", "EUR"),
        "the price in a specification",
    ),
    Seen(
        product(
            '{"priceSpecification": [{"price": "8.50", "priceCurrency": "EUR"}, '
            '{"priceType": "https://schema.org/ListPrice", "price": "12", "priceCurrency": "EUR"}]}'
        ),
        ("8.50", "EUR"),
        "beside a list price",
    ),
    Seen(
        product(
            '{"price": "8.50", "priceCurrency": "EUR", "priceSpecification": {"price": "17.00", '
            '"referenceQuantity": {"value": 1, "unitCode": "KGM"}}}'
        ),
        ("8.50", "EUR"),
        "beside the price of a kilogram",
    ),
    Seen(
        product(
            '{"price": "10", "priceCurrency": "EUR", "priceSpecification": '
            '{"price": "7", "validForMemberTier": {"name": "Gold"}}}'
        ),
        ("10", "EUR"),
        "beside a price for members",
    ),
    Seen(product('{"price": "5", "priceCurrency": "EUR",}') + ";", ("5", "EUR"), "commas too many"),
    Seen(
        "/* shop */ " + product('{"price": "5", "priceCurrency": "EUR"}'),
        ("5", "EUR"),
        "a comment before it",
    ),
    Seen(
        "//<![CDATA[\n" + product('{"price": "5", "priceCurrency": "EUR"}') + "\n//]]>",
        ("5", "EUR"),
        "wrapped for XHTML",
    ),
    Seen(
        product('{"price": "5", "priceCurrency": "EUR"}').replace("Ding", "Ding,\n} groß\t"),
        ("5", "EUR"),
        "breaks and brackets inside of a text",
    ),
    Seen(
        '{"@context": {"schema": "http://schema.org/"}, "@type": "schema:Product", "schema:name": '
        '"Ding", "schema:sku": "D1", "schema:offers": {"schema:price": "5", '
        '"schema:priceCurrency": "EUR"}}',
        ("5", "EUR"),
        "names with a prefix",
    ),
    Seen(
        '[{"@type": "WebPage", "mainEntity": '
        + product('{"price": "5", "priceCurrency": "EUR"}')
        + "}]",
        ("5", "EUR"),
        "what a page is about",
    ),
    Seen(
        '{"@graph": [{"@type": "Product", "name": "Ding", "sku": "D1", "offers": {"@id": "#o"}}, '
        '{"@type": "Offer", "@id": "#o", "price": "5", "priceCurrency": "EUR"}]}',
        ("5", "EUR"),
        "an offer that is referred to",
    ),
    Seen(product('{"priceCurrency": "EUR"}'), None, "an offer without a price"),
    Seen(product("null"), None, "no offer"),
]
