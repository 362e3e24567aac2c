"""The tree holds together, a shelf is found by path and title, and what is not known is said so."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.market.api import shelved
from sparfuchs.matching.category_evaluate import leave_one_shop_out
from sparfuchs.matching.category_model import CategoryModel, learn, shipped_categories
from sparfuchs.matching.category_read import Tree, read_trees
from sparfuchs.matching.category_words import path_words, rows_of, scaled
from sparfuchs.matching.classify import CERTAIN, SURE, Classifier
from sparfuchs.matching.taxonomy import taxonomy

HEADPHONES, HEADPHONES_BELOW, AUDIO, ELECTRONICS = 505771, 543626, 223, 222


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(shipped_categories())


Row = Mapping[str, str | None]


def offers(*rows: Row) -> pl.DataFrame:
    columns = ("title", "brand", "category_path", "product_type")
    return pl.DataFrame(
        [
            {"offer_id": place, **{name: row.get(name) for name in columns}}
            for place, row in enumerate(rows)
        ],
        schema={"offer_id": pl.Int64(), **dict.fromkeys(columns, pl.String())},
    )


def place(
    classifier: Classifier, row: Row, hand: dict[str, int] | None = None
) -> tuple[int | None, str | None]:
    found = classifier.classify(offers(row), hand).row(0, named=True)
    return found["category_id"], found["how"]


# --- the tree -------------------------------------------------------------------------------------


def test_every_named_node_leads_to_the_top_and_siblings_have_different_names() -> None:
    tree = taxonomy()
    for code, node in tree.nodes.items():
        line = tree.line(code)
        assert line[-1] == code
        assert tree.nodes[line[0]].parent == 0
        assert node.de.strip() == node.de != ""
        assert node.en.strip() == node.en != ""
        assert " > " not in node.de + node.en
    for language in ("de", "en"):
        paths = [tree.path(code, language) for code in tree.nodes]
        assert len(set(paths)) == len(paths)


def test_the_two_upper_levels_have_names_throughout() -> None:
    tree = taxonomy()
    tops = {code for code, parent in tree.above.items() if not parent}
    upper = tops | {code for code, parent in tree.above.items() if parent in tops}
    assert len(tops) == 21
    assert upper <= set(tree.nodes)


def test_a_code_without_a_name_counts_as_its_nearest_ancestor_that_has_one() -> None:
    tree = taxonomy()
    assert HEADPHONES_BELOW not in tree.nodes
    assert tree.named(HEADPHONES_BELOW) == HEADPHONES
    assert tree.path(HEADPHONES_BELOW) == "Elektronik > Audio & HiFi > Kopfhörer"
    assert tree.path(HEADPHONES_BELOW, "en") == "Electronics > Audio & hi-fi > Headphones"
    assert tree.named(999_999_999) is None
    assert tree.line(999_999_999) == ()


# --- what decides ---------------------------------------------------------------------------------


def test_the_hand_wins_over_a_stated_code_and_that_over_the_words(classifier: Classifier) -> None:
    row = {"title": "Bratpfanne 28 cm", "product_type": "Küche > Pfannen"}
    assert place(classifier, row) == (6070, "path")
    stated = {**row, "category_path": str(HEADPHONES_BELOW)}
    assert place(classifier, stated) == (HEADPHONES, "stated")
    assert place(classifier, stated, {"Küche > Pfannen": 5}) == (5, "hand")
    assert place(classifier, stated, {"Anderes": 5}) == (HEADPHONES, "stated")


def test_a_code_that_is_none_of_the_taxonomy_says_nothing(classifier: Classifier) -> None:
    assert place(classifier, {"title": "Xqvw", "category_path": "99999999"}) == (None, None)


def test_a_path_of_the_taxonomy_in_words_is_read_like_any_other(classifier: Classifier) -> None:
    found = place(classifier, {"title": "x", "category_path": "Electronics > Audio > Headphones"})
    assert found == (HEADPHONES, "path")


def test_the_title_tells_where_the_path_says_nothing(classifier: Classifier) -> None:
    assert place(classifier, {"title": "Damen Sneaker weiß"}) == (187, "title")
    assert place(classifier, {"title": "Damen Sneaker weiß", "product_type": "Sale > Neu"}) == (
        187,
        "title",
    )


def test_a_sure_path_is_refined_by_a_title_and_never_left_for_another_shelf(
    classifier: Classifier,
) -> None:
    tree = taxonomy()
    alone = classifier.classify(offers({"title": "", "product_type": "Spielzeug"})).row(
        0, named=True
    )
    assert alone["confidence"] >= CERTAIN
    code, _ = place(classifier, {"title": "Bratpfanne Topf Kochtopf", "product_type": "Spielzeug"})
    assert code is not None
    assert alone["category_id"] in tree.line(code)


def test_words_that_nobody_knows_give_no_category(classifier: Classifier) -> None:
    assert place(classifier, {"title": "Xqvw Zzkrp", "product_type": "Wqx"}) == (None, None)
    assert place(classifier, {"title": None}) == (None, None)


def test_confidence_lies_between_the_threshold_and_one(classifier: Classifier) -> None:
    found = classifier.classify(
        shelved().select("title", "brand", product_type="path").with_row_index("offer_id")
    )
    known = found.drop_nulls("category_id")
    assert known["confidence"].is_between(SURE, 1.0001).all()
    assert known["how"].is_not_null().all()


TITLES = st.lists(
    st.sampled_from(["Kopfhörer", "Bratpfanne", "Regal", "Xq", "Duschgel 250 ml", "LED Lampe", ""]),
    min_size=1,
    max_size=6,
)


@given(TITLES, st.data())
def test_an_offers_place_depends_on_nothing_but_the_offer(
    classifier: Classifier, titles: list[str], data: st.DataObject
) -> None:
    rows = offers(*[{"title": title, "product_type": title[::-1]} for title in titles])
    together = classifier.classify(rows)
    order = data.draw(st.permutations(range(len(titles))))
    shuffled = classifier.classify(rows[order])
    assert shuffled["offer_id"].to_list() == list(order)
    assert shuffled.sort("offer_id")["category_id"].to_list() == together["category_id"].to_list()


def test_the_shipped_model_knows_the_shelves_of_the_market() -> None:
    tree, told = taxonomy(), shelved()
    found = Classifier(shipped_categories()).classify(
        told.select("title", "brand", product_type="path").with_row_index("offer_id")
    )
    right = [
        code is not None and tree.named(true) in tree.line(code)
        for code, true in zip(found["category_id"], told["code"], strict=True)
    ]
    assert np.mean(right) > 0.95


# --- the model ------------------------------------------------------------------------------------


def test_what_is_said_of_unseen_texts_is_what_a_model_without_them_says() -> None:
    """The closed form against training again without each text."""
    paths = ["Obst", "Obst > Apfel", "Obstsaft", "Hose", "Hosen > Jeans", "Jeanshose", "Apfelsaft"]
    labels = ["a", "a", "b", "c", "c", "c", "b"]
    learned = learn(path_words(pl.Series(paths)), labels, version="x")
    right = 0
    for left_out, path in enumerate(paths):
        words = path_words(pl.Series([one for n, one in enumerate(paths) if n != left_out]))
        rest = [one for n, one in enumerate(labels) if n != left_out]
        # The same strength as the whole model chose, or the two would not be alike.
        model = learn(words, rest, version="y", strengths=(learned.strength,)).model
        scores = model.scores(path_words(pl.Series([path])), 1)
        right += model.labels[int(scores.argmax())] == labels[left_out]
    assert learned.unseen_right == pytest.approx(right / len(paths))


def test_a_stored_model_says_what_the_learned_one_said(tmp_path: Path) -> None:
    words = path_words(pl.Series(["Obst", "Apfel", "Hose", "Jeans"]))
    model = learn(words, ["1", "1", "2", "2"], version="7").model
    model.save(tmp_path / "m.npz")
    again = CategoryModel.load(tmp_path / "m.npz")
    assert (again.version, again.labels, again.heat) == ("7", model.labels, model.heat)
    assert np.allclose(again.probabilities(words, 4), model.probabilities(words, 4), atol=0.05)


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "m.npz", format=99)
    with pytest.raises(UsageError):
        CategoryModel.load(tmp_path / "m.npz")


def test_one_label_is_no_choice() -> None:
    with pytest.raises(UsageError):
        learn(path_words(pl.Series(["a b", "c d"])), ["x", "x"], version="1")


@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=40), min_size=1))
def test_every_word_is_a_row_of_length_one_whatever_stands_beside_it(words: list[str]) -> None:
    rows = rows_of(pl.Series(words, dtype=pl.String))
    assert np.allclose(np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel()), 1, atol=1e-5)
    alone = rows_of(pl.Series(words[:1], dtype=pl.String))
    assert np.allclose(rows[[0]].toarray(), alone.toarray())


def test_the_lowest_level_of_a_path_weighs_most() -> None:
    said = scaled(path_words(pl.Series(["Küche > Kochen > Pfannen"])))
    weights = dict(said.select("word", "weight").iter_rows())
    assert weights["pfannen"] > weights["kochen"] > weights["kueche"]


# --- labelled folders -----------------------------------------------------------------------------


def test_each_shape_of_a_shops_categories_is_read_and_an_open_string_is_closed(
    tmp_path: Path,
) -> None:
    (tmp_path / "at").mkdir()
    (tmp_path / "at" / "eins-categories.json").write_text(
        '[{"id": "F1", "description": "Obst", "code": "00"},'
        '{"id": "F1-2", "description": "Äpfel", "code": "00"},'
        '{"id": "x", "description": "Obst -> Birnen", "code": null}]'
    )
    (tmp_path / "at" / "zwei-categories.json").write_text(
        '{"a": {"id": "a", "code": "01\n  "x": 1, "name": "Lauch", "slug": "gemuese-lauch"},'
        '"b": {"id": "Obst/Kiwi/", "code": "00", "name": "Kiwi"},'
        '"c": {"id": "c", "code": "Alles", "name": "Alles"}}'
    )
    (tree,) = read_trees(tmp_path)
    assert tree.unlabelled == 2
    assert tree.rows.rows() == [
        ("eins", "Obst", "00"),
        ("eins", "Obst > Äpfel", "00"),
        ("zwei", "gemuese lauch > Lauch", "01"),
        ("zwei", "Obst > Kiwi", "00"),
    ]


def test_a_folder_without_trees_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_trees(tmp_path)


def test_a_shop_is_judged_by_what_the_others_call_things() -> None:
    rows = [
        ("eins", "Obst > Äpfel", "obst"),
        ("eins", "Hosen", "mode"),
        ("zwei", "Frisches Obst", "obst"),
        ("zwei", "Jeanshosen", "mode"),
        ("zwei", "Schrauben", "bau"),
    ]
    tree = Tree("t", pl.DataFrame(rows, schema=["shop", "path", "label"], orient="row"), 0)
    first, second = leave_one_shop_out(tree)
    assert (first.shop, first.top1, first.unseen) == ("eins", 1.0, 0.0)
    assert second.top1 == pytest.approx(2 / 3)
    assert second.unseen == pytest.approx(1 / 3)
