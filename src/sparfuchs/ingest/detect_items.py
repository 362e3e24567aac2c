"""What the items of an XML or JSON document are: Google's, or a shape of their own."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sparfuchs.ingest.formats import deal_rss, product_json, product_xml
from sparfuchs.ingest.formats.flat_items import Flat, names_of, samples_of
from sparfuchs.ingest.formats.guess_columns import ColumnMapping, guess
from sparfuchs.ingest.settings import FeedSettings, Format
from sparfuchs.ingest.split_items import root_of
from sparfuchs.kernel.errors import FeedUnreadable

ITEM_FORMATS: Final = frozenset({Format.PRODUCT_XML, Format.PRODUCT_JSON})
_ITEM: Final = re.compile(rb"<(?:[\w.-]+:)?(item|entry)[\s>]")
_GOOGLE_ITEM: Final = tuple(
    re.compile(rb"<(?:g:)?" + name + rb"[\s>/]") for name in (b"id", b"title", b"price")
)


_PROMOTION: Final = re.compile(
    rb"<(?:g:)?(?:coupon_value_type|promotion_effective_dates|generic_redemption_code)[\s>]"
)
_PRODUCT_PRICE: Final = re.compile(rb"<(?:g:)?(?:price|sale_price)[\s>]")


@dataclass(frozen=True, slots=True)
class Shape:
    """A format of any shape: the paths of its items, what is read from which, first values."""

    format: Format
    names: tuple[str, ...]
    mapping: ColumnMapping
    samples: Mapping[str, Sequence[str]]
    item_tag: str | None = None

    @property
    def is_product(self) -> bool:
        """Whether title and price were found, or one of them and an id."""
        return len(self.mapping.missing) <= 1

    def values(self, *stated: str) -> list[str]:
        """First values of these stated columns."""
        names = [name for one in stated for name in self.mapping.sources.get(one, ())]
        return [value for name in names for value in self.samples.get(name, ())]


def xml_format(start: bytes) -> Format | None:
    """Google's format by root and elements; None: XML of another shape."""
    root = (root_of(start) or b"?").decode("utf-8", "replace")
    local = root.rpartition(":")[2].lower()
    if local == "feed":
        return Format.GOOGLE_ATOM
    if _PROMOTION.search(start) and not _PRODUCT_PRICE.search(start):
        return Format.GOOGLE_PROMOTIONS
    if local in {"rss", "rdf", "channel"}:
        return Format.DEAL_RSS if deal_rss.is_deals(start) else Format.GOOGLE_RSS
    if _ITEM.search(start) and all(name.search(start) for name in _GOOGLE_ITEM):
        return Format.GOOGLE_RSS
    return None


def xml_shape(start: bytes, settings: FeedSettings) -> Shape | None:
    """The shape of an XML document from its beginning; None: no element looks like a product."""
    tag = settings.item_tag or product_xml.find_item_tag(start)
    if tag is None:
        return None
    header = start.partition(b"<" + tag.encode())[0]
    rows = product_xml.items_of(start, header, tag)
    return _shape(Format.PRODUCT_XML, rows, settings, tag)


def json_shape(data: bytes, settings: FeedSettings) -> Shape | None:
    """The shape of a whole JSON document; None: it holds no objects."""
    rows = product_json.items_of(data)
    return _shape(Format.PRODUCT_JSON, rows, settings, None) if rows else None


def refuse_xml(start: bytes, name: str) -> FeedUnreadable:
    root = (root_of(start) or b"?").decode("utf-8", "replace")
    return FeedUnreadable(
        f"{name} is XML with the root <{root}>, in which no element looks like a product with "
        "title and price; say which it is with item_tag=..., and where things are with "
        "title_column=..., price_column=...",
        document=name,
        root=root,
    )


def refuse_json(name: str) -> FeedUnreadable:
    return FeedUnreadable(
        f"{name} is JSON but no complete list of products with title and price; say where they "
        "are with title_column=..., price_column=...",
        document=name,
        found="json",
    )


def _shape(kind: Format, rows: list[Flat], settings: FeedSettings, tag: str | None) -> Shape:
    names, samples = names_of(rows), samples_of(rows)
    return Shape(kind, names, guess(names, settings.columns, samples), samples, tag)
