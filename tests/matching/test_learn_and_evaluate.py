"""Learning from pairs, keeping what was learnt, and judging it on a folder."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from matching.offers import market
from sparfuchs.entrypoints.cli import app
from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.matching.candidates import both_ways
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.evaluate import evaluate_matching
from sparfuchs.matching.learn import Effort, judge, learn, products_of, split_of
from sparfuchs.matching.read_labelled import read_labelled
from sparfuchs.matching.scorer import Scorer

SMALL = Effort(folds=3, rounds=40, forests=1, leaves=7)
REAL = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="module")
def learnt() -> tuple[Corpus, Corpus, pl.DataFrame, Scorer]:
    left, right, pairs = market(240, 1)
    one = Corpus.of(left)
    two = Corpus.of(right, one.weights)
    train, tune = pairs.filter(pl.col("left") < 180), pairs.filter(pl.col("left") >= 180)
    found = both_ways(one, two, most=5)
    scorer = learn(
        split_of(one, two, train),
        split_of(one, two, tune),
        split_of(one, two, found.with_columns(label=0)),
        version="test",
        seed=1,
        effort=SMALL,
    )
    return one, two, pairs, scorer


def folder_of(place: Path, products: int = 240) -> Path:
    """A folder in the shape of two tables and pairs."""
    left, right, pairs = market(products, 2)
    for name, table in (("tableA", left), ("tableB", right)):
        table.select(id="offer", name="title").write_csv(place / f"{name}.csv")
    named = pairs.rename({"left": "ltable_id", "right": "rtable_id"})
    for name, low, high in (("train", 0.0, 0.6), ("valid", 0.6, 0.8), ("test", 0.8, 1.0)):
        share = pl.col("ltable_id") / products
        named.filter((share >= low) & (share < high)).write_csv(place / f"{name}.csv")
    return place


def test_unseen_products_are_told_apart_by_their_storage(
    learnt: tuple[Corpus, Corpus, pl.DataFrame, Scorer],
) -> None:
    *_, scorer = learnt
    left, right, pairs = market(90, 5)
    one = Corpus.of(left)
    two = Corpus.of(right, one.weights)
    asked = split_of(one, two, pairs)
    known = split_of(one, two, both_ways(one, two, most=5).with_columns(label=0))
    for candidates in (None, known):
        said, thresholds = judge(scorer, asked, candidates)
        assert ((said > thresholds.match) == (asked.labels == 1)).mean() > 0.97


def test_a_scorer_kept_as_text_says_the_same(
    learnt: tuple[Corpus, Corpus, pl.DataFrame, Scorer],
) -> None:
    one, two, pairs, scorer = learnt
    again = Scorer.from_text(scorer.to_text())
    asked = split_of(one, two, pairs)
    np.testing.assert_array_equal(again.score(asked.features)[0], scorer.score(asked.features)[0])
    assert again.among is not None
    assert again.version == "test"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"form": 99}', '{"form": 1, "version": "x"}'])
def test_what_is_no_model_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Scorer.from_text(text)


def test_the_same_seed_gives_the_same_scorer() -> None:
    left, right, pairs = market(60, 1)
    one = Corpus.of(left)
    two = Corpus.of(right, one.weights)
    split = split_of(one, two, pairs)
    made = [
        learn(split, split, None, version="x", seed=3, effort=SMALL).to_text() for _ in range(2)
    ]
    assert made[0] == made[1]


def test_products_are_what_matches_hang_together_by() -> None:
    pairs = pl.DataFrame(
        {"left": [0, 0, 1, 2], "right": [0, 1, 1, 2], "label": [1, 1, 1, 0]},
        schema_overrides={"left": pl.UInt32(), "right": pl.UInt32()},
    )
    left, right = products_of(pairs, 3, 3)
    assert left[0] == left[1] == right[0] == right[1]
    assert len({left[0], left[2], right[2]}) == 3


def test_a_folder_is_judged_with_controls_and_the_search_finds_its_matches(tmp_path: Path) -> None:
    found = evaluate_matching(folder_of(tmp_path), seeds=1)
    assert found.judged.f1 > 0.95
    assert all(0 < control.f1 <= 1 for control in found.controls.values())
    assert found.candidate_recall == found.candidate_recall_both == 1
    assert found.end_to_end == found.judged.f1


def test_two_titles_and_a_label_are_judged_alone(tmp_path: Path) -> None:
    left, right, pairs = market(150, 2)
    whole = pairs.select(
        title_left=left["title"].gather(pairs["left"]),
        title_right=right["title"].gather(pairs["right"]),
        label="label",
    ).sample(fraction=1, shuffle=True, seed=1)
    for name, start, count in (("train", 0, 300), ("valid", 300, 100), ("test", 400, 100)):
        whole.slice(start, count).write_csv(tmp_path / f"{name}.csv")
    found = evaluate_matching(tmp_path, seeds=1)
    assert found.candidate_recall is found.end_to_end is None
    assert found.judged == found.alone
    assert found.alone.f1 > 0.9


def test_a_folder_without_test_is_judged_on_valid_and_tuned_on_products_of_its_own(
    tmp_path: Path,
) -> None:
    (folder_of(tmp_path) / "test.csv").unlink()
    data = read_labelled(tmp_path)
    assert not set(data.train["left"].to_list()) & set(data.tune["left"].to_list())
    assert data.test.height == pl.read_csv(tmp_path / "valid.csv").height


def test_what_is_no_such_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_labelled(tmp_path / "nowhere")
    with pytest.raises(NotFound):
        read_labelled(tmp_path)
    (folder_of(tmp_path) / "train.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError):
        read_labelled(tmp_path)


def test_the_command_prints_one_object(tmp_path: Path) -> None:
    answer = CliRunner().invoke(
        app, ["evaluate", "matching", str(folder_of(tmp_path, 120)), "--seeds", "1", "--json"]
    )
    assert answer.exit_code == 0
    told = json.loads(answer.stdout.splitlines()[-1])
    assert {"f1", "precision", "recall", "accuracy", "candidate_recall", "end_to_end"} <= set(told)
    assert told["pairs_per_second"] > 0
    wrong = CliRunner().invoke(app, ["evaluate", "matching", str(tmp_path / "no"), "--json"])
    assert wrong.exit_code == 2


@pytest.mark.parametrize("name", ["er-abt-buy", "er-amazon-google", "er-wdc-products"])
def test_published_tables_are_read_and_searched(name: str) -> None:
    if not (REAL / name).exists():
        pytest.skip(f"{name} is not here")
    data = read_labelled(REAL / name)
    assert data.test["label"].sum() > 200
    assert data.left["title"].null_count() == 0
    assert data.left["price_minor"].drop_nulls().min() is not None
