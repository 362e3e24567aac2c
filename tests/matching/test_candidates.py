"""Which offers are worth comparing."""

import numpy as np
import polars as pl

from matching.offers import market, offered
from sparfuchs.matching.candidates import alike, both_ways, search
from sparfuchs.matching.corpus import Corpus


def both(products: int) -> tuple[Corpus, Corpus, pl.DataFrame]:
    left, right, pairs = market(products, 1)
    one = Corpus.of(left)
    return one, Corpus.of(right, one.weights), pairs


def test_every_offer_finds_its_match_among_the_first_five_with_and_without_a_budget() -> None:
    left, right, _ = both(300)
    for budget in (None, 200):
        found = search(left, right, most=5, budget=budget)
        assert found.filter(pl.col("left") == pl.col("right")).height == 300
        assert found.group_by("left").len()["len"].max() in range(3, 6)


def test_the_search_is_the_whole_cosine_search_when_nothing_limits_it() -> None:
    left, right, _ = both(60)
    every = pl.DataFrame(
        {"left": np.repeat(np.arange(60), 60), "right": np.tile(np.arange(60), 60)}
    )
    whole = alike(left, right, every)
    best = whole.group_by("left").agg(pl.col("score").top_k(3).sort()).sort("left")
    found = search(left, right, most=3, budget=None)
    mine = found.group_by("left").agg(pl.col("score").top_k(3).sort()).sort("left")
    np.testing.assert_allclose(
        np.stack(mine["score"].to_list()), np.stack(best["score"].to_list()), rtol=1e-4
    )


def test_an_offer_is_no_candidate_of_itself_and_a_pair_stands_once() -> None:
    corpus = Corpus.of(market(60, 1)[0])
    found = both_ways(corpus, corpus, most=5)
    assert (found["left"] < found["right"]).all()
    assert found.is_unique().all()


def test_offers_without_any_word_find_nothing_and_are_not_found() -> None:
    corpus = Corpus.of(offered("", "Sony WH-1000XM5", "", "Sony WH-1000XM5 neu"))
    found = search(corpus, corpus, most=5)
    assert set(found["left"].to_list()) | set(found["right"].to_list()) == {1, 3}
