"""The second stage: what raises a listing, by how much, and what cannot."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.search.model import LISTING, Query
from sparfuchs.search.rank import FIELDS, QUALITY, Standing, quality, rank, ranking

AT = datetime(2026, 11, 25, tzinfo=UTC)
PLAIN = Standing(*(np.zeros(1) for _ in fields(Standing)))
ONE = st.floats(0, 1)


def raised(**by: float) -> float:
    standing = replace(PLAIN, **{name: np.array([value]) for name, value in by.items()})
    return float(quality(standing, AT)[0])


def test_each_thing_known_of_a_listing_raises_it_and_none_more_than_is_published() -> None:
    nothing = raised()
    assert raised(deal=1.0) < raised(deal=1.0, vouched=1.0)
    assert raised(deal=1.0, vouched=1.0) - nothing == pytest.approx(QUALITY["verdict"])
    assert raised(rating=100.0) - nothing == pytest.approx(QUALITY["rating"])
    assert raised(merchants=50.0) - nothing == pytest.approx(QUALITY["popularity"])
    new = raised(new_at=AT.timestamp()) - nothing
    assert 0 < new <= QUALITY["freshness"]


@given(fit=st.floats(0.1, 500), worse=st.floats(0.1, 500), rating=st.floats(0, 100), deal=ONE)
def test_a_much_better_fit_of_words_wins_over_anything_else(
    fit: float, worse: float, rating: float, deal: float
) -> None:
    best = replace(PLAIN, rating=np.array([rating]), deal=np.array([deal]))
    plain = rank(np.array([fit]), PLAIN, AT)[0]
    other = rank(np.array([worse]), best, AT)[0]
    if fit > worse * (1 + sum(QUALITY.values())):
        assert plain > other


def test_commission_has_no_way_into_the_order() -> None:
    """Nothing that the order sees has a word of money that is paid for a place or a click."""
    paid = (
        "commission",
        "provision",
        "cpc",
        "bid",
        "paid",
        "sponsor",
        "revenue",
        "margin",
        "click",
    )
    seen = [*LISTING, *(one.name for one in fields(Standing)), *FIELDS, *QUALITY]
    seen += [one.name for one in fields(Query)]
    assert not [name for name in seen for word in paid if word in name.lower()]
    assert ranking()["paid"] == []
    assert set(ranking()["listing"]) == set(QUALITY)
