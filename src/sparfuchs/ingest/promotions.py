"""Promotions as Google has them: what a shop grants beside its prices (domain.md 1.5).

A promotion is a thing of its own with terms and validity. It never changes the price of an offer,
least of all one with a minimum spend or of the kind "three for two" (R-G-7); offers name the
promotions that apply to them by `promotion_id`. Read from XML and from delimited files.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from sparfuchs.ingest.dates import read_interval
from sparfuchs.ingest.detect import Detected, detect
from sparfuchs.ingest.formats.delimited import header_names, parse_rows
from sparfuchs.ingest.formats.flat_items import Flat
from sparfuchs.ingest.formats.google import attribute_name
from sparfuchs.ingest.formats.product_xml import ProductItems
from sparfuchs.ingest.open_document import text_of
from sparfuchs.ingest.payload import Document, Payload
from sparfuchs.ingest.prices import Amount, Grammar, currency_of, read_amount
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.ingest.split_items import ItemSplitter
from sparfuchs.ingest.split_rows import RowSplitter
from sparfuchs.ingest.texts import plain_text
from sparfuchs.ingest.validate import rejections_of
from sparfuchs.kernel.frames import PROMOTION
from sparfuchs.kernel.money import DECIMALS
from sparfuchs.kernel.outcome import Reason, Rejected

_ALL: Final = "all_products"
_KINDS: Final[Mapping[str, str]] = {
    "percent_off": "percent_off", "money_off": "money_off", "buy_m_get_n_money_off": "buy_get",
    "buy_m_get_n_percent_off": "buy_get", "buy_m_get_percent_off": "buy_get",
    "buy_m_get_money_off": "buy_get", "free_gift": "gift", "free_gift_with_value": "gift",
    "free_gift_with_item_id": "gift", "free_shipping_standard": "free_shipping",
    "free_shipping_overnight": "free_shipping", "free_shipping_two_day": "free_shipping",
    "free_shipping": "free_shipping",
}  # fmt: skip
# What a promotion is for, by Google's filters; each may be negated with `_exclusion`.
_FILTERS: Final[Mapping[str, str]] = {
    "item_id": "items", "item_group_id": "groups", "brand": "brands",
    "product_type": "categories", "google_product_category": "categories",
}  # fmt: skip
# Names of categories hold commas; ids and brands of a list are parted by them.
_WHOLE: Final = frozenset({"categories"})
_PERCENT: Final = re.compile(r"^\s*(\d{1,3})(?:[.,]0+)?\s*%?\s*$")
# What has a column; the rest are terms, kept as stated.
_TAKEN: Final = frozenset(
    [
        "promotion_id", "long_title", "description", "product_applicability", "offer_type",
        "generic_redemption_code", "coupon_value_type", "percent_off", "money_off_amount",
        "minimum_purchase_amount", "promotion_effective_dates", "promotion_display_dates",
        "promotion_url",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promotions:
    """All promotions of a payload: `promotions` (PROMOTION) and `rejections` (REJECTION)."""

    detected: Detected
    promotions: pl.DataFrame
    rejections: pl.DataFrame


def read_promotions(
    payload: Payload, settings: FeedSettings, *, detected: Detected | None = None
) -> Promotions:
    """Reads all of it: promotions are few, and each is looked at by itself. `detected` is what the
    payload was found to be, where somebody has looked already.

    Raises FeedUnreadable when it is no feed that can be read.
    """
    detected = detected or detect(payload, settings)
    zone, grammar = ZoneInfo(settings.zone), Grammar(detected.decimal, lenient=True)
    rows: list[tuple[object, ...]] = []
    errors: list[Rejected] = []
    seen: set[str] = set()
    for document in payload.documents:
        for line, item in _items(document, detected, errors):
            read = _Reader(line, item, zone, grammar, settings.currency).row()
            if isinstance(read, Rejected):
                errors.append(read)
            elif read[1] in seen:
                errors.append(
                    Rejected(Reason.ID_DUPLICATE, line, "promotion_id", str(read[1]), "1.5")
                )
            else:
                seen.add(str(read[1]))
                rows.append(read)
    frame = pl.DataFrame(rows, schema=PROMOTION, orient="row")
    return Promotions(detected, frame, rejections_of(errors).sort("line"))


def _items(
    document: Document, detected: Detected, errors: list[Rejected]
) -> Iterator[tuple[int, Flat]]:
    """Line or number of each promotion, and its texts by attribute."""
    blocks = text_of(document, detected)
    if detected.delimiter is not None:
        rows = RowSplitter(detected.delimiter)
        names: list[str] = []
        for records in (*(rows.feed(block) for block in blocks), rows.feed(b"", last=True)):
            errors.extend(records.errors)
            if not names and records.rows:
                names = header_names(records.rows[0], detected.delimiter)
                records.rows, records.places = records.rows[1:], records.places[1:]
                if records.doubtful is not None:
                    records.doubtful = records.doubtful[1:]
            if not records.rows:
                continue
            frame, bad, _ = parse_rows(records, names, detected.delimiter)
            errors.extend(bad)
            for row in frame.rows(named=True):  # promotions are few, and each is a small text
                line = row.pop("place")
                row.pop("record")
                yield line, {name: [text] for name, text in row.items() if text}
        return
    tag = detected.item_tag or "item"
    items = ItemSplitter(tag, document.name)
    for records in (*(items.feed(block) for block in blocks), items.feed(b"", last=True)):
        errors.extend(records.errors)
        if items.header is None:
            continue
        flat = ProductItems(items.header, tag).flat(records.rows)
        for place, raw, item in zip(records.places.tolist(), records.rows, flat, strict=True):
            if item is None:
                shown = raw[:80].decode("utf-8", "replace")
                errors.append(Rejected(Reason.ROW_MALFORMED, place, "item", shown, "R-F-1"))
            else:
                yield place, {attribute_name(name): texts for name, texts in item.items()}


class _Reader:
    """One promotion on its way to a row."""

    def __init__(
        self, line: int, item: Flat, zone: ZoneInfo, grammar: Grammar, currency: str | None
    ) -> None:
        self._line, self._item, self._zone = line, item, zone
        self._grammar, self._currency = grammar, currency

    def _text(self, name: str) -> str | None:
        texts = self._item.get(name)
        return plain_text(texts[0]) or None if texts else None

    def _no(self, reason: Reason, field: str, rule: str = "1.5") -> Rejected:
        value = self._text(field) or ""
        return Rejected(reason, self._line, field, value, rule, self._text("promotion_id"))

    def row(self) -> tuple[object, ...] | Rejected:
        """Values in the order of PROMOTION, or why there is no promotion."""
        name, title = self._text("promotion_id"), self._text("long_title")
        if name is None:
            return self._no(Reason.ID_MISSING, "promotion_id")
        if title is None:
            return self._no(Reason.TITLE_MISSING, "long_title")
        code = self._text("generic_redemption_code")
        with_code = (self._text("offer_type") or "").lower() == "generic_code"
        if with_code and code is None:
            return self._no(Reason.CODE_MISSING, "generic_redemption_code")
        valid = self._interval("promotion_effective_dates")
        if valid is None:
            return self._no(Reason.DATES_UNREADABLE, "promotion_effective_dates")
        shown = self._interval("promotion_display_dates") or (None, None)
        stated = attribute_name(self._text("coupon_value_type") or "")
        kind = _KINDS.get(stated, "other")
        off, minimum = self._money("money_off_amount"), self._money("minimum_purchase_amount")
        for field, money in (("money_off_amount", off), ("minimum_purchase_amount", minimum)):
            if isinstance(money, Reason):
                return self._no(money, field, "R-F-5")
        percent = _PERCENT.match(self._text("percent_off") or "")
        if kind == "percent_off" and (percent is None or not 0 < int(percent[1]) <= 100):  # noqa: PLR2004
            return self._no(Reason.PRICE_UNREADABLE, "percent_off")
        if kind == "money_off" and off is None:
            return self._no(Reason.PRICE_MISSING, "money_off_amount")
        assert not isinstance(off, Reason)
        assert not isinstance(minimum, Reason)
        terms = {
            key: texts[0] if len(texts) == 1 else texts
            for key, texts in self._item.items()
            if key not in _TAKEN
        }
        if stated and kind in {"other", "buy_get", "gift"}:
            terms["coupon_value_type"] = stated
        return (
            self._line,
            name,
            title,
            self._text("description"),
            (self._text("product_applicability") or _ALL).lower() == _ALL,
            code if with_code else None,
            kind,
            int(percent[1]) if percent and kind == "percent_off" else None,
            off[0] if off else None,
            minimum[0] if minimum else None,
            (off or minimum or (0, None))[1],
            *valid,
            *shown,
            self._text("promotion_url"),
            msgspec.json.encode(terms).decode() if terms else None,
            self._scope(),
        )

    def _scope(self) -> str | None:
        found: dict[str, list[str]] = {}
        for stated, kind in _FILTERS.items():
            for name, key in ((stated, kind), (f"{stated}_exclusion", f"not_{kind}")):
                for text in self._item.get(name, ()):
                    parts = [text] if kind in _WHOLE else text.split(",")
                    plain = (plain_text(part) for part in parts)
                    found.setdefault(key, []).extend(part for part in plain if part)
        kept = {key: list(dict.fromkeys(parts)) for key, parts in found.items() if parts}
        return msgspec.json.encode(kept).decode() if kept else None

    def _interval(self, field: str) -> tuple[datetime | None, datetime | None] | None:
        stated = self._text(field)
        return read_interval(stated, self._zone) if stated else None

    def _money(self, field: str) -> tuple[int, str] | Reason | None:
        """Minor units and currency; None where nothing is stated."""
        stated = self._text(field)
        if stated is None:
            return None
        read = read_amount(stated, self._grammar)
        if not isinstance(read, Amount):
            return read
        currency = (currency_of(read.token) if read.token else None) or self._currency
        if currency is None:
            return Reason.CURRENCY_MISSING
        places = DECIMALS[currency]
        if read.fraction[places:].strip("0"):
            return Reason.PRICE_TOO_PRECISE
        return int(read.whole + read.fraction.ljust(places, "0")[:places]), currency
