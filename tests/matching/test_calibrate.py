"""Probabilities that mean what they say, and thresholds that keep their promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.matching.calibrate import (
    Calibration,
    best_f1,
    share_of_matches,
    sure_above,
    wilson_low,
)


def test_scores_that_are_too_sure_are_made_as_sure_as_they_are_right() -> None:
    drawn = np.random.default_rng(3)
    true = drawn.uniform(0.02, 0.98, 20_000)
    labels = (drawn.random(20_000) < true).astype(np.int64)
    odds = np.log(true / (1 - true))
    loud = 1 / (1 + np.exp(-(3 * odds + 1)))
    said = Calibration.fit(loud, labels).apply(loud)
    for low in (0.1, 0.3, 0.5, 0.7):
        inside = (said >= low) & (said < low + 0.2)
        assert labels[inside].mean() == pytest.approx(said[inside].mean(), abs=0.03)


def test_without_both_labels_nothing_is_changed() -> None:
    scores = np.array([0.2, 0.9])
    for labels in (np.array([1, 1]), np.array([0, 0])):
        np.testing.assert_allclose(Calibration.fit(scores, labels).apply(scores), scores)


def test_wilsons_lower_bound_is_the_published_one() -> None:
    # Ten of ten: the interval of Wilson (1927) begins at n / (n + z^2).
    assert wilson_low(10, 10) == pytest.approx(10 / (10 + 1.959964**2))
    assert wilson_low(3980, 4000) == pytest.approx(0.99229, abs=1e-4)
    assert wilson_low(0, 0) == 0


_judged = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 1)), min_size=1, max_size=40)


@given(_judged)
def test_no_other_threshold_has_a_better_f1(judged: list[tuple[int, int]]) -> None:
    said = np.array([score / 20 for score, _ in judged])
    labels = np.array([label for _, label in judged])

    def f1(threshold: float) -> float:
        given_ = said > threshold
        return 2 * int((given_ & (labels == 1)).sum()) / max(int(given_.sum() + labels.sum()), 1)

    threshold, stated = best_f1(said, labels)
    assert stated == pytest.approx(max(f1(value) for value in np.arange(-0.01, 1.01, 0.01)))
    if threshold > 0:
        assert f1(threshold) == pytest.approx(stated)


def test_too_few_labels_make_nothing_automatic() -> None:
    said, labels = np.linspace(0.5, 1, 100), np.ones(100, dtype=np.int64)
    assert sure_above(said, labels, 0.99) > 1
    many = np.linspace(0.5, 1, 1000)
    assert sure_above(many, np.ones(1000, dtype=np.int64), 0.99) == 0.5


def test_what_is_automatic_is_as_precise_as_asked() -> None:
    drawn = np.random.default_rng(1)
    said = drawn.random(5000)
    labels = (drawn.random(5000) < said**0.1).astype(np.int64)
    threshold = sure_above(said, labels, 0.97)
    above = said >= threshold
    assert wilson_low(int(labels[above].sum()), int(above.sum())) >= 0.97


def test_the_share_of_matches_is_found_where_they_are_rarer_than_among_the_labels() -> None:
    drawn = np.random.default_rng(5)

    def pairs(share: float) -> tuple[np.ndarray, np.ndarray]:
        labels = (drawn.random(20_000) < share).astype(np.int64)
        # Two bells, one a match's; with equal shares the odds are 2 x.
        place = drawn.normal(np.where(labels == 1, 1.0, -1.0), 1.0)
        return 1 / (1 + np.exp(-2 * place)), labels

    said, labels = pairs(0.1)
    assert share_of_matches(said, 0.5) == pytest.approx(labels.mean(), abs=0.01)
    known, known_labels = pairs(0.5)
    plain, _ = best_f1(known, known_labels)
    rarer, _ = best_f1(known, known_labels, share_of_matches(said, 0.5))
    # By Bayes the odds fall to a ninth, so a pair has to be surer.
    assert rarer > plain
