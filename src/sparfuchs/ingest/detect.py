"""Finds out what a feed is: compression, encoding, format, delimiter, decimal sign, currency.

Looks at the beginning of the first document that holds anything. What the operator set is taken as
it is; the rest is voted for by the content.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sparfuchs.ingest.decode import encoding_of, to_utf8
from sparfuchs.ingest.decompress import Compression, compression_of, plain_bytes
from sparfuchs.ingest.detect_header import Header, best_header
from sparfuchs.ingest.detect_items import (
    ITEM_FORMATS,
    Shape,
    json_shape,
    refuse_json,
    refuse_xml,
    xml_format,
    xml_shape,
)
from sparfuchs.ingest.formats import deal_rss, schema_page
from sparfuchs.ingest.formats.google import attribute_name
from sparfuchs.ingest.formats.guess_columns import ColumnMapping, guess
from sparfuchs.ingest.formats.json_list import whole_page
from sparfuchs.ingest.formats.shopify_json import currency_in
from sparfuchs.ingest.payload import Document, Payload
from sparfuchs.ingest.settings import FeedSettings, Format
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.money import DECIMALS

_HEAD: Final = 1 << 20
# A feed may begin with a thousand rows of plain ASCII: its encoding shows at the first umlaut,
# which is looked for this far. Telling that a block is ASCII costs nothing beside unpacking it.
_FIRST_UMLAUT: Final = 64 << 20
_SAMPLE_ROWS: Final = 2000
_HTML: Final = re.compile(
    rb"^\s*(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML_TITLE: Final = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_COMMA: Final = re.compile(r"[0-9],[0-9]{1,2}(?![0-9])")
_POINT: Final = re.compile(r"[0-9]\.[0-9]{1,2}(?![0-9])")
_CODE: Final = re.compile(r"\b([A-Z]{3})\b")
_WOO_CURRENCY: Final = re.compile(rb'"currency_code"\s*:\s*"([A-Za-z]{3})"')
_XML_PRICE: Final = re.compile(rb"<(?:g:)?(?:sale_)?price(?:\s[^>]*)?>\s*(?:<!\[CDATA\[)?([^<\]]*)")
_PRICE_COLUMNS: Final = ("price", "sale_price", "search_price", "store_price", "rrp_price")


@dataclass(frozen=True, slots=True)
class Detected:
    """What a feed turned out to be.

    `currency` is what most of the sampled rows state, else the setting; None: nobody says.
    `columns` are those of the header in order (text formats), else the paths met in the first items
    (formats of any shape), for which `mapping` says what is read from where, with its doubts.
    `item_tag` is the element that is one product, `notes` are sentences for the operator.
    """

    format: Format
    encoding: str
    compression: Compression
    delimiter: str | None
    decimal: str
    currency: str | None
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    mapping: ColumnMapping | None = None
    item_tag: str | None = None

    def facts(self) -> dict[str, str]:
        """What must not change from one run to the next without an operator's word (R-F-2)."""
        facts = {
            "format": self.format,
            "encoding": self.encoding,
            "compression": self.compression,
            "delimiter": self.delimiter,
            "decimal": self.decimal,
            "currency": self.currency,
        }
        return {name: str(value) for name, value in facts.items() if value is not None}


def detect(payload: Payload, settings: FeedSettings) -> Detected:
    """What the payload is. Raises FeedUnreadable with a sentence that says what came instead.

    Refused: documents without content, web pages (an error page answered with 200), damaged
    archives, and what is none of our formats.
    """
    for document in payload.documents:
        raw, compression, more = _head(document)
        if raw.strip(b"\0 \t\r\n\xef\xbb\xbf"):
            return _detect(document, raw, compression, more, settings)
    names = ", ".join(document.name for document in payload.documents) or "The payload"
    raise FeedUnreadable(f"{names} is empty: there are no rows to read", documents=names)


def _head(document: Document) -> tuple[bytes, Compression, Iterator[bytes]]:
    compression = compression_of(document.path)
    blocks = plain_bytes(document.path, name=document.name, block=_HEAD)
    head = b""
    for block in blocks:
        head += block
        if len(head) >= _HEAD:
            break
    return head, compression, blocks


