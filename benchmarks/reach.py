"""Does one worker reach ten thousand sources in time, politely, although a tenth of them is bad?

Question: sources of shops on loopback fall due one after the other, all of them within an hour
(`--over` other seconds: what does a worker do that cannot keep up?); a real worker reads them and
is killed (kill -9) in the middle and started again. How long after it was due does each reading
begin? Is any host asked sooner than its rule? What memory does the worker take? Is anything lost,
or published twice?
Data: shops with an address of their own each (`_shops.py`), two sources a shop, twenty offers a
source. Of ten shops one is slow, broken, throttling or hostile, in thirteen ways.
Control, in the same run: the least time between two requests as the shops' own log has it, which
our clock has no part in; and the same seconds with good shops alone (--good).

Run: python benchmarks/reach.py     (10 minutes; --rows 2000 for a few seconds; --json)

Last result: see docs/numbers.md.
"""

import argparse
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil

from _bench import fresh_installation
from _shops import BAD, RETRY_AFTER, address_of, kind_of
from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints import parts
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.kernel.clock import system_clock

OFFERS = 20
SOURCES_A_SHOP = 2
GRACE = 60.0  # what falls due in the last minute may still wait
DELAY = 1.0  # least seconds between two requests to a host (fetch.min_delay)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def shops_open(shops: int, port: int, to: Path) -> Iterator[float]:
    """The shops, and the moment from which on their log counts."""
    program = Path(__file__).with_name("_shops.py")
    command = [
        sys.executable, str(program), "--shops", str(shops), "--offers", str(OFFERS),
        "--port", str(port), "--to", str(to),
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as serving:
        assert serving.stdin is not None
        assert serving.stdout is not None
        began = float(json.loads(serving.stdout.readline())["began"])
        try:
            yield began
        finally:
            serving.stdin.close()
            serving.wait(60)


def register(here: Installation, shops: list[int], port: int, seconds: float) -> None:
    """The sources, due one after the other over the seconds from now on."""
    now = system_clock()
    with here.database.unit_of_work() as work:
        for shop in shops:
            for number in range(SOURCES_A_SHOP):
                catalog.register(
                    work, f"Shop {shop}", f"f{number}",
                    f"http://{address_of(shop)}:{port}/f/{number}.tsv",
                    settings={}, interval=timedelta(hours=1), usual=timedelta(hours=1), zone=None,
                    at=now,
                )  # fmt: skip
        # In an order that has nothing to do with the shops' numbers.
        work.execute(
            "UPDATE sources SET next_due = :from + place.n * make_interval(secs => :step) "
            "FROM (SELECT id, row_number() OVER (ORDER BY md5(id::text)) AS n FROM sources) place "
            "WHERE place.id = sources.id",
            {"from": system_clock(), "step": seconds / (len(shops) * SOURCES_A_SHOP)},
        )


class Worker:
    """The real program, its memory, and what it logs."""

    def __init__(self, here: Installation, shops: list[int], port: int, log: Path) -> None:
        pairs = [f"{address_of(shop)}:{port}" for shop in shops]
        self._command = parts.sparfuchs("worker", "--data-dir", str(here.settings.data_dir))
        self._environment = {
            **os.environ,
            "SPARFUCHS_DATABASE__URL": here.database.dsn,
            "SPARFUCHS_FETCH__ALLOW_PRIVATE": json.dumps(pairs, separators=(",", ":")),
            "SPARFUCHS_LOG__AS_JSON": "true",
            "SPARFUCHS_LOG__LEVEL": "info",
            "SPARFUCHS_WORKER__READINGS_PER_MINUTE": "1500",
        }
        self._log = log
        self.peak_mb = 0.0
        self.cpu = 0.0
        self._done = threading.Event()

    def start(self) -> None:
        with self._log.open("ab") as to:
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdout=to, stderr=to
            )
        self._done.clear()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def kill(self) -> None:
        self._process.kill()
        self._wait()

    def stop(self) -> float:
        """Seconds that it takes to end."""
        began = time.perf_counter()
        self._process.send_signal(signal.SIGTERM)
        self._wait()
        return time.perf_counter() - began

    def _wait(self) -> None:
        self._process.wait(120)
        self._done.set()
        self._watcher.join()

    def _watch(self) -> None:
        seen = 0.0
        try:
            process = psutil.Process(self._process.pid)
            while not self._done.wait(0.5):
                self.peak_mb = max(self.peak_mb, process.memory_info().rss / 1e6)
                spent = process.cpu_times()
                seen = spent.user + spent.system
        except psutil.NoSuchProcess:
            pass
        self.cpu += seen


def lag(late: list[float]) -> dict[str, float]:
    ranked = sorted(late)
    if not ranked:
        return {"readings": 0}
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {
        "readings": len(ranked),
        **{name: round(ranked[int(share * (len(ranked) - 1))], 2) for name, share in at.items()},
        "max": round(ranked[-1], 2),
    }


def manners(log: list[list[Any]]) -> dict[str, object]:
    """The shops' own log: was any asked sooner than it may be, or before its Retry-After?"""
    by_shop: dict[int, list[tuple[float, int]]] = defaultdict(list)
    for at, shop, _, status in log:
        by_shop[shop].append((at, status))
    gaps = [
        later[0] - earlier[0] for asked in by_shop.values() for earlier, later in pairwise(asked)
    ]
    early = sum(
        later[0] - earlier[0] < RETRY_AFTER - 0.5
        for asked in by_shop.values()
        for earlier, later in pairwise(asked)
        if earlier[1] == 429
    )
    return {
        "requests": len(log),
        "hosts_asked": len(by_shop),
        "least_gap": round(min(gaps), 3) if gaps else None,
        "asked_too_soon": sum(gap < DELAY for gap in gaps),
        "before_their_retry_after": early,
    }


