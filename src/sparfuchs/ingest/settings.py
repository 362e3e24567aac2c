"""What may be said about a feed beforehand. What is not said is found out."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sparfuchs.ingest.decode import canonical
from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.money import DECIMALS


class Format(StrEnum):
    GOOGLE_RSS = "google-rss"
    GOOGLE_TSV = "google-tsv"
    GOOGLE_ATOM = "google-atom"
    AWIN_CSV = "awin-csv"
    SHOPIFY_JSON = "shopify-json"
    WOOCOMMERCE_JSON = "woocommerce-json"
    PRODUCT_CSV = "product-csv"
    PRODUCT_XML = "product-xml"
    PRODUCT_JSON = "product-json"
    GOOGLE_PROMOTIONS = "google-promotions"
    DEAL_RSS = "deal-rss"
    SCHEMA_PAGES = "schema-pages"


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """Settings of one source; None means "find out". `from_pairs` reads them from `--set k=v`.

    format: `google-rss`, `google-tsv`, `google-atom`, `awin-csv`, `shopify-json`,
        `woocommerce-json`, `product-csv`, `product-xml`, `product-json`, `deal-rss`,
        `schema-pages` or `google-promotions`; see formats.md.
    max_rows: rows beyond which a feed is refused as a whole.
    encoding, delimiter, decimal: how a text file is written; decimal is `.` or `,`.
    currency: used where the feed states none and where what it states is no ISO 4217 code.
    zone: the market's zone, for times without one (R-G-2).
    country: whose shipping price is taken, ISO 3166.
    interval: how often the source is read; twice that is how long a reading asserts its prices.
    shop_url: where a Shopify document read from disk comes from, for links to its offers.
    thousands: the sign that groups digits in threes where a price alone does not say, `.` or `,`:
        `1.299` is then a thousand and more, and no longer refused as ambiguous (R-F-5).
    pages: what an address of a sitemap must contain to be read as a product page, such as
        `/produkt/`; several parts joined with `|`. Nothing set: all of them.
    max_pages: how many pages of a sitemap are read at most.
    item_tag: the element that is one product, in XML whose shape does not show it.
    id_from: attributes that together are the id of an offer whose source gives it none, joined
        with `+`: `link`, or `title+brand+size`.
    columns: attribute -> name of the column or element that holds it, from `<attribute>_column`.
    """

    format: Format | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    currency: str | None = None
    zone: str = "Europe/Berlin"
    country: str = "DE"
    interval: timedelta = timedelta(hours=24)
    shop_url: str | None = None
    max_rows: int = 5_000_000
    thousands: str | None = None
    item_tag: str | None = None
    pages: tuple[str, ...] = ()
    max_pages: int = 1000
    id_from: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_pairs(cls, pairs: Mapping[str, str]) -> "FeedSettings":
        """Settings from texts. Raises UsageError that names the key and what is allowed."""
        settings = cls()
        columns: dict[str, str] = {}
        for key, value in pairs.items():
            name = key.strip().lower().replace("-", "_")
            attribute = name.removesuffix("_column")
            if attribute != name and attribute in COLUMN_ATTRIBUTES:
                columns[attribute] = value.strip()
            elif name in _READERS:
                settings = replace(settings, **{name: _READERS[name](value)})
            else:
                raise UsageError(
                    f"There is no feed setting {key!r}. Allowed: {', '.join(allowed_keys())}",
                    key=key,
                    allowed=list(allowed_keys()),
                )
        return replace(settings, columns=columns)

    def stated(self) -> str:
        """All settings that change what is read from the same bytes, for the parser's salt."""
        return ";".join(
            f"{each.name}={sorted(value.items()) if isinstance(value, Mapping) else value}"
            for each in fields(self)
            if each.name not in {"interval", "max_rows", "pages", "max_pages"}
            for value in (getattr(self, each.name),)
        )


COLUMN_ATTRIBUTES: Final = (
    "id",
    "title",
    "description",
    "link",
    "image_link",
    "price",
    "sale_price",
    "currency",
    "availability",
    "brand",
    "gtin",
    "mpn",
    "condition",
    "item_group_id",
    "color",
    "size",
    "material",
    "product_type",
    "google_product_category",
    "shipping",
    "expiration_date",
    "list_price",
    "old_price",
    "stock",
)
# Of which attributes an id may be made where a source gives none.
ID_PARTS: Final = (
    "title", "link", "brand", "gtin", "mpn", "color", "size", "material", "condition",
    "description", "image_link", "item_group_id",
)  # fmt: skip
_DELIMITER_WORDS: Final = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "space": " ",
}
_INTERVAL: Final = re.compile(r"^(\d+)\s*(s|m|min|h|d)?$")
_SECONDS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400, None: 1}


