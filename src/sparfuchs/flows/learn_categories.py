"""An installation's own model of categories, from the codes that its merchants state.

It takes the place of the model in use only where it is better on offers that it did not learn from.
"""

from dataclasses import dataclass
from typing import Final

import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.categorise import own_model
from sparfuchs.flows.installation import Installation
from sparfuchs.kernel.errors import Conflict
from sparfuchs.matching import api as matching

MOST: Final = 2_500  # examples: time grows with their cube
LEAST: Final = 20
_FOLDS: Final = 5  # every fifth path is held back


@dataclass(frozen=True)
class LearnedCategories:
    """How many examples there were, and how well the model in use and the new one place those held
    back, 0 to 1: a node above the stated one counts half, an open one nothing.

    `promoted`: the new one is in use from now on.
    """

    examples: int
    held: int
    before: float
    after: float
    promoted: bool


def learn_categories(here: Installation, told: pl.DataFrame, *, version: str) -> LearnedCategories:
    """Learns from the offers that state a code, beside `told` (EXAMPLE rows that are always true).

    Raises Conflict where too few offers state one.
    """
    with here.database.reading() as work:
        stated = catalog.stated_codes(work, MOST)
    known = matching.taxonomy().named_frame
    stated = stated.join(known, left_on="code", right_on="stated").drop("category_id")
    place = pl.col("path").hash(0) % _FOLDS
    held, taught = stated.filter(place == 0), stated.filter(place != 0)
    if held.is_empty() or stated.height < LEAST:
        raise Conflict(
            f"Only {stated.height} paths come with a code of the taxonomy; {LEAST} are needed"
        )
    file = own_model(here)
    in_use = matching.CategoryModel.load(file) if file.exists() else matching.shipped_categories()
    made = matching.teach(pl.concat([told, taught]), version=version).model
    before, after = _right(in_use, held), _right(made, held)
    promoted = after > before
    if promoted:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".new.npz")
        made.save(beside)
        beside.replace(file)
    return LearnedCategories(stated.height, held.height, before, after, promoted)


def _right(model: matching.CategoryModel, held: pl.DataFrame) -> float:
    """1 for each at the stated node, a half for each above it; the mean."""
    tree = matching.taxonomy()
    rows = held.select("title", "brand", product_type="path").with_row_index("offer_id")
    found = matching.Classifier(model).classify(rows)["category_id"].to_list()
    points = [
        1.0 if got == tree.named(code) else 0.5 if got in tree.line(code) else 0.0
        for got, code in zip(found, held["code"].to_list(), strict=True)
    ]
    return sum(points) / len(points)
