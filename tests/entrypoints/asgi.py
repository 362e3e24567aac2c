"""A client that calls an ASGI application in process, on one event loop as a server has."""

import gzip
import json as json_text
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

from anyio.from_thread import BlockingPortal


@dataclass(frozen=True)
class Told:
    """An answer; `raw` as it went over the wire, names of headers in lower case."""

    status_code: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def content(self) -> bytes:
        packed = self.headers.get("content-encoding") == "gzip"
        return gzip.decompress(self.raw) if packed and self.raw else self.raw

    @property
    def text(self) -> str:
        return self.content.decode()

    def json(self) -> Any:
        return json_text.loads(self.content)


class Client:
    def __init__(
        self, app: Any, portal: BlockingPortal, address: str, headers: Mapping[str, str]
    ) -> None:
        self._app, self._portal, self._address, self._headers = app, portal, address, headers

    def get(self, path: str, **more: Any) -> Told:
        return self.request("GET", path, **more)

    def head(self, path: str, **more: Any) -> Told:
        return self.request("HEAD", path, **more)

    def post(self, path: str, **more: Any) -> Told:
        return self.request("POST", path, **more)

    def patch(self, path: str, **more: Any) -> Told:
        return self.request("PATCH", path, **more)

    def delete(self, path: str, **more: Any) -> Told:
        return self.request("DELETE", path, **more)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        pieces: Iterable[bytes] = (),
        stated: bool = True,
    ) -> Told:
        """`pieces`: a body in parts; with `stated` its length is in the head."""
        path, _, query = path.partition("?")
        if params:
            query = urlencode(params, doseq=True)
        body = list(pieces)
        sent = {**self._headers, **(headers or {})}
        if json is not None:
            body = [json_text.dumps(json).encode()]
            sent["content-type"] = "application/json"
        if body and stated:
            sent["content-length"] = str(sum(map(len, body)))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": (self._address, 5000),
            "server": ("127.0.0.1", 80),
        }
        told: Told = self._portal.call(self._call, scope, body)
        return told

    async def _call(self, scope: dict[str, Any], body: list[bytes]) -> Told:
        got: dict[str, Any] = {}
        raw = bytearray()

        async def receive() -> dict[str, Any]:
            piece = body.pop(0) if body else b""
            return {"type": "http.request", "body": piece, "more_body": bool(body)}

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                got.update(message)
            else:
                raw.extend(message["body"])

        await self._app(scope, receive, send)
        heads = {name.decode(): value.decode() for name, value in got["headers"]}
        return Told(got["status"], heads, bytes(raw))
