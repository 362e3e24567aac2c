"""No sentence says more than its evidence holds, whatever the history was."""

import re
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.build import BERLIN, Seen, verdict_of
from sparfuchs.pricing.explain import Language, explain, written
from sparfuchs.pricing.model import Verdict

PRICES: Final = [None, 99, 100, 129, 4990, 5000, 7000, 7400, 9000, 10_000, 123_456]
LANGUAGES: Final[tuple[Language, ...]] = ("de", "en")

# Half of the readings lie in the weeks that decide.
DAYS: Final = st.one_of(st.integers(-50, 0), st.integers(-130, 0)).map(float)
HISTORIES: Final = st.one_of(
    st.lists(
        st.tuples(DAYS, st.sampled_from(PRICES)),
        min_size=1,
        max_size=60,
        unique_by=lambda seen: seen[0],
    ),
    # Watched daily, with a price from each of some days on.
    st.tuples(
        st.integers(-60, -1),
        st.lists(
            st.tuples(st.integers(-60, 0), st.sampled_from(PRICES[1:])), min_size=1, max_size=6
        ),
    ).map(lambda drawn: steps(*drawn)),
)
CLAIMS: Final = st.fixed_dictionaries(
    {
        "reference": st.sampled_from([None, None, 129, 9000, 12_000]),
        "percent": st.sampled_from([None, None, 20, 55]),
        "kind": st.sampled_from(["previous", "unspecified", "uvp"]),
        "perishable": st.sampled_from([False, False, False, True]),
    }
)


def steps(first: int, changes: list[tuple[int, int | None]]) -> list[Seen]:
    asked: dict[int, int | None] = dict(changes)
    price, seen = changes[0][1], []
    for day in range(first, 1):
        price = asked.get(day, price)
        seen.append((float(day), price))
    return seen


def dates_of(found: dict[str, Any]) -> set[date]:
    names = ("t0", "first_seen", "chain_start", "asserted_at", "ref_first_seen")
    moments: list[datetime] = [found[name] for name in names if found[name] is not None]
    return {moment.astimezone(ZoneInfo(BERLIN)).date() for moment in moments}


def rest_after(text: str, told: list[str]) -> str:
    """The text without what the evidence holds, the longest first."""
    for one in sorted(told, key=len, reverse=True):
        text = re.sub(rf"(?<![\d.,]){re.escape(one)}(?![\d]|[.,]\d)", " ", text)
    return text


def evidence_words(found: dict[str, Any], language: Language) -> list[str]:
    """Every number that the evidence holds, as it may be written."""
    amounts = [
        f"{found[name] / 100:,.2f}"
        for name in ("price_minor", "l30_minor", "ref_price_minor")
        if found[name] is not None
    ]
    if language == "de":
        swap = str.maketrans(",.", ".,")
        amounts = [amount.translate(swap) for amount in amounts]
    numbers = [found["honest_pct"], found["claim_pct"], found["days_seen"], found["chain_steps"]]
    if found["coverage"] is not None:
        numbers.append(int(found["coverage"] * 100))
    days = [written(day, language) for day in dates_of(found)]
    return [*amounts, *days, *(str(one) for one in numbers if one is not None)]


@settings(max_examples=150)
@given(HISTORIES, CLAIMS)
def test_every_number_that_is_said_is_in_the_evidence(
    history: list[Seen], claim: dict[str, Any]
) -> None:
    found = verdict_of(history, **claim)
    known = found["first_seen"] is not None
    whole = known and found["first_seen"] <= found["window_start"]
    for language in LANGUAGES:
        words = explain(found, language, zone=BERLIN)
        text = " ".join(filter(None, (words.price, words.claim)))
        # "Watched for 30 days" is a number of the evidence; the other thirty days are the window.
        thirty = r"30-Tage|den 30 Tagen|30-day|the 30 days"
        assert whole or not re.search(thirty, text), text
        without = rest_after(re.sub(thirty, " ", text), evidence_words(found, language))
        assert not re.search(r"\d", without), (text, without)


@settings(max_examples=150)
@given(HISTORIES, CLAIMS)
def test_a_percentage_of_ours_is_said_only_where_it_may_be_printed(
    history: list[Seen], claim: dict[str, Any]
) -> None:
    found = verdict_of(history, **claim)
    ours = {Verdict.GENUINE.value, Verdict.SMALL.value, Verdict.PLAUSIBLE.value}
    for language in LANGUAGES:
        price = explain(found, language, zone=BERLIN).price
        if found["verdict"] not in ours:
            # The share of time that was watched is no discount.
            spoken = re.sub(r"\d+ ?% (?:der nötigen Zeit|of the time needed)", "", price)
            assert "%" not in spoken
        elif found["verdict"] == Verdict.PLAUSIBLE.value:
            assert re.search(r"\b(?:bis zu|up to)\b", price, re.IGNORECASE)
        # What may have changed meanwhile is never said without its date.
        stale_words = ("der Preis kann jetzt anders sein", "the price may be different now")
        assert price.endswith(tuple(f"{one}." for one in stale_words)) == (
            found["asserted_at"] is not None
        )
