"""Finds out what a feed is: compression, encoding, format, delimiter, decimal sign, currency.

Looks at the beginning of the first document that holds anything. What the operator set is taken as
it is; the rest is voted for by the content.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final

from sparfuchs.ingest.decode import encoding_of, to_utf8
from sparfuchs.ingest.decompress import Compression, compression_of, plain_bytes
from sparfuchs.ingest.formats import awin_csv, google_tsv
from sparfuchs.ingest.formats.delimited import header_names
from sparfuchs.ingest.formats.google import attribute_name
from sparfuchs.ingest.formats.shopify_json import currency_in
from sparfuchs.ingest.payload import Document, Payload
from sparfuchs.ingest.settings import FeedSettings, Format
from sparfuchs.ingest.split_items import root_of
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.money import DECIMALS

_HEAD: Final = 1 << 20
# A feed may begin with a thousand rows of plain ASCII: its encoding shows at the first umlaut,
# which is looked for this far. Telling that a block is ASCII costs nothing beside unpacking it.
_FIRST_UMLAUT: Final = 64 << 20
_SAMPLE_ROWS: Final = 2000
_HTML: Final = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_HTML_TITLE: Final = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_ITEM: Final = re.compile(rb"<(item|entry)[\s>]")
_COMMA: Final = re.compile(r"[0-9],[0-9]{1,2}(?![0-9])")
_POINT: Final = re.compile(r"[0-9]\.[0-9]{1,2}(?![0-9])")
_CODE: Final = re.compile(r"\b([A-Z]{3})\b")
_XML_PRICE: Final = re.compile(rb"<(?:g:)?(?:sale_)?price(?:\s[^>]*)?>\s*(?:<!\[CDATA\[)?([^<\]]*)")
_PRICE_COLUMNS: Final = ("price", "sale_price", "search_price", "store_price", "rrp_price")


@dataclass(frozen=True, slots=True)
class Detected:
    """What a feed turned out to be.

    `currency` is what most of the sampled rows state, else the setting; None: nobody says.
    `columns` are those of the header in order (text formats), `notes` sentences for the operator.
    """

    format: Format
    encoding: str
    compression: Compression
    delimiter: str | None
    decimal: str
    currency: str | None
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def facts(self) -> dict[str, str]:
        """What must not change from one run to the next without an operator's word (R-F-2)."""
        return {
            name: str(value)
            for name, value in asdict(self).items()
            if name in {"format", "encoding", "compression", "delimiter", "decimal", "currency"}
            and value is not None
        }


