"""One shop's site: its feed with validators and faults, robots.txt, product pages, pictures."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final, TypeVar

from sparfuchs.ingest.api import Format
from sparfuchs.kernel.clock import Clock
from sparfuchs.market.draw_picture import draw_picture
from sparfuchs.market.faults import Fault, Plan
from sparfuchs.market.serve_documents import Document, Documents
from sparfuchs.market.serve_http import Request, Response, http_date, plain
from sparfuchs.market.serve_page import find, home_page, product_page
from sparfuchs.market.serve_stock import ShopFacts
from sparfuchs.market.write import promotions, woocommerce_json
from sparfuchs.market.write.feed import PAGED, feed_path

RETRY_AFTER: Final = 120
# Above the 15 s without a byte after which our own fetcher gives up (settings: fetch.read_timeout).
LATE: Final = 20.0
_ROBOTS: Final = b"User-agent: *\nDisallow: /checkout\nDisallow: /account\n"
# How pages are asked for: the parameter that says how many products, how many come without it, and
# what a page behind the last one is.
_PAGING: Final = {
    Format.SHOPIFY_JSON: ("limit", 30, b'{"products":[]}'),
    Format.WOOCOMMERCE_JSON: ("per_page", woocommerce_json.USUAL, b"[]"),
}
_HTML: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'",
}
_ERROR_PAGE: Final = (
    b'<!DOCTYPE html>\n<html lang="de"><head><meta charset="utf-8"><title>Wartungsarbeiten</title>'
    b"</head><body><h1>Wir sind gleich wieder da</h1></body></html>\n"
)
_DAMAGED: Final = 64

T = TypeVar("T")


class ShopSite:
    """Answers the requests that come to one port. Documents are made in `threads`."""

    def __init__(
        self,
        facts: ShopFacts,
        origin: str,
        documents: Documents,
        *,
        clock: Clock,
        plan: Plan,
        threads: Executor,
        late: float = LATE,
    ) -> None:
        self.facts = facts
        self.origin = origin
        self._documents = documents
        self._clock = clock
        self._plan = plan
        self._threads = threads
        self._late = late
        self._path = feed_path(facts.format, facts.style)

    async def answer(self, request: Request) -> Response:
        now = self._clock()
        if self.facts.latency:
            await asyncio.sleep(self.facts.latency)
        if request.path == "/robots.txt":
            return Response(200, _ROBOTS, {"Content-Type": "text/plain; charset=utf-8"})
        if request.path == self._path:
            return await self._feed(request, now)
        if request.path == promotions.PATH and self.facts.grants:
            granted = await self._aside(
                lambda: self._documents.promotions(self.facts, self.origin, now)
            )
            return _delivered(granted, request)
        if request.path.endswith(".png"):
            drawn = await self._aside(lambda: draw_picture(request.path))
            return Response(
                200, drawn, {"Content-Type": "image/png", "Cache-Control": "max-age=86400"}
            )
        stated = await self._aside(lambda: self._documents.stated(self.facts, now))
        if request.path == "/":
            return Response(200, home_page(self.facts, stated.height), _HTML)
        offer = await self._aside(lambda: find(stated, request.target, request.query))
        if offer is None:
            return plain(404, "There is no such page in this shop.")
        return Response(200, product_page(offer, self.facts, self.origin, now), _HTML)

    async def _feed(self, request: Request, now: datetime) -> Response:
        fault = self._plan(self.facts.slug, now)
        if fault is Fault.SERVER_ERROR:
            return plain(500, "The shop has made a mistake.")
        if fault is Fault.BUSY:
            busy = plain(503, "The shop is busy.")
            return replace(busy, headers={**busy.headers, "Retry-After": str(RETRY_AFTER)})
        if fault is Fault.HTML_PAGE:
            return Response(200, _ERROR_PAGE, {"Content-Type": "text/html; charset=utf-8"})
        if fault is Fault.SLOW:
            await asyncio.sleep(self._late)
        document, first = await self._document(request, now, fault)
        # Unpacking a large feed for somebody who takes no gzip would hold up all other shops.
        response = await self._aside(lambda: _delivered(document, request))
        if response.status != HTTPStatus.OK or first:
            return response
        if fault is Fault.TRUNCATED:
            whole = response.body
            return replace(response, body=whole[: len(whole) // 2], promised=len(whole))
        if fault is Fault.BROKEN_GZIP:
            return replace(response, body=_damaged(response.body))
        return response

    async def _document(
        self, request: Request, now: datetime, fault: Fault | None
    ) -> tuple[Document, bool]:
        """The document that the address means, and whether it is the first of several.

        That one is spared from damage on the way: a reading that began well and broke off is
        another case than one that never began.
        """
        page, size = 1, 0
        if (paging := _PAGING.get(self.facts.format)) is not None:
            parameter, usual, empty = paging
            page = _number(request.query.get("page"), 1)
            size = min(_number(request.query.get(parameter), usual), PAGED[self.facts.format])
        pages = await self._aside(
            lambda: self._documents.feed(self.facts, self.origin, now, fault=fault, page_size=size)
        )
        if page <= len(pages):
            return pages[page - 1], page == 1 and len(pages) > 1
        since = datetime(1970, 1, 2, tzinfo=UTC)
        return Document(empty, pages[0].content_type, "empty", since, zipped=False), False

    async def _aside(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _number(text: str | None, default: int) -> int:
    """A page or limit as Shopify reads it: what is no positive number is the default."""
    usable = text is not None and text.isascii() and text.isdecimal() and len(text) <= 6  # noqa: PLR2004
    return max(int(text), 1) if usable and text is not None else default


def _delivered(document: Document, request: Request) -> Response:
    """The document in the coding that was asked for, or 304 for one that the other side holds."""
    coded = document.zipped and _takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{document.tag}{"-gzip" if coded else ""}"'
    headers = {
        "ETag": tag,
        "Last-Modified": http_date(document.since),
        "Cache-Control": "no-cache",
        "Vary": "Accept-Encoding",
    }
    if _is_held(request, tag, document.since):
        return Response(304, b"", headers)
    headers["Content-Type"] = document.content_type
    if coded:
        return Response(200, document.body, {**headers, "Content-Encoding": "gzip"})
    return Response(200, document.plain(), headers)


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in {"gzip", "x-gzip", "*"}:
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _is_held(request: Request, tag: str, since: datetime) -> bool:
    """If-None-Match decides where it is sent; If-Modified-Since counts only without it."""
    held = request.headers.get("if-none-match")
    if held is not None:
        tags = {each.strip().removeprefix("W/") for each in held.split(",")}
        return "*" in tags or tag in tags
    stamp = request.headers.get("if-modified-since")
    if stamp is None:
        return False
    try:
        moment = parsedate_to_datetime(stamp)
    except ValueError:
        return False
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return since.replace(microsecond=0) <= moment


def _damaged(body: bytes) -> bytes:
    """The same length, some bytes in the middle turned over."""
    start = len(body) // 2
    middle = bytes(byte ^ 0xFF for byte in body[start : start + _DAMAGED])
    return body[:start] + middle + body[start + _DAMAGED :]
