"""How many pages does the site make, and how long does a reader wait for one?

Question: pages a second that one process of the site makes of the search, and p50, p95, p99 of
search, deal and start page at a rate that does not wait for them.
Data: a simulated market of so many offers with the readings of `--days` days, as in `api.py`; or an
installation that is there already (--data-dir), which is only read.
Load: an open loop of different searches and deals, whole pages read; then as fast as it goes.
Control, in the same run: what the API takes for the search alone, at the same rate.

Run: python benchmarks/site_pages.py --rows 100000 --rate 20     (add --json for JSON)

Last result: see docs/numbers.md.
"""

import argparse
import http.client
import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from _bench import fresh_installation
from api import WORDS, figures, free_port, get, made, served
from sparfuchs.entrypoints.site import NoSite, find_site, site_role
from sparfuchs.plumbing.settings import Settings

CONNECTIONS = 8


@contextmanager
def sited(data_dir: Path, api_port: int) -> Iterator[int]:
    """The built site on a free port, in front of the API on `api_port`."""
    settings = Settings.load(data_dir)
    site = find_site(settings)
    if isinstance(site, NoSite):
        raise SystemExit(site.reason)
    port = free_port()
    role = site_role(settings, site, port=port, api_port=api_port)
    process = subprocess.Popen(
        role.command, env={**os.environ, **role.environment}, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            if role.ready is not None and role.ready():
                break
            time.sleep(0.1)
        else:
            raise SystemExit("the site did not start")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def load(port: int, paths: list[str], rate: float | None) -> tuple[list[float], int, float]:
    """Milliseconds of each page from its due time (without a rate: from its start), how many were
    not 200, and seconds in all.
    """
    took: list[float] = []
    failed: list[int] = []
    queue = iter(enumerate(paths))
    turn = threading.Lock()
    begin = time.perf_counter() + 0.1

    def reader() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with turn:
                number, path = next(queue, (0, ""))
            if not path:
                connection.close()
                return
            due = time.perf_counter() if rate is None else begin + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            took.append((time.perf_counter() - due) * 1000)
            if answer.status != 200:
                failed.append(answer.status)

    readers = [threading.Thread(target=reader) for _ in range(CONNECTIONS)]
    for one in readers:
        one.start()
    for one in readers:
        one.join()
    return took, len(failed), time.perf_counter() - begin


def measure(data_dir: Path, rate: float, seconds: float) -> dict[str, Any]:
    draw = random.Random(1)
    count = max(8, int(rate * seconds))
    asked = [
        f"q={draw.choice(WORDS)}&price_min={draw.randrange(0, 200)}&show=all" for _ in range(count)
    ]
    found: dict[str, Any] = {"rate": rate, "seconds": seconds}
    with served(data_dir) as (api_port, _):
        hits = get(api_port, "/api/v1/search?limit=100&sort=newest")
        found["listings"] = hits["total"]["value"]
        with sited(data_dir, api_port) as port:
            pages = {
                "search": [f"/suche?{words}" for words in asked],
                "deal": [f"/angebot/{draw.choice(hits['items'])['id']}" for _ in range(count)],
                "start": ["/"] * count,
            }
            load(port, pages["search"][:20] + pages["deal"][:20], None)  # warm
            for name, paths in pages.items():
                found[name] = figures(*load(port, paths, rate)[:2])
            paths = [f"{path}&price_max={9000 + at}" for at, path in enumerate(pages["search"])]
            took, failed, lasted = load(port, paths, None)
            found["search_flat_out"] = {
                **figures(took, failed),
                "pages_per_second": round(len(took) / lasted, 1),
            }
        alone = [f"/api/v1/search?{words}".replace("&show=all", "&limit=24") for words in asked]
        found["control_api"] = figures(*load(api_port, alone, rate)[:2])
    return found


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wanted.add_argument("--rows", type=int, default=100_000, help="offers, about")
    wanted.add_argument("--days", type=int, default=60)
    wanted.add_argument("--rate", type=float, default=20, help="pages a second")
    wanted.add_argument("--seconds", type=float)
    wanted.add_argument(
        "--data-dir", type=Path, help="an installation to ask, instead of a new one"
    )
    wanted.add_argument("--json", action="store_true")
    told = wanted.parse_args()
    seconds = told.seconds or (1 if told.rows <= 2000 else 20)
    if told.data_dir is not None:
        found = measure(told.data_dir, told.rate, seconds)
    else:
        with fresh_installation() as (here, _):
            made(here, told.rows, told.days)
            found = measure(here.settings.data_dir, told.rate, seconds)
    print(json.dumps(found) if told.json else json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
