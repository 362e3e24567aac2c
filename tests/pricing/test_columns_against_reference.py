"""The columns and the slow reading of the rule book agree on some thousand random histories.

`benchmarks/agreement.py` asks the same of a million.
"""

import random
from datetime import UTC, datetime, timedelta

import pytest

from pricing.agreement import (
    by_columns,
    claim,
    disagreements,
    draw,
    history,
    last_seen,
    late_october,
)
from pricing.build import BERLIN
from pricing.reference import verdict
from sparfuchs.kernel.clock import from_micros

SERIES = 1500


@pytest.mark.parametrize("seed", [1, 2])
def test_E18_columns_and_the_slow_reference_agree_with_codes_and_without(seed: int) -> None:
    chance = random.Random(seed)
    drawn = draw(chance, SERIES)
    at = late_october(chance)
    for moment in (at, at - timedelta(days=97), last_seen(drawn[0])):
        assert disagreements(drawn, chance, moment) == []
    with_code = sum("code_low" in row["flags"] for row in by_columns(drawn, chance, at))
    assert with_code > SERIES // 100


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
