"""Words that make a difference."""

import numpy as np
import pytest
from scipy import special

from matching.offers import offered
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.telling_words import TellingWords, design


def pairs(*titles: tuple[str, str]) -> tuple[Corpus, Corpus]:
    left = Corpus.of(offered(*(one for one, _ in titles)))
    return left, Corpus.of(offered(*(two for _, two in titles)), left.weights)


def test_a_design_knows_what_both_have_and_what_one_has_alone() -> None:
    left, right = pairs(("office upgrade", "office"), ("office", "office upgrade"))
    made = design(left, right, np.array([0, 1]), np.array([0, 1]))
    shared, apart = made[:, : left.words.shape[1]], made[:, left.words.shape[1] :]
    assert shared.sum(axis=1).tolist() == [1, 1]
    assert apart.sum(axis=1).tolist() == [1, 1]
    assert (made[[0]] != made[[1]]).nnz == 0  # whichever side it stands on


def test_a_word_that_only_misses_have_on_one_side_comes_to_speak_against_a_match() -> None:
    told = [("office", "office upgrade"), ("office", "office schnell")] * 30
    labels = np.array([0, 1] * 30)
    left, right = pairs(*told)
    rows = np.arange(60)
    made = design(left, right, rows, rows)
    words = TellingWords.fit(made, labels)
    said = special.expit(words.say(made))
    assert said[0] < 0.2
    assert said[1] > 0.8
    strange, other = pairs(("drucker", "kamera"))
    unknown = words.say(design(strange, other, np.array([0]), np.array([0])))
    assert unknown[0] == pytest.approx(words.offset, abs=1e-4)


def test_the_mean_of_several_says_what_they_say_on_average() -> None:
    left, right = pairs(("a b", "a c"), ("a", "a b"), ("c", "b"))
    rows = np.arange(3)
    made = design(left, right, rows, rows)
    several = [
        TellingWords.fit(made, np.array(labels)) for labels in ([1, 0, 1], [0, 1, 1], [0, 0, 1])
    ]
    mean = np.mean([one.say(made) for one in several], axis=0)
    np.testing.assert_allclose(TellingWords.mean(several).say(made), mean, atol=1e-4)
