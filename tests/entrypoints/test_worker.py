"""Sources are read when due, events are handed on at once, and a full disk stops the reading."""

import json
import os
import random
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
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
from sparfuchs.entrypoints.readings import Pace, Readings, Turns, read_taken
from sparfuchs.entrypoints.worker import FOLD, make_worker
from sparfuchs.flows.facts import health, source_facts
from sparfuchs.flows.feed_to_listing import Run, read_source
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.sources import add_source
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict, FetchFailed
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.fetched import Failed, Failure
from sparfuchs.plumbing.http import Fetcher
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


def minutes_left(shop: Shop) -> float:
    ((due,),) = shop.rows("SELECT next_due FROM sources")
    return float((due - system_clock()) / timedelta(minutes=1))


def take(here: Installation, limit: int = 10) -> list[catalog.Source]:
    with here.database.unit_of_work() as work:
        return catalog.take_due(work, system_clock(), limit)


def read(here: Installation, source: catalog.Source) -> None:
    """One reading as a worker does it, with chances that are always the same."""
    read_taken(here, source, random.Random(1), turns=Turns(1))


def addressed(here: Installation, name: str, location: str) -> catalog.Source:
    return add_source(here, name, "feed", location, {}, now=system_clock())


def test_a_source_that_is_due_is_taken_once_and_again_after_its_interval(
    here: Installation, shop: Shop
) -> None:
    source = added(shop)
    assert [one.id for one in take(here)] == [source.id]
    assert take(here) == []
    read(here, source)
    assert 9.3 < minutes_left(shop) < 10.7
    assert take(here) == []
    shop.change("UPDATE sources SET next_due = now()")
    assert [one.id for one in take(here)] == [source.id]


def test_of_one_host_only_one_source_is_taken_in_the_whole_installation(
    here: Installation,
) -> None:
    for name in ("a", "b", "c"):
        addressed(here, name, f"https://feeds.example/{name}.csv")
    addressed(here, "d", "https://elsewhere.example/d.csv")
    taken = take(here)
    assert [one.path for one in taken] == ["a/feed", "d/feed"]
    assert take(here) == []
    with here.database.unit_of_work() as work:
        catalog.read_next(work, taken[0], system_clock(), RNG)
    assert [one.path for one in take(here)] == ["b/feed"]


def test_two_workers_that_look_at_once_take_each_source_once(here: Installation) -> None:
    for number in range(40):
        addressed(here, f"s{number}", f"https://h{number % 20}.example/{number}.csv")
    with ThreadPoolExecutor(4) as workers:
        found = list(workers.map(lambda _: take(here, 6), range(8)))
    hosts = [one.location.split("/")[2] for taken in found for one in taken]
    assert sorted(hosts) == sorted(f"h{number}.example" for number in range(20))


def test_what_a_killed_worker_had_taken_is_due_again_and_each_time_later(
    here: Installation, shop: Shop
) -> None:
    added(shop)
    waits = []
    for _ in range(4):
        assert len(take(here)) == 1
        waits.append(minutes_left(shop))
        shop.change("UPDATE sources SET next_due = now(), taken_until = now()")
    assert [round(wait) for wait in waits] == [2, 7, 12, 22]


def test_a_reading_that_takes_long_is_kept_from_others(here: Installation, shop: Shop) -> None:
    source = added(shop)
    take(here)
    shop.change("UPDATE sources SET taken_until = now() - interval '1 s', next_due = now()")
    with here.database.unit_of_work() as work:
        catalog.keep_taken(work, [source.id], system_clock())
    assert take(here) == []


def test_paused_sources_and_those_just_read_by_hand_are_not_due(
    here: Installation, shop: Shop
) -> None:
    source = added(shop)
    with here.database.unit_of_work() as work:
        catalog.pause(work, source)
    assert take(here) == []
    with here.database.unit_of_work() as work:
        catalog.resume(work, source)
    shop.read(system_clock() - timedelta(minutes=1), PRICES)
    assert take(here) == []
    shop.change("UPDATE sources SET head_at = now() - interval '11 minutes'")
    assert len(take(here)) == 1


def test_a_failing_source_is_asked_less_and_less_until_it_answers(
    here: Installation, shop: Shop
) -> None:
    source = added(shop)
    shop.says("this is no feed at all")
    left = []
    for _ in range(3):
        read(here, source)
        left.append(round(minutes_left(shop)))
    assert [round(minutes / 5) for minutes in left] == [1, 2, 4]
    failing = source_facts(shop.source)["failing"]
    assert failing["readings"] == 3
    assert "feed" in failing["why"]
    ((first,),) = shop.rows("SELECT at FROM feed_runs ORDER BY number LIMIT 1")
    assert failing["since"] == first.isoformat()
    assert health(shop.source).startswith(f"failing since {first:%Y-%m-%d %H:%M} UTC, 3 readings:")
    shop.says(PRICES)
    read(here, source)
    assert 9.3 < minutes_left(shop) < 10.7
    assert shop.count("offers") == 2
    assert source_facts(shop.source)["failing"] is None
    assert health(shop.source).startswith("well, last read ")


@pytest.mark.parametrize(("status", "paused"), [(403, True), (410, True), (404, False)])
def test_R_T_3_after_three_clear_refusals_a_source_is_paused_with_the_reason(
    here: Installation, status: int, *, paused: bool
) -> None:
    source = addressed(here, "tor", "http://tor.example/feed.csv")
    error = FetchFailed("The address could not be fetched")
    error.clear_no = Failed(Failure.STATUS, final=True, status=status).disables
    error.add_note(f"status {status}")
    for _ in range(3):
        with here.database.unit_of_work() as work:
            fresh = catalog.resolve(work, source.path)
        Run(here, fresh, system_clock(), lambda *_: None)._record_failure(error)
    with here.database.reading() as work:
        after = catalog.resolve(work, source.path)
    assert after.failures == 3
    assert (after.status is catalog.SourceStatus.PAUSED) == paused
    assert ("paused after 3 clear refusals" in (after.trouble or "")) == paused
    assert f"status {status}" in health(after)
    with here.database.unit_of_work() as work:
        catalog.resume(work, after)
        again = catalog.resolve(work, source.path)
    assert (again.status, again.trouble) == (catalog.SourceStatus.ACTIVE, None)


