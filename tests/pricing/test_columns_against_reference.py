"""The columns and the slow reading of the rule book agree on some thousand random histories."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from pricing.build import BERLIN, CARRY
from pricing.reference import Observation, verdict
from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.pricing.fold import fold, timeline_of
from sparfuchs.pricing.judge import judge_spans

HOUR = 3_600_000_000
SERIES = 1500


def history(chance: random.Random) -> list[Observation]:
    """Mostly daily; with outages, long silences, sold-out days and prices that come back.

    One in four goes down in steps towards the end of October, with a hole now and then.
    """
    if chance.random() < 0.25:
        return stairs(chance)
    prices = chance.sample([1000, 999, 950, 900, 700, 500], k=chance.randint(1, 4))
    begin = datetime(2026, chance.randint(1, 9), 3, tzinfo=UTC) + timedelta(
        hours=chance.randint(0, 40)
    )
    now = to_micros(begin)
    price: int | None = prices[0]
    seen: list[Observation] = []
    for _ in range(chance.randint(1, 70)):
        seen.append((now, price))
        now += (
            HOUR
            * chance.choices(
                [24, chance.randint(1, 60), 48, 24 * 9, 24 * 14 + 48, 24 * 20, 0],
                [70, 20, 5, 2, 1, 1, 3],
            )[0]
        )
        if chance.random() < 0.12:
            price = chance.choice([*prices, None])
    return seen


def stairs(chance: random.Random) -> list[Observation]:
    prices = sorted(chance.sample(range(400, 1000, 20), k=chance.randint(3, 5)), reverse=True)
    now = to_micros(datetime(2026, 8, 20, 6, tzinfo=UTC)) + HOUR * chance.randint(0, 24 * 12)
    # The steps fall where a chain just counts, or just does not: 25 to 60 days after the start.
    falls = sorted(chance.sample(range(25, 62), k=len(prices) - 1))
    seen: list[Observation] = []
    for day in range(chance.randint(55, 70)):
        price = prices[sum(day >= fall for fall in falls)]
        if chance.random() < 0.96:
            seen.append((now, price if chance.random() < 0.99 else None))
        now += HOUR * chance.choices([24, 52, 24 * 4], [96, 3, 1])[0]
    return seen


def coded(chance: random.Random, seen: list[Observation]) -> list[Observation]:
    """What the same readings say of a code for everybody: mostly that there is none."""
    if chance.random() < 0.5:
        return []
    given = chance.choice([990, 800, 600, 450])
    start = chance.randrange(len(seen))
    times = sorted({at for at, _ in seen})
    return [(at, given if start <= n < start + 4 else None) for n, at in enumerate(times)]


def claim(chance: random.Random) -> dict[str, Any]:
    return {
        "reference": chance.choice([None, 999, 1000, 1200, 600]),
        "percent": chance.choice([None, None, 10, 30]),
        "kind": chance.choice(["previous", "uvp", "unspecified", "previous"]),
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_columns_and_the_slow_reference_agree(seed: int) -> None:
    chance = random.Random(seed)
    rows, codes, claims = [], [], []
    for n in range(1, SERIES + 1):
        seen = history(chance)
        rows += [{"series": n << 32, "at": at, "price_minor": price} for at, price in seen]
        code = coded(chance, seen)
        codes += [{"series": n << 32, "at": at, "price_minor": price} for at, price in code]
        claims.append({"offer_id": n << 32, "seen": seen, "code": code, **claim(chance)})
    chance.shuffle(rows)
    observations, code_observations = (
        pl.DataFrame(each, infer_schema_length=None).with_columns(
            pl.col("at").cast(pl.Datetime("us", "UTC")), currency=pl.lit("EUR")
        )
        for each in (rows, codes)
    )
    timelines = {
        c["offer_id"] >> 32: timeline_of(np.array([at for at, _ in c["seen"]]), CARRY)
        for c in claims
    }

    def sighted(
        offers: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        return np.array(
            [
                any(a <= t < b for t in timelines[int(o) >> 32].t.tolist())
                for o, a, b in zip(offers, start, end, strict=True)
            ]
        )

    offers = pl.DataFrame(
        {
            "offer_id": [c["offer_id"] for c in claims],
            "ref_price_minor": [c["reference"] for c in claims],
            "ref_kind": [c["kind"] for c in claims],
            "claim_percent": [c["percent"] for c in claims],
        }
    )
    at = datetime(2026, 10, 28, chance.randint(0, 23), tzinfo=UTC)
    with_code = 0
    for moment in (at, at - timedelta(days=97), from_micros(claims[0]["seen"][-1][0])):
        found = judge_spans(
            fold(observations),
            offers,
            timelines,
            sighted,
            at=moment,
            zone=BERLIN,
            codes=fold(code_observations),
        )
        with_code += int(found["flags"].list.contains("code_low").sum())
        for row, given in zip(found.to_dicts(), claims, strict=True):
            expected = verdict(
                given["seen"],
                moment,
                carry=timedelta(hours=48),
                zone=BERLIN,
                reference=given["reference"],
                percent=given["percent"],
                kind=given["kind"],
                codes=given["code"],
            )
            assert {name: row[name] for name in expected} == {
                **expected,
                **(
                    {"coverage": pytest.approx(expected["coverage"])}
                    if "coverage" in expected
                    else {}
                ),
            }, (given, moment)
    assert with_code > SERIES // 50


def test_the_random_histories_reach_every_class() -> None:
    chance = random.Random(7)
    found = {
        verdict(
            history(chance),
            datetime(2026, chance.choice([3, 10]), 28, tzinfo=UTC),
            carry=timedelta(hours=48),
            zone=BERLIN,
            **claim(chance),
        )[name]
        for name in ("verdict", "claim_verdict")
        for _ in range(1500)
    }
    stepwise = [
        "stepwise" in verdict(seen, at, carry=timedelta(hours=48), zone=BERLIN).get("flags", [])
        for _ in range(3000)
        if (seen := history(chance)) and (at := from_micros(seen[-1][0]))
    ]
    assert sum(stepwise) > 100
    assert found >= {
        *("uvp_only", "no_reduction", "insufficient", "plausible", "small", "genuine"),
        *("claim_none", "claim_uvp", "claim_unjudged", "claim_ok"),
        *("claim_inflated", "claim_overstated"),
    }
