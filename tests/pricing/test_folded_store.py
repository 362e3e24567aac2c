"""Rows and blocks are one history, whatever is written, taken away, folded and made rows again."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sparfuchs.kernel.frames import CHANGE, UTC_TIME, ChangeKind, conform
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import store
from sparfuchs.pricing.tables import SHELF_BITS

SOURCE = 9
LOW, HIGH = SOURCE << 32, (SOURCE + 1) << 32
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
# Three shelves, the first and the last offer of each.
OFFERS = [
    LOW + (shelf << SHELF_BITS) + place for shelf in (0, 1, 5) for place in (0, 2**SHELF_BITS - 1)
]
KINDS = [ChangeKind.PRICE, ChangeKind.SEEN, ChangeKind.GONE]
Key = tuple[int, datetime, str]


def changes(rows: list[dict[str, Any]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={**CHANGE, "kind": pl.String(), "ref_kind": pl.String()})
    return conform(frame.with_columns(pl.col("at").cast(UTC_TIME)), CHANGE)


def drawn(chance: random.Random, key: Key) -> dict[str, Any]:
    offer, at, kind = key
    price = chance.choice([None, chance.randrange(1, 10_000)])
    return {
        "offer_id": offer,
        "at": at,
        "kind": kind,
        "run": chance.randrange(1, 50),
        "before_minor": chance.choice([None, 100, 999]),
        "price_minor": price,
        "currency": None if price is None else chance.choice(["EUR", "CHF"]),
        "availability": chance.choice(["in_stock", "out_of_stock", None]),
        # Mostly the same, so that a claim often stands for more than one change.
        "ref_price_minor": chance.choice([None, *[12_345] * 5]),
        "ref_kind": chance.choice(["none", *["previous"] * 5]),
        "claim_percent": chance.choice([None, 0, *[30] * 5]),
    }


def a_key(chance: random.Random) -> Key:
    at = YEAR + timedelta(days=chance.randrange(365), hours=chance.randrange(3))
    return (chance.choice(OFFERS), at, chance.choice(KINDS).value)


def claimed_since(found: pl.DataFrame) -> datetime | None:
    """Since when the last claim of one offer stands, by reading backwards."""
    claims = ["ref_price_minor", "ref_kind", "claim_percent"]
    since, last = None, None
    for row in found.reverse().rows(named=True):
        if row["kind"] == "gone":
            continue
        claim = [row[name] for name in claims]
        last = claim if last is None else last
        if claim != last or (claim[0] is None and claim[2] is None):
            break
        since = row["at"]
    return since


def fold(work: Work, until: datetime) -> int:
    rows = 0
    for month in (1, 4, 7, 10):
        start = datetime(2026, month, 1, tzinfo=UTC)
        end = min(start + timedelta(days=92), until)
        end = min(
            end, datetime(2027, 1, 1, tzinfo=UTC) if month == 10 else start.replace(month=month + 3)
        )
        if start < end:
            rows += store.fold_rows(work, LOW, HIGH, start, end).rows
    for name in store.empty_months(work, until):
        assert store.drop_month(work, name)
    return rows


@pytest.mark.parametrize("seed", range(4))
def test_the_history_is_what_was_written_and_not_taken_away(work: Work, seed: int) -> None:
    chance = random.Random(seed)
    truth: dict[Key, dict[str, Any]] = {}
    folded = 0
    for _ in range(40):
        match chance.randrange(4):
            case 0 | 1:
                keys = {a_key(chance) for _ in range(chance.randrange(1, 30))} - set(truth)
                rows = [drawn(chance, key) for key in keys]
                store.append_changes(work, changes(rows))
                truth.update(zip(keys, rows, strict=True))
            case 2 if truth:
                gone = chance.sample(sorted(truth), chance.randrange(1, max(len(truth) // 3, 2)))
                keys_only = changes([truth[key] for key in gone]).select("offer_id", "at", "kind")
                store.remove_changes(work, keys_only)
                for key in gone:
                    del truth[key]
            case _:
                if chance.random() < 0.2:
                    store.unfold_rows(work, LOW, HIGH)
                else:
                    folded += fold(work, YEAR + timedelta(days=31 * chance.randrange(14)))
        asked = chance.sample(OFFERS, chance.randrange(1, len(OFFERS) + 1))
        expected = changes([row for row in truth.values() if row["offer_id"] in asked])
        found = store.history(work, np.array(asked, dtype=np.int64))
        assert_frame_equal(found, expected.sort("offer_id", "at", "kind"))
        one = store.history_rows(work, asked[0])
        plain = found.filter(pl.col("offer_id") == asked[0]).select(
            pl.col("at").to_physical(),
            pl.col("kind").to_physical(),
            "price_minor",
            "currency",
            pl.col("availability").to_physical(),
        )
        assert [tuple(row) for row in one] == plain.rows()
        assert store.claim_since(work, asked[0]) == claimed_since(
            found.filter(pl.col("offer_id") == asked[0])
        )
    assert folded > 50


def test_of_the_same_change_in_a_block_and_beside_it_the_row_counts(work: Work) -> None:
    key = (OFFERS[0], YEAR + timedelta(days=3), ChangeKind.PRICE.value)
    first, second = ({**drawn(random.Random(1), key), "price_minor": price} for price in (700, 500))
    until = YEAR + timedelta(days=120)
    for rows in (first, second):
        store.append_changes(work, changes([rows]))
        assert store.history(work, np.array(OFFERS))["price_minor"].to_list() == [
            rows["price_minor"]
        ]
        assert fold(work, until) == 1
        assert store.history(work, np.array(OFFERS))["price_minor"].to_list() == [
            rows["price_minor"]
        ]


def test_a_change_that_stands_in_a_block_and_beside_it_goes_from_both(work: Work) -> None:
    row = drawn(random.Random(1), (OFFERS[0], YEAR, ChangeKind.PRICE.value))
    store.append_changes(work, changes([row]))
    fold(work, YEAR + timedelta(days=120))
    store.append_changes(work, changes([row]))
    store.remove_changes(work, changes([row]).select("offer_id", "at", "kind"))
    assert store.history(work, np.array(OFFERS)).is_empty()


def test_a_block_whose_last_row_is_taken_out_is_gone(work: Work) -> None:
    row = drawn(random.Random(1), (OFFERS[0], YEAR, ChangeKind.PRICE.value))
    store.append_changes(work, changes([row]))
    fold(work, YEAR + timedelta(days=120))
    store.remove_changes(work, changes([row]).select("offer_id", "at", "kind"))
    assert work.execute("SELECT count(*) FROM price_blocks").scalar_one() == 0
    assert store.history(work, np.array(OFFERS)).is_empty()
    # What is nowhere is taken out without complaint, as it is out of rows.
    store.remove_changes(work, changes([row]).select("offer_id", "at", "kind"))


def test_a_claim_stands_since_before_it_was_folded(work: Work) -> None:
    chance = random.Random(3)
    stated: dict[str, Any] = {"ref_price_minor": 999, "ref_kind": "previous", "claim_percent": 20}
    said = [{**stated, "claim_percent": None}, stated, stated, stated]
    moments = [YEAR + timedelta(days=day) for day in (1, 20, 100, 200)]
    rows = [
        {**drawn(chance, (OFFERS[0], at, ChangeKind.PRICE.value)), **claim}
        for at, claim in zip(moments, said, strict=True)
    ]
    store.append_changes(work, changes(rows))
    for until in (0, 50, 150, 250):
        fold(work, YEAR + timedelta(days=until))
        assert store.claim_since(work, OFFERS[0]) == moments[1]
    assert store.claim_since(work, OFFERS[1]) is None
