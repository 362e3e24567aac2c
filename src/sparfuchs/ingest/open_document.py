"""A document opened for cutting: which splitter and which parser its format needs."""

from collections.abc import Iterator
from typing import Final, Protocol

from sparfuchs.ingest.decode import encoding_of, to_utf8
from sparfuchs.ingest.decompress import plain_bytes
from sparfuchs.ingest.detect import Detected
from sparfuchs.ingest.formats import (
    awin_csv,
    google_tsv,
    product_csv,
    product_json,
    schema_page,
    shopify_json,
    woocommerce_json,
)
from sparfuchs.ingest.formats.deal_rss import DealItems
from sparfuchs.ingest.formats.delimited import header_names
from sparfuchs.ingest.formats.google_rss import ItemParser
from sparfuchs.ingest.formats.json_list import split_list
from sparfuchs.ingest.formats.product_xml import ProductItems
from sparfuchs.ingest.payload import Document
from sparfuchs.ingest.settings import FeedSettings, Format
from sparfuchs.ingest.split import Records
from sparfuchs.ingest.split_items import ItemSplitter, root_of, root_tag
from sparfuchs.ingest.split_rows import RowSplitter
from sparfuchs.ingest.stated import Parsed

_BLOCK: Final = 4 << 20
_COLUMNS: Final = {Format.GOOGLE_TSV: google_tsv.parse, Format.AWIN_CSV: awin_csv.parse}


class OpenDocument(Protocol):
    """A document that is being cut; `header` is set once `blocks` has given its first."""

    header: bytes

    def blocks(self) -> Iterator[Records]: ...

    def parse(self, records: Records) -> Parsed: ...


def open_document(document: Document, detected: Detected, settings: FeedSettings) -> OpenDocument:
    if detected.format is Format.SHOPIFY_JSON:
        return _Page(document, detected, settings)
    if detected.format in {Format.WOOCOMMERCE_JSON, Format.PRODUCT_JSON}:
        return _List(document, detected)
    if detected.format in {Format.GOOGLE_RSS, Format.GOOGLE_ATOM}:
        return _Items(document, detected, settings)
    if detected.format is Format.DEAL_RSS:
        return _Items(document, detected, settings)
    if detected.format is Format.SCHEMA_PAGES:
        return _HtmlPage(document, settings)
    if detected.format is Format.PRODUCT_XML:
        return _AnyItems(document, detected)
    return _Rows(document, detected, settings)


def text_of(document: Document, detected: Detected) -> Iterator[bytes]:
    """The document as UTF-8. A further page may have a byte-order mark where the first had none."""
    blocks = plain_bytes(document.path, name=document.name, block=_BLOCK)
    first = next(blocks, b"")
    marked = encoding_of(first[:64])
    encoding = marked.name if marked.found_by == "byte-order mark" else detected.encoding

    def chained() -> Iterator[bytes]:
        yield first
        yield from blocks

    return to_utf8(chained(), encoding)


class _Rows:
    """Delimited text: the first record is the header."""

    def __init__(self, document: Document, detected: Detected, settings: FeedSettings) -> None:
        assert detected.delimiter is not None
        self.header = b""
        self._document, self._detected, self._settings = document, detected, settings
        self._delimiter = detected.delimiter
        self._names: list[str] = []

    def blocks(self) -> Iterator[Records]:
        splitter = RowSplitter(self._delimiter)
        # Known before the header of this very document has been cut out; then set anew.
        splitter.columns = len(self._detected.columns) or None
        for block in text_of(self._document, self._detected):
            records = splitter.feed(block)
            yield from self._without_header(records, splitter)
        yield from self._without_header(splitter.feed(b"", last=True), splitter)

    def _without_header(self, records: Records, splitter: RowSplitter) -> Iterator[Records]:
        if not self._names:
            skipped = 0
            while skipped < len(records.rows) and records.rows[skipped][:5].lower() in _SEPARATORS:
                skipped += 1
            if skipped == len(records.rows):
                return
            self.header = records.rows[skipped]
            self._names = header_names(self.header, self._delimiter)
            splitter.columns = len(self._names)
            first = skipped + 1
            records.rows, records.places = records.rows[first:], records.places[first:]
            if records.doubtful is not None:
                records.doubtful = records.doubtful[first:]
        if records.rows or records.errors:
            yield records

    def parse(self, records: Records) -> Parsed:
        if (mapping := self._detected.mapping) is not None:
            return product_csv.parse(records, self._names, self._delimiter, mapping)
        parse = _COLUMNS[self._detected.format]
        return parse(records, self._names, self._delimiter, self._settings)


