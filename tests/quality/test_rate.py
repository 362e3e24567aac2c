"""A rating is the sum of its parts, and nothing unknown is punished."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.kernel.frames import Availability
from sparfuchs.quality import weigh
from sparfuchs.quality.model import PARTS, RATED, RATING
from sparfuchs.quality.rate import MerchantFacts, rate

AT = datetime(2026, 11, 1, tzinfo=UTC)
OFFER = 1 << 32
FULL = {
    "offer_id": OFFER,
    "availability": "in_stock",
    "title_length": 40,
    "description_length": 200,
    "images": 3,
    "has_brand": True,
    "has_identifier": True,
    "has_category": True,
}
GENUINE = {
    "offer_id": OFFER,
    "verdict": "genuine",
    "claim_verdict": "claim_none",
    "flags": [],
    "coverage_since": 1.0,
    "asserted_at": None,
}


def rated(
    offer: dict[str, Any],
    verdict: dict[str, Any] | None = None,
    facts: MerchantFacts = MerchantFacts(0, 0),  # noqa: B008 - frozen
) -> dict[str, Any]:
    verdicts = [{**GENUINE, **(verdict or {})}]
    frame = rate(
        pl.DataFrame([offer], schema_overrides=RATED),
        pl.DataFrame(verdicts),
        facts,
        at=AT,
    )
    assert frame.schema == RATING
    return frame.row(0, named=True)


def test_the_weights_make_a_hundred() -> None:
    assert sum(getattr(weigh, part.upper()) for part in PARTS) == 100
    parts = (weigh.TITLE, weigh.DESCRIPTION, weigh.IMAGE, weigh.BRAND, weigh.IDENTIFIER)
    assert sum(parts) + weigh.CATEGORY == weigh.CONTENT
    assert max(weigh.PRICE_BY_VERDICT.values()) == weigh.PRICE
    assert max(weigh.AVAILABILITY_POINTS.values()) == weigh.AVAILABILITY
    assert set(weigh.AVAILABILITY_POINTS) == {value.value for value in Availability}


def test_a_complete_offer_of_a_proven_merchant_is_nearly_perfect() -> None:
    found = rated(FULL, facts=MerchantFacts(1_000_000, 1_000_000))
    assert found["score"] >= 98
    assert found["content"] == 30


def test_an_offer_without_anything_is_neutral_where_nothing_is_known() -> None:
    found = rate(
        pl.DataFrame({"offer_id": [OFFER]}),
        pl.DataFrame({"offer_id": pl.Series([], dtype=pl.Int64)}),
        MerchantFacts(0, 0),
        at=AT,
    ).row(0, named=True)
    assert (found["content"], found["price"], found["availability"]) == (0, 13, 8)
    assert found["merchant"] == 12


def test_a_new_merchant_starts_at_the_prior_and_a_careless_one_falls_below_it() -> None:
    new, careful, careless = (
        weigh.reliable_share(0, 0),
        weigh.reliable_share(1000, 0),
        weigh.reliable_share(500, 500),
    )
    assert careless < new < careful


@pytest.mark.parametrize(("good", "bad"), [(0, 0), (10, 5), (200, 20)])
def test_the_lower_bound_is_close_to_the_exact_quantile(good: int, bad: int) -> None:
    a, b = weigh.PRIOR_GOOD + good, weigh.PRIOR_BAD + bad
    steps = 20_000
    density = [(x / steps) ** (a - 1) * (1 - x / steps) ** (b - 1) for x in range(1, steps)]
    total, below, exact = sum(density), 0.0, 0.0
    for place, weight in enumerate(density, start=1):
        below += weight
        if below >= 0.05 * total:
            exact = place / steps
            break
    assert weigh.reliable_share(good, bad) == pytest.approx(exact, abs=0.02)


def test_a_claim_found_wrong_costs_points_of_the_price_part() -> None:
    honest = rated(FULL)
    inflated = rated(FULL, {"claim_verdict": "claim_inflated", "flags": ["recent_raise"]})
    assert honest["price"] - inflated["price"] == 13
    assert honest["content"] == inflated["content"]


def test_what_is_not_known_right_now_is_not_fresh() -> None:
    assert rated(FULL, {"coverage_since": 0.5})["freshness"] == 7
    assert rated(FULL, {"asserted_at": AT})["freshness"] == 0


@given(
    st.fixed_dictionaries(
        {
            "availability": st.sampled_from([None, *(a.value for a in Availability)]),
            "title_length": st.one_of(st.none(), st.integers(0, 400)),
            "description_length": st.one_of(st.none(), st.integers(0, 9000)),
            "images": st.one_of(st.none(), st.integers(0, 20)),
            "has_brand": st.one_of(st.none(), st.booleans()),
            "has_identifier": st.one_of(st.none(), st.booleans()),
            "has_category": st.one_of(st.none(), st.booleans()),
        }
    ),
    st.sampled_from(list(weigh.PRICE_BY_VERDICT)),
    st.sampled_from(["claim_none", "claim_ok", "claim_inflated", "claim_overstated"]),
    st.floats(0, 1),
    st.integers(0, 10**7),
    st.integers(0, 10**7),
)
def test_the_parts_add_up_to_the_score(
    offer: dict[str, Any], verdict: str, claim: str, share: float, accepted: int, rejected: int
) -> None:
    found = rated(
        {**offer, "offer_id": OFFER},
        {"verdict": verdict, "claim_verdict": claim, "coverage_since": share},
        MerchantFacts(accepted, accepted + rejected),
    )
    assert found["score"] == sum(found[part] for part in PARTS)
    assert 0 <= found["score"] <= 100
    for part in PARTS:
        assert 0 <= found[part] <= getattr(weigh, part.upper())
