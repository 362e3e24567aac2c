"""One run after another: locks, times, sums, crashes between two steps (R-RUN-1, R-RUN-2)."""

from datetime import timedelta

import numpy as np
import pytest

from flows.market import NOW, Shop, day
from sparfuchs.catalog import api as catalog
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.flows.feed_to_listing import LOCK_SPACE, read_source
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.status import status
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.kernel.errors import Conflict, UsageError

PRICES = {"a": 10.0, "b": 20.0, "c": 30.0}


def test_R_RUN_1_a_source_that_another_reads_is_in_conflict(shop: Shop) -> None:
    shop.says(PRICES)
    source = shop.add()
    with shop.here.database.hold_lock(LOCK_SPACE, source.id) as had:
        assert had
        with pytest.raises(Conflict, match="another process"):
            shop.read(0)
    assert shop.count("feed_runs") == 0
    assert shop.read(0).run.number == 1


def test_R_RUN_1_a_reading_not_newer_than_the_last_is_wrong_use(shop: Shop) -> None:
    shop.read(1, PRICES)
    with pytest.raises(UsageError, match="--backfill"):
        shop.read(0.5, {**PRICES, "a": 9.0})
    with pytest.raises(UsageError, match="must be newer"):
        shop.read(1, {**PRICES, "a": 9.0})
    assert shop.count("feed_runs") == 1
    assert shop.history("a") == [("first", 1, 1000)]


def test_R_RUN_1_the_same_bytes_at_the_same_time_are_nothing(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(1, {**PRICES, "a": 9.0})
    report = shop.read(1)
    assert report.repeated_nothing
    assert report.run.number == 2
    assert (report.as_json()["new"], report.as_json()["changed"]) == (0, 0)
    assert shop.count("feed_runs") == 2


def test_R_RUN_1_the_future_cannot_be_read(shop: Shop) -> None:
    shop.says(PRICES)
    with pytest.raises(UsageError, match="future"):
        shop.read(NOW + timedelta(seconds=1))
    with pytest.raises(UsageError, match="future"):
        shop.read(NOW + timedelta(seconds=1), backfill=True)
    assert shop.count("feed_runs") == 0


def test_R_RUN_1_of_two_publishers_the_second_finds_the_pointer_moved(shop: Shop) -> None:
    shop.read(0, PRICES)
    stale = shop.source
    shop.read(1, {**PRICES, "a": 9.0})
    with pytest.raises(Conflict, match="meanwhile"), shop.here.database.unit_of_work() as work:
        catalog.hold(
            work,
            stale,
            catalog.RunKind.FULL,
            catalog.RunStatus.HELD,
            day(2),
            catalog.Counts(),
            (),
            catalog.Reading({}, {}, 0, None, {}),
            rejections=None,
            carry=timedelta(hours=48),
            seconds=0.0,
        )
    line = _timeline(shop)
    facts = catalog.RunFacts(stale.id, 3, day(2), catalog.RunKind.UNCHANGED, 1, 1, 3, line)
    with shop.here.database.reading() as work:
        last = catalog.run(work, stale.id, 1)
    assert last is not None
    with pytest.raises(Conflict, match="meanwhile"), shop.here.database.unit_of_work() as work:
        catalog.publish_repeat(
            work, stale, facts, last, carry=timedelta(hours=48), seconds=0.0, seen=None
        )
    assert shop.count("feed_runs") == 2
    assert shop.source.head_run == 2


def test_R_RUN_1_a_reading_uses_what_the_source_says_now_and_not_what_the_caller_saw(
    shop: Shop,
) -> None:
    shop.says(PRICES)
    early = shop.add()
    read_source(shop.here, early, at=day(0), now=NOW)
    shop.says({**PRICES, "a": 9.0})
    report = read_source(shop.here, early, at=day(1), now=NOW)
    assert (report.run.number, report.run.counts.changed) == (2, 1)


def _timeline(shop: Shop) -> Timeline:
    with shop.here.database.reading() as work:
        return catalog.timeline(work, shop.source.id)


def test_R_RUN_2_stored_sums_are_those_of_the_timeline(shop: Shop) -> None:
    for at, price in ((0, 10), (0.5, 11), (4, 11), (4.25, 12), (9, 13)):
        shop.read(at, {"a": price, "b": 5.0})
    shop.read(9.5)
    line = _timeline(shop)
    assert line.number.tolist() == [1, 2, 3, 4, 5, 6]
    again = Timeline.of(line.number, line.t, line.carry)
    assert line.sums.tolist() == again.sums.tolist()
    days = line.sums / (24 * 3_600_000_000)
    assert np.allclose(days, [0, 0.5, 2.5, 2.75, 4.75, 5.25])


def test_R_RUN_2_a_shorter_interval_asserts_less_from_then_on(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.settings = {"interval": "6h"}
    shop.read(3)
    shop.read(6)
    line = _timeline(shop)
    hours = (line.sums / 3_600_000_000).tolist()
    assert hours == [0, 48, 60]


def test_R_RUN_6_a_crash_between_publishing_and_judging_is_made_up_for_once(shop: Shop) -> None:
    shop.says(PRICES)
    source = shop.add()
    read_source(shop.here, source, at=day(0), now=NOW)  # and then the process dies
    assert shop.count("verdicts") == 0
    assert status(shop.here, now=NOW)["consumers"]["judging"]["lag"] == 1
    # The run to both consumers, then its verdicts and its ratings to the one that indexes.
    assert catch_up(shop.here) == 4
    assert shop.count("verdicts") == 3
    written = shop.rows("SELECT offer_id, xmin::text FROM verdicts ORDER BY 1")
    assert catch_up(shop.here) == 0
    assert shop.rows("SELECT offer_id, xmin::text FROM verdicts ORDER BY 1") == written
    assert status(shop.here, now=NOW)["consumers"]["judging"]["lag"] == 0


def test_an_event_that_comes_twice_changes_nothing(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(1, {**PRICES, "a": 9.0})
    verdicts = shop.rows("SELECT * FROM verdicts ORDER BY 1")
    deals = shop.rows("SELECT * FROM deals ORDER BY 1")
    shop.change("UPDATE event_cursors SET position = 0")
    assert catch_up(shop.here) == 12  # two runs to two consumers, four and four of what followed
    again = shop.rows("SELECT * FROM verdicts ORDER BY 1")
    assert _but_times(again) == _but_times(verdicts)
    assert shop.rows("SELECT * FROM deals ORDER BY 1") == deals


def _but_times(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    return [row[:1] + row[2:9] for row in rows]  # the first event judges as of its own run


def test_a_run_published_by_one_process_is_judged_by_the_next_reading(shop: Shop) -> None:
    shop.says(PRICES)
    source = shop.add()
    read_source(shop.here, source, at=day(0), now=NOW)
    read_and_judge(shop.here, source, at=day(1), now=NOW)
    assert shop.offer("a")["verdict"] is not None
