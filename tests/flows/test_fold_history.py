"""Old price changes are folded into blocks, and nothing that anybody asks is answered otherwise."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy.exc import DBAPIError

from flows.market import NOW, Rows, Shop, day, feed, read_at_once
from flows.test_backup import restored, taken
from flows.test_recorded_past import year
from flows.test_replay import changing, mended, stored, told
from sparfuchs.flows.feed_to_listing import LOCK_SPACE
from sparfuchs.flows.fold_history import (
    FoldReport,
    fold_history,
    folded_until,
    unfold_history,
    verify_history,
)
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.flows.release import release_run
from sparfuchs.flows.sources import remove_source
from sparfuchs.flows.status import status
from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.pricing import api as pricing

UNTIL = datetime(2026, 9, 1, tzinfo=UTC)  # the first month that stays rows, as of NOW
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the power is cut'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON price_blocks FOR EACH ROW WHEN ({when})
EXECUTE FUNCTION refuse();
"""


@pytest.fixture(autouse=True)
def no_months(here: Installation) -> None:
    """Tables of months that other tests left empty are none of these tests'."""
    with here.database.unit_of_work() as work:
        for name in pricing.empty_months(work, datetime(2100, 1, 1, tzinfo=UTC)):
            assert pricing.drop_month(work, name)


def fold(here: Installation) -> FoldReport:
    return fold_history(here, now=NOW)


def a_year(here: Installation, path: Path, merchant: str = "Laden", seed: int = 3) -> Shop:
    """Nine offers over a year of daily readings; the last days are read one by one."""
    shop = Shop(here, path, merchant=merchant)
    readings = year(seed, 358, 9)
    read_at_once(here, shop, readings, [day(n) for n in range(358)])
    shop.read(358, feed({**readings[-1], "o1": {**readings[-1]["o1"], "price": "1.11 EUR"}}))
    return shop


def offers(shop: Shop) -> list[int]:
    found = shop.rows("SELECT id FROM offers WHERE id >> 32 = :s ORDER BY 1", s=shop.source.id)
    return [number for (number,) in found]


def answers(shop: Shop) -> list[dict[str, Any]]:
    """What `sparfuchs offer` says of each: spans, lows of all periods, verdict, rating, deal."""
    names = shop.rows(
        "SELECT source_offer_id FROM offer_texts WHERE id >> 32 = :s ORDER BY id",
        s=shop.source.id,
    )
    return [shop.offer(name) for (name,) in names]


def judged(shop: Shop) -> list[dict[str, Any]]:
    """The verdicts with their evidence, but for the name of the source that it comes from."""
    found = [one["verdict"] for one in answers(shop)]
    for one in found:
        assert one["evidence"].pop("source") == shop.source.path
    return found


def rebuilt(shop: Shop) -> list[tuple[Any, ...]]:
    """What judging reads, made anew from all that is on record."""
    ids = np.array(offers(shop), dtype=np.int64)
    with shop.here.database.unit_of_work() as work:
        pricing.rebuild(work, ids)
    return shop.rows(
        "SELECT * FROM recent_history WHERE offer_id >> 32 = :s ORDER BY 1", s=shop.source.id
    )


def old_rows(shop: Shop) -> int:
    return int(
        shop.rows(
            "SELECT count(*) FROM price_changes WHERE offer_id >> 32 = :s AND at < :until",
            s=shop.source.id,
            until=UNTIL,
        )[0][0]
    )


def months(shop: Shop) -> list[str]:
    return [
        name
        for (name,) in shop.rows(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
            "WHERE i.inhparent = 'price_changes'::regclass ORDER BY 1"
        )
    ]


def test_R_RUN_7_a_folded_year_answers_as_before(here: Installation, tmp_path: Path) -> None:
    shop = a_year(here, tmp_path / "a.tsv")
    history, said, hot = told(shop), answers(shop), rebuilt(shop)
    before = old_rows(shop)
    assert before > 200
    done = fold(here)
    assert (done.until, done.rows, done.months, done.skipped) == (UNTIL, before, 8, ())
    assert (done.blocks, shop.count("price_blocks")) == (3, 3)  # a shelf, three quarters
    assert old_rows(shop) == 0
    assert min(months(shop)) == "price_changes_2026_09"
    assert_frame_equal(told(shop), history)
    assert answers(shop) == said
    assert rebuilt(shop) == hot
    assert answers(shop) == said
    assert verify_history(here) == 3
    again = fold(here)
    assert (again.rows, again.blocks, again.months) == (0, 0, 0)


