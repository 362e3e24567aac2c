"""A site's own model: learnt from offers whose GTINs agree and from people's answers.

The labels are weak: offers of one GTIN at several merchants are taken for one product. So that a
model does not merely learn to read numbers, GTINs are hidden from it there; what a number is worth
it learns from the offers that it is given besides. A model is promoted only if it is better on
products that were held back from all of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

import numpy as np
import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.group_offers import SHIPPED, chosen, regroup
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.matcher import scorer_of
from sparfuchs.kernel.errors import Conflict, NotFound, UsageError
from sparfuchs.matching import api as matching

Answer = dict[str, Any]
Step = Callable[[str, int], None]

# Of the products whose GTIN is known so many are held back to judge models by.
_HELD_BACK: Final = 0.25
# Fewer matches among them say nothing.
FEWEST: Final = 200
# As many offers as a model learns from in some minutes.
_MOST: Final = 60_000
_SEVERAL: Final = 2
_BLOCK: Final = 50_000


@dataclass(frozen=True)
class Labelled:
    """Offers with `product` and `family` (null product: nothing is known), and people's answers."""

    offers: pl.DataFrame
    answers: pl.DataFrame


def train_here(
    here: Installation, beside: pl.DataFrame, *, seed: int, now: datetime, step: Step
) -> Answer:
    """Trains a model on this site's offers and on those `beside` (with product and family), judges
    it beside the present one, and promotes it if it is better: then all is compared anew with it.

    Raises UsageError where there is too little to learn from, Conflict while offers are compared.
    """
    found = labelled(here, step)
    drawn = np.random.default_rng(seed)
    families = found.offers["family"].unique().sort()
    held = families.filter(pl.Series(drawn.random(len(families)) < _HELD_BACK))
    inside = pl.col("family").is_in(held.implode())
    kept, back = found.offers.filter(~inside), found.offers.filter(inside)
    with here.database.reading() as work:
        present_name, present_file = chosen(work)
    present = matching.judge_links(scorer_of(here, present_file), back)
    if present.matches < FEWEST:
        raise UsageError(
            f"{present.matches} pairs of offers with the same GTIN were held back to judge by, and "
            f"{FEWEST} is the least that says something",
            matches=present.matches,
        )
    name = f"{here.settings.data_dir.name}-{now:%Y%m%d-%H%M%S}"
    both = pl.concat([beside, kept.with_columns(_apart(kept, beside))], how="diagonal_relaxed")
    made = matching.train(both, version=name, seed=seed, answers=found.answers, step=step)
    fresh = matching.judge_links(made.scorer, back)
    better = matching.is_better(fresh, present)
    file = f"matching/model-{uuid4().hex[:16]}.json"
    here.files.write(file, made.scorer.to_text().encode())
    figures = {
        "new": fresh.as_json(),
        "present": present.as_json(),
        "present_model": present_name,
        "pairs": made.pairs,
        "answers": found.answers.height,
    }
    with here.database.unit_of_work() as work:
        if not matching.models(work):
            matching.add_model(work, SHIPPED, None, {}, promoted=True, at=now)
        matching.add_model(work, name, file, figures, promoted=better, at=now)
    compared = None
    if better:
        compared = regroup(here, now=now, step=step, model=(name, file))
        if compared is None:
            raise Conflict("Offers are being compared; the model takes over with the next regroup")
    return {"model": name, "promoted": better, "compared": compared, **figures}


def roll_back(here: Installation, name: str | None, *, now: datetime, step: Step) -> Answer:
    """Chooses an earlier model, the one before the present if none is named, and compares all anew.

    Raises NotFound, and Conflict while offers are compared.
    """
    with here.database.unit_of_work() as work:
        known = [one for one in matching.models(work) if one["chosen_at"] is not None]
        if name is None:
            if len(known) < _SEVERAL:
                raise NotFound("There is no earlier model to go back to")
            name = str(known[1]["name"])
        if not matching.choose_model(work, name, now):
            raise NotFound(f"There is no model {name!r}", model=name)
        model = chosen(work)
    compared = regroup(here, now=now, step=step, model=model)
    if compared is None:
        raise Conflict("Offers are being compared; the model takes over with the next regroup")
    return {"model": name, "compared": compared}


def list_models(here: Installation) -> list[Answer]:
    """Models of this site, the one in force first, as plain JSON values."""
    with here.database.reading() as work:
        known = matching.models(work)
    return [
        {
            "name": one["name"],
            "in_force": place == 0 and one["chosen_at"] is not None,
            "promoted": one["promoted"],
            "made_at": one["made_at"].isoformat(),
            "figures": one["figures"],
        }
        for place, one in enumerate(known)
    ]


def labelled(here: Installation, step: Step) -> Labelled:
    """Live offers whose GTIN several merchants state, without it, and those of answered pairs."""
    parts, after = [], 0
    with here.database.reading() as work:
        answers = matching.labelled(work)
        answered = pl.concat([answers["left"], answers["right"]]).unique()
        while len(ids := catalog.live_ids(work, after, _BLOCK)):
            block = catalog.compared(work, pl.Series(ids), letters=matching.MOST_DESCRIPTION)
            known = pl.col("gtin14").is_not_null() | pl.col("offer").is_in(answered.implode())
            parts.append(block.filter(known))
            after = int(ids[-1])
            step("offers read", sum(part.height for part in parts))
    if not parts:
        raise UsageError("There are no offers to learn from")
    offers = pl.concat(parts)
    several = pl.col("merchant").n_unique().over("gtin14") >= _SEVERAL
    product = pl.when(pl.col("gtin14").is_not_null() & several).then(pl.col("gtin14"))
    offers = offers.with_columns(product.rank("dense").cast(pl.Int64).alias("product"))
    offers = offers.filter(
        pl.col("product").is_not_null() | pl.col("offer").is_in(answered.implode())
    )
    family = pl.coalesce("product", -pl.col("offer"))
    # Whole products, the same ones whatever the order.
    offers = offers.with_columns(family=family).sort("family", "offer").head(_MOST)
    return Labelled(offers.with_columns(gtin14=pl.lit(None, dtype=pl.String)), answers)


def _apart(offers: pl.DataFrame, beside: pl.DataFrame) -> list[pl.Expr]:
    """Products and families under numbers that none beside has."""
    start = 1 + max(_highest(beside["product"]), _highest(beside["family"]), offers.height)
    return [pl.col("product") + start, pl.col("family").rank("dense").cast(pl.Int64) + start]


def _highest(numbers: pl.Series) -> int:
    found = numbers.max()
    return found if isinstance(found, int) else 0
