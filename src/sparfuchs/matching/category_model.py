"""The model of categories: a linear one over pieces of words, with honest probabilities.

Learned by ridge regression on the texts' products, which gives what the model would say of each
text had it never seen it in closed form: strength and probabilities are chosen on that alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import eigh

from sparfuchs.kernel.errors import UsageError
from sparfuchs.matching.category_words import COLUMNS, Rows, rows_of, scaled, texts_of
from sparfuchs.matching.taxonomy import SHIPPED

Scores = NDArray[np.float32]

FORMAT: Final = 1
_STRENGTHS: Final = (0.1, 0.3, 1.0, 3.0)
_HEATS: Final = tuple(float(heat) for heat in np.geomspace(2, 40, 14))
# A column's weight below this share of the largest one is left out of what is stored.
_LEAST: Final = 0.02
_STEPS: Final = 127  # a stored weight is one byte


@dataclass(frozen=True)
class CategoryModel:
    """`weights` has a row for each column of words, a column for each of `labels`.

    A probability is the softmax of `heat` times the scores.
    """

    version: str
    labels: tuple[str, ...]
    weights: Rows
    heat: float

    def scores(self, words: pl.DataFrame, count: int) -> Scores:
        """Of `count` texts by their WORD rows, a column a label. Each word is looked at once."""
        if words.is_empty():
            return np.zeros((count, len(self.labels)), dtype=np.float32)
        texts, names = texts_of(scaled(words), count)
        said = (rows_of(names) @ self.weights).toarray().astype(np.float32)
        found: Scores = np.asarray(texts @ said, dtype=np.float32)
        return found

    def probabilities(self, words: pl.DataFrame, count: int) -> Scores:
        chances: Scores = softmax(self.scores(words, count), self.heat)
        return chances

    def save(self, file: Path) -> None:
        """Writes it small: the weights that matter, a byte each."""
        kept = sparse.csr_array(self.weights)
        largest = float(np.abs(kept.data).max())
        kept.data[np.abs(kept.data) < _LEAST * largest] = 0.0
        kept.eliminate_zeros()
        np.savez_compressed(
            file,
            format=FORMAT,
            version=self.version,
            labels=np.array(self.labels),
            heat=self.heat,
            scale=largest / _STEPS,
            data=np.round(kept.data * (_STEPS / largest)).astype(np.int8),
            indices=kept.indices.astype(np.uint16),
            indptr=kept.indptr.astype(np.uint32),
        )

    @classmethod
    def load(cls, file: Path) -> Self:
        """Raises UsageError for a file of another format."""
        with np.load(file, allow_pickle=False) as kept:
            if "format" not in kept or int(kept["format"]) != FORMAT:
                raise UsageError(f"{file} is no model of categories that this version reads")
            labels = tuple(str(one) for one in kept["labels"])
            weights = sparse.csr_array(
                (
                    kept["data"].astype(np.float32) * np.float32(kept["scale"]),
                    kept["indices"].astype(np.int32),
                    kept["indptr"].astype(np.int64),
                ),
                shape=(COLUMNS, len(labels)),
            )
            return cls(str(kept["version"]), labels, weights, float(kept["heat"]))


@dataclass(frozen=True)
class Learned:
    """A model, and how often it is right about texts that it had not seen (left out one by one)."""

    model: CategoryModel
    texts: int
    unseen_right: float
    strength: float


def learn(
    words: pl.DataFrame,
    labels: Sequence[str],
    *,
    version: str,
    strengths: Sequence[float] = _STRENGTHS,
) -> Learned:
    """From WORD rows and the label of each text. Takes memory and time as texts squared and cubed:
    meant for some thousands.

    Raises UsageError for less than two labels.
    """
    names = tuple(sorted(set(labels)))
    if len(names) < 2:  # noqa: PLR2004 - one label is no choice
        raise UsageError("A model needs texts of at least two categories")
    texts, vocabulary = texts_of(scaled(words), len(labels))
    design = sparse.csr_array(texts @ rows_of(vocabulary))
    place = {name: column for column, name in enumerate(names)}
    truth = np.array([place[label] for label in labels])
    wanted = np.zeros((len(labels), len(names)))
    wanted[np.arange(len(labels)), truth] = 1.0
    values, vectors = eigh((design @ design.T).toarray().astype(np.float64))
    best: tuple[float, float, float, Any] | None = None
    turned = vectors.T @ wanted
    for strength in strengths:
        inverse = 1.0 / (np.maximum(values, 0.0) + strength)
        dual = vectors @ (inverse[:, None] * turned)
        unseen = wanted - dual / ((vectors**2) @ inverse)[:, None]
        heat, surprise = _heated(unseen, truth)
        if best is None or surprise < best[0]:
            best = (surprise, strength, heat, (dual, float((unseen.argmax(1) == truth).mean())))
    assert best is not None
    _, strength, heat, (dual, right) = best
    weights = sparse.csr_array((design.T @ sparse.csr_array(dual)).astype(np.float32))
    return Learned(CategoryModel(version, names, weights, heat), len(labels), right, strength)


def _heated(scores: NDArray[np.float64], truth: NDArray[np.int64]) -> tuple[float, float]:
    """The heat at which the probabilities of unseen texts surprise least, and by how much."""
    rows = np.arange(len(truth))
    found = [
        (float(-np.log(np.maximum(softmax(scores, heat)[rows, truth], 1e-9)).mean()), heat)
        for heat in _HEATS
    ]
    surprise, heat = min(found)
    return heat, surprise


def softmax(scores: Any, heat: float) -> Any:
    """Rows of probabilities that add up to one."""
    hot = np.exp(heat * (scores - scores.max(axis=1, keepdims=True)))
    return hot / hot.sum(axis=1, keepdims=True)


@lru_cache(maxsize=1)
def shipped_categories() -> CategoryModel:
    """The model that comes with the program; its labels are codes of the tree."""
    return CategoryModel.load(SHIPPED / "categories.npz")