def test_R_RUN_7_a_folded_past_is_judged_as_one_in_rows(here: Installation, tmp_path: Path) -> None:
    folded, plain = (a_year(here, tmp_path / f"{n}.tsv", merchant=n) for n in ("Eins", "Zwei"))
    fold(here)
    unfold_history(here, plain.source)
    for shop in (folded, plain):
        rebuilt(shop)
        shop.read(360, {f"o{n}": 5.0 + n for n in range(9)})
    assert_frame_equal(told(folded), told(plain))
    assert stored(folded) == stored(plain)
    assert judged(folded) == judged(plain)


def come_and_go(number: int) -> Rows:
    """Prices that move every ten days; p3 is away for a week, twice."""
    rows: dict[str, float] = {f"p{n}": 10.0 + n + (number // 10 + n) % 4 for n in range(4)}
    if 30 <= number < 37 or 60 <= number < 67:
        del rows["p3"]
    return rows


def test_R_RUN_7_a_late_backfill_lies_beside_its_block_until_both_are_folded_anew(
    here: Installation, tmp_path: Path
) -> None:
    folded, plain = (Shop(here, tmp_path / f"{n}.tsv", merchant=n) for n in ("Eins", "Zwei"))
    for shop in (folded, plain):
        for number in range(20, 76, 2):
            shop.read(number, come_and_go(number))
    fold(here)
    unfold_history(here, plain.source)
    for shop in (folded, plain):
        # It was there while it was away, so a row of its end goes, and two others had a sale.
        shop.read(32.5, {"p0": 1.0, "p1": 2.0, "p3": 13.5}, backfill=True)
        shop.read(70.5, {"p0": 3.0}, backfill=True)
    assert old_rows(folded) > 0
    history, said = told(folded), answers(folded)
    assert_frame_equal(history, told(plain))
    assert stored(folded) == stored(plain)
    count = folded.count("price_blocks")
    done = fold(here)
    assert done.rows > 0
    assert folded.count("price_blocks") == count + 1  # the other shop's, and no other of this one
    assert old_rows(folded) == 0
    assert_frame_equal(told(folded), history)
    assert answers(folded) == said
    assert_frame_equal(told(plain), history)


def test_R_RUN_5_a_replay_mends_what_was_folded(shop: Shop) -> None:
    right = Shop(
        shop.here,
        shop.path.with_name("right.tsv"),
        merchant="Richtig",
        settings={"price_column": "gross"},
    )
    for number, rows in enumerate(changing(3, 5)[:7]):
        for one in (shop, right):
            report = one.read(number * 0.9, rows)
            if report.held:
                name = f"{one.source.path}:{report.run.number}"
                judge(one.here, release_run(one.here, name, now=NOW))
    fold(shop.here)
    assert old_rows(shop) == 0
    done = mended(shop)
    assert done.voided > 0
    assert_frame_equal(told(shop), told(right))
    assert stored(shop) == stored(right)
    fold(shop.here)
    assert old_rows(shop) == 0
    assert_frame_equal(told(shop), told(right))


def test_a_failure_in_the_middle_leaves_rows_or_blocks_and_the_next_night_goes_on(
    here: Installation, tmp_path: Path
) -> None:
    first, second = (a_year(here, tmp_path / f"{n}.tsv", merchant=n) for n in ("Eins", "Zwei"))
    said = [answers(shop) for shop in (first, second)]
    rows = old_rows(second)
    first.change(REFUSE.format(when=f"NEW.shelf >> 23 = {second.source.id}"))
    with pytest.raises(DBAPIError, match="the power is cut"):
        fold(here)
    assert (old_rows(first), old_rows(second)) == (0, rows)
    assert [answers(shop) for shop in (first, second)] == said
    first.change("DROP TRIGGER refuse ON price_blocks; DROP FUNCTION refuse")
    assert fold(here).rows == rows
    assert [answers(shop) for shop in (first, second)] == said


def test_a_source_that_is_being_read_waits_for_the_next_night(
    here: Installation, tmp_path: Path
) -> None:
    shop = a_year(here, tmp_path / "a.tsv")
    rows = old_rows(shop)
    with here.database.hold_lock(LOCK_SPACE, shop.source.id) as held:
        assert held
        done = fold(here)
        assert (done.rows, done.skipped, done.months) == (0, (shop.source.path,), 0)
    assert fold(here).rows == rows


def test_a_month_that_somebody_writes_to_is_not_dropped(
    here: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sparfuchs.flows.fold_history._PATIENCE", 0.02)
    shop = a_year(here, tmp_path / "a.tsv")
    with here.database.unit_of_work() as work:
        # From here on this transaction may append to January.
        pricing.ensure_months(work, pl.Series([day(0)]))
        assert fold(here).months == 0
    assert len(months(shop)) == 12
    assert fold(here).months == 8


def test_R_RUN_8_folded_history_goes_with_its_source_and_with_a_backup(
    here: Installation, empty_dsn: str, tmp_path: Path
) -> None:
    shop, other = (a_year(here, tmp_path / f"{n}.tsv", merchant=n) for n in ("Eins", "Zwei"))
    fold(here)
    said = answers(other)
    folder = taken(here, tmp_path / "backup")
    assert shop.count("price_blocks") == 6
    remove_source(here, shop.source, now=NOW)
    assert shop.count("price_blocks") == 3
    assert answers(other) == said
    with restored(folder, empty_dsn, tmp_path / "there") as there:
        back = Shop(there, other.path, merchant="Zwei")
        assert [one["spans"] for one in answers(back)] == [one["spans"] for one in said]
        assert [one["lowest"] for one in answers(back)] == [one["lowest"] for one in said]
        assert verify_history(there) == 6
        back.read(355.5, {"o0": 2.0}, backfill=True)
        assert fold_history(there, now=NOW).skipped == ()


def test_a_damaged_or_misplaced_block_is_said_and_not_read(
    here: Installation, tmp_path: Path
) -> None:
    shop = a_year(here, tmp_path / "a.tsv")
    fold(here)
    shop.change("UPDATE price_blocks SET shelf = shelf + 1 WHERE start = '2026-01-01'")
    with pytest.raises(StoreUnavailable, match="holds another one"):
        verify_history(here)
    shop.change("UPDATE price_blocks SET shelf = shelf - 1 WHERE start = '2026-01-01'")
    assert verify_history(here) == 3
    shop.change(
        "UPDATE price_blocks SET body = set_byte(body, 40, 255 - get_byte(body, 40)) "
        "WHERE start = '2026-04-01'"
    )
    with pytest.raises(StoreUnavailable, match="damaged"):
        verify_history(here)
    with pytest.raises(StoreUnavailable, match="damaged"):
        shop.offer("o1")


def test_status_says_what_is_folded_and_what_waits(here: Installation, tmp_path: Path) -> None:
    shop = a_year(here, tmp_path / "a.tsv")
    waiting = status(here, now=NOW)["history"]
    assert (waiting["months"], waiting["months_to_fold"]) == (12, 8)
    fold(here)
    folded = status(here, now=NOW)["history"]
    assert (folded["months"], folded["months_to_fold"]) == (4, 0)
    assert folded["row_bytes"] < waiting["row_bytes"]
    assert shop.count("price_blocks") == 3


def test_only_months_that_ended_long_enough_ago_are_folded(here: Installation) -> None:
    # August ended a hundred days before 10 December.
    august, september = (datetime(2026, month, 1, tzinfo=UTC) for month in (8, 9))
    assert folded_until(here, datetime(2026, 12, 9, 23, tzinfo=UTC)) == august
    assert folded_until(here, datetime(2026, 12, 10, tzinfo=UTC)) == september


def test_what_is_on_record_is_the_same_whatever_was_folded_and_when(
    here: Installation, tmp_path: Path
) -> None:
    shop = a_year(here, tmp_path / "a.tsv")
    history = told(shop)
    chance = random.Random(5)
    moments = [UNTIL + timedelta(days=days) for days in (-200, -130, -60, 20, 150)]
    for _ in range(8):
        if chance.random() < 0.35:
            unfold_history(here, shop.source)
        else:
            fold_history(here, now=chance.choice(moments))
        assert_frame_equal(told(shop), history)
