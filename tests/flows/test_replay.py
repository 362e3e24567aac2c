"""Kept documents are read again after a parser was mended (R-RUN-5).

The mended parser is here a setting that says which column the price stands in: the same bytes,
other values. The control is the same shop read rightly from the beginning.
"""

import gzip
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows.market import NOW, Rows, Shop
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.flows.release import release_run
from sparfuchs.flows.replay import Replayed, replay
from sparfuchs.flows.retention import retain
from sparfuchs.flows.sweep import sweep
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict
from sparfuchs.pricing import api as pricing

RIGHT = {"price_column": "gross"}


def priced(gross: float, wrong: float = 77.0, **more: str) -> dict[str, str]:
    """A row whose column `price` is not what the offer costs."""
    return {"price": f"{wrong:.2f} EUR", "gross": f"{gross:.2f} EUR", **more}


def mended(shop: Shop, name: str = "") -> Replayed:
    shop.settings = dict(RIGHT)
    shop.add()
    done = replay(shop.here, f"{shop.source.path}{name}")
    judge(shop.here, done.report)
    return done


def told(shop: Shop) -> pl.DataFrame:
    """The history of all offers of a shop, by ordinal, without who wrote it."""
    with shop.here.database.reading() as work:
        numbers = [
            n
            for (n,) in work.execute(
                "SELECT id FROM offers WHERE id >> 32 = :s ORDER BY id", {"s": shop.source.id}
            )
        ]
        rows = pricing.history(work, np.array(numbers, dtype=np.int64))
    return (
        rows.with_columns(pl.col("offer_id") & 0xFFFFFFFF)
        .drop("run")
        .sort("offer_id", "at", "kind")
    )