def allowed_keys() -> tuple[str, ...]:
    return (*_READERS, *(f"{name}_column" for name in COLUMN_ATTRIBUTES))


def _one_of(what: str, allowed: tuple[str, ...]) -> Callable[[str], str | None]:
    def read(value: str) -> str | None:
        text = value.strip().lower()
        if text == "auto":
            return None
        if text not in allowed:
            raise UsageError(
                f"{value!r} is no {what}. Allowed: auto, {', '.join(allowed)}", value=value
            )
        return text

    return read


def _format(value: str) -> Format | None:
    text = _one_of("feed format", tuple(each.value for each in Format))(value)
    return Format(text) if text else None


def _encoding(value: str) -> str | None:
    if value.strip().lower() == "auto":
        return None
    name = canonical(value)
    if name is None:
        raise UsageError(f"{value!r} is no encoding that we know, such as utf-8 or cp1252")
    return name


def _delimiter(value: str) -> str | None:
    text = _DELIMITER_WORDS.get(value.strip().lower(), value)
    if text.strip().lower() == "auto":
        return None
    if len(text) != 1 or not text.isascii() or text.isalnum() or text in '"\r\n':
        raise UsageError(
            f"{value!r} is no delimiter: give one sign such as ; or a word of "
            f"{', '.join(_DELIMITER_WORDS)}",
            value=value,
        )
    return text


def _decimal(value: str) -> str | None:
    words = {"comma": ",", "dot": ".", "point": "."}
    text = words.get(value.strip().lower(), value.strip())
    return _one_of("decimal sign", (".", ","))(text)


def _currency(value: str) -> str | None:
    text = value.strip().upper()
    if text in {"AUTO", ""}:
        return None
    if text not in DECIMALS:
        raise UsageError(f"{value!r} is no ISO 4217 currency code such as EUR", value=value)
    return text


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value.strip()).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise UsageError(f"{value!r} is no time zone such as Europe/Berlin") from error


def _country(value: str) -> str:
    text = value.strip().upper()
    if not re.fullmatch(r"[A-Z]{2}", text):
        raise UsageError(f"{value!r} is no country code of two letters such as DE", value=value)
    return text


def _interval(value: str) -> timedelta:
    match = _INTERVAL.match(value.strip().lower())
    if match is None or int(match[1]) == 0:
        raise UsageError(f"{value!r} is no interval such as 90m, 6h or 1d", value=value)
    return timedelta(seconds=int(match[1]) * _SECONDS[match[2]])


def _shop_url(value: str) -> str:
    text = value.strip().rstrip("/")
    if not re.fullmatch(r"https?://[^/\s?#]+", text):
        raise UsageError(f"{value!r} is no shop address such as https://shop.example", value=value)
    return text


def _id_from(value: str) -> tuple[str, ...]:
    parts = tuple(part.strip().lower() for part in value.split("+"))
    if unknown := [part for part in parts if part not in ID_PARTS]:
        raise UsageError(
            f"No id can be made from {unknown[0]!r}. Allowed, joined with +: {', '.join(ID_PARTS)}",
            value=value,
        )
    return parts


def _item_tag(value: str) -> str:
    text = value.strip()
    if not re.fullmatch(r"[A-Za-z_][\w.:-]*", text):
        raise UsageError(f"{value!r} is no name of an element such as product", value=value)
    return text


def _rows(value: str) -> int:
    if not value.strip().isdigit() or int(value) == 0:
        raise UsageError(f"{value!r} is no number of rows", value=value)
    return int(value)


_READERS: Final[dict[str, Callable[[str], Any]]] = {
    "format": _format,
    "encoding": _encoding,
    "delimiter": _delimiter,
    "decimal": _decimal,
    "currency": _currency,
    "zone": _zone,
    "country": _country,
    "interval": _interval,
    "shop_url": _shop_url,
    "max_rows": _rows,
    "thousands": _decimal,
    "item_tag": _item_tag,
    "pages": lambda value: tuple(part.strip() for part in value.split("|") if part.strip()),
    "max_pages": _rows,
    "id_from": _id_from,
}
