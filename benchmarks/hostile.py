"""Is every hostile address, redirect and bomb stopped, and with how much memory?

Question: of the corpus in `sparfuchs.testing.hostile`, how many addresses are refused for the right
reason, how many redirects are not followed, and what does each document that unfolds cost until it
is stopped: peak memory over that of the reader at rest, and seconds?
Data: the corpus itself; bombs of half a gigabyte (`--rows` sizes them: 200 bytes a row).
Control, in the same run: an ordinary feed that may be read, and a redirect that may be followed.

Run: python benchmarks/hostile.py        (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import logging
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import structlog

from sparfuchs.ingest.api import FeedSettings, from_path, nothing_known, read
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.plumbing.fetched import Failed, Fetched, Outcome, Refused
from sparfuchs.plumbing.http import Fetcher
from sparfuchs.plumbing.settings import FetchSettings
from sparfuchs.plumbing.throttle import Politeness
from sparfuchs.testing.hostile import ADDRESSES, BOMBS, NAMES, REDIRECTS, Bomb

CONTROL = Bomb("control: a feed of 20,000 rows", lambda _size: control_feed(), ".tsv")
QUICK = Politeness(start=0.0, minimum=0.0)  # our own server, which minds nothing


def control_feed() -> bytes:
    rows = [
        f"{n}\tArtikel {n}\thttps://shop.example/{n}\t{n / 100 + 1:.2f} EUR" for n in range(20_000)
    ]
    return "\n".join(["id\ttitle\tlink\tprice", *rows, ""]).encode()


def resolve(host: str, port: int) -> list[str]:
    if host not in NAMES:
        raise OSError(f"no address for {host}:{port}")
    return list(NAMES[host])


class Door(ThreadingHTTPServer):
    """Answers everything with one body or one redirect."""

    daemon_threads = True

    def __init__(self, body: bytes = b"", location: str = "", coding: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.body, self.location, self.coding = body, location, coding
        self.asked = 0

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up on a bomb is right."""


class Answer(BaseHTTPRequestHandler):
    server: Door

    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        self.server.asked += 1
        self.send_response(302 if self.server.location and self.path == "/x" else 200)
        if self.server.location:
            self.send_header("Location", self.server.location.encode().decode("latin-1"))
        if self.server.coding:
            self.send_header("Content-Encoding", self.server.coding)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Says nothing."""


@contextmanager
def serving(door: Door) -> Iterator[tuple[Door, Fetcher]]:
    threading.Thread(target=door.serve_forever, args=(0.01,), daemon=True).start()
    private = frozenset({f"127.0.0.1:{door.server_address[1]}"})
    with Fetcher(
        FetchSettings(allow_private=private), resolve=resolve, politeness=QUICK
    ) as fetcher:
        yield door, fetcher
    door.shutdown()
    door.server_close()


def addresses(folder: Path) -> dict[str, int]:
    with Fetcher(FetchSettings(), resolve=resolve, politeness=QUICK) as fetcher:
        right = sum(
            isinstance(said := fetcher.get(one.url, into=folder / "x"), Refused)
            and said.reason is one.refused
            for one in ADDRESSES
        )
    return {"corpus": len(ADDRESSES), "refused_for_the_right_reason": right}


def redirected(location: str, folder: Path) -> Outcome:
    with Door() as inner, serving(Door()) as (door, fetcher):
        outer = str(door.server_address[1])
        where = location.replace("{inner}", str(inner.server_address[1]))
        door.location = where.replace("{outer}", outer)
        return fetcher.get(f"http://127.0.0.1:{outer}/x", into=folder / "x")


def redirects(folder: Path) -> dict[str, int]:
    right = sum(
        isinstance(said := redirected(one.url, folder), Refused) and said.reason is one.refused
        for one in REDIRECTS
    )
    good = redirected("http://127.0.0.1:{outer}/feed.csv", folder)
    return {
        "corpus": len(REDIRECTS),
        "refused_for_the_right_reason": right,
        "control_followed": int(isinstance(good, Fetched)),
    }


def memory_mb() -> float:
    """The peak of this program: what the system tells of a process counts its parent's as well."""
    told = Path("/proc/self/status").read_text()
    (peak,) = [line.split()[1] for line in told.splitlines() if line.startswith("VmHWM:")]
    return int(peak) / 1024


def defuse(bomb: Bomb, place: Path) -> dict[str, object]:
    """What one document costs the process that this is; its bytes lie in `place`."""
    warm = place.with_name("warm.tsv")
    warm.write_bytes(control_feed()[:2000].rpartition(b"\n")[0])
    for _ in read(from_path(warm), FeedSettings(), known=nothing_known):
        pass  # what the reader takes at rest is no cost of the bomb
    rest, began = memory_mb(), time.perf_counter()
    offers, stopped = 0, "rows rejected"
    if bomb.wire:
        body = place.read_bytes()
        rest = memory_mb()
        with serving(Door(body, coding="gzip")) as (door, fetcher):
            place = place.with_name("fetched")
            said = fetcher.get(f"http://127.0.0.1:{door.server_address[1]}/", into=place)
        if isinstance(said, Failed):
            stopped = f"fetch: {said.reason}, {said.detail}"
    if place.exists():
        try:
            for batch in read(from_path(place), FeedSettings(), known=nothing_known):
                offers += batch.offers.height
        except FeedUnreadable as error:
            stopped = error.message.replace(f"{place} ", "").replace(str(place), "it")
    return {
        "bomb": bomb.name,
        "offers": offers,
        "seconds": round(time.perf_counter() - began, 2),
        "memory_mb": round(memory_mb() - rest, 1),
        "stopped": stopped if not offers else "read",
    }


def bombs(folder: Path, size: int) -> list[dict[str, object]]:
    """Each in a process of its own, because a peak of memory never goes down again."""
    found = []
    for number, bomb in enumerate([CONTROL, *BOMBS]):
        place = folder / f"feed{bomb.suffix}"
        place.write_bytes(bomb.write(size))
        command = [sys.executable, __file__, "--defuse", str(number), "--at", str(place)]
        told = subprocess.run(command, check=True, capture_output=True).stdout
        found.append({**json.loads(told), "bytes": place.stat().st_size})
        place.unlink()
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=2_500_000, help="200 bytes each")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--defuse", type=int, default=None, help=argparse.SUPPRESS)
    arguments.add_argument("--at", type=Path, default=None, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    # Each refusal would be a line in the log, as it should.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if chosen.defuse is not None:
        print(json.dumps(defuse([CONTROL, *BOMBS][chosen.defuse], chosen.at)))
        return
    with tempfile.TemporaryDirectory(prefix="sparfuchs-hostile-") as name:
        folder = Path(name)
        result = {
            "addresses": addresses(folder),
            "redirects": redirects(folder),
            "unfolding_to_mb": round(chosen.rows * 200 / 1e6),
            "bombs": bombs(folder, max(chosen.rows * 200, 2 << 20)),
        }
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
