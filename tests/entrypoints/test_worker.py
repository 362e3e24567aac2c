"""Sources are read when due, events are handed on at once, and a full disk stops the reading."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sparfuchs
from entrypoints.conftest import Program
from flows.market import NOW, Shop, installed
from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints import parts
from sparfuchs.entrypoints.worker import FOLD, make_worker, queue_due, read_queued
from sparfuchs.flows.feed_to_listing import read_source
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.sources import add_source
from sparfuchs.kernel.clock import system_clock
from sparfuchs.plumbing.jobs import apply_schema, make_app
from sparfuchs.plumbing.settings import DiskSettings, Settings

PRICES = {"a": 10.0, "b": 20.0}
RNG = random.Random(1)


@pytest.fixture
def here(settings: Settings) -> Any:
    with installed(settings) as here:
        yield here


@pytest.fixture
def shop(here: Installation, tmp_path: Path) -> Shop:
    shop = Shop(here, tmp_path / "feed.tsv", settings={"interval": "10min"})
    shop.says(PRICES)
    return shop


def added(shop: Shop) -> catalog.Source:
    """The source of the shop, as of this moment: what is due is asked of the real clock."""
    now = system_clock()
    return add_source(shop.here, shop.merchant, shop.name, str(shop.path), shop.settings, now=now)


def waiting(shop: Shop) -> list[int]:
    return [
        args["source_id"]
        for (args,) in shop.rows(
            "SELECT args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
        )
    ]


def minutes_left(shop: Shop) -> float:
    ((due,),) = shop.rows("SELECT next_due FROM sources")
    return float((due - system_clock()) / timedelta(minutes=1))


@pytest.fixture
def app(here: Installation) -> Any:
    apply_schema(here.database.dsn)
    with make_app(here.database.dsn).open() as app:
        yield app
    with here.database.unit_of_work() as work:
        work.execute("DELETE FROM procrastinate_jobs")


def test_a_source_is_queued_once_when_it_is_due_and_again_after_its_interval(
    here: Installation, shop: Shop, app: Any
) -> None:
    source = added(shop)
    assert queue_due(here, app, RNG) == 1
    assert queue_due(here, app, RNG) == 0
    assert waiting(shop) == [source.id]
    assert 9.4 < minutes_left(shop) < 10.6
    shop.change("UPDATE sources SET next_due = now()")
    assert queue_due(here, app, RNG) == 0  # one that waits is enough
    assert waiting(shop) == [source.id]


def test_paused_sources_and_those_just_read_by_hand_are_not_due(
    here: Installation, shop: Shop, app: Any
) -> None:
    source = added(shop)
    with here.database.unit_of_work() as work:
        catalog.pause(work, source)
    assert queue_due(here, app, RNG) == 0
    with here.database.unit_of_work() as work:
        catalog.resume(work, source)
    shop.read(system_clock() - timedelta(minutes=1), PRICES)
    assert queue_due(here, app, RNG) == 0
    shop.change("UPDATE sources SET head_at = now() - interval '11 minutes'")
    assert queue_due(here, app, RNG) == 1


def test_a_failing_source_is_asked_less_and_less_until_it_answers(
    here: Installation, shop: Shop
) -> None:
    source = added(shop)
    shop.says("this is no feed at all")
    left = []
    for _ in range(3):
        read_queued(here, source.id, rng=random.Random(1))
        left.append(round(minutes_left(shop)))
    assert left == sorted(left)
    assert [round(minutes / 5) for minutes in left] == [1, 2, 4]
    shop.says(PRICES)
    read_queued(here, source.id, rng=random.Random(1))
    assert 9.4 < minutes_left(shop) < 10.6
    assert shop.count("offers") == 2


@given(st.timedeltas(timedelta(seconds=30), timedelta(days=7)), st.integers(1, 500))
def test_the_wait_after_failures_grows_and_stays_within_its_bounds(
    interval: timedelta, failures: int
) -> None:
    wait = catalog.after_failure(interval, failures)
    assert wait <= catalog.after_failure(interval, failures + 1)
    assert min(interval, timedelta(minutes=5)) <= wait <= max(interval, timedelta(hours=1))


def test_while_the_disk_is_full_nothing_is_read_and_status_says_why(
    here: Installation, shop: Shop, app: Any, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = added(shop)
    full = Installation(
        **{
            **vars(here),
            "settings": here.settings.model_copy(
                update={"disk": DiskSettings(min_free_bytes=2**60)}
            ),
        }
    )
    assert queue_due(full, app, RNG) == 0
    read_queued(full, source.id)
    assert shop.count("feed_runs") == 0
    monkeypatch.setenv("SPARFUCHS_DISK__MIN_FREE_BYTES", str(2**60))
    said = program.json("status")["disk"]
    assert said["reading"] is False
    assert "make room" in said["reason"]
    assert "nothing is read" in program.run("status").stdout
    assert queue_due(here, app, RNG) == 1


def until(holds: Callable[[], object], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def test_a_running_worker_reads_what_is_due_hands_on_what_others_publish_and_ends_cleanly(
    here: Installation, shop: Shop, dsn: str, tmp_path: Path
) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(sparfuchs.__file__).parents[1]),
        "SPARFUCHS_DATABASE__URL": dsn,
        "SPARFUCHS_LOG__AS_JSON": "true",
        "SPARFUCHS_LOG__LEVEL": "info",
    }
    added(shop)
    command = parts.sparfuchs("worker", "--data-dir", str(here.settings.data_dir))
    log = tmp_path / "worker.log"
    with (
        log.open("wb") as to,
        subprocess.Popen(command, env=environment, stderr=to, stdout=to) as worker,
    ):
        try:
            until(lambda: shop.count("verdicts") == 2)
            # The whole market was never looked at: that does not wait for the night.
            until(lambda: shop.count("price_level_versions") == 1)
            # What somebody else publishes without catching up is judged within moments.
            other = Shop(here, tmp_path / "other.tsv", merchant="Nachbar")
            other.says({"x": 3.0})
            read_source(here, other.add(), at=NOW - timedelta(days=60), now=NOW)
            until(lambda: shop.count("verdicts") == 3, 5.0)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(30)
    said = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    assert worker.returncode == 0, log.read_text()
    assert [line for line in said if line["level"] in {"error", "critical"}] == []
    assert said[-1]["event"] == "worker.stopped"


def test_the_worker_folds_old_history_every_night(shop: Shop) -> None:
    for month in (1, 2):
        at = datetime(2026, month, 5, tzinfo=UTC)
        read_source(shop.here, added(shop), at=at, now=system_clock())
        shop.says({**PRICES, "a": 9.0})
    worker = make_worker(shop.here)
    night = [
        one for one in worker.periodic_registry.periodic_tasks.values() if one.task.name == FOLD
    ]
    assert [one.cron for one in night] == ["10 3 * * *"]
    assert (shop.count("price_changes"), shop.count("price_blocks")) == (3, 0)
    worker.tasks[FOLD].func(timestamp=0)
    assert (shop.count("price_changes"), shop.count("price_blocks")) == (0, 1)
