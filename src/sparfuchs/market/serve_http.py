"""As much HTTP/1.1 as a shop needs: GET and HEAD, connections that stay, answers that may lie.

Written on asyncio's streams because an answer must be able to be wrong: a body shorter than it was
promised, a first byte that is late. One process holds some fifty such servers; none of them costs
more than its socket until somebody asks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote

import structlog

from sparfuchs.kernel.clock import Clock

HEAD_LIMIT: Final = 16 << 10
_WAIT_FOR_HEAD: Final = 15.0
_WAIT_FOR_DRAIN: Final = 60.0
_SLICE: Final = 64 << 10

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """`target` as it was sent, `path` decoded; names of headers in lower case."""

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Response:
    """`promised`: the length that the head states, if it is not the body's."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int | None = None


Handler = Callable[[Request], Awaitable[Response]]


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def plain(status: int, text: str) -> Response:
    return Response(status, f"{text}\n".encode(), {"Content-Type": "text/plain; charset=utf-8"})


async def converse(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler, clock: Clock
) -> None:
    """One connection, request after request, until either side has had enough."""
    try:
        staying = True
        while staying:
            staying = await _once(reader, writer, handler, clock)
    except (ConnectionError, TimeoutError, asyncio.IncompleteReadError) as error:
        # The other side went, or said nothing for too long. Going between two requests is no news.
        if not isinstance(error, asyncio.IncompleteReadError) or error.partial:
            log.debug("market.hung_up", why=repr(error))
    finally:
        writer.close()


async def _once(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler, clock: Clock
) -> bool:
    """Answers one request. Whether another one may follow on this connection."""
    try:
        async with asyncio.timeout(_WAIT_FOR_HEAD):
            head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        await _send(writer, plain(431, "The request's head is too long."), clock, body=True)
        return False
    request = _parse(head)
    if isinstance(request, Response):
        await _send(writer, request, clock, body=True)
        return False
    try:
        response = await handler(request)
    except Exception:
        log.exception("market.request_failed", target=request.target)
        response = plain(500, "The shop has made a mistake.")
    wanted = request.headers.get("connection", "").lower() != "close"
    staying = wanted and response.promised is None
    await _send(writer, response, clock, body=request.method != "HEAD", staying=staying)
    return staying


def _parse(head: bytes) -> Request | Response:
    """The request, or why it is none."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):  # noqa: PLR2004
        return plain(400, "This is no HTTP/1.1 request.")
    method, target, version = words
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    if method not in {"GET", "HEAD"}:
        return Response(405, b"", {"Allow": "GET, HEAD"})
    if headers.get("content-length", "0") != "0" or "transfer-encoding" in headers:
        return plain(400, "A GET has no body here.")
    if version == "HTTP/1.0":
        headers.setdefault("connection", "close")
    path, _, query = target.partition("?")
    return Request(method, target, unquote(path), dict(parse_qsl(query)), headers)


async def _send(
    writer: asyncio.StreamWriter,
    response: Response,
    clock: Clock,
    *,
    body: bool,
    staying: bool = False,
) -> None:
    phrase = HTTPStatus(response.status).phrase
    lines = [f"HTTP/1.1 {response.status} {phrase}", f"Date: {http_date(clock())}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if response.status != HTTPStatus.NOT_MODIFIED:
        length = len(response.body) if response.promised is None else response.promised
        lines.append(f"Content-Length: {length}")
    if not staying:
        lines.append("Connection: close")
    writer.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
    sent = response.body if body else b""
    for start in range(0, len(sent), _SLICE):
        writer.write(sent[start : start + _SLICE])
        async with asyncio.timeout(_WAIT_FOR_DRAIN):
            await writer.drain()
    async with asyncio.timeout(_WAIT_FOR_DRAIN):
        await writer.drain()
