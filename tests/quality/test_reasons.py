"""What a rating lost is told, to the point."""

from datetime import UTC, datetime
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from sparfuchs.kernel.frames import Availability
from sparfuchs.quality import weigh
from sparfuchs.quality.model import LEVEL, PARTS, RATED
from sparfuchs.quality.notes import BITS, reasons, unpacked
from sparfuchs.quality.rate import MerchantFacts, rate

AT = datetime(2026, 11, 1, tzinfo=UTC)
OFFER = 1 << 32

OFFERS = st.fixed_dictionaries(
    {
        "offer_id": st.just(OFFER),
        "availability": st.sampled_from([None, *(a.value for a in Availability)]),
        "title_length": st.one_of(st.none(), st.integers(0, 400)),
        "description_length": st.one_of(st.none(), st.integers(0, 300)),
        "images": st.one_of(st.none(), st.integers(0, 3)),
        "has_brand": st.booleans(),
        "has_identifier": st.booleans(),
        "has_category": st.booleans(),
        "shelf": st.sampled_from([None, 1]),
        "maker": st.sampled_from([None, 2]),
    }
)
VERDICTS = st.fixed_dictionaries(
    {
        "offer_id": st.just(OFFER),
        "price_minor": st.sampled_from([None, 50, 1000, 40_000]),
        "currency": st.just("EUR"),
        "verdict": st.sampled_from([*weigh.PRICE_BY_VERDICT, "never heard of"]),
        "claim_verdict": st.sampled_from(["claim_none", "claim_ok", *weigh.PRICE_OFF_BY_CLAIM]),
        "flags": st.sampled_from([[], ["recent_raise"], ["stale", "young"]]),
        "coverage_since": st.one_of(st.none(), st.floats(0, 1)),
        "asserted_at": st.sampled_from([None, AT]),
    }
)
LEVELS = pl.DataFrame(
    [{"key": 1, "currency": "EUR", "members": 77, "middle": 6.9, "spread": 0.2}], schema=LEVEL
)


def rated(offer: dict[str, Any], verdict: dict[str, Any], facts: MerchantFacts) -> dict[str, Any]:
    frame = rate(
        pl.DataFrame([offer], schema=RATED),
        pl.DataFrame([verdict], infer_schema_length=None),
        facts,
        LEVELS,
        at=AT,
    )
    return frame.row(0, named=True)


@settings(max_examples=60)
@given(OFFERS, VERDICTS, st.lists(st.integers(0, 500), min_size=6, max_size=6))
def test_the_reasons_of_a_part_cost_exactly_what_it_lacks(
    offer: dict[str, Any], verdict: dict[str, Any], counts: list[int]
) -> None:
    accepted, rejected, *others = counts
    row = rated(offer, verdict, MerchantFacts(accepted, accepted + rejected, *others))
    told = reasons(row, "EUR")
    for part in PARTS:
        lost = sum(reason.lost for reason in told if reason.part == part)
        assert weigh.MOST[part] - row[part] == lost
    for reason in told:
        assert reason.lost > 0
        assert reason.de.endswith(".")
        assert reason.en.endswith(".")
        assert "None" not in reason.de + reason.en


def test_an_odd_price_says_how_many_times_and_beside_how_many() -> None:
    offer = {"offer_id": OFFER, "shelf": 1, "title_length": 30}
    verdict = {
        "offer_id": OFFER,
        "price_minor": 99,
        "currency": "EUR",
        "verdict": "genuine",
        "claim_verdict": "claim_none",
        "flags": [],
        "coverage_since": 1.0,
        "asserted_at": None,
    }
    row = rated(offer, verdict, MerchantFacts(0, 0))
    [told] = [one for one in reasons(row, "EUR") if one.code == "odd_price"]
    assert told.lost == weigh.PRICE_OFF_ABSURD
    german = told.de.replace("\N{NO-BREAK SPACE}", " ")
    assert german == (
        "10-mal billiger als die Mitte von 77 Angeboten in derselben Kategorie (Mitte 9,92 €)."
    )
    assert told.en.startswith("10 times cheaper than the middle of 77 offers on the same shelf")


def test_a_rating_from_before_reasons_were_kept_tells_none() -> None:
    assert reasons({"notes": None}, "EUR") == []


def test_notes_fit_into_the_number_that_is_stored() -> None:
    assert sum(BITS.values()) <= 31
    top = (1 << sum(BITS.values())) - 1
    assert unpacked(top) == {name: (1 << bits) - 1 for name, bits in BITS.items()}


def test_dead_links_and_broken_claims_cost_the_merchant_little_and_never_all() -> None:
    offer = {"offer_id": OFFER}
    verdict = {
        "offer_id": OFFER,
        "verdict": "genuine",
        "flags": [],
        "claim_verdict": "claim_ok",
        "coverage_since": 1.0,
        "price_minor": 5,
        "currency": "EUR",
        "asserted_at": None,
    }
    best = rated(offer, verdict, MerchantFacts(10_000, 10_000, 1000, 0, 1000, 0))
    worst = rated(offer, verdict, MerchantFacts(0, 10_000, 0, 1000, 0, 1000))
    new = rated(offer, verdict, MerchantFacts(0, 0))
    assert best["merchant"] == weigh.MERCHANT
    assert worst["merchant"] < new["merchant"] < best["merchant"]
    assert best["score"] - worst["score"] <= weigh.MERCHANT
