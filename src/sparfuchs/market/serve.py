"""The shops of a market as real HTTP servers on loopback: one process, a port a shop.

The first port answers `/health` with where every shop is. Documents are made when asked, as of the
moment that the clock tells; nothing is written to disk.
"""

import asyncio
import errno
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from sparfuchs.kernel.clock import Clock, system_clock
from sparfuchs.kernel.errors import Conflict, UsageError
from sparfuchs.market.faults import Plan, never
from sparfuchs.market.serve_documents import Documents
from sparfuchs.market.serve_http import HEAD_LIMIT, Handler, Request, Response, converse, plain
from sparfuchs.market.serve_shop import LATE, ShopSite
from sparfuchs.market.serve_stock import ShopFacts, Stock

_LAST_PORT: Final = 65_535
_MAKERS: Final = 2  # documents made at once; each holds its whole feed in memory
_CLOSING: Final = 5.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a market is: the address that tells its health, and each shop's own and its feed's."""

    health: str
    shops: Mapping[str, str]
    feeds: Mapping[str, str]


Ready = Callable[[Addresses], None]


def _silent(_addresses: Addresses) -> None:
    """For callers who wait for nothing."""


async def serve(
    stock: Stock,
    *,
    stop: asyncio.Event,
    host: str = "127.0.0.1",
    base_port: int = 0,
    clock: Clock = system_clock,
    plan: Plan = never,
    ready: Ready = _silent,
    late: float = LATE,
) -> Addresses:
    """Serves all shops until `stop`, and tells `ready` the addresses once every port is open.

    The shop in place n has port `base_port + 1 + n`; with 0 the kernel chooses all ports. `late`:
    seconds that a slow shop keeps silent. Raises Conflict when a port is taken, UsageError when
    there are not enough of them.
    """
    facts = stock.shops()
    if base_port + len(facts) > _LAST_PORT:
        raise UsageError(
            f"{len(facts) + 1} ports from {base_port} on go beyond {_LAST_PORT}; choose a lower one"
        )
    with ExitStack() as opened:
        # All ports are taken before any answers: a market is there as a whole or not at all.
        sockets = [
            opened.enter_context(_bound(host, base_port and base_port + place))
            for place in range(len(facts) + 1)
        ]
        origins = [f"http://{host}:{each.getsockname()[1]}" for each in sockets]
        addresses = Addresses(
            health=f"{origins[0]}/health",
            shops={shop.slug: origin for shop, origin in zip(facts, origins[1:], strict=True)},
            feeds={
                shop.slug: origin + shop.feed
                for shop, origin in zip(facts, origins[1:], strict=True)
            },
        )
        threads = opened.enter_context(ThreadPoolExecutor(_MAKERS, thread_name_prefix="market"))
        documents = Documents(stock)
        handlers: list[Handler] = [_front(facts, addresses)]
        handlers += [
            ShopSite(
                shop, origin, documents, clock=clock, plan=plan, threads=threads, late=late
            ).answer
            for shop, origin in zip(facts, origins[1:], strict=True)
        ]
        doors = [_Door(handler, clock) for handler in handlers]
        try:
            for door, each in zip(doors, sockets, strict=True):
                await door.open(each)
            log.info("market.ready", shops=len(facts), health=addresses.health)
            ready(addresses)
            await stop.wait()
        finally:
            for door in doors:
                await door.close()
    log.info("market.stopped")
    return addresses


@contextmanager
def serving(
    stock: Stock,
    *,
    host: str = "127.0.0.1",
    base_port: int = 0,
    clock: Clock = system_clock,
    plan: Plan = never,
    late: float = LATE,
) -> Iterator[Addresses]:
    """The same in a thread of its own, for as long as the block lasts."""
    found: Future[tuple[Addresses, Callable[[], None]]] = Future()

    async def run() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def ready(addresses: Addresses) -> None:
            found.set_result((addresses, lambda: _tell(loop, stop)))

        await serve(
            stock, stop=stop, host=host, base_port=base_port, clock=clock, plan=plan,
            ready=ready, late=late,
        )  # fmt: skip

    def live() -> None:
        try:
            asyncio.run(run())
        except BaseException as error:
            if found.done():
                raise
            found.set_exception(error)

    thread = threading.Thread(target=live, name="market")
    thread.start()
    try:
        addresses, end = found.result()
    except BaseException:
        thread.join()
        raise
    try:
        yield addresses
    finally:
        end()
        thread.join()


def _tell(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    loop.call_soon_threadsafe(stop.set)


def _bound(host: str, port: int) -> socket.socket:
    """A listening socket. Raises Conflict when the port is taken."""
    try:
        return socket.create_server((host, port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise UsageError(f"{host}:{port} cannot be opened: {error.strerror}") from error
        raise Conflict(
            f"Port {port} on {host} is taken by another program; choose other ports with "
            "--port-base, or 0 for any that are free",
            port=port,
        ) from error


class _Door:
    """One port and the connections that came in through it."""

    def __init__(self, handler: Handler, clock: Clock) -> None:
        self._handler = handler
        self._clock = clock
        self._server: asyncio.Server | None = None
        self._inside: set[asyncio.Task[None]] = set()

    async def open(self, bound: socket.socket) -> None:
        self._server = await asyncio.start_server(self._enter, sock=bound, limit=HEAD_LIMIT)

    def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: one of asyncio's making would be complained of when it is cancelled.
        task = asyncio.get_running_loop().create_task(
            converse(reader, writer, self._handler, self._clock)
        )
        self._inside.add(task)
        task.add_done_callback(self._inside.discard)

    async def close(self) -> None:
        """Lets nobody in any more and sends away who is inside."""
        if self._server is None:
            return
        self._server.close()
        for task in self._inside:
            task.cancel()
        if self._inside:
            await asyncio.wait(self._inside, timeout=_CLOSING)


def _front(facts: Sequence[ShopFacts], addresses: Addresses) -> Handler:
    """The first port: is the market there, and where are its shops."""
    told = {
        "status": "ready",
        "shops": [
            {
                "slug": shop.slug,
                "name": shop.name,
                "format": shop.format.value,
                "address": addresses.shops[shop.slug],
                "feed": addresses.feeds[shop.slug],
            }
            for shop in facts
        ],
    }
    body = json.dumps(told, ensure_ascii=False).encode()

    async def answer(request: Request) -> Response:
        if request.path != "/health":
            return plain(404, "Ask for /health.")
        return Response(200, body, {"Content-Type": "application/json"})

    return answer
