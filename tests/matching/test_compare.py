"""How alike two offers are."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.offers import offered
from sparfuchs.matching.compare import compare
from sparfuchs.matching.corpus import Corpus

_OTHERS = ("Teslonde Drucker QL-700", "Almkornhof Kaffee 500 g", "Quarnil Monitor 24 Zoll")


def features(one: dict[str, Any] | str, two: dict[str, Any] | str) -> dict[str, float]:
    corpus = Corpus.of(offered(one, two, *_OTHERS))
    return compare(corpus, corpus, np.array([0]), np.array([1])).row(0, named=True)


_WORDS = (
    "Sony", "Quarnil", "WH-1000XM5", "wh1000", "500", "g", "1", "kg", "schwarz", "blau",
    "2er-Pack", "Pro", "2007", "XL", "neu",
)  # fmt: skip
_titles = st.lists(st.sampled_from(_WORDS), max_size=8).map(" ".join)


@settings(max_examples=40)
@given(_titles, _titles)
def test_it_does_not_matter_which_offer_stands_on_the_left(one: str, two: str) -> None:
    there, back = features(one, two), features(two, one)
    np.testing.assert_allclose(list(there.values()), list(back.values()), rtol=1e-4, atol=1e-4)


def test_an_offer_is_wholly_like_itself() -> None:
    title = "Sony WH-1000XM5 Kopfhörer 30 h, schwarz"
    found = features(title, title)
    for name in ("title_cosine", "all_cosine", "grams_cosine", "title_held_low", "models_held_low"):
        assert found[name] == pytest.approx(1, abs=1e-5)
    assert found["ratio"] == 100
    assert found["title_only_high"] == pytest.approx(0, abs=1e-5)


def test_a_model_number_is_found_however_the_other_writes_it() -> None:
    for other in ("Sony WH 1000 XM5", "SONY WH1000XM5", "Sony WH-1000-XM5"):
        assert features("Sony WH-1000XM5", other)["models_held_high"] == 1
    assert features("Sony WH-1000XM5", "Sony WH-1000XM4")["models_held_high"] == 0


def test_another_storage_contradicts_and_the_same_in_other_units_agrees() -> None:
    assert features("SSD 980 500 GB", "SSD 980 1 TB")["measures_conflict"] == 1
    found = features("SSD 980 1000 GB", "SSD 980 1 TB")
    assert (found["measures_conflict"], found["measures_shared"]) == (0, 1)


def test_two_packs_differ_and_a_silent_title_counts_as_one() -> None:
    assert features("Shampoo 2er-Pack", "Shampoo 4er-Pack")["pack_ratio"] == 2
    assert features("Shampoo 6er-Pack", "Shampoo")["pack_ratio"] == 6
    assert np.isnan(features("Shampoo", "Shampoo")["pack_ratio"])


def test_prices_are_compared_in_one_currency_only_and_equal_prices_are_zero_apart() -> None:
    euro = {"title": "A", "price_minor": 1999, "currency": "EUR"}
    assert features(euro, euro)["price_apart"] == 0
    assert features(euro, euro | {"price_minor": 3998})["price_apart"] == pytest.approx(np.log(2))
    assert np.isnan(features(euro, euro | {"currency": "USD"})["price_apart"])
    assert np.isnan(features(euro, {"title": "A"})["price_apart"])


def test_pairs_are_compared_in_their_order_however_many_they_are() -> None:
    corpus = Corpus.of(offered(*_OTHERS))
    rows, others = np.array([0, 1, 2, 0]), np.array([1, 2, 0, 0])
    together = compare(corpus, corpus, rows, others)
    apart = [compare(corpus, corpus, rows[n : n + 1], others[n : n + 1]) for n in range(len(rows))]
    np.testing.assert_allclose(
        together.to_numpy(), pl.concat(apart).to_numpy(), rtol=1e-4, atol=1e-5
    )
    assert compare(corpus, corpus, rows[:0], others[:0]).height == 0
