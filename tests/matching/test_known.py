"""What is known on disk answers as the whole search does, and loses nothing when it is merged."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.offers import market, offered
from sparfuchs.matching.candidates import keys_of, search
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.known import PARTS, Known, Run, known_rows, merged, postings_of, to_merge
from sparfuchs.matching.model import READ
from sparfuchs.matching.place import place
from sparfuchs.matching.scorer import shipped


def run_of(offers: pl.DataFrame, corpus: Corpus) -> Run:
    rows = known_rows(offers, corpus.read)
    return Run.of(rows, postings_of(corpus, rows))


@pytest.fixture(scope="module")
def shops() -> tuple[pl.DataFrame, Corpus, pl.DataFrame, Corpus]:
    left, right, _ = market(90, seed=4)
    here = Corpus.of(left)
    return left, here, right, Corpus.of(right, here.weights)


def found(known: Known, corpus: Corpus) -> list[tuple[int, int, float]]:
    hits = known.search(keys_of(corpus), most=10, budget=100_000)
    offers = known.offers(hits["right"].to_numpy().astype(np.int64))["offer"]
    told = hits.with_columns(pl.col("score").round(4)).select("left", "score")
    return sorted(
        (left, offer, round(score, 4))
        for (left, score), offer in zip(told.iter_rows(), offers.to_list(), strict=True)
    )


def test_a_run_on_disk_answers_as_the_whole_search(
    shops: tuple[pl.DataFrame, Corpus, pl.DataFrame, Corpus], tmp_path: Path
) -> None:
    left, here, _, asked = shops
    run = run_of(left, here)
    for part in PARTS:
        run.write(part, tmp_path / part)
    known = Known([Run.read([tmp_path / part for part in PARTS])])
    wanted = search(asked, here, most=10, budget=None)
    best = wanted.group_by("left").agg(pl.col("score").max()).sort("left")
    mine = found(known, asked)
    top = {one: max(score for row, _, score in mine if row == one) for one, _, _ in mine}
    assert [top[one] for one in best["left"]] == pytest.approx(best["score"].to_list(), abs=1e-3)
    assert known.at(np.array([0, 5]))["offer"].to_list() == left["offer"][[0, 5]].to_list()


def test_several_runs_answer_as_one_and_merging_drops_only_the_dead(
    shops: tuple[pl.DataFrame, Corpus, pl.DataFrame, Corpus],
) -> None:
    left, here, _, asked = shops
    parts = [left[:30], left[30:50], left[50:]]
    runs = [run_of(part, Corpus.of(part, here.weights)) for part in parts]
    assert found(Known(runs), asked) == found(Known([run_of(left, here)]), asked)
    dead = {3, 31, 60}
    alive = [~part["offer"].is_in(list(dead)).to_numpy() for part in parts]
    one = Known([merged(runs, alive)])
    kept = left.filter(~pl.col("offer").is_in(list(dead)))
    assert one.runs[0].rows["offer"].to_list() == kept["offer"].to_list()
    assert found(one, asked) == found(Known([run_of(kept, Corpus.of(kept, here.weights))]), asked)


def test_a_number_finds_its_offer_whatever_the_words_and_a_number_of_everybody_does_not() -> None:
    told = [{"title": f"Ding {n}", "gtin14": "00000000000017"} for n in range(250)]
    rare = {"title": "Kaffeemaschine", "gtin14": "04006381333931", "brand": "Quarnil"}
    stock = offered(*told, rare)
    known = Known([run_of(stock, Corpus.of(stock))])
    asked = offered(
        {"title": "ganz anders", "gtin14": "04006381333931"},
        {"title": "auch anders", "gtin14": "00000000000017"},
    )
    pairs = known.by_keys(known_rows(asked, Corpus.of(asked).read))
    assert pairs.rows() == [(0, 250)]


@given(st.lists(st.integers(1, 500), max_size=40))
@settings(max_examples=100, deadline=None)
def test_runs_stay_few_however_batches_come(batches: list[int]) -> None:
    sizes: list[int] = []
    for fresh in batches:
        many = to_merge(sizes, fresh)
        sizes = [*sizes[: len(sizes) - many], fresh + sum(sizes[len(sizes) - many :])]
        # Each is more than three times as large as what came after it.
        assert all(one > 3 * two for one, two in pairwise(sizes))
    assert sum(sizes) == sum(batches)


def test_a_new_offer_is_judged_as_in_bulk_and_meets_nobody_who_stands_no_more() -> None:
    left, right, _ = market(60, seed=9)
    right = right.with_columns(offer=pl.col("offer") + 1000)
    scorer = shipped()
    bulk = place(pl.concat([left, right]), scorer)
    here = Corpus.of_read(bulk.rows[: left.height].select(list(READ)), bulk.corpus.weights)
    known = Known([run_of(left, here)])
    one = right[7:8]
    placed = place(one, scorer, weights=bulk.corpus.weights, known=known)
    sure = placed.edges.filter(pl.col("band") == "automatic")
    before = bulk.edges.filter((pl.col("right") == 1007) & (pl.col("band") == "automatic"))
    assert sure["left"].to_list() == before["left"].to_list() == [7]
    nobody = place(
        one,
        scorer,
        weights=bulk.corpus.weights,
        known=known,
        alive=lambda told: told["offer"] != 7,
    )
    assert 7 not in nobody.edges["left"].to_list()
