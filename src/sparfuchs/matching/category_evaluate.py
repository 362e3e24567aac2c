"""How well categories are found for a shop that was never seen."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.matching.category_model import CategoryModel, Scores, learn
from sparfuchs.matching.category_read import Tree
from sparfuchs.matching.category_words import path_words, rows_of, scaled, texts_of
from sparfuchs.matching.classify import SURE, placed
from sparfuchs.matching.taxonomy import Taxonomy

_TOP: Final = 3


@dataclass(frozen=True)
class CategoryFigures:
    """Of one shop whose categories the model never saw. Shares are of its labelled categories,
    from 0 to 1; `unknown` is the share that the model leaves open, `right_when_known` how often it
    is right about the others. `unseen` labels stand at no other shop: nothing could know them.
    """

    tree: str
    shop: str
    categories: int
    unseen: float
    top1: float
    top3: float
    unknown: float
    right_when_known: float | None
    control_top1: float
    control_top3: float
    seconds: float


def leave_one_shop_out(tree: Tree) -> list[CategoryFigures]:
    """Figures of each shop of a tree, by a model of the other shops, beside the nearest neighbour
    by TF-IDF over the same words and pieces.
    """
    found = []
    for shop in tree.shops:
        known = tree.rows.filter(pl.col("shop") != shop)
        asked = tree.rows.filter(pl.col("shop") == shop)
        if known["label"].n_unique() < 2:  # noqa: PLR2004 - one label is no choice
            continue
        started = time.perf_counter()
        model = learn(path_words(known["path"]), known["label"].to_list(), version="left-out").model
        chances = model.probabilities(path_words(asked["path"]), asked.height)
        seconds = time.perf_counter() - started
        found.append(
            _figures(tree.name, shop, asked, chances, model.labels, _nearest(known, asked), seconds)
        )
    return found


def _figures(
    tree: str,
    shop: str,
    asked: pl.DataFrame,
    chances: Scores,
    labels: tuple[str, ...],
    control: list[list[str]],
    seconds: float,
) -> CategoryFigures:
    truth = asked["label"].to_list()
    ranked = [[labels[place] for place in row] for row in np.argsort(-chances, axis=1)[:, :_TOP]]
    sure = chances.max(axis=1) >= SURE
    hits = np.array([row[0] == label for row, label in zip(ranked, truth, strict=True)])
    known = set(labels)
    return CategoryFigures(
        tree=tree,
        shop=shop,
        categories=len(truth),
        unseen=float(np.mean([label not in known for label in truth])),
        top1=float(hits.mean()),
        top3=_within(ranked, truth),
        unknown=float(1 - sure.mean()),
        right_when_known=float(hits[sure].mean()) if sure.any() else None,
        control_top1=_within([row[:1] for row in control], truth),
        control_top3=_within(control, truth),
        seconds=seconds,
    )


def _within(ranked: list[list[str]], truth: list[str]) -> float:
    return float(np.mean([label in row for row, label in zip(ranked, truth, strict=True)]))


def _nearest(known: pl.DataFrame, asked: pl.DataFrame) -> list[list[str]]:
    """The labels of the nearest categories by TF-IDF and cosine, the nearest three that differ."""
    words = pl.concat(
        [
            path_words(known["path"]),
            path_words(asked["path"]).with_columns(pl.col("text") + known.height),
        ]
    )
    texts, names = texts_of(scaled(words), known.height + asked.height)
    design = (texts @ rows_of(names)).tocsr()
    often = np.diff(design[: known.height].tocsc().indptr)
    rare = np.log((1 + known.height) / (1 + often)) + 1
    design = design.multiply(rare[None, :]).tocsr()
    length = np.sqrt(np.asarray(design.multiply(design).sum(axis=1)).ravel())
    near = (design[known.height :] @ design[: known.height].T).toarray()
    near = near / np.maximum(length[None, : known.height], 1e-9)
    labels = known["label"].to_list()
    return [
        list(dict.fromkeys(labels[place] for place in row))[:_TOP]
        for row in np.argsort(-near, axis=1, kind="stable")
    ]


@dataclass(frozen=True)
class CrosswalkFigures:
    """The shipped model on the categories of one shop, by the nodes that a crosswalk names.

    `top1` and `top3` are shares of the categories whose first (or one of whose first three) nodes
    is the named one; `unknown` of those left open; `right_when_known` counts an answer that is the
    named node or one of its ancestors.
    """

    tree: str
    shop: str
    categories: int
    top1: float
    top3: float
    unknown: float
    right_when_known: float | None


def by_crosswalk(
    tree: Tree, crosswalk: Mapping[tuple[str, str], int], model: CategoryModel, ours: Taxonomy
) -> list[CrosswalkFigures]:
    """The model on every shop of the tree; labels that the crosswalk lacks are left out."""
    found = []
    for shop in tree.shops:
        rows = tree.rows.filter(pl.col("shop") == shop).with_columns(
            code=pl.Series(
                [
                    crosswalk.get((tree.name, label))
                    for label in tree.rows.filter(pl.col("shop") == shop)["label"]
                ],
                dtype=pl.Int32,
            )
        )
        rows = rows.drop_nulls("code")
        if rows.is_empty():
            continue
        chances = model.probabilities(path_words(rows["path"]), rows.height)
        truth = rows["code"].to_list()
        ranked = [
            [int(model.labels[place]) for place in row]
            for row in np.argsort(-chances, axis=1)[:, :_TOP]
        ]
        codes, _ = placed(model, chances)
        right = [
            int(code) in ours.line(wanted)
            for code, wanted in zip(codes.tolist(), truth, strict=True)
            if code
        ]
        found.append(
            CrosswalkFigures(
                tree=tree.name,
                shop=shop,
                categories=rows.height,
                top1=float(np.mean([r[0] == t for r, t in zip(ranked, truth, strict=True)])),
                top3=float(np.mean([t in r for r, t in zip(ranked, truth, strict=True)])),
                unknown=1 - len(right) / rows.height,
                right_when_known=float(np.mean(right)) if right else None,
            )
        )
    return found
