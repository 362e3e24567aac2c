"""How fast does the API answer a mixed load, asked at a steady rate by a real client?

Question: p50, p95, p99 in ms and errors at so many requests a second, which come whether earlier
ones are answered or not (open loop; a late answer counts from when it was due).
Data: a delimited feed written here from a seed, read, judged and indexed; searches with words,
filters and orders, offers, histories and merchants in a fixed mixture.
Control, in the same run: /health/live at the same rate, what server and client cost by themselves.

Run: python benchmarks/api.py --rows 100000 --rate 200 --seconds 300   (add --json for one object)

Last result: see docs/numbers.md.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
from pathlib import Path

from _bench import fresh_installation, read, source_of
from reading import COLUMNS, row
from sparfuchs.flows.listings import make_index
from sparfuchs.flows.query_to_slate import find
from sparfuchs.kernel.clock import system_clock
from sparfuchs.search.api import Query

SORTS = ("relevance", "discount", "price", "popular", "newest", "ending_soon")
CONNECTIONS = 32


def paths(words: list[str], ids: list[str], count: int) -> list[str]:
    """Three searches of four, the rest offers, histories and merchants."""
    draw = random.Random(1)
    made = []
    for number in range(count):
        found = f"/api/v1/search?q={draw.choice(words)}&sort={draw.choice(SORTS)}"
        offer = f"/api/v1/offers/{draw.choice(ids)}"
        kinds = (found, f"{found}&price_max={draw.randint(500, 20000)}", f"{found}&facets=false")
        rest = (offer, f"{offer}/history", "/api/v1/merchants")
        made.append(kinds[number % 3] if number % 4 else draw.choice(rest))
    return made


async def load(port: int, asked: list[str], per_second: float) -> dict[str, float]:
    """Sends each request when it is due; every connection carries one at a time."""
    due: asyncio.Queue[tuple[float, str] | None] = asyncio.Queue()
    took: list[float] = []
    errors = 0

    async def connection() -> None:
        nonlocal errors
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (item := await due.get()) is not None:
            moment, path = item
            writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length:")[2].partition("\r\n")[0])
            await reader.readexactly(length)
            took.append((time.perf_counter() - moment) * 1000)
            errors += " 200 " not in head.partition("\r\n")[0]
        writer.close()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(connection())
        for number, path in enumerate(asked):
            moment = began + number / per_second
            await asyncio.sleep(max(0.0, moment - time.perf_counter()))
            due.put_nowait((moment, path))
        for _ in range(CONNECTIONS):
            due.put_nowait(None)
    took.sort()
    parts = {name: took[int(len(took) * part)] for name, part in (("p50", 0.5), ("p95", 0.95))}
    told = {**parts, "p99": took[int(len(took) * 0.99)], "slowest": took[-1]}
    rate = len(took) / (time.perf_counter() - began)
    return {
        **{f"{name}_ms": round(value, 2) for name, value in told.items()},
        "requests": len(took),
        "errors": errors,
        "per_second": round(rate, 1),
    }


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise SystemExit("The server ended before it answered")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The server does not answer after 30 s")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=100_000)
    arguments.add_argument("--rate", type=float, default=200.0)
    arguments.add_argument("--seconds", type=float, default=None)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    seconds = given.seconds or (2.0 if given.rows <= 10_000 else 60.0)
    with fresh_installation() as (here, folder):
        draw = random.Random(7)
        made = [row(number, draw) for number in range(given.rows)]
        feed = Path(folder / "feed.tsv")
        lines = ["\t".join(COLUMNS), *("\t".join(cells) for cells in made)]
        feed.write_text("\n".join(lines) + "\n", encoding="utf-8")
        read(here, source_of(here, feed), 0)
        listings = make_index(here)
        page = find(here, Query(limit=200), now=system_clock())
        ids = [one["id"] for one in page["items"]]
        title = COLUMNS.index("title")
        texts = " ".join(cells[title] for cells in made[:2000])
        words = sorted({word for word in texts.split() if word.isalpha()})
        port = free_port()
        limits = {"SPARFUCHS_HTTP__REQUESTS_PER_MINUTE": "100000000"}
        call = "from sparfuchs.entrypoints.cli import app; app(prog_name='sparfuchs')"
        server = subprocess.Popen(
            [
                *(sys.executable, "-c", call, "api", "--port", str(port)),
                *("--data-dir", str(here.settings.data_dir)),
            ],
            env={**os.environ, **limits},
        )
        try:
            wait_for(port, server)
            count = int(given.rate * seconds)
            asyncio.run(load(port, paths(words, ids, 100), given.rate))  # warm
            mixed = asyncio.run(load(port, paths(words, ids, count), given.rate))
            alive = asyncio.run(load(port, ["/health/live"] * count, given.rate))
        finally:
            server.terminate()
            server.wait(20)
    told = {"listings": listings, "asked_per_second": given.rate, "mixed": mixed, "control": alive}
    print(json.dumps(told) if given.json else json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
