"""Thousands of small shops on loopback, one address each: most of them good, a tenth of them not.

A program of its own, so that what it costs is not the worker's: it serves until its stdin closes,
then writes when which shop was asked for what. Each shop listens on an address 127.1.x.y.
"""

import argparse
import asyncio
import contextlib
import gzip
import json
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

COLUMNS: Final = ("id", "title", "link", "availability", "price")
BAD: Final = (
    "late",  # the first byte comes after six seconds
    "drips",  # a byte a second, for ever
    "silent",  # takes the connection and says nothing
    "closed",  # hangs up
    "error",  # 500
    "cut",  # half of what it promised
    "throttles",  # 429 with Retry-After, to every request but the first in 90 seconds
    "refuses",  # 403
    "page",  # a page for people, with status 200
    "endless",  # a body without end
    "loop",  # redirects to itself
    "bomb",  # half a gigabyte of zeros in a few kilobytes
    "inward",  # redirects into the machine's own network
)
RETRY_AFTER: Final = 90
ROBOTS: Final = b"User-agent: *\nAllow: /\n"

Writer = asyncio.StreamWriter


def kind_of(shop: int) -> str:
    """The same shop is always of the same kind: one in ten is bad, each kind in its turn."""
    return BAD[(shop // 10) % len(BAD)] if shop % 10 == 9 else "good"


def address_of(shop: int) -> str:
    return f"127.1.{shop // 250}.{1 + shop % 250}"


def feed(shop: int, number: int, offers: int) -> bytes:
    draw = random.Random(shop * 1000 + number)
    rows = ["\t".join(COLUMNS)]
    for place in range(offers):
        price = f"{draw.uniform(1, 400):.2f} EUR"
        rows.append(
            f"{place}\tArtikel {draw.randrange(10**6)} von {shop}\t"
            f"https://shop{shop}.example/{number}/{place}\tin_stock\t{price}"
        )
    return ("\n".join(rows) + "\n").encode()


class Shops:
    def __init__(self, port: int, offers: int, began: float) -> None:
        self.port, self.offers, self.began = port, offers, began
        self.log: list[tuple[float, int, str, int]] = []
        self.let_in: dict[int, float] = {}
        self.bomb = gzip.compress(bytes(512 << 20), 9)

    def door(self, shop: int) -> Callable[[asyncio.StreamReader, Writer], Awaitable[None]]:
        async def enter(reader: asyncio.StreamReader, writer: Writer) -> None:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
                path = head.split(b" ", 2)[1].decode("latin-1")
                await self.answer(shop, path, head, writer)
            writer.close()

        return enter

    async def answer(self, shop: int, path: str, head: bytes, writer: Writer) -> None:
        asked = len(self.log)
        self.log.append((time.time() - self.began, shop, path, 0))

        async def say(status: int, body: bytes = b"", **headers: str) -> None:
            self.log[asked] = (*self.log[asked][:3], status)
            told = {"Content-Length": str(len(body)), "Connection": "close", **headers}
            lines = [f"HTTP/1.1 {status} X", *(f"{k}: {v}" for k, v in told.items()), "", ""]
            writer.write("\r\n".join(lines).encode() + body)
            await writer.drain()

        kind = kind_of(shop)
        if path == "/robots.txt":
            await say(200, ROBOTS)
            return
        number = int(path.rpartition("/")[2].partition(".")[0])
        body = feed(shop, number, self.offers)
        etag = f'"{shop}-{number}"'
        good = {"ETag": etag, "Content-Type": "text/tab-separated-values; charset=utf-8"}
        match kind:
            case "late":
                await asyncio.sleep(6)
                await say(200, body, **good)
            case "drips":
                await say(200, body[:1], **{"Content-Length": str(len(body))})
                for n in range(1, len(body)):
                    await asyncio.sleep(1)
                    writer.write(body[n : n + 1])
                    await writer.drain()
            case "silent":
                await asyncio.sleep(120)
            case "closed":
                writer.transport.abort()
            case "error":
                await say(500)
            case "cut":
                await say(200, body[: len(body) // 2], **{"Content-Length": str(len(body))})
            case "throttles":
                now = time.time()
                if now - self.let_in.get(shop, 0.0) < RETRY_AFTER:
                    await say(429, b"", **{"Retry-After": str(RETRY_AFTER)})
                    self.let_in[shop] = now
                else:
                    self.let_in[shop] = now
                    await say(200, body, **good)
            case "refuses":
                await say(403)
            case "page":
                await say(200, b"<!doctype html><html><h1>Wartung</h1></html>")
            case "endless":
                writer.write(b"HTTP/1.1 200 X\r\nConnection: close\r\n\r\nid\ttitle\n")
                block = b"x" * (1 << 16)
                while True:
                    writer.write(block)
                    await writer.drain()
            case "loop":
                await say(302, Location=path)
            case "bomb":
                await say(200, self.bomb, **{"Content-Encoding": "gzip"})
            case "inward":
                await say(302, Location="http://169.254.169.254/latest/meta-data/")
            case _:
                if f"if-none-match: {etag}".encode() in head.lower():
                    await say(304, ETag=etag)
                else:
                    await say(200, body, **good)


async def serve(shops: int, offers: int, port: int, to: Path) -> None:
    market = Shops(port, offers, time.time())
    servers = [
        await asyncio.start_server(market.door(shop), address_of(shop), port)
        for shop in range(shops)
    ]
    print(json.dumps({"began": market.began}), flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.read)
    for server in servers:
        server.close()
    to.write_text(json.dumps(market.log))  # noqa: ASYNC240 - nobody is served any more
    # Connections that drip or have no end are still open: they end with the process.
    os._exit(0)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--shops", type=int, required=True)
    arguments.add_argument("--offers", type=int, required=True)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--to", type=Path, required=True)
    chosen = arguments.parse_args()
    asyncio.run(serve(chosen.shops, chosen.offers, chosen.port, chosen.to))


if __name__ == "__main__":
    main()
