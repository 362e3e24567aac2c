"""The documents of the shops: made when somebody asks, kept compressed while prices stay.

Kept are compressed bytes up to a limit over all shops, the longest unasked going first: a feed of
30,000 offers has 24 MB, of which 2 MB are kept.
"""

import gzip
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl
import xxhash

from sparfuchs.market.faults import OF_CONTENT, Fault, spoil
from sparfuchs.market.serve_stock import ShopFacts, Stock
from sparfuchs.market.write import promotions
from sparfuchs.market.write.feed import write
from sparfuchs.market.write.style import Page, Shop

MOST_KEPT: Final = 128 << 20
_FRAMES: Final = 8  # shops whose product pages somebody is looking at


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is served. `body` is gzip if `zipped` says so (then `plain` gives it back).

    `tag` names the plain bytes; `since` is when the shop first had exactly these.
    """

    body: bytes
    content_type: str
    tag: str
    since: datetime
    zipped: bool

    def plain(self) -> bytes:
        return gzip.decompress(self.body) if self.zipped else self.body


_Key = tuple[str, datetime, int, Fault | None]


class Documents:
    """The feeds of all shops. Safe to be asked from several threads; each feed is made once."""

    def __init__(self, stock: Stock, *, most: int = MOST_KEPT) -> None:
        self._stock = stock
        self._most = most
        self._kept: OrderedDict[_Key, tuple[Document, ...]] = OrderedDict()
        self._weight = 0
        # By document: what it was last, so that bytes that did not change keep their date.
        self._last: dict[tuple[str, int, int], tuple[str, datetime]] = {}
        self._frames: OrderedDict[str, tuple[datetime, pl.DataFrame]] = OrderedDict()
        self._own = threading.Lock()
        self._making: dict[str, threading.Lock] = {}

    def feed(
        self,
        facts: ShopFacts,
        origin: str,
        at: datetime,
        *,
        fault: Fault | None = None,
        page_size: int = 0,
    ) -> tuple[Document, ...]:
        """A shop's feed as of a moment, page by page; `page_size` 0: as large as pages get."""
        as_of = facts.as_of(at)
        spoiled = fault if fault in OF_CONTENT else None
        key = (facts.slug, as_of, page_size, spoiled)
        with self._maker(facts.slug):
            found = self._get(key)
            if found is None:
                stated = spoil(self.stated(facts, at), spoiled)
                shop = Shop(facts.name, origin, facts.currency, facts.style)
                pages = write(
                    facts.format, stated, shop=shop, at=as_of, page_size=page_size or None
                )
                found = tuple(
                    self._document(page, (facts.slug, page_size, number), as_of)
                    for number, page in enumerate(pages)
                )
                self._put(key, found)
            return found

    def promotions(self, facts: ShopFacts, origin: str, at: datetime) -> Document:
        """A shop's document of promotions as of a moment; a few lines, made whenever asked."""
        as_of = facts.as_of(at)
        shop = Shop(facts.name, origin, facts.currency, facts.style)
        page = promotions.write(self._stock.granted(facts.slug, as_of), shop)
        return self._document(page, (facts.slug, 0, 0), as_of)

    def stated(self, facts: ShopFacts, at: datetime) -> pl.DataFrame:
        """What the shop states; the frames of the last shops asked are kept."""
        as_of = facts.as_of(at)
        with self._own:
            held = self._frames.pop(facts.slug, None)
        if held is None or held[0] != as_of:
            held = (as_of, self._stock.stated(facts.slug, as_of))
        with self._own:
            self._frames[facts.slug] = held
            while len(self._frames) > _FRAMES:
                self._frames.popitem(last=False)
        return held[1]

    def _maker(self, slug: str) -> threading.Lock:
        with self._own:
            return self._making.setdefault(slug, threading.Lock())

    def _get(self, key: _Key) -> tuple[Document, ...] | None:
        with self._own:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def _put(self, key: _Key, made: tuple[Document, ...]) -> None:
        with self._own:
            # A shop's feed of an earlier moment is never asked for again.
            outdated = [old for old in self._kept if old[0] == key[0] and old[1] != key[1]]
            for old in outdated:
                self._weight -= _weight(self._kept.pop(old))
            self._kept[key] = made
            self._weight += _weight(made)
            while self._weight > self._most and len(self._kept) > 1:
                self._weight -= _weight(self._kept.popitem(last=False)[1])

    def _document(self, page: Page, place: tuple[str, int, int], as_of: datetime) -> Document:
        tag = xxhash.xxh3_128_hexdigest(page.body)
        with self._own:
            before = self._last.get(place)
            since = before[1] if before is not None and before[0] == tag else as_of
            self._last[place] = (tag, since)
        if page.path.endswith(".gz"):
            return Document(page.body, page.content_type, tag, since, zipped=False)
        body = gzip.compress(page.body, 1, mtime=0)
        return Document(body, page.content_type, tag, since, zipped=True)


def _weight(documents: tuple[Document, ...]) -> int:
    return sum(len(document.body) for document in documents)