def test_a_host_that_rests_is_waited_for_and_nothing_has_failed(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = addressed(here, "ruhig", "http://ruhig.example/feed.csv")
    other = addressed(here, "auch ruhig", "http://ruhig.example/other.csv")
    addressed(here, "woanders", "http://woanders.example/other.csv")
    until = system_clock() + timedelta(hours=3)
    asleep = Failed(Failure.HOST_ASLEEP, final=False, retry_at=until)
    monkeypatch.setattr(here.fetcher, "get", lambda *_, **__: asleep)
    read(here, source)
    with here.database.reading() as work:
        after = catalog.resolve(work, source.path)
        assert catalog.runs(work, source.id, 5) == []
        neighbour = catalog.resolve(work, other.path)
        elsewhere = catalog.resolve(work, "woanders/feed")
    assert after.failures == 0
    assert after.next_due is not None
    assert until < after.next_due < until + timedelta(minutes=1)
    assert neighbour.next_due == until  # the whole host is left alone, whoever looks next
    assert elsewhere.next_due is None


def test_a_slow_shop_takes_no_turn_from_the_others(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice as many shops as turns say nothing; the file beside them is read meanwhile."""
    silent = threading.Event()

    def get(*_: object, **__: object) -> Failed:
        silent.wait(20)
        return Failed(Failure.IDLE, final=False)

    monkeypatch.setattr(here.fetcher, "get", get)
    for number in range(8):
        addressed(here, f"stumm{number}", f"http://stumm{number}.example/feed.csv")
    shop = Shop(here, tmp_path / "quick.tsv")
    shop.says(PRICES)
    added(shop)
    readings = Readings(here, RNG)
    try:
        assert readings.look() == 9
        until(lambda: shop.count("offers") == 2)
        assert not silent.is_set()
    finally:
        silent.set()
        readings.close()


def test_a_worker_that_ends_leaves_what_waits_to_the_next_one(here: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        pair = f"127.0.0.1:{deaf.getsockname()[1]}"
        fetching = here.settings.fetch.model_copy(update={"allow_private": frozenset({pair})})
        with Fetcher(fetching) as fetcher:
            open_to_it = replace(here, fetcher=fetcher)
            source = addressed(here, "taub", f"http://{pair}/feed.csv")
            readings = Readings(open_to_it, RNG)
            assert readings.look() == 1
            deaf.settimeout(10)
            caller, _ = deaf.accept()
            with caller:
                began = time.monotonic()
                readings.close()
                assert time.monotonic() - began < 5.0
    assert [one.id for one in take(here)] == [source.id]
    with here.database.reading() as work:
        assert catalog.runs(work, source.id, 5) == []


def test_the_figures_say_what_is_due_and_for_how_long(here: Installation, shop: Shop) -> None:
    added(shop)
    shop.change("UPDATE sources SET next_due = now() - interval '90 s'")
    addressed(here, "kaputt", "https://kaputt.example/x.csv")
    shop.change(
        "UPDATE sources SET failures = 2, next_due = now() + interval '1 h' WHERE host <> ''"
    )
    with here.database.reading() as work:
        found = catalog.reach(work, system_clock())
    assert (found.active, found.failing, found.paused, found.overdue) == (2, 1, 0, 1)
    assert 89 < found.overdue_seconds < 95


def test_a_worker_gives_its_figures_on_loopback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
        with pytest.raises(Conflict, match="taken"), metrics.served(port):
            pass
    with metrics.served(port):
        told = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read()
    assert b"sparfuchs_sources_in_hand" in told


def test_an_outage_is_worked_off_at_a_steady_pace() -> None:
    now = 0.0
    pace = Pace(300, lambda: now)
    begun = pace.allowed()
    assert begun == 50
    pace.spend(begun)
    for second in range(1, 61):
        now = float(second)
        allowed = pace.allowed()
        assert allowed <= 6
        pace.spend(allowed)
        begun += allowed
    assert 345 <= begun <= 350


@given(st.timedeltas(timedelta(seconds=30), timedelta(days=7)), st.integers(1, 500))
def test_the_wait_after_failures_grows_and_stays_within_its_bounds(
    interval: timedelta, failures: int
) -> None:
    wait = catalog.after_failure(interval, failures)
    assert wait <= catalog.after_failure(interval, failures + 1)
    assert min(interval, timedelta(minutes=5)) <= wait <= max(interval, timedelta(hours=1))


def test_while_the_disk_is_full_nothing_is_read_and_status_says_why(
    here: Installation, shop: Shop, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(shop)
    full = Installation(
        **{
            **vars(here),
            "settings": here.settings.model_copy(
                update={"disk": DiskSettings(min_free_bytes=2**60)}
            ),
        }
    )
    readings = Readings(full, RNG)
    assert readings.look() == 0
    readings.close()
    assert shop.count("feed_runs") == 0
    monkeypatch.setenv("SPARFUCHS_DISK__MIN_FREE_BYTES", str(2**60))
    said = program.json("status")["disk"]
    assert said["reading"] is False
    assert "make room" in said["reason"]
    assert "nothing is read" in program.run("status").stdout
    assert len(take(here)) == 1


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
