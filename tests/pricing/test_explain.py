"""A verdict in words says its numbers and nothing that the evidence does not hold."""

from typing import Any

import pytest

from pricing.build import BERLIN, Seen, daily, verdict_of
from sparfuchs.pricing.explain import Language, explain
from sparfuchs.pricing.model import ClaimVerdict, Verdict

SALE = [*daily(-60, 0, 9000), (0, 7000)]


def german(found: dict[str, Any]) -> tuple[str, str | None]:
    words = explain(found, "de", zone=BERLIN)
    return words.price.replace("\N{NO-BREAK SPACE}", " "), words.claim


def test_a_genuine_reduction_names_the_low_it_is_measured_against() -> None:
    found = verdict_of(SALE)
    assert german(found) == (
        "−22 % ggü. 30-Tage-Tiefpreis 90,00 € (100 % der Zeit beobachtet).",
        None,
    )
    english = explain(found, "en", zone=BERLIN).price
    assert english == "−22% on the 30-day low of €90.00 (observed for 100% of the time)."


def test_a_reduction_in_steps_says_that_its_reference_is_the_one_before_the_first() -> None:
    seen = [*daily(-54, -14, 10000), *daily(-14, -7, 8000), *daily(-7, 0, 7000), (0, 5000)]
    price, _ = german(verdict_of(seen))
    assert price == (
        "−50 % ggü. 30-Tage-Tiefpreis 100,00 € vor der ersten von 3 Senkungen am 27.08.2026 "
        "(100 % der Zeit beobachtet)."
    )


def test_less_than_thirty_days_are_never_called_thirty_days() -> None:
    found = verdict_of([*daily(-26, 0, 9000), (0, 7000)])
    assert found["verdict"] == "genuine"
    price, _ = german(found)
    assert "30-Tage" not in price
    assert "seit 15.08.2026" in price


def test_a_stale_cut_is_called_the_normal_price() -> None:
    price, _ = german(verdict_of([*daily(-90, -45, 10000), *daily(-45, 1, 8000)]))
    assert price.startswith("Seit 27.07.2026 der normale Preis")


def test_too_little_history_shows_no_percentage() -> None:
    price, claim = german(verdict_of([*daily(-12, 0, 5000), (0, 4000)], percent=20))
    assert (
        price
        == "Zu wenig bekannt für ein Urteil (seit 12 Tagen beobachtet, 40 % der nötigen Zeit)."
    )
    assert claim == "Händlerangabe −20 %: von den uns bekannten Preisen nicht widerlegt."


def test_what_refutes_a_reduction_is_not_said_of_days_nobody_watched() -> None:
    seen = [*daily(-14, -7, 444), *daily(-7, 0, 699), (0, 444)]
    price, _ = german(verdict_of(seen))
    assert price == ("Keine Ermäßigung: seit 27.08.2026 haben wir 4,44 € oder weniger gesehen.")


def test_an_inflated_claim_says_since_when_its_reference_was_seen() -> None:
    seen = [*daily(-60, -7, 129), *daily(-7, 0, 169), (0, 129)]
    price, claim = german(verdict_of(seen, reference=169))
    assert price == "Keine Ermäßigung: in den 30 Tagen davor haben wir 1,29 € oder weniger gesehen."
    assert claim is not None
    assert "erst seit 03.09.2026 gesehen" in claim


def test_a_price_that_is_no_longer_seen_carries_its_date() -> None:
    price, _ = german(verdict_of([*daily(-60, -10, 9000), (-10, 7000)]))
    assert price.endswith("Stand 02.09.2026, der Preis kann jetzt anders sein.")


@pytest.mark.parametrize(
    ("seen", "given", "verdict", "claim"),
    [
        (SALE, {"perishable": True}, "exempt", "claim_none"),
        ([(0, 7000)], {"reference": 9000, "kind": "uvp"}, "uvp_only", "claim_uvp"),
        ([(0, 7000)], {"percent": 20}, "insufficient", "claim_unjudged"),
        (daily(-60, 1, 8000), {}, "no_reduction", "claim_none"),
        ([*daily(-40, 0, 10000), (0, 9999)], {}, "small", "claim_none"),
        ([*daily(-20, 0, 10000), (0, 8000)], {"percent": 40}, "plausible", "claim_overstated"),
        (SALE, {"percent": 20, "kind": "uvp"}, "genuine", "claim_uvp"),
        (SALE, {"reference": 20000}, "genuine", "claim_inflated"),
        (SALE, {"reference": 9000}, "genuine", "claim_ok"),
        ([(-90, 5)], {"reference": 9}, "insufficient", "claim_unjudged"),
    ],
)
def test_every_verdict_has_words_in_both_languages(
    seen: list[Seen], given: dict[str, Any], verdict: str, claim: str
) -> None:
    found = verdict_of(seen, **given)
    assert (found["verdict"], found["claim_verdict"]) == (verdict, claim)
    languages: tuple[Language, ...] = ("de", "en")
    for language in languages:
        words = explain(found, language, zone=BERLIN)
        assert words.price.endswith(".")
        assert (words.claim is None) == (claim == "claim_none")
        for text in (words.price, words.claim or ""):
            assert "None" not in text
    assert {verdict} <= {v.value for v in Verdict}
    assert {claim} <= {c.value for c in ClaimVerdict}


def test_the_merchants_percentage_is_always_marked_as_the_merchants() -> None:
    claims: list[dict[str, Any]] = [
        {"percent": 50},
        {"reference": 20000},
        {"percent": 50, "kind": "uvp"},
    ]
    for given in claims:
        _, claim = german(verdict_of(SALE, **given))
        assert claim is not None
        assert claim.startswith("Händlerangabe")


def test_a_claim_on_a_price_never_known_has_no_number() -> None:
    found = verdict_of([(0, None)], reference=10000)
    assert german(found) == ("Noch kein Preis bekannt.", "Händlerangabe: können wir nicht prüfen.")
    assert found["claim_pct"] is None
