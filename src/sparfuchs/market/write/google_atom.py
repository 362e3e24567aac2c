"""Google product data as Atom: title, summary and link are Atom's own, the rest is Google's."""

from typing import Final
from xml.sax.saxutils import escape

import polars as pl

from sparfuchs.market.write.google_rss import DECLARED, SIGNS, text_of, xml_table
from sparfuchs.market.write.style import Page, Shop

_OWN: Final = {"title": "title", "description": "summary"}
# Inside of quotes these are needed beside those of text.
_QUOTED: Final = {**SIGNS, '"': "&quot;"}


def write(stated: pl.DataFrame, shop: Shop, path: str) -> Page:
    """The document; what an encoding lacks is written as a numeric entity."""
    style = shop.style
    table = xml_table(stated, shop, "g:")
    elements = [_element(name, nested=style.nested_shipping) for name in table.columns]
    items: list[str] = []
    if elements:
        rows = table.select("<entry>" + pl.concat_str(elements, ignore_nulls=True) + "</entry>\n")
        items = rows.to_series().to_list()
    home = escape(shop.origin or "", {'"': "&quot;"})
    head = (
        f'<?xml version="1.0" encoding="{DECLARED[style.encoding]}"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">\n'
        f'<title>{escape(shop.name)}</title>\n<link rel="self" href="{home}"/>\n'
    )
    body = "".join([head, *items, "</feed>\n"])
    return Page(
        path,
        body.encode(style.encoding, "xmlcharrefreplace"),
        f"application/atom+xml; charset={DECLARED[style.encoding].lower()}",
    )


def _element(name: str, *, nested: bool) -> pl.Expr:
    if name == "link":
        return '<link rel="alternate" href="' + pl.col(name).str.replace_many(_QUOTED) + '"/>'
    tag = _OWN.get(name, f"g:{name}")
    return f"<{tag}>" + text_of(name, nested=nested) + f"</{tag}>"
