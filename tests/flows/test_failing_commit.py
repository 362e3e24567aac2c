"""A run that fails between its files and its commit leaves nothing to be seen (R-RUN-6)."""

import os
from datetime import timedelta

import pytest
from psycopg.errors import RaiseException

from flows.market import Shop
from sparfuchs.flows.sweep import sweep
from sparfuchs.kernel.clock import system_clock

PRICES = {"a": 10.0, "b": 20.0, "c": 30.0}
TABLES = (
    "feed_runs",
    "offers",
    "offer_texts",
    "sources",
    "recent_history",
    "price_changes",
    "verdicts",
    "event_outbox",
    "event_log",
    "deals",
)
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the power is cut'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON price_changes FOR EACH ROW EXECUTE FUNCTION refuse();
"""


def files(shop: Shop) -> set[str]:
    return set(shop.here.files.list())


def everything(shop: Shop) -> list[object]:
    return [shop.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES]


def fail(shop: Shop) -> None:
    """A reading whose last writes the database refuses."""
    shop.change(REFUSE)
    with pytest.raises(RaiseException, match="the power is cut"):
        shop.read(1, {**PRICES, "a": 9.0, "d": 40.0})
    shop.change("DROP TRIGGER refuse ON price_changes; DROP FUNCTION refuse")


def test_R_RUN_6_a_failure_before_the_commit_changes_nothing_that_can_be_seen(shop: Shop) -> None:
    shop.read(0, PRICES)
    before, seen = files(shop), everything(shop)
    fail(shop)
    assert everything(shop) == seen
    orphans = files(shop) - before
    assert {name.split("/")[0] for name in orphans} == {"payloads", "states", "segments"}
    assert shop.offer("a")["price"]["minor"] == 1000
    assert list(shop.here.scratch.iterdir()) == []


def test_R_RUN_6_the_next_run_goes_through_as_if_nothing_had_been(shop: Shop) -> None:
    shop.read(0, PRICES)
    fail(shop)
    report = shop.read(1, {**PRICES, "a": 9.0, "d": 40.0})
    assert (report.run.number, report.run.counts.new, report.run.counts.changed) == (2, 1, 1)
    assert shop.offer("d")["price"]["minor"] == 4000
    assert shop.history("a") == [("first", 0, 1000), ("price", 1, 900)]
    assert shop.id("d") & 0xFFFFFFFF == 3


def test_R_RUN_6_the_sweep_takes_orphans_only_after_a_day(shop: Shop) -> None:
    shop.read(0, PRICES)
    before = files(shop)
    fail(shop)
    orphans = files(shop) - before
    now = system_clock()
    assert sweep(shop.here, now=now + timedelta(hours=23)) == 0
    assert files(shop) == before | orphans
    assert sweep(shop.here, now=now + timedelta(hours=25)) == len(orphans) == 3
    assert files(shop) == before
    assert shop.read(1, {**PRICES, "b": 21.0}).run.counts.changed == 1


def test_R_RUN_6_the_sweep_takes_states_that_were_replaced_and_keeps_segments(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(1, {**PRICES, "a": 9.0})
    later = system_clock() + timedelta(days=2)
    assert sweep(shop.here, now=later) == 1
    kept = sorted(name.split("/")[0] for name in files(shop))
    assert kept == ["payloads", "payloads", "segments", "segments", "states"]
    assert shop.read(2, {**PRICES, "a": 8.0}).run.counts.changed == 1


def test_R_RUN_6_the_sweep_keeps_the_payload_of_a_held_run_until_it_is_decided(shop: Shop) -> None:
    shop.read(0, PRICES)
    assert shop.read(1, {"a": 10.0}).held
    later = system_clock() + timedelta(days=2)
    assert sweep(shop.here, now=later) == 0
    shop.change("UPDATE feed_runs SET status = 'discarded' WHERE number = 2")
    assert sweep(shop.here, now=later) == 1


def test_R_RUN_6_the_sweep_takes_folders_of_killed_runs(shop: Shop) -> None:
    shop.read(0, PRICES)
    left = shop.here.scratch / "run-1-killed"
    left.mkdir()
    (left / "pieces").write_bytes(b"half")
    assert sweep(shop.here, now=system_clock()) == 0
    old = (system_clock() - timedelta(days=2)).timestamp()
    os.utime(left, (old, old))
    assert sweep(shop.here, now=system_clock()) == 1
    assert not left.exists()


def test_R_RUN_6_a_lost_state_file_is_made_again_from_the_database(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(1, {"a": 10.0, "b": 20.0})
    name = shop.source.state_file
    assert name is not None
    assert shop.here.files.delete(name)
    report = shop.read(2, {"a": 9.0, "b": 20.0})
    assert (report.run.counts.new, report.run.counts.changed, report.run.counts.gone) == (0, 1, 1)
    assert shop.history("a") == [("first", 0, 1000), ("price", 2, 900)]
    assert shop.history("b") == [("first", 0, 2000)]
    gone = shop.rows("SELECT status FROM offers ORDER BY id")
    assert gone == [(0,), (0,), (1,)]


def test_R_RUN_6_a_lost_state_file_does_not_stop_the_reading_of_the_same_bytes(shop: Shop) -> None:
    shop.read(0, PRICES)
    name = shop.source.state_file
    assert name is not None
    assert shop.here.files.delete(name)
    assert shop.read(1).run.counts.unchanged == 3
    assert shop.read(2, {**PRICES, "a": 9.0}).run.counts.changed == 1
