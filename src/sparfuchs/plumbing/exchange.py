"""One request to one host over a connection that goes to an address we have judged, and no other.

No policy here: no redirect, no retry, no cookie, no proxy from the environment (R-X-2). The name
stays in the Host header, in SNI and in the check of the certificate; only the way is ours (R-X-1).
"""

import logging
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from email.message import Message
from typing import IO, Final

import anyio
import httpcore2

from sparfuchs.plumbing.addresses import IPAddress, Target, unwrap
from sparfuchs.plumbing.body import Body, Limits
from sparfuchs.plumbing.fetched import Failed, Failure

_OK: Final = 200
_PARTIAL: Final = 206
_CONDITIONS: Final = frozenset({"If-None-Match", "If-Modified-Since"})
_BROKEN_OFF: Final = frozenset({Failure.TRUNCATED, Failure.IDLE})
_MOST_TRIED: Final = 4  # addresses of one name; with 5 s each the wait stays bearable

# At DEBUG it writes request lines, and some networks put their key into the path.
logging.getLogger("httpcore2").setLevel(logging.INFO)

_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


class _Pinned(httpcore2.AsyncNetworkBackend):
    """Connects to the given addresses whatever the name: nobody resolves a second time."""

    def __init__(self, addresses: Sequence[IPAddress]) -> None:
        self._addresses = addresses[:_MOST_TRIED]
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,  # noqa: ARG002 - the point of this class
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        *others, last = (str(unwrap(address)[0]) for address in self._addresses)
        for address in others:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue  # the next address of the same name
        return await self._inner.connect_tcp(last, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Partial:
    """A document of which the rest may be asked for: what came of it, and its head.

    Only of one that its host names by a strong ETag: then what it sends later is of the same bytes.
    """

    body: Body
    headers: Mapping[str, str]

    @property
    def etag(self) -> str:
        return self.headers["etag"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its head always, its body (already in the sink) only of a document (200, or 206
    for the rest of one that broke off).

    Header names are in lower case, repeated ones joined by commas. `latency` in seconds from
    the request to the head. `broken`: the head came, the body did not come whole; `partial`: the
    rest may be asked for.
    """

    status: int
    headers: Mapping[str, str]
    latency: float
    body: Body | None = None
    broken: Failed | None = None
    partial: Partial | None = None

    @property
    def content_type(self) -> str | None:
        return self.headers.get("content-type")

    @property
    def charset(self) -> str | None:
        message = Message()
        message["content-type"] = self.content_type or ""
        return message.get_content_charset()


async def exchange(
    target: Target,
    addresses: Sequence[IPAddress],
    *,
    headers: Mapping[str, str],
    sink: IO[bytes],
    limits: Limits,
    tls: ssl.SSLContext | None,
    resume: Partial | None = None,
) -> Reply | Failed:
    """Sends one GET and reads the answer into `sink` within `limits`, the total time included.

    `resume`: ask for what is missing of this; if the document is another by now it comes whole, and
    what the sink had of the earlier one goes.
    """
    url = httpcore2.URL(
        scheme=target.scheme, host=target.host, port=target.port, target=target.path
    )
    head = {"Host": target.authority, **headers, "Connection": "close"}
    if resume is not None:
        head = {name: value for name, value in head.items() if name not in _CONDITIONS}
        head |= {"Range": f"bytes={resume.body.raw_size}-", "If-Range": resume.etag}
    request = httpcore2.Request(
        "GET",
        url,
        headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in head.items()],
        extensions={
            "timeout": {
                "connect": limits.connect,
                "read": limits.idle,
                "write": limits.idle,
                "pool": limits.connect,
            }
        },
    )
    connection = httpcore2.AsyncHTTPConnection(
        httpcore2.Origin(url.scheme, url.host, target.port),
        ssl_context=tls,
        network_backend=_Pinned(addresses),
    )
    try:
        with anyio.fail_after(limits.total):
            return await _converse(connection, request, sink, limits, resume)
    except TimeoutError:
        return Failed(Failure.TOO_SLOW, final=False, detail=f"more than {limits.total:g} s")
    finally:
        await connection.aclose()


async def _converse(
    connection: httpcore2.AsyncHTTPConnection,
    request: httpcore2.Request,
    sink: IO[bytes],
    limits: Limits,
    resume: Partial | None,
) -> Reply | Failed:
    began = time.perf_counter()
    try:
        response = await connection.handle_async_request(request)
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
        if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            return Failed(Failure.CERTIFICATE, final=True, detail=error.__cause__.verify_message)
        return Failed(Failure.UNREACHABLE, final=False, detail=_say(error))
    except httpcore2.TimeoutException as error:
        return Failed(Failure.IDLE, final=False, detail=_say(error))
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        return Failed(Failure.BROKEN, final=False, detail=_say(error))
    latency = time.perf_counter() - began
    heads: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        heads[name] = f"{heads[name]}, {value}" if name in heads else value
    if response.status == _PARTIAL and resume is not None:
        if not _continues(heads, resume):
            odd = Failed(Failure.TRUNCATED, final=False, detail="the rest is of something else")
            return Reply(response.status, heads, latency, broken=odd)
        return await _document(response, resume.headers, latency, resume.body)
    if response.status != _OK:
        return Reply(response.status, heads, latency)
    if resume is not None:
        sink.seek(0)
        sink.truncate()
    coding = heads.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "", "none", "gzip", "x-gzip"}:
        odd = Failed(Failure.ENCODING_UNASKED, final=True, detail=coding)
        return Reply(response.status, heads, latency, broken=odd)
    promised = heads.get("content-length", "")
    if promised.isdecimal() and int(promised) > limits.raw and not limits.cut:
        much = Failed(Failure.TOO_LARGE, final=True, detail=f"it says {promised} bytes")
        return Reply(response.status, heads, latency, broken=much)
    body = Body(sink, limits, gzipped=coding.endswith("gzip"))
    return await _document(response, heads, latency, body)


async def _document(
    response: httpcore2.Response, heads: Mapping[str, str], latency: float, body: Body
) -> Reply:
    """The body as it comes; where the connection breaks off it may be gone on with."""
    broken = await _read(response, body)
    partial = None
    if broken is not None and broken.reason in _BROKEN_OFF and _is_resumable(heads, body):
        partial = Partial(body, heads)
    return Reply(
        response.status,
        heads,
        latency,
        body=body,
        broken=broken or body.finish(),
        partial=partial,
    )


def _is_resumable(heads: Mapping[str, str], body: Body) -> bool:
    strong = heads.get("etag", "").startswith('"')
    return strong and heads.get("accept-ranges", "").lower() == "bytes" and body.raw_size > 0


def _continues(heads: Mapping[str, str], resume: Partial) -> bool:
    """Whether a 206 is what is missing: from where we stopped on, of the same document."""
    unit, _, span = heads.get("content-range", "").partition(" ")
    first, _, _ = span.partition("-")
    same = heads.get("etag", resume.etag) == resume.etag
    return unit.lower() == "bytes" and first == str(resume.body.raw_size) and same


async def _read(response: httpcore2.Response, body: Body) -> Failed | None:
    began = time.perf_counter()
    try:
        async with aclosing(response.aiter_stream()) as chunks:
            async for chunk in chunks:
                # Writing to the disk blocks the loop for as long as one chunk takes; handing 64 KiB
                # to a thread and back would take longer.
                failed = body.feed(chunk)
                if failed is not None or body.full:
                    return failed
                if body.drips(time.perf_counter() - began):
                    return Failed(Failure.TOO_SLOW, final=False, detail="it drips")
    except httpcore2.TimeoutException as error:
        return Failed(Failure.IDLE, final=False, detail=_say(error))
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        return Failed(Failure.TRUNCATED, final=False, detail=_say(error))
    return None


def _say(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
