"""Answers as bytes: serialised once, named by an ETag, packed when they are worth it."""

import gzip
from collections.abc import Mapping
from typing import Any, Final

import msgspec
import xxhash
from starlette.requests import Request
from starlette.responses import Response

# Below a packet or two packing costs more than it saves.
_WORTH_PACKING: Final = 1024
JSON: Final = "application/json"
CSV: Final = "text/csv; charset=utf-8"


def encoded(body: Any) -> bytes:
    """Plain JSON values as bytes."""
    return msgspec.json.encode(body)


def answer(
    request: Request,
    body: Any,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    keep: str = "no-cache",
) -> Response:
    """Plain JSON values as a response; 304 when the caller has just these bytes.

    `keep` is Cache-Control: by default a cache may keep it and has to ask.
    """
    return raw(
        request,
        msgspec.json.encode(body),
        media=JSON,
        status=status,
        headers=headers,
        keep=keep,
    )


def raw(
    request: Request,
    body: bytes,
    *,
    media: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    keep: str = "no-cache",
) -> Response:
    """Bytes as a response, with a strong ETag of them."""
    packed = len(body) >= _WORTH_PACKING and _takes_gzip(request)
    tag = f'"{xxhash.xxh3_128_hexdigest(body)}{"-gzip" if packed else ""}"'
    told = {
        "etag": tag,
        "cache-control": keep,
        "vary": "Accept-Encoding, Authorization",
        **(headers or {}),
    }
    if status == 200 and _has(request, tag):  # noqa: PLR2004 - OK
        return Response(status_code=304, headers=told)
    if packed:
        told["content-encoding"] = "gzip"
        body = gzip.compress(body, 5, mtime=0)
    return Response(body, status_code=status, headers=told, media_type=media)


def _takes_gzip(request: Request) -> bool:
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, rest = part.strip().partition(";")
        if name.strip() in {"gzip", "*"}:
            return rest.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _has(request: Request, tag: str) -> bool:
    given = request.headers.get("if-none-match")
    if given is None or request.method not in {"GET", "HEAD"}:
        return False
    tags = {one.strip().removeprefix("W/") for one in given.split(",")}
    return "*" in tags or tag in tags