def outcome(
    here: Installation, due_before: datetime, told: list[dict[str, Any]]
) -> dict[str, object]:
    """What came of every source that was due, from the database; what the worker had said was
    published, against what is.
    """
    with here.database.reading() as work:
        sources = catalog.all_sources(work)
        rows = work.execute(
            "SELECT source_id, number, kind FROM feed_runs WHERE status = 'published'"
        ).all()
        offers = int(work.execute("SELECT count(*) FROM offers").scalar_one())
        verdicts = int(work.execute("SELECT count(*) FROM verdicts").scalar_one())
        failed = {
            row.source_id: int(row.n)
            for row in work.execute(
                "SELECT source_id, count(*) AS n FROM feed_runs WHERE status = 'failed' GROUP BY 1"
            )
        }
    published = {(row.source_id, row.number) for row in rows}
    whole = Counter(row.source_id for row in rows if row.kind == "full")
    names = {one.path: one.id for one in sources}
    acknowledged = {
        (names[line["source"]], line["run"])
        for line in told
        if line.get("event") == "feed.run_ended" and line["status"] == "published"
    }
    kinds = {one.id: kind_of(int(one.merchant.name.split()[1])) for one in sources}
    waiting = [
        one
        for one in sources
        if kinds[one.id] == "good"
        and one.next_due is not None
        and one.next_due <= due_before
        and one.id not in whole
    ]
    read_well = {source_id for source_id, _ in published}
    bad: dict[str, dict[str, int]] = {}
    for kind in BAD:
        mine = [one for one in sources if kinds[one.id] == kind]
        bad[kind] = {
            "sources": len(mine),
            "read": sum(one.id in read_well for one in mine),
            "failing": sum(one.failures > 0 for one in mine),
            "paused": sum(one.status is catalog.SourceStatus.PAUSED for one in mine),
            "failed_readings": sum(failed.get(one.id, 0) for one in mine),
        }
    return {
        "sources": len(sources),
        "good_read": sum(kinds[one] == "good" for one in read_well),
        "good_due_and_not_read": len(waiting),
        "acknowledged": len(acknowledged),
        "acknowledged_and_lost": len(acknowledged - published),
        "published_twice": sum(count > 1 for count in whole.values()),
        "offers": offers,
        "offers_missing": len(read_well) * OFFERS - offers,
        "verdicts_missing": offers - verdicts,
        "bad": bad,
    }


def measure(sources: int, seconds: float, over: float, *, good: bool) -> dict[str, object]:
    count = max(1, sources // SOURCES_A_SHOP)
    numbers = (n for n in range(10 * count + 10) if not good or kind_of(n) == "good")
    shops = [next(numbers) for _ in range(count)]
    port = free_port()
    result: dict[str, object] = {
        "sources": count * SOURCES_A_SHOP, "hosts": count, "seconds": seconds, "due_over": over,
        "bad_hosts": sum(kind_of(shop) != "good" for shop in shops),
    }  # fmt: skip
    with fresh_installation() as (here, folder):
        asked, log = folder / "asked.json", folder / "worker.log"
        with shops_open(max(shops) + 1, port, asked):
            worker = Worker(here, shops, port, log)
            register(here, shops, port, over)
            began = time.monotonic()
            due_before = system_clock() + timedelta(seconds=seconds - min(GRACE, seconds / 2))
            worker.start()
            time.sleep(max(0.0, seconds / 2))
            worker.kill()
            worker.start()
            result["restarted_after"] = round(time.monotonic() - began, 1)
            time.sleep(max(0.0, began + seconds - time.monotonic()))
            # Whoever had it in hand when it was killed is due again two minutes later.
            if seconds < 2 * GRACE:
                time.sleep(2.0)
            result["seconds_to_end"] = round(worker.stop(), 2)
        told = [json.loads(line) for line in log.read_text().splitlines() if line[:1] == "{"]
        catch_up(here)
        result["lag"] = lag([line["late"] for line in told if line.get("event") == "feed.due"])
        result["manners"] = manners(json.loads(asked.read_text()))
        result["outcome"] = outcome(here, due_before, told)
        result["worker"] = {
            "peak_mb": round(worker.peak_mb),
            "cpu_seconds": round(worker.cpu, 1),
            "errors": Counter(
                line["event"] for line in told if line.get("level") in {"error", "critical"}
            ),
        }
        ended = [line["seconds"] for line in told if line.get("event") == "feed.run_ended"]
        result["reading_seconds_median"] = round(statistics.median(ended), 3) if ended else None
    return result


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000, help="offers in all")
    arguments.add_argument("--seconds", type=float, default=None)
    arguments.add_argument("--over", type=float, default=None, help="seconds in which all are due")
    arguments.add_argument("--good", action="store_true", help="only good shops")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    sources: int = max(SOURCES_A_SHOP, chosen.rows // OFFERS)
    seconds: float = chosen.seconds or (600.0 if sources >= 10_000 else 16.0)
    # Ten thousand an hour; a handful falls due within the time that is measured.
    over: float = chosen.over or (3600.0 if sources >= 10_000 else seconds)
    result = measure(sources, seconds, over, good=chosen.good)
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