def stored(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.rows(
        "SELECT o.id & 4294967295, o.price_minor, o.currency, availability, status, "
        "claim_ref_minor, regular_minor, sale_minor, title, v.verdict, v.honest_pct, v.l30_minor, "
        "v.t0 FROM offers o JOIN offer_texts t ON t.id = o.id "
        "LEFT JOIN verdicts v ON v.offer_id = o.id AND o.status = 0 "
        "WHERE o.id >> 32 = :s ORDER BY o.id",
        s=shop.source.id,
    )


def remembered(shop: Shop) -> pl.DataFrame:
    source = shop.source
    assert source.state_file is not None
    frame = catalog.SourceState.read(shop.here.files.path(source.state_file)).frame
    return frame.drop("raw").sort("key")


def changing(seed: int, readings: int) -> list[Rows]:
    """What a shop says over time: prices of both columns move, offers come, go and come back."""
    rng = random.Random(seed)
    gross = {f"o{n}": rng.randrange(500, 20_000) for n in range(12)}
    said: list[Rows] = []
    for _ in range(readings):
        for name in rng.sample(sorted(gross), 4):
            gross[name] = rng.randrange(500, 20_000)
        there = [name for name in gross if rng.random() < 0.85]
        said.append(
            {
                name: priced(
                    gross[name] / 100,
                    wrong=rng.choice([77.0, 78.0]),
                    availability=rng.choice(["in_stock"] * 5 + ["out_of_stock"]),
                )
                for name in there
            }
        )
        if rng.random() < 0.3:
            said.append(said[-1])
    return said


@pytest.mark.parametrize("seed", [0, 1, 3, 5])
def test_R_RUN_5_a_replay_of_everything_gives_what_a_right_parser_had_given(
    shop: Shop, seed: int
) -> None:
    right = Shop(
        shop.here, shop.path.with_name("right.tsv"), merchant="Richtig", settings=dict(RIGHT)
    )
    said = changing(seed, 7)[:10]
    for number, rows in enumerate(said):
        for one in (shop, right):
            report = one.read(number * 0.9, rows)
            if report.held:  # prices of everything leap about: that is meant here
                judge(
                    one.here,
                    release_run(one.here, f"{one.source.path}:{report.run.number}", now=NOW),
                )
    assert not told(shop).equals(told(right))
    done = mended(shop)
    assert done.offers > 0
    assert_frame_equal(told(shop), told(right))
    assert stored(shop) == stored(right)
    assert (
        remembered(shop)
        .drop("last_seen", "first_missed")
        .equals(remembered(right).drop("last_seen", "first_missed"))
    )
    # A second time there is nothing to mend, and the next reading finds nothing changed but what
    # waited for it.
    assert (mended(shop).offers, mended(shop).written) == (0, 0)
    waiting = remembered(shop).filter(pl.col("held_minor").is_not_null() & (pl.col("status") == 0))
    there = waiting.filter(pl.col("source_offer_id").is_in(list(said[-1])))
    report = shop.read(20, {**said[-1], "fresh": priced(3.0)})
    assert report.run.counts.changed == there.height


def test_R_RUN_5_a_price_that_was_read_wrongly_before_as_well_is_a_correction_and_no_change(
    shop: Shop,
) -> None:
    shop.read(0, {"a": priced(10.0), "b": priced(20.0)})
    shop.read(1, {"a": priced(10.0, availability="out_of_stock"), "b": priced(20.0)})
    shop.read(2, {"a": priced(10.0), "b": priced(20.0), "c": priced(5.0)})
    shop.read(3, {"a": priced(8.0), "b": priced(20.0, wrong=78.0), "c": priced(5.0)})
    done = mended(shop, ":3")
    assert done.runs == 2
    assert shop.history("a") == [
        ("first", 0, 7700),
        ("correction", 0, 1000),
        ("availability", 1, 1000),
        ("availability", 2, 1000),
        ("price", 3, 800),
    ]
    # The old parser saw a change on day 3 where there was none.
    assert shop.history("b") == [("first", 0, 7700), ("correction", 0, 2000)]
    assert shop.history("c") == [("first", 2, 500)]
    kinds = {kind for (kind,) in shop.rows("SELECT DISTINCT kind FROM price_changes")}
    assert len(kinds) == 4
    (name,) = shop.rows("SELECT segment FROM feed_runs WHERE status = 'replayed'")[0]
    assert set(pl.read_ipc(shop.here.files.path(name))["kind"]) == {"correction"}
    assert shop.offer("a")["price"]["minor"] == 800
    assert [span["price"]["minor"] for span in shop.offer("b")["spans"]] == [2000]


def test_R_RUN_5_offers_that_only_the_mended_parser_reads_come_with_the_next_reading(
    shop: Shop,
) -> None:
    rows: Rows = {
        **{f"p{n}": priced(5.0 + n) for n in range(9)},
        "odd": {**priced(9.0), "price": "viel"},
    }
    shop.read(0, rows)
    assert mended(shop).unknown == 1
    report = shop.read(1)  # the very same bytes
    assert (report.run.counts.new, report.run.counts.changed) == (1, 0)
    assert shop.history("odd") == [("first", 1, 900)]


def test_R_RUN_5_a_replay_that_fails_leaves_everything_as_it_was(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.read(0, {"a": priced(10.0)})
    before, facts = told(shop), stored(shop)

    def break_off(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is gone")

    with monkeypatch.context() as broken:
        broken.setattr(catalog, "publish_mended", break_off)
        with pytest.raises(RuntimeError):
            mended(shop)
    assert told(shop).equals(before)
    assert stored(shop) == facts
    assert mended(shop).offers == 1


def test_documents_of_the_last_runs_are_kept_packed_and_those_before_are_let_go(
    shop: Shop,
) -> None:
    for number in range(13):
        shop.read(number, {"a": priced(10.0 + number)})
    assert retain(shop.here, now=NOW).payloads == 3
    sweep(shop.here, now=system_clock() + timedelta(days=9))
    kept = list(shop.here.files.list("payloads/"))
    assert len(kept) == 10
    with gzip.open(shop.here.files.path(kept[-1])) as file:
        assert file.read() == shop.path.read_bytes()
    assert mended(shop).runs == 10
    with pytest.raises(Conflict, match=r"first run that can be replayed is laden/feed:4"):
        mended(shop, ":2")


def test_what_is_still_needed_is_not_let_go(shop: Shop) -> None:
    prices: Rows = {f"p{n}": 10.0 + 3.7 * n for n in range(10)}
    shop.read(0, prices)
    shop.read(1, {"p0": 1.0})  # held, and may still be released
    shop.change("UPDATE event_cursors SET position = 0")
    assert retain(shop.here, now=NOW).as_json() == dict.fromkeys(
        ("payloads", "segments", "rejections", "discarded", "events"), 0
    )
    sweep(shop.here, now=system_clock() + timedelta(days=9))
    names = {name.split("/")[0] for name in shop.here.files.list()}
    assert names == {"states", "segments", "payloads"}
    shop.read(2, prices)
    # Judged by now, old, and the held run can only be discarded.
    found = retain(shop.here, now=NOW)
    # The run on one topic; what was said of its verdicts and ratings, and again of the next, on
    # the other.
    assert (found.segments, found.discarded, found.events) == (1, 1, 5)
    assert retain(shop.here, now=NOW).segments == 0


def test_a_replay_says_what_it_cannot_do(shop: Shop) -> None:
    shop.read(0, {"a": priced(10.0), "b": priced(3.0)})
    shop.read(2, {"a": priced(11.0), "b": priced(3.0)})
    shop.read(1, {"a": priced(12.0), "b": priced(3.0)}, backfill=True)
    with pytest.raises(Conflict, match="folded in"):
        mended(shop, ":1")
    shop.read(3, {})
    with pytest.raises(Conflict, match="only published runs"):
        mended(shop, ":4")


def test_a_packed_document_stays_as_it_came(shop: Shop, tmp_path: Path) -> None:
    packed = tmp_path / "feed.tsv.gz"
    shop.says({"a": priced(10.0)})
    packed.write_bytes(gzip.compress(shop.path.read_bytes()))
    shop.path = packed
    shop.read(0)
    (name,) = shop.here.files.list("payloads/")
    assert shop.here.files.path(name).read_bytes() == packed.read_bytes()
    assert mended(shop).offers == 1


def test_R_RUN_5_a_reading_after_the_mapping_changed_corrects_what_is_the_same_bytes(
    shop: Shop,
) -> None:
    rows: Rows = {f"p{n}": priced(50.0 + n, wrong=50.0 + n) for n in range(9)}
    shop.read(0, {**rows, "a": priced(10.0), "b": priced(20.0), "c": priced(900.0)})
    shop.read(1, {**rows, "a": priced(10.0), "b": priced(20.0, wrong=70.0), "c": priced(900.0)})
    shop.settings = dict(RIGHT)
    # Of the same bytes are a and c; b says another price than it ever said.
    report = shop.read(
        2, {**rows, "a": priced(10.0), "b": priced(18.0, wrong=70.0), "c": priced(900.0)}
    )
    assert not report.held
    assert shop.history("a") == [("first", 0, 7700), ("correction", 0, 1000)]
    assert shop.history("b")[-1] == ("price", 2, 1800)
    # Our own slip is no leap of the shop's: nothing waits.
    assert shop.history("c") == [("first", 0, 7700), ("correction", 0, 90000)]
    assert [span["price"]["minor"] for span in shop.offer("a")["spans"]] == [1000]
    assert shop.offer("a")["verdict"]["evidence"]["price_since"][:10] == "2026-01-01"
    assert report.run.segment is not None
    segment = pl.read_ipc(shop.here.files.path(report.run.segment))
    told_kinds = segment.filter(pl.col("kind") != "display")["kind"].to_list()
    assert sorted(told_kinds) == ["correction", "correction", "price"]
    # Once: the next reading finds nothing to correct.
    assert shop.read(3, {**rows, "a": priced(10.0), "b": priced(18.0), "c": priced(900.0)})
    assert [kind for kind, *_ in shop.history("a")] == ["first", "correction"]


def test_R_RUN_5_a_sale_that_began_meanwhile_is_a_change_and_no_correction(shop: Shop) -> None:
    sale = {
        "price": "20.00 EUR",
        "sale_price": "15.00 EUR",
        "sale_price_effective_date": "2026-01-02T00:00+00:00/2026-02-01T00:00+00:00",
    }
    shop.read(0, {"a": sale, "b": priced(30.0, wrong=30.0)})
    shop.settings = {"country": "AT"}
    shop.read(1)
    assert shop.history("a") == [("first", 0, 2000), ("price", 1, 1500)]


def test_R_RUN_5_what_a_correction_voided_stays_readable_with_its_reason(shop: Shop) -> None:
    shop.read(0, {"a": priced(10.0)})
    shop.read(1, {"a": priced(10.0, availability="out_of_stock")})
    mended(shop)
    with shop.here.database.reading() as work:
        (one,) = pricing.revisions_of(work, shop.id("a"))
    assert (one["cause"], one["run"]) == ("replay", 3)
    assert [(row["kind"], row["price_minor"]) for row in one["voided"]] == [
        ("first", 7700),
        ("availability", 7700),
    ]