def _detect(
    document: Document,
    raw: bytes,
    compression: Compression,
    more: Iterator[bytes],
    settings: FeedSettings,
) -> Detected:
    evidence = raw if not raw.isascii() else raw + _first_umlaut(more)
    encoding = encoding_of(evidence, charset=document.charset, chosen=settings.encoding)
    head = b"".join(to_utf8(iter([raw]), encoding.name))
    notes = []
    if encoding.found_by in {"fallback", "charset-normalizer"}:
        notes.append(
            f"The encoding is not stated and not UTF-8; read as {encoding.name} "
            f"({encoding.found_by}). Set encoding=... if names look wrong"
        )
    start = head.lstrip()
    if settings.format is Format.SCHEMA_PAGES or (settings.format is None and _HTML.match(head)):
        return _page(head, document, encoding.name, compression, settings, notes)
    _refuse_html(head, document)
    if settings.format is not None:
        kind: Format | None = settings.format
    elif start.startswith(b"<"):
        kind = xml_format(start)
    elif start.startswith((b"{", b"[")):
        kind = _json_format(start)
    else:
        kind = None
    if kind is Format.SHOPIFY_JSON:
        currency = settings.currency or currency_in(document.name)
        if currency not in DECIMALS:
            currency = None
            notes.append(
                "Shopify documents state no currency: set currency=EUR (or the shop's), or read "
                "from an address with ?currency=EUR"
            )
        return Detected(kind, encoding.name, compression, None, ".", currency, notes=tuple(notes))
    if kind in {Format.GOOGLE_RSS, Format.GOOGLE_ATOM} or (
        kind is Format.GOOGLE_PROMOTIONS and start.startswith(b"<")
    ):
        prices = [p.decode("utf-8", "replace") for p in _XML_PRICE.findall(head)[:_SAMPLE_ROWS]]
        return Detected(
            kind, encoding.name, compression, None, _decimal(prices, settings),
            _currency(prices, settings), notes=tuple(notes),
        )  # fmt: skip
    if kind is Format.DEAL_RSS:
        # Prices are read by people's grammar and handed on in that of machines.
        currency = _currency(deal_rss.first_prices(head), settings)
        return Detected(kind, encoding.name, compression, None, ".", currency, notes=tuple(notes))
    if kind is Format.WOOCOMMERCE_JSON:
        codes = [c.decode() for c in _WOO_CURRENCY.findall(head)[:_SAMPLE_ROWS]]
        currency = _currency(codes, settings)
        return Detected(kind, encoding.name, compression, None, ".", currency, notes=tuple(notes))
    if kind in ITEM_FORMATS or (kind is None and start.startswith((b"<", b"{", b"["))):
        shape = _shape(kind, start, document, encoding.name, settings)
        notes.extend(shape.mapping.notes())
        prices = shape.values("price", "sale_price")
        return Detected(
            shape.format, encoding.name, compression, None, _decimal(prices, settings),
            _currency([*shape.values("currency"), *prices], settings), shape.names, tuple(notes),
            shape.mapping, shape.item_tag,
        )  # fmt: skip
    return _delimited(head, kind, encoding.name, compression, document, settings, notes)


def _page(
    head: bytes,
    document: Document,
    encoding: str,
    compression: Compression,
    settings: FeedSettings,
    notes: list[str],
) -> Detected:
    """A web page is a feed where it says what it sells, or where the operator says it is one."""
    rows, several = schema_page.variants_of(head, document.name)
    if settings.format is None and not rows and not several:
        _refuse_html(head, document)
    currency = _currency([row.get("currency", "") for row in rows], settings)
    return Detected(
        Format.SCHEMA_PAGES, encoding, compression, None, ".", currency, notes=tuple(notes)
    )


def _json_format(start: bytes) -> Format | None:
    if b'"currency_minor_unit"' in start:
        return Format.WOOCOMMERCE_JSON
    if b'"variants"' in start or re.match(rb'\{\s*"products"\s*:\s*\[\s*\]|\[\s*\]', start):
        return Format.SHOPIFY_JSON
    return None


def _shape(
    kind: Format | None, start: bytes, document: Document, encoding: str, settings: FeedSettings
) -> Shape:
    """What the items of a format of any shape are. Raises FeedUnreadable when they are nothing."""
    if kind is Format.PRODUCT_JSON or (kind is None and not start.startswith(b"<")):
        blocks = plain_bytes(document.path, name=document.name, block=_HEAD)
        shape = json_shape(whole_page(to_utf8(blocks, encoding), document.name), settings)
        if shape is None or (kind is None and not shape.is_product):
            raise refuse_json(document.name)
        return shape
    shape = xml_shape(start, settings)
    if shape is None or (kind is None and not shape.is_product):
        raise refuse_xml(start, document.name)
    return shape


def _first_umlaut(more: Iterator[bytes]) -> bytes:
    seen = 0
    for block in more:
        if not block.isascii():
            return block
        seen += len(block)
        if seen > _FIRST_UMLAUT:
            break
    return b""


def _refuse_html(head: bytes, document: Document) -> None:
    if not _HTML.match(head):
        return
    found = _HTML_TITLE.search(head)
    title = f' titled "{found[1].decode("utf-8", "replace").strip()[:80]}"' if found else ""
    raise FeedUnreadable(
        f"{document.name} is a web page{title}, not a feed: the address may have moved, or ask for "
        "a login",
        document=document.name,
        found="html",
    )


