"""How long does the API take to answer, at a rate that does not wait for it?

Question: p50, p95, p99 of the answers and how many fail, at so many requests a second of a mixed
kind (half search, a quarter offers, the rest history, merchants and version).
Data: a simulated market of so many offers with the readings of `--days` days, folded in through
the whole line and indexed; or an installation that is there already (--data-dir), which is only
read.
Load: an open loop. Each request has its time; one that comes late because the server was slow
counts from when it should have been sent.
Control, in the same run: `/health/live` at the same rate, which asks neither database nor index and
so shows what server, guard and this client cost by themselves.

Run: python benchmarks/api.py --rows 1000000 --rate 200 --seconds 300     (add --json for JSON)

Last result: see docs/numbers.md.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from _bench import database_bytes, folder_bytes, fresh_installation
from sparfuchs.entrypoints.demo import fill
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.installation import Installation
from sparfuchs.market import api as market

CONNECTIONS = 32
WORDS = ["jacke", "kaffee", "lampe", "rucksack", "zelt", "schuh", "kabel", "angebot"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(data_dir: Path) -> Iterator[tuple[int, psutil.Process]]:
    """The real program on a free port, as its own process."""
    port = free_port()
    program = Path(sys.executable).with_name("sparfuchs")
    quotas = {
        "SPARFUCHS_HTTP__REQUESTS_PER_MINUTE": "1000000000",
        "SPARFUCHS_LOG__LEVEL": "warning",
    }
    process = subprocess.Popen(
        [program, "api", "--port", str(port), "--data-dir", str(data_dir)],
        env={**os.environ, **quotas},
    )
    try:
        for _ in range(600):
            try:
                get(port, "/health/ready")
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise SystemExit("the API did not start")
        yield port, psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        if process.wait(30) != 0:
            raise SystemExit(f"the API ended with {process.returncode}")


def get(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        return json.load(answer)


def mixed(port: int, count: int, draw: random.Random) -> list[str]:
    """Paths of the mixed load, over offers that there are."""
    ids: list[str] = []
    for sort in ("newest", "price", "discount"):
        found = get(port, f"/api/v1/search?limit=100&sort={sort}")
        ids += [item["id"] for item in found["items"]]
    if not ids:
        raise SystemExit("nothing is indexed")
    sorts = ["relevance", "price", "discount", "newest"]
    paths = []
    for _ in range(count):
        kind = draw.random()
        if kind < 0.5:
            low = draw.randrange(0, 20_000)
            paths.append(
                f"/api/v1/search?q={draw.choice([*WORDS, ''])}&sort={draw.choice(sorts)}"
                f"&price_min={low}"
            )
        elif kind < 0.75:
            paths.append(f"/api/v1/offers/{draw.choice(ids)}")
        elif kind < 0.9:
            paths.append(f"/api/v1/offers/{draw.choice(ids)}/history")
        elif kind < 0.97:
            paths.append("/api/v1/merchants")
        else:
            paths.append("/api/v1/version")
    return paths


async def load(port: int, paths: list[str], rate: float) -> tuple[list[float], int]:
    """Milliseconds of each answer from its due time, and how many were not 200."""
    took: list[float] = []
    failed = 0
    begin = time.perf_counter() + 0.2
    queue = iter(enumerate(paths))

    async def connection() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, path in queue:
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.partition(b":")[2])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length:")
            )
            await reader.readexactly(length)
            took.append((time.perf_counter() - due) * 1000)
            failed += head.split(b" ", 2)[1] != b"200"
        writer.close()

    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    return took, failed


def figures(took: list[float], failed: int) -> dict[str, float]:
    ordered = sorted(took)
    last = len(ordered) - 1
    return {
        "requests": len(ordered),
        "errors": failed,
        **{f"p{p}_ms": round(ordered[last * p // 100], 1) for p in (50, 95, 99)},
        "worst_ms": round(ordered[-1], 1),
    }


def measure(data_dir: Path, rate: float, seconds: float) -> dict[str, Any]:
    with served(data_dir) as (port, process):
        paths = mixed(port, int(rate * seconds), random.Random(1))
        asyncio.run(load(port, paths[: int(rate)], rate))  # warm
        before = process.cpu_times()
        answered = figures(*asyncio.run(load(port, paths, rate)))
        after = process.cpu_times()
        busy = after.user + after.system - before.user - before.system
        answered["server_cpu_ms"] = round(busy / len(paths) * 1000, 2)  # a request, on one core
        alive = ["/health/live"] * min(len(paths), int(rate * 5))
        control = figures(*asyncio.run(load(port, alive, rate)))
        listings = get(port, "/api/v1/search?limit=1&facets=false")["total"]["value"]
    return {
        "listings": listings,
        "rate": rate,
        "seconds": seconds,
        "mixed": answered,
        "control_live": control,
    }


def made(here: Installation, offers: int, days: int) -> dict[str, float]:
    """Fills an installation with a market; seconds and bytes of it."""
    began = time.perf_counter()
    opened = datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - the market opens now
    world = market.make_world(1, offers=offers, opened=opened, days=days)
    fill(here, world, 30_000, lambda _step, _rows: None)
    return {
        "seconds": round(time.perf_counter() - began, 1),
        "database_mb": round(database_bytes(here) / 1e6),
        "files_mb": round(folder_bytes(here.settings.data_dir / "files") / 1e6),
        "index_mb": round(here.engine.size() / 1e6),
    }


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--rows", type=int, default=100_000, help="offers, about")
    wanted.add_argument("--days", type=int, default=60)
    wanted.add_argument("--rate", type=float, default=200)
    wanted.add_argument("--seconds", type=float)
    wanted.add_argument(
        "--data-dir", type=Path, help="an installation to ask, instead of a new one"
    )
    wanted.add_argument("--make", action="store_true", help="fill --data-dir first, and keep it")
    wanted.add_argument("--json", action="store_true")
    told = wanted.parse_args()
    seconds = told.seconds or (2 if told.rows <= 2000 else 60)
    found: dict[str, Any] = {}
    if told.data_dir is not None:
        if told.make:
            with installation(told.data_dir) as here:
                found["made"] = made(here, told.rows, told.days)
        found |= measure(told.data_dir, told.rate, seconds)
    else:
        with fresh_installation() as (here, _):
            found["made"] = made(here, told.rows, told.days)
            found |= measure(here.settings.data_dir, told.rate, seconds)
    print(json.dumps(found) if told.json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
