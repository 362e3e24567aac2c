"""NDCG by hand and against another implementation, and folders of both shapes."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.search.evaluate import evaluate_search, ndcg

GRADES = st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, 3.0]), min_size=1, max_size=30)


def test_ndcg_of_an_order_worked_by_hand() -> None:
    # Burges et al. 2005: 7/1 + 1/log2(3) + 0 over 7/1 + 3/log2(3) + 1/2
    assert ndcg([3, 1, 0], [3, 2, 1]) == pytest.approx((7 + 0.6309) / (7 + 3 * 0.6309 + 0.5), 1e-4)
    assert ndcg([0, 0], [0, 0]) == 0
    assert ndcg([], [3]) == 0


@given(GRADES, st.randoms())
def test_no_order_is_better_than_the_best_and_the_sum_is_that_of_columns(  # type: ignore[no-untyped-def] # hypothesis' random
    grades, draw
) -> None:
    shown = list(grades)
    draw.shuffle(shown)

    def dcg(values: list[float]) -> float:
        top = np.array(values[:10])
        return float(((2**top - 1) / np.log2(np.arange(2, len(top) + 2))).sum())

    best = dcg(sorted(grades, reverse=True))
    assert ndcg(shown, grades) == pytest.approx(dcg(shown) / best if best else 0.0)
    assert ndcg(shown, grades) <= 1 + 1e-12


def products(folder: Path, *, packed: bool) -> None:
    rows = [
        {"id": "a1", "title": "Roter Wasserkocher HX-420", "supplier": "Quarnil", "ean": ["1"]},
        {"id": "b2", "title": "Blauer Wasserkocher", "supplier": "Löffelholm"},
        {"id": "c3", "title": "Toaster", "supplier": "Quarnil", "short_description": "rot"},
    ]
    told = "\n".join(map(json.dumps, rows)).encode()
    if packed:
        (folder / "products.jsonl.gz").write_bytes(gzip.compress(told))
    else:
        (folder / "products.jsonl").write_bytes(told)


@pytest.mark.parametrize("packed", [True, False])
def test_products_with_ratings_are_searched_and_compared(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001 - a case
    products(tmp_path, packed=packed)
    (tmp_path / "ratings.csv").write_text(
        "query,docid,rating\nhx420,a1,3\nblauer wasserkocher,b2,2\nblauer wasserkocher,a1,0\n"
        "zeppelin,c3,1\nkaffee,a1,0\n"
    )
    found = evaluate_search(tmp_path)
    assert (found.queries, found.hopeless, found.products, found.found_nothing) == (3, 1, 3, 1)
    assert found.ndcg == pytest.approx(2 / 3)
    assert found.judged == 1.0


def test_judged_pairs_begin_at_one_which_is_no_fit_at_all(tmp_path: Path) -> None:
    (tmp_path / "judged.csv").write_text(
        "id,product_uid,product_title,search_term,relevance\n"
        "1,7,Rain shower head,shower head,3\n2,8,Angle bracket,shower head,1\n"
        "3,8,Angle bracket,nothing good,1\n"
    )
    found = evaluate_search(tmp_path)
    assert (found.queries, found.hopeless, found.ndcg) == (1, 1, 1.0)


def test_a_folder_of_neither_shape_and_a_missing_column_are_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="neither"):
        evaluate_search(tmp_path)
    products(tmp_path, packed=False)
    (tmp_path / "ratings.csv").write_text("query,doc\nx,a1\n")
    with pytest.raises(UsageError, match=r"ratings\.csv has no column docid"):
        evaluate_search(tmp_path)