_SEPARATORS: Final = frozenset({b'"sep=', b"sep=;", b"sep=,", b"sep=|", b"sep=\t"})


class _Items:
    """XML: what stands before the first item is the header, its root tag is in the salt."""

    def __init__(self, document: Document, detected: Detected, settings: FeedSettings) -> None:
        self.header = b""
        self._document, self._detected, self._settings = document, detected, settings
        self._parser: ItemParser | DealItems | None = None

    def blocks(self) -> Iterator[Records]:
        splitter: ItemSplitter | None = None
        for block in text_of(self._document, self._detected):
            if splitter is None:
                tag = _item_tag(root_of(block) or b"")
                splitter = ItemSplitter(tag, self._document.name)
            records = splitter.feed(block)
            if splitter.header is None:
                continue
            if self._parser is None:
                self.header = root_tag(splitter.header)
                if self._detected.format is Format.DEAL_RSS:
                    self.header = splitter.header  # its language says how prices are written
                    self._parser = DealItems(splitter.header, tag)
                else:
                    self._parser = ItemParser(splitter.header, tag, self._settings)
            yield records
        if splitter is not None:
            yield splitter.feed(b"", last=True)

    def parse(self, records: Records) -> Parsed:
        assert self._parser is not None
        return self._parser.parse(records)


class _Page:
    """JSON: one block, no header; shop and currency of its address are in the salt instead."""

    def __init__(self, document: Document, detected: Detected, settings: FeedSettings) -> None:
        shop = shopify_json.shop_of(document.name, settings)
        currency = shopify_json.currency_in(document.name)
        self.header = f"{shop}|{currency}".encode()
        self._document, self._detected, self._settings = document, detected, settings

    def blocks(self) -> Iterator[Records]:
        text = text_of(self._document, self._detected)
        yield shopify_json.split_products(text, self._document.name)

    def parse(self, records: Records) -> Parsed:
        return shopify_json.parse(records, self._document.name, self._settings)


def _item_tag(root: bytes) -> str:
    """Atom's entries have the prefix of its root; RSS has none."""
    prefix, colon, local = root.decode("utf-8", "replace").rpartition(":")
    return f"{prefix}{colon}entry" if local == "feed" else "item"


class _AnyItems:
    """XML of any shape: the element that is one product was found when the feed was looked at."""

    def __init__(self, document: Document, detected: Detected) -> None:
        self.header = b""
        self._document, self._detected = document, detected
        self._parser: ProductItems | None = None

    def blocks(self) -> Iterator[Records]:
        tag = self._detected.item_tag
        assert tag is not None
        splitter = ItemSplitter(tag, self._document.name)
        for block in text_of(self._document, self._detected):
            yield from self._cut(splitter, splitter.feed(block), tag)
        yield from self._cut(splitter, splitter.feed(b"", last=True), tag)

    def _cut(self, splitter: ItemSplitter, records: Records, tag: str) -> Iterator[Records]:
        if self._parser is None and splitter.header is not None:
            self.header = root_tag(splitter.header)
            self._parser = ProductItems(splitter.header, tag)
        if records.rows or records.errors:
            yield records

    def parse(self, records: Records) -> Parsed:
        assert self._parser is not None
        assert self._detected.mapping is not None
        return self._parser.parse(records, self._detected.mapping)


class _List:
    """A JSON document with a list of objects; nothing outside of them changes their meaning."""

    def __init__(self, document: Document, detected: Detected) -> None:
        self.header = b""
        self._document, self._detected = document, detected

    def blocks(self) -> Iterator[Records]:
        yield split_list(text_of(self._document, self._detected), self._document.name)

    def parse(self, records: Records) -> Parsed:
        if self._detected.mapping is not None:
            return product_json.parse(records, self._detected.mapping)
        return woocommerce_json.parse(records)


class _HtmlPage:
    """A web page: its records are what was found on it, each complete in itself."""

    def __init__(self, document: Document, settings: FeedSettings) -> None:
        self.header = b""
        self._document, self._settings = document, settings

    def blocks(self) -> Iterator[Records]:
        yield schema_page.split_page(
            _page_text(self._document, self._settings), self._document.name
        )

    def parse(self, records: Records) -> Parsed:
        return schema_page.parse(records)


def _page_text(document: Document, settings: FeedSettings) -> Iterator[bytes]:
    """A page as UTF-8, by its own encoding: those of one shop need not be written alike."""
    raw = b"".join(plain_bytes(document.path, name=document.name, block=_BLOCK))
    found = encoding_of(raw, charset=document.charset, chosen=settings.encoding)
    return to_utf8(iter([raw]), found.name)
