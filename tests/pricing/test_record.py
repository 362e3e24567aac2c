"""What is recorded comes back, and a stored history gives the same verdict as the whole one."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Thread

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from polars.testing import assert_frame_equal
from sqlalchemy import text

from pricing.build import BERLIN
from pricing.simulate import Run, change_rows, sighted_by, timeline
from sparfuchs.kernel.clock import from_micros
from sparfuchs.kernel.frames import CHANGE, UTC_TIME, conform
from sparfuchs.plumbing.db import Database, Work
from sparfuchs.pricing import api as pricing
from sparfuchs.pricing.fold import joined, spans_of
from sparfuchs.pricing.pack import pack_spans, unpack_spans
from sparfuchs.pricing.store import recent
from sparfuchs.pricing.trim import trim

HOUR = 3_600_000_000
START = 1_760_000_000_000_000
BASE = 1 << 32


def year(chance: random.Random, offers: int, days: int) -> list[Run]:
    """A source read daily for a long time, its offers changing price, missing and sold out."""
    price = {BASE + n: chance.choice([1000, 900, 800]) for n in range(offers)}
    runs, at = [], START
    for _ in range(days):
        seen: dict[int, int | None] = {}
        for offer in list(price):
            if chance.random() < 0.03:
                price[offer] = chance.choice([1000, 950, 900, 800, 500])
            if chance.random() < 0.9:
                seen[offer] = None if chance.random() < 0.02 else price[offer]
        runs.append(Run(at, 48 * HOUR, seen))
        at += (
            chance.choice([24, 24, 24, 23, 26, 24 * 6, 24 * 17] if chance.random() < 0.1 else [24])
            * HOUR
        )
    return runs


def of_run(changes: pl.DataFrame, number: int) -> pl.DataFrame:
    return changes.filter(pl.col("run") == number)


def ids(runs: Sequence[Run]) -> NDArray[np.int64]:
    return np.array(sorted({offer for run in runs for offer in run.seen}), dtype=np.int64)


def test_the_packed_spans_come_back_as_they_were() -> None:
    spans = spans_of(change_rows(year(random.Random(3), 20, 120)))
    packed = pack_spans(spans)
    assert_frame_equal(
        unpack_spans(packed).drop("currency"), spans.drop("currency"), check_row_order=True
    )
    known = pl.col("price_minor").is_not_null()
    assert_frame_equal(unpack_spans(packed).filter(known), spans.filter(known))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_trimmed_history_gives_the_verdict_of_the_whole(seed: int) -> None:
    runs = year(random.Random(seed), 60, 330)
    changes, line = change_rows(runs), timeline(runs)
    offers = pl.DataFrame({"offer_id": ids(runs)}).with_columns(
        ref_price_minor=pl.lit(1000), ref_kind=pl.lit("previous")
    )
    at = from_micros(runs[-1].at)
    whole = spans_of(changes)
    kept = pl.DataFrame(schema=whole.schema)
    facts = pl.DataFrame(
        schema={name: pricing.JUDGED[name] for name in ("offer_id", "first_at", "low_minor")}
    )
    for first in range(0, len(runs), 30):  # recorded month by month, trimmed each time
        part = spans_of(changes.filter(pl.col("run").is_between(first, first + 29)))
        kept, facts = trim(joined(kept, part), facts)
    assert len(kept) < len(whole)
    expected = pricing.judge_spans(whole, offers, {1: line}, sighted_by(runs), at=at, zone=BERLIN)
    found = pricing.judge_spans(
        kept,
        offers.join(facts, on="offer_id", how="left"),
        {1: line},
        sighted_by(runs),
        at=at,
        zone=BERLIN,
    )
    # How long ago it was as low is a lower bound once the proof of it is left out.
    assert_frame_equal(found.drop("lowest_since_days"), expected.drop("lowest_since_days"))


def test_runs_recorded_one_by_one_are_judged_from_the_store(work: Work) -> None:
    runs = year(random.Random(5), 15, 60)
    changes = change_rows(runs)
    line, sighted = timeline(runs), sighted_by(runs)
    for number in range(len(runs)):
        pricing.record(work, of_run(changes, number), first_ordinal=None if number else 0)
    at = from_micros(runs[-1].at)
    offers = pl.DataFrame({"offer_id": ids(runs)})
    expected = pricing.judge(changes, offers, {1: line}, sighted, at=at, zone=BERLIN)
    found = pricing.assess(work, offers, {1: line}, sighted, at=at, zone=BERLIN)
    assert_frame_equal(found, expected)
    stored = pricing.verdicts_of(work, ids(runs))
    assert_frame_equal(stored, expected, abs_tol=1e-6)
    assert_frame_equal(
        pricing.history(work, ids(runs)),
        changes.sort("offer_id", "at", pl.col("kind").to_physical()),
    )
    before = recent(work, ids(runs)).sort("offer_id")
    pricing.rebuild(work, ids(runs))
    after = recent(work, ids(runs)).sort("offer_id")
    assert_frame_equal(
        unpack_spans(after).filter(pl.col("price_minor").is_not_null()),
        unpack_spans(before).filter(pl.col("price_minor").is_not_null()),
    )


def test_a_first_run_is_recorded_and_judged_and_may_be_judged_twice(work: Work) -> None:
    runs = [Run(START, 48 * HOUR, {BASE + n: 1000 + n for n in range(50)})]
    changes = change_rows(runs)
    pricing.record(work, changes, first_ordinal=0)
    offers = pl.DataFrame({"offer_id": ids(runs)}).with_columns(
        ref_price_minor=pl.lit(2000), ref_kind=pl.lit("uvp")
    )
    for _ in range(2):
        found = pricing.assess(
            work,
            offers,
            {1: timeline(runs)},
            sighted_by(runs),
            at=from_micros(START),
            zone=BERLIN,
            changes=changes,
            first_ordinal=0,
        )
        assert set(found["verdict"]) == {"uvp_only"}
        assert_frame_equal(pricing.verdicts_of(work, ids(runs)), found)
    slow = pricing.judge_spans(
        spans_of(changes),
        offers,
        {1: timeline(runs)},
        sighted_by(runs),
        at=from_micros(START),
        zone=BERLIN,
    )
    assert_frame_equal(found, slow)


def test_what_time_alone_changes_is_due_then(work: Work) -> None:
    runs = [Run(START + n * 24 * HOUR, 48 * HOUR, {BASE: 1000}) for n in range(40)]
    changes = change_rows(runs)
    pricing.record(work, changes, first_ordinal=0)
    offers = pl.DataFrame({"offer_id": [BASE]})

    def verdict_at(at: datetime) -> tuple[str, datetime | None]:
        found = pricing.assess(
            work, offers, {1: timeline(runs)}, sighted_by(runs), at=at, zone=BERLIN
        )
        return found["verdict"].item(), found["next_at"].item()

    first, due = verdict_at(from_micros(runs[5].at))
    assert first == "insufficient"
    assert due is not None
    assert list(pricing.due(work, BASE >> 32, due - timedelta(seconds=1), 10)) == []
    assert list(pricing.due(work, BASE >> 32, due, 10)) == [BASE]
    assert verdict_at(due)[0] == "no_reduction"


def test_months_are_made_when_needed_even_years_back(work: Work) -> None:
    rows = pl.DataFrame(
        {
            "offer_id": [BASE, BASE, BASE],
            "at": [
                datetime(year, month, 28, tzinfo=UTC)
                for year, month in ((2019, 12), (2020, 1), (2026, 7))
            ],
            "kind": ["first", "price", "price"],
            "run": [1, 2, 3],
            "price_minor": [3, 2, 1],
            "currency": ["EUR"] * 3,
            "availability": ["in_stock"] * 3,
            "ref_kind": ["none"] * 3,
        }
    )
    changes = conform(rows, CHANGE)
    pricing.record(work, changes)
    pricing.ensure_months(work, changes["at"])
    assert_frame_equal(pricing.history(work, np.array([BASE])), changes)
    pricing.forget(work, 1)
    assert pricing.history(work, np.array([BASE])).is_empty()


def test_two_publishers_in_a_new_month_do_not_disturb_each_other(database: Database) -> None:
    failed: list[Exception] = []

    def publish() -> None:
        try:
            with database.unit_of_work() as work:
                pricing.ensure_months(
                    work, pl.Series([datetime(1999, 1, 1, tzinfo=UTC)], dtype=UTC_TIME)
                )
                work.execute(text("SELECT pg_sleep(0.1)"))
        except Exception as error:  # noqa: BLE001 - handed to the test's own thread
            failed.append(error)

    threads = [Thread(target=publish) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
