"""Random histories, judged by the columns and by the slow reading of the rule book.

The suite compares some thousands of them, `benchmarks/agreement.py` a million.
"""

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from pricing.build import BERLIN, CARRY
from pricing.reference import Observation, verdict
from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.pricing.fold import fold, timeline_of
from sparfuchs.pricing.judge import judge_spans

HOUR = 3_600_000_000


@dataclass(frozen=True)
class Series:
    """One random history with what its merchant claims."""

    offer_id: int
    seen: list[Observation]
    code: list[Observation]  # what the same readings say of a code for everybody
    reference: int | None
    percent: int | None
    kind: str


@dataclass(frozen=True)
class Disagreement:
    """Where the two say otherwise: names that differ with (columns, reference)."""

    series: Series
    moment: datetime
    differs: Mapping[str, tuple[Any, Any]]


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


def draw(chance: random.Random, count: int) -> list[Series]:
    """So many random series, each of a source of its own."""
    drawn = []
    for n in range(1, count + 1):
        seen = history(chance)
        drawn.append(Series(n << 32, seen=seen, code=coded(chance, seen), **claim(chance)))
    return drawn


def late_october(chance: random.Random) -> datetime:
    """After the clocks went back, where the steps have just been made."""
    return datetime(2026, 10, 28, chance.randint(0, 23), tzinfo=UTC)


def by_columns(
    drawn: list[Series], chance: random.Random, moment: datetime
) -> list[dict[str, Any]]:
    """What the column code says of each series; it is given the observations in any order (P4)."""
    observations = _shuffled(chance, [(one.offer_id, one.seen) for one in drawn])
    codes = _shuffled(chance, [(one.offer_id, one.code) for one in drawn])
    timelines = {
        one.offer_id >> 32: timeline_of(np.array([at for at, _ in one.seen]), CARRY)
        for one in drawn
    }

    def sighted(
        offers: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        return np.array(
            [
                any(a <= t < b for t in timelines[int(o) >> 32].t.tolist())
                for o, a, b in zip(offers, start, end, strict=True)
            ],
            dtype=np.bool_,
        )

    offers = pl.DataFrame(
        {
            "offer_id": [one.offer_id for one in drawn],
            "ref_price_minor": [one.reference for one in drawn],
            "ref_kind": [one.kind for one in drawn],
            "claim_percent": [one.percent for one in drawn],
        },
        schema_overrides={"ref_price_minor": pl.Int64, "claim_percent": pl.Int16},
    )
    found = judge_spans(
        fold(observations),
        offers,
        timelines,
        sighted,
        at=moment,
        zone=BERLIN,
        codes=fold(codes),
    )
    return found.to_dicts()


def _shuffled(chance: random.Random, told: list[tuple[int, list[Observation]]]) -> pl.DataFrame:
    rows = [(offer, at, price) for offer, seen in told for at, price in seen]
    chance.shuffle(rows)
    schema = {"series": pl.Int64, "at": pl.Int64, "price_minor": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        pl.col("at").cast(pl.Datetime("us", "UTC")), currency=pl.lit("EUR")
    )


def by_reference(one: Series, moment: datetime) -> dict[str, Any]:
    return verdict(
        one.seen,
        moment,
        carry=timedelta(hours=48),
        zone=BERLIN,
        reference=one.reference,
        percent=one.percent,
        kind=one.kind,
        codes=one.code,
    )


def disagreements(
    drawn: list[Series], chance: random.Random, moment: datetime
) -> list[Disagreement]:
    """The series of which the two say something else at this moment."""
    found = []
    for row, one in zip(by_columns(drawn, chance, moment), drawn, strict=True):
        expected = by_reference(one, moment)
        differs = {
            name: (row[name], value)
            for name, value in expected.items()
            if not _same(row[name], value)
        }
        if differs:
            found.append(Disagreement(one, moment, differs))
    return found


def _same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other


def last_seen(one: Series) -> datetime:
    return from_micros(one.seen[-1][0])
