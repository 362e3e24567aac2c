"""A reading of the past, folded in through the whole line (R-RUN-1)."""

import pytest

from flows.market import NOW, Rows, Shop, day
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.sources import remove_source
from sparfuchs.kernel.errors import Conflict, UsageError

PRICES = {"a": 10.0, "b": 20.0, "c": 30.0}
LEFT = {"a": 10.0, "b": 20.0}


def two(shop: Shop) -> tuple[Shop, Shop]:
    """Two sources of one installation, to be compared."""
    return (
        Shop(shop.here, shop.path.with_name("whole.tsv"), merchant="Ganz"),
        Shop(shop.here, shop.path.with_name("late.tsv"), merchant="Später"),
    )


def told(shop: Shop, name: str) -> object:
    offer = shop.offer(name)
    verdict = offer["verdict"]
    # Which source it was and which run told of the lowest price differ, and are said.
    other = {"source", "lowest_30_days_source"}
    evidence = {k: v for k, v in verdict["evidence"].items() if k not in other}
    return offer["spans"], verdict["verdict"], evidence, offer["price"], offer["deal"]


READINGS: list[tuple[float, Rows]] = [
    (0, PRICES),
    (1, {**PRICES, "a": 9.0}),
    (2, LEFT),
    (3, {**PRICES, "a": 8.0}),
    (4, LEFT),
    (5, LEFT),
    (9, {**PRICES, "b": 25.0}),
    (10, PRICES),
]


@pytest.mark.parametrize("left_out", [(0,), (2,), (5, 3)])
def test_R_RUN_1_what_is_folded_in_leaves_what_a_reading_in_time_leaves(
    shop: Shop, left_out: tuple[int, ...]
) -> None:
    whole, late = two(shop)
    for place, (at, rows) in enumerate(READINGS):
        whole.read(at, rows)
        if place not in left_out:
            late.read(at, rows)
    state = late.source
    for place in left_out:
        report = late.read(*READINGS[place], backfill=True)
        assert (report.run.kind, report.run.status) == ("backfill", "published")
    after = late.source
    assert (after.head_run, after.head_at) == (state.head_run, state.head_at)
    assert (after.state_file, after.next_ordinal) == (state.state_file, state.next_ordinal)
    sums = "SELECT sum_micros FROM feed_runs WHERE source_id = :source ORDER BY at"
    assert late.rows(sums, source=after.id) == whole.rows(sums, source=whole.source.id)
    for one in (whole, late):  # all are judged at one moment
        one.read(11, {"a": 7.0, "b": 14.0, "c": 33.0})
    for name in PRICES:
        assert told(late, name) == told(whole, name)


def test_R_RUN_1_the_past_of_an_offer_that_nobody_knows_today_is_rejected(shop: Shop) -> None:
    shop.read(1, LEFT)
    report = shop.read(0, PRICES, backfill=True)
    counts = report.run.counts
    assert (counts.read, counts.accepted, counts.changed) == (3, 2, 2)
    assert counts.rejected == {"unknown_today": 1}
    assert shop.history("a") == [("first", 0, 1000)]
    assert shop.count("offers") == 2


def test_R_RUN_1_the_present_is_left_alone(shop: Shop) -> None:
    shop.read(1, PRICES)
    offers = shop.rows("SELECT *, xmin::text FROM offers ORDER BY id")
    shop.read(0, {name: price / 2 for name, price in PRICES.items()}, backfill=True)
    assert shop.rows("SELECT *, xmin::text FROM offers ORDER BY id") == offers
    assert shop.history("a") == [("first", 0, 500), ("price", 1, 1000)]
    evidence = shop.offer("a")["verdict"]["evidence"]
    assert (evidence["judged_at"], evidence["first_seen"]) == (
        day(1).isoformat(),
        day(0).isoformat(),
    )


def test_R_RUN_1_a_verdict_counts_a_folded_in_reading_that_changed_nothing(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(5, {**PRICES, "a": 9.0})
    assert shop.offer("b")["verdict"]["evidence"]["judged_at"] == day(0).isoformat()
    shop.read(2, PRICES, backfill=True)
    evidence = shop.offer("b")["verdict"]["evidence"]
    assert evidence["judged_at"] == day(5).isoformat()
    assert evidence["coverage_since"] == pytest.approx(4 / 5)
    assert shop.history("b") == [("first", 0, 2000)]


def test_R_RUN_1_the_same_bytes_folded_in_twice_are_nothing(shop: Shop) -> None:
    shop.read(1, PRICES)
    shop.read(0, {**PRICES, "a": 9.0}, backfill=True)
    again = shop.read(0, backfill=True)
    assert again.repeated_nothing
    assert shop.count("feed_runs") == 2
    with pytest.raises(UsageError, match="another reading"):
        shop.read(0, PRICES, backfill=True)
    with pytest.raises(UsageError, match="another reading"):
        shop.read(1, {**PRICES, "a": 9.0}, backfill=True)


def test_R_RUN_1_a_reading_newer_than_all_is_an_ordinary_one(shop: Shop) -> None:
    assert shop.read(0, PRICES, backfill=True).run.kind == "full"
    assert shop.read(1, {**PRICES, "d": 1.0}, backfill=True).run.counts.new == 1


def test_R_RUN_1_nothing_is_folded_into_what_was_removed_or_is_being_read(shop: Shop) -> None:
    shop.read(1, PRICES)
    with shop.here.database.hold_lock(1, shop.source.id), pytest.raises(Conflict):
        shop.read(0, backfill=True)
    remove_source(shop.here, shop.source, now=NOW)
    with pytest.raises(Conflict, match="removed"):
        shop.read(0, backfill=True)


def test_R_RUN_1_reading_goes_on_after_the_past_was_folded_in(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(2, {**PRICES, "a": 9.0})
    shop.read(1, {**PRICES, "a": 11.0}, backfill=True)
    assert shop.read(3, {**PRICES, "a": 9.0}).run.kind == "unchanged"
    assert shop.read(4, LEFT).run.counts.gone == 0
    assert shop.read(5, LEFT).run.counts.gone == 1
    prices = [price for _, _, price in shop.history("a")]
    assert prices == [1000, 1100, 900, 1000]
    with shop.here.database.reading() as work:
        line = catalog.timeline(work, shop.source.id)
    assert line.number.tolist() == [1, 3, 2, 4, 5, 6]


def test_R_RUN_6_a_state_rebuilt_after_a_backfill_is_that_of_the_newest_run(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(3, LEFT)
    shop.read(1, PRICES, backfill=True)
    name = shop.source.state_file
    assert name is not None
    shop.here.files.delete(name)
    assert shop.read(4, LEFT).run.counts.gone == 1
    assert shop.offer("c")["status"] == "gone"