def detect(payload: Payload, settings: FeedSettings) -> Detected:
    """What the payload is. Raises FeedUnreadable with a sentence that says what came instead.

    Refused: documents without content, web pages (an error page answered with 200), damaged
    archives, and what is none of the four formats.
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
    _refuse_html(head, document)
    start = head.lstrip()
    if settings.format is not None:
        kind = settings.format
    elif start.startswith(b"<"):
        kind = _xml_kind(start, document)
    elif start.startswith((b"{", b"[")):
        kind = _json_kind(start, document)
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
    if kind is Format.GOOGLE_RSS:
        prices = [p.decode("utf-8", "replace") for p in _XML_PRICE.findall(head)[:_SAMPLE_ROWS]]
        return Detected(
            kind, encoding.name, compression, None, settings.decimal or _decimal(prices),
            _currency(prices, settings), notes=tuple(notes),
        )  # fmt: skip
    return _delimited(head, kind, encoding.name, compression, document, settings, notes)


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


def _xml_kind(start: bytes, document: Document) -> Format:
    root = (root_of(start) or b"?").decode("utf-8", "replace")
    local = root.rpartition(":")[2].lower()
    if local in {"rss", "feed", "rdf", "channel"} or _ITEM.search(start):
        return Format.GOOGLE_RSS
    raise FeedUnreadable(
        f"{document.name} is XML with the root <{root}> and without <item> elements; of XML, "
        "Google product data (RSS 2.0 or Atom) can be read",
        document=document.name,
        root=root,
    )


def _json_kind(start: bytes, document: Document) -> Format:
    if b'"variants"' in start or re.match(rb'\{\s*"products"\s*:\s*\[|\[\s*\]', start):
        return Format.SHOPIFY_JSON
    raise FeedUnreadable(
        f"{document.name} is JSON but no list of Shopify products (`products` with `variants`)",
        document=document.name,
        found="json",
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
    own = {attribute_name(name) for name in settings.columns.values()}
    delimiter, names, found = _best_delimiter(line, settings.delimiter, own)
    kind = kind or found
    if kind is None:
        shown = line[:200].decode("utf-8", "replace")
        raise FeedUnreadable(
            f"{document.name} is no feed that we know. Its first line is {shown!r}; expected are "
            "columns such as id, title, price, link (Google) or merchant_product_id, product_name, "
            "search_price (Awin). Own names can be set with id_column=... and the like",
            document=document.name,
        )
    prices, codes = _samples(body, names, delimiter, settings)
    return Detected(
        kind, encoding, compression, delimiter, settings.decimal or _decimal(prices),
        _currency([*codes, *prices], settings), tuple(names), tuple(notes),
    )  # fmt: skip


def header_line(text: bytes) -> tuple[bytes, bytes]:
    """The header and what follows it; empty lines and Excel's `sep=;` before it are passed over."""
    rest = text
    while rest:
        line, _, rest = rest.partition(b"\n")
        if line.strip() and not re.fullmatch(rb'"?sep=.{1,2}', line.strip(), re.IGNORECASE):
            return line, rest
    return b"", b""


def _best_delimiter(
    line: bytes, chosen: str | None, own: set[str]
) -> tuple[str, list[str], Format | None]:
    """The delimiter under which most column names are known (domain.md 2.6), and whose they are."""
    signs = {chr(c) for c in line if c < 128 and not chr(c).isalnum()} - set("\"'_-: \r\n.()/")  # noqa: PLR2004
    candidates = [chosen] if chosen else [*",;\t|", *sorted(signs - set(",;\t|"))]
    best: tuple[int, str, list[str], Format | None] = (-1, chosen or ",", [], None)
    for sign in candidates:
        names = header_names(line, sign)
        google = len(google_tsv.KNOWN_COLUMNS.intersection(names)) + len(own.intersection(names))
        awin = len(awin_csv.KNOWN_COLUMNS.intersection(names))
        awin += bool(own) * len(own.intersection(names))
        known = max(google, awin)
        if known > best[0]:
            kind = Format.AWIN_CSV if awin > google else Format.GOOGLE_TSV
            best = (known, sign, names, kind if known >= 2 else None)  # noqa: PLR2004
    return best[1], best[2], best[3]


def _samples(
    body: bytes, names: list[str], delimiter: str, settings: FeedSettings
) -> tuple[list[str], list[str]]:
    """Price texts and currency codes of the first rows."""
    own = {attribute: attribute_name(name) for attribute, name in settings.columns.items()}
    price_columns = [*_PRICE_COLUMNS, own.get("price", ""), own.get("sale_price", "")]
    places = [names.index(name) for name in price_columns if name in names]
    code = own.get("currency", "currency")
    code_place = names.index(code) if code in names else None
    prices: list[str] = []
    codes: list[str] = []
    text = io.StringIO(body.decode("utf-8", "replace"), newline="")
    rows = csv.reader(text, delimiter=delimiter)
    try:
        for _, row in zip(range(_SAMPLE_ROWS), rows, strict=False):
            prices.extend(row[place] for place in places if place < len(row))
            if code_place is not None and code_place < len(row):
                codes.append(row[code_place])
    except csv.Error:
        # An open quote made a field too long for `csv`; what was sampled before it is enough.
        return prices, codes
    return prices, codes


def _decimal(prices: list[str]) -> str:
    """`,` when more prices end in a comma and one or two digits than in a point and as many."""
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
