"""RSS of deal communities: Pepper's sites (mydealz, hotukdeals), Slickdeals, OzBargain (1.12).

A post links to the community, not to the shop; only OzBargain names the shop's page. What is kept
is link, price, merchant and codes: texts and votes belong to the community. Elements are matched by
their local name and prefix, because namespaces differ between sites.
"""

import re
from typing import Any, Final

import msgspec
import polars as pl

from sparfuchs.ingest.deal_text import DealText, read_deal
from sparfuchs.ingest.formats.item_names import prefix_and_local
from sparfuchs.ingest.formats.xml_items import XmlItems
from sparfuchs.ingest.human_prices import currency_code
from sparfuchs.ingest.prices import Amount
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.split_items import namespaces_of
from sparfuchs.ingest.stated import Parsed
from sparfuchs.ingest.texts import plain_text
from sparfuchs.kernel.frames import Audience
from sparfuchs.kernel.outcome import Reason, Rejected

_SHOWN: Final = 80
_LANGUAGE: Final = re.compile(rb"<language>\s*([A-Za-z]{2})")
_POINT_LANGUAGES: Final = frozenset({"en", "zh", "ja", "th", "he", "ko"})
_OWN: Final = re.compile(rb"<pepper:|<ozb:|xmlns:(?:pepper|ozb)=|://[^<\"]{0,40}slickdeals\.net")
_GOOGLE: Final = re.compile(rb"base\.google\.com/ns|<(?:g:)?price[\s>]")
_TITLE: Final = re.compile(rb"<title>(.*?)</title>", re.DOTALL)
_AMOUNT: Final = re.compile(rb"(?:\xe2\x82\xac|\xc2\xa3|\$)\s?\d|\d\s?(?:\xe2\x82\xac|EUR|Euro)")
_PRICE: Final = re.compile(rb"""\bprice\s*=\s*["']([^"']{1,40})""")
_COLUMNS: Final = (
    "id", "title", "price", "price_reason", "price_from_text", "currency", "shipping_cost",
    "previous", "landing", "audience", "attributes",
)  # fmt: skip
_SAMPLE: Final = 200


def is_deals(start: bytes) -> bool:
    """Whether RSS is that of a deal community: by elements of its own, or by prices in titles."""
    if _OWN.search(start):
        return True
    if _GOOGLE.search(start):
        return False
    titles = _TITLE.findall(start)[1 : _SAMPLE + 1]
    return bool(titles) and sum(bool(_AMOUNT.search(title)) for title in titles) * 3 >= len(titles)


def first_prices(head: bytes) -> list[str]:
    """Price texts of the first posts, for a look at sign and currency."""
    found = _PRICE.findall(head) or _TITLE.findall(head)[1:]
    return [text.decode("utf-8", "replace") for text in found[:_SAMPLE]]


class DealItems:
    """Reads the posts (without end tag) of one document, whose header says language and names."""

    def __init__(self, header: bytes, tag: str) -> None:
        self._items = XmlItems(namespaces_of(header), f"</{tag}>".encode())
        found = _LANGUAGE.search(header)
        language = found[1].decode().lower() if found else None
        self._style = None if language is None else "." if language in _POINT_LANGUAGES else ","

    def parse(self, records: Records) -> Parsed:
        """Raw posts to stated columns; what is no XML becomes an error."""
        rows: list[dict[str, str | None]] = []
        kept: list[int] = []
        errors: list[Rejected] = []
        # A loop over posts: a feed has some dozens, and each is a text of its own.
        for index, item in enumerate(self._items.elements(records.rows)):
            if item is None:
                shown = records.rows[index][:_SHOWN].decode("utf-8", "replace")
                place = int(records.places[index])
                errors.append(Rejected(Reason.ROW_MALFORMED, place, "item", shown, "R-F-1"))
                continue
            rows.append(_row(item, self._style))
            kept.append(index)
        frame = pl.DataFrame(
            {name: pl.Series([row.get(name) for row in rows], dtype=pl.String) for name in _COLUMNS}
        ).with_columns(
            pl.Series("place", records.places[kept], dtype=pl.UInt32),
            pl.Series("record", kept, dtype=pl.UInt32),
        )
        return Parsed(frame, errors)


def _row(item: Any, style: str | None) -> dict[str, str | None]:
    texts: dict[str, str] = {}
    own: dict[str, Any] = {}
    for child in item:
        prefix, local = prefix_and_local(child)
        local = local.lower()
        if prefix in {"pepper", "ozb"}:
            own.setdefault(local, child)
        elif local and not prefix:
            texts.setdefault(local, (child.text or "").strip())
    merchant, meta = own.get("merchant"), own.get("meta")
    field = merchant.get("price") if merchant is not None else None
    deal = read_deal(
        plain_text(texts.get("title", "")),
        plain_text(texts.get("description", "")),
        field,
        style=style,
    )
    told = {
        "merchant": merchant.get("name") if merchant is not None else None,
        "codes": list(deal.codes) or None,
        "community_url": texts.get("link"),
        "posted_at": texts.get("pubdate"),
    }
    extra = {name: value for name, value in told.items() if value}
    row = {
        "id": texts.get("guid") or texts.get("link"),
        "title": deal.title,
        # The target is in `url`; `link` of the same element is the community's own redirect.
        "landing": meta.get("url") if meta is not None else None,
        "audience": Audience.COUPON_PUBLIC.value if deal.codes else None,
        "attributes": msgspec.json.encode(extra).decode() if extra else None,
    }
    return {**row, **_prices(deal, field)}


def _prices(deal: DealText, field: str | None) -> dict[str, str | None]:
    """Amounts in the grammar of machines; why there is none, where there is none."""
    shipping = _machine(deal.shipping) if deal.shipping else None
    previous = _machine(deal.compared) if deal.compared else None
    if not isinstance(deal.price, Amount):
        return {"price": field or deal.title, "price_reason": deal.price.value}
    return {
        "price": _machine(deal.price),
        "price_from_text": deal.title if deal.from_title else None,
        "currency": currency_code(deal.price.token),
        "shipping_cost": shipping,
        "previous": previous,
    }


def _machine(amount: Amount) -> str:
    return f"{amount.whole}.{amount.fraction}" if amount.fraction else amount.whole
