"""Prices with a code for everybody: columns and slow reference agree on random histories (E18)."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pricing.agreement import history
from pricing.build import BERLIN, CARRY
from pricing.reference import Observation, verdict
from sparfuchs.pricing.fold import fold, timeline_of
from sparfuchs.pricing.judge import judge_spans

SERIES = 1200
AT = datetime(2026, 10, 28, 9, tzinfo=UTC)
SAID = ("verdict", "honest_pct", "at_most_pct", "l30_minor", "chain_steps", "flags", "t0")


def coded(chance: random.Random, seen: list[Observation]) -> list[Observation]:
    """What the same readings say of a code for everybody: mostly that there is none."""
    if chance.random() < 0.5:
        return []
    given = chance.choice([990, 800, 600, 450])
    start = chance.randrange(len(seen))
    times = sorted({at for at, _ in seen})
    return [(at, given if start <= n < start + 4 else None) for n, at in enumerate(times)]


def observed(told: list[list[Observation]]) -> pl.DataFrame:
    rows = [
        {"series": n << 32, "at": at, "price_minor": price}
        for n, each in enumerate(told, start=1)
        for at, price in each
    ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        pl.col("at").cast(pl.Datetime("us", "UTC")), currency=pl.lit("EUR")
    )


def test_E18_columns_and_the_slow_reference_agree_on_random_codes() -> None:
    chance = random.Random(3)
    histories = [history(chance) for _ in range(SERIES)]
    codes = [coded(chance, seen) for seen in histories]
    lines = {
        n: timeline_of(np.array([at for at, _ in seen]), CARRY)
        for n, seen in enumerate(histories, start=1)
    }

    def sighted(
        offers: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        return np.array(
            [
                bool(((lines[int(o) >> 32].t >= a) & (lines[int(o) >> 32].t < b)).any())
                for o, a, b in zip(offers, start, end, strict=True)
            ],
            dtype=np.bool_,
        )

    offers = pl.DataFrame({"offer_id": [n << 32 for n in lines]})
    found = judge_spans(
        fold(observed(histories)), offers, lines, sighted, at=AT, zone=BERLIN,
        codes=fold(observed(codes)),
    )  # fmt: skip
    for row, seen, code in zip(found.to_dicts(), histories, codes, strict=True):
        expected = verdict(
            seen, AT, carry=timedelta(hours=48), zone=BERLIN, kind="none", codes=code
        )
        names = [name for name in SAID if name in expected]
        assert {n: row[n] for n in names} == {n: expected[n] for n in names}, (seen, code)
    assert int(found["flags"].list.contains("code_low").sum()) > SERIES // 50
