"""Real HTTP servers on loopback that answer as told, and a time that passes only when slept."""

import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sparfuchs.plumbing.settings import FetchSettings


@dataclass
class Asked:
    path: str
    headers: dict[str, str]


@dataclass
class Answer:
    """`length` lies about the body's; `pause` waits before each byte of it; of `cut` bytes the
    connection ends after so many.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    pause: float = 0.0
    cut: int | None = None


Route = Answer | Callable[[Asked], Answer]


class _Handler(BaseHTTPRequestHandler):
    server: "Loopback"

    def do_GET(self) -> None:
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
        self.server.asked.append(asked)
        default = Answer(status=404)
        route = self.server.routes.get(self.path) or self.server.routes.get(
            self.path.partition("?")[0], default
        )
        answer = route if isinstance(route, Answer) else route(asked)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        length = len(answer.body) if answer.length is None else answer.length
        if answer.status != 304:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        try:
            self._send(answer)
        except OSError:
            return  # the client has had enough, which is what some tests are about

    def _send(self, answer: Answer) -> None:
        if not answer.pause:
            self.wfile.write(answer.body[: answer.cut])
            return
        for byte in answer.body:
            time.sleep(answer.pause)
            self.wfile.write(bytes([byte]))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Says nothing."""


class Loopback(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, routes: dict[str, Route], tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes = routes
        self.asked: list[Asked] = []
        self.scheme = "http"
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
            self.scheme = "https"

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def pair(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [one.path for one in self.asked if one.path != "/robots.txt"]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up in the middle is no news."""


@contextmanager
def serving(routes: dict[str, Route], tls: ssl.SSLContext | None = None) -> Iterator[Loopback]:
    with Loopback(routes, tls) as server:
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class SleptTime:
    """Clock and sleeper in one: what is slept has passed at once."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def clock(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def answering(table: Mapping[str, Sequence[str]]) -> Callable[[str, int], Sequence[str]]:
    """A resolver that knows these names and no others."""

    def resolve(host: str, port: int) -> Sequence[str]:
        if host not in table:
            raise OSError(f"no address for {host}:{port}")
        return table[host]

    return resolve


def settings(*servers: Loopback, **values: float) -> FetchSettings:
    return FetchSettings.model_validate(
        {"allow_private": {server.pair for server in servers}, **values}
    )