def _delimited(
    head: bytes,
    kind: Format | None,
    encoding: str,
    compression: Compression,
    document: Document,
    settings: FeedSettings,
    notes: list[str],
) -> Detected:
    text = head.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    line, body = header_line(text)
    header = best_header(line, settings)
    kind = kind or header.format
    if kind is None:
        shown = line[:200].decode("utf-8", "replace")
        raise FeedUnreadable(
            f"{document.name} is no feed that we know. Its first line is {shown!r}; expected are "
            "columns such as id, title, price, link under their usual names. Own names can be set "
            "with id_column=... and the like",
            document=document.name,
        )
    if kind is Format.PRODUCT_CSV:
        return _of_any_shape(header, body, encoding, compression, settings, notes)
    names, delimiter = header.names, header.delimiter
    prices, codes = _samples(body, names, delimiter, settings)
    return Detected(
        kind, encoding, compression, delimiter, _decimal(prices, settings),
        _currency([*codes, *prices], settings), tuple(names), tuple(notes),
    )  # fmt: skip


def _of_any_shape(
    header: Header,
    body: bytes,
    encoding: str,
    compression: Compression,
    settings: FeedSettings,
    notes: list[str],
) -> Detected:
    """Delimited text whose columns have names of its own: guessed, with a look at their values."""
    rows = _first_rows(body, header.delimiter)
    samples = {
        name: [row[place] for row in rows if place < len(row)]
        for place, name in enumerate(header.names)
    }
    mapping = guess(header.names, settings.columns, samples)
    prices = [
        value
        for stated in ("price", "sale_price")
        for name in mapping.sources.get(stated, ())
        for value in samples.get(name, ())
    ]
    codes = [v for name in mapping.sources.get("currency", ()) for v in samples.get(name, ())]
    return Detected(
        Format.PRODUCT_CSV, encoding, compression, header.delimiter, _decimal(prices, settings),
        _currency([*codes, *prices], settings), tuple(header.names),
        (*notes, *mapping.notes()), mapping,
    )  # fmt: skip


def header_line(text: bytes) -> tuple[bytes, bytes]:
    """The header and what follows it; empty lines and Excel's `sep=;` before it are passed over."""
    rest = text
    while rest:
        line, _, rest = rest.partition(b"\n")
        if line.strip() and not re.fullmatch(rb'"?sep=.{1,2}', line.strip(), re.IGNORECASE):
            return line, rest
    return b"", b""


def _samples(
    body: bytes, names: list[str], delimiter: str, settings: FeedSettings
) -> tuple[list[str], list[str]]:
    """Price texts and currency codes of the first rows."""
    own = {attribute: attribute_name(name) for attribute, name in settings.columns.items()}
    price_columns = [*_PRICE_COLUMNS, own.get("price", ""), own.get("sale_price", "")]
    places = [names.index(name) for name in price_columns if name in names]
    code = own.get("currency", "currency")
    code_place = names.index(code) if code in names else None
    rows = _first_rows(body, delimiter)
    prices = [row[place] for row in rows for place in places if place < len(row)]
    codes = [row[code_place] for row in rows if code_place is not None and code_place < len(row)]
    return prices, codes


def _first_rows(body: bytes, delimiter: str) -> list[list[str]]:
    text = io.StringIO(body.decode("utf-8", "replace"), newline="")
    rows: list[list[str]] = []
    try:
        for _, row in zip(range(_SAMPLE_ROWS), csv.reader(text, delimiter=delimiter), strict=False):
            rows.append(row)
    except csv.Error:
        # An open quote made a field too long for `csv`; what was sampled before it is enough.
        return rows
    return rows


def _decimal(prices: list[str], settings: FeedSettings) -> str:
    """`,` when more prices end in a comma and one or two digits than in a point and as many.

    What is set counts before: the sign that groups thousands is not the decimal one.
    """
    if settings.decimal:
        return settings.decimal
    if settings.thousands:
        return "," if settings.thousands == "." else "."
    last = Counter[str]()
    for price in prices:
        comma, point = _COMMA.search(price), _POINT.search(price)
        if comma and not point:
            last[","] += 1
        elif point and not comma:
            last["."] += 1
    return "," if last[","] > last["."] else "."


def _currency(texts: list[str], settings: FeedSettings) -> str | None:
    votes = Counter(
        code for text in texts for code in _CODE.findall(text.upper()) if code in DECIMALS
    )
    symbols = Counter("EUR" if "€" in text else "GBP" for text in texts if re.search("[€£]", text))
    votes.update(symbols)
    return votes.most_common(1)[0][0] if votes else settings.currency
