"""What the benchmarks of the whole line share: an installation of their own, and what it costs."""

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import psutil

from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.report import Report
from sparfuchs.flows.sources import add_source
from sparfuchs.market import api as market
from sparfuchs.plumbing import postgres

START = datetime(2026, 10, 1, tzinfo=UTC)


@contextmanager
def fresh_installation() -> Iterator[tuple[Installation, Path]]:
    """An empty installation with its own PostgreSQL, and a folder for feeds; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="sparfuchs-bench-"))
    folder.chmod(0o755)  # the server may run under another account
    try:
        with installation(folder / "data") as here:
            try:
                yield here, folder
            finally:
                here.database.close()
                postgres.stop(here.settings)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def market_of(seed: int, rows: int, opened: datetime) -> market.World:
    """The simulated market; of few offers only some of its shops, for a quick look."""
    shops = market.SHOPS if rows >= 5_000 else market.SHOPS[2::7]
    return market.make_world(seed, offers=rows, opened=opened, shops=shops)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def source_of(here: Installation, path: Path, name: str = "feed") -> catalog.Source:
    return add_source(here, f"Shop {name}", name, str(path), {}, now=START)


def read(here: Installation, source: catalog.Source, hours: float) -> tuple[Report, float]:
    """One reading with judging, and its seconds."""
    began = time.perf_counter()
    report = read_and_judge(here, source, at=at(hours), now=datetime(2030, 1, 1, tzinfo=UTC))
    return report, time.perf_counter() - began


def log_bytes(here: Installation) -> int:
    """Where the database's log stands, in bytes written since the server was made."""
    with here.database.reading() as work:
        return int(
            work.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')").scalar_one()
        )


def database_bytes(here: Installation) -> int:
    with here.database.reading() as work:
        return int(work.execute("SELECT pg_database_size(current_database())").scalar_one())


def folder_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


class Peak:
    """Peak resident memory of this process while the block lasts, in MB."""

    def __init__(self) -> None:
        self.mb = 0.0
        self._done = threading.Event()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        process = psutil.Process(os.getpid())
        while not self._done.wait(0.01):
            self.mb = max(self.mb, process.memory_info().rss / 1e6)


def rate(rows: int, seconds: float) -> dict[str, float]:
    return {"seconds": round(seconds, 2), "offers_per_second": round(rows / seconds)}
