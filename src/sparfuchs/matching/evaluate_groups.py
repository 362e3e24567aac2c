"""How right are the products? On offers whose true product is known (`offers.csv` of a market).

- precision and recall of the pairs that groups put together; precision with Wilson's lower bound
- B-cubed (Bagga and Baldwin 1998): of each offer, how pure and how complete its group is, averaged
- over-merge rate: of the groups with several offers, how many hold two true products
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

import polars as pl

from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.kernel.frames import conform
from sparfuchs.matching.calibrate import wilson_low
from sparfuchs.matching.candidates import BUDGET
from sparfuchs.matching.group import group
from sparfuchs.matching.model import OFFERED, Band
from sparfuchs.matching.scorer import Scorer
from sparfuchs.matching.vary import rebranded, repriced, vary

_TRUTH: Final = {"product": pl.Int64(), "family": pl.Int64(), "same_offer": pl.String()}


@dataclass(frozen=True)
class GroupFigures:
    """Of one set of offers; shares between 0 and 1."""

    offers: int
    pairs: int  # that groups put together
    precision: float
    precision_low: float  # Wilson, 95 %
    recall: float
    bcubed_precision: float
    bcubed_recall: float


@dataclass(frozen=True)
class GroupsFigures:
    """`links`: precision of the automatic links themselves, before clustering."""

    whole: GroupFigures
    slices: dict[str, GroupFigures]
    groups: int
    over_merged: float
    links: int
    link_precision: float
    link_precision_low: float
    review: int
    merged_precision: float  # of offers said to be one offer seen twice
    merged_recall: float
    candidates_per_offer: float
    scored_per_offer: float
    candidate_recall: float  # of true pairs of neighbours in a product: some way leads there
    seconds: float


def read_offers(path: Path) -> pl.DataFrame:
    """OFFERED columns with product, family and same_offer. Raises NotFound and UsageError."""
    if not path.exists():
        raise NotFound(f"{path} is not there", path=str(path))
    try:
        frame = pl.read_csv(path, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        raise UsageError(f"{path} is no CSV: {error}", path=str(path)) from error
    missing = sorted({"offer", "title", *_TRUTH} - set(frame.columns))
    if missing:
        raise UsageError(f"{path} lacks the columns {', '.join(missing)}", path=str(path))
    return conform(frame, OFFERED | _TRUTH)


def evaluate_groups(
    folder: Path,
    scorer: Scorer,
    *,
    budget: int | None = BUDGET,
    hide: tuple[str, ...] = (),
    varied: int | None = None,
    other_brands: bool = False,
    other_prices: int | None = None,
    progress: Callable[[str, int], None] = lambda _name, _rows: None,
) -> GroupsFigures:
    """Groups the offers of a folder and judges the groups; truth is read only afterwards.

    Columns to hide are not shown; with `varied`, a seed, offers are stated as `vary` does, with
    `other_brands` under brands that no model has seen, with `other_prices`, a seed, each at up to
    half or twice its price. Raises
    NotFound and UsageError for a folder that cannot be read, and for columns that are none.
    """
    unknown = sorted(set(hide) - set(OFFERED) | set(hide) & {"offer", "title"})
    if unknown:
        raise UsageError(f"cannot hide {', '.join(unknown)}", columns=sorted(OFFERED))
    offers = read_offers(folder / "offers.csv")
    if varied is not None:
        offers = vary(offers, varied)
    if other_brands:
        offers = rebranded(offers)
    if other_prices is not None:
        offers = repriced(offers, other_prices)
    offers = conform(offers.drop(hide), OFFERED | _TRUTH)
    began = perf_counter()
    found = group(offers.select(*OFFERED), scorer, budget=budget, step=progress)
    seconds = perf_counter() - began
    told = offers.with_columns(found.groups["group", "merged"])
    links = found.judged.filter(pl.col("band") == Band.AUTOMATIC.value)
    product = offers["product"]
    right = int((product.gather(links["left"]) == product.gather(links["right"])).sum())
    sizes = told.group_by("group").agg(size=pl.len(), products=pl.col("product").n_unique())
    several = sizes.filter(pl.col("size") > 1)
    seen_twice = _pair_counts(told, "merged", "same_offer")
    return GroupsFigures(
        whole=figures(told),
        slices={name: figures(told.filter(part)) for name, part in _slices().items()},
        groups=sizes.height,
        over_merged=several.filter(pl.col("products") > 1).height / max(several.height, 1),
        links=links.height,
        link_precision=right / max(links.height, 1),
        link_precision_low=wilson_low(right, links.height),
        review=found.judged.filter(pl.col("band") == Band.REVIEW.value).height,
        merged_precision=seen_twice[2] / max(seen_twice[0], 1),
        merged_recall=seen_twice[2] / max(seen_twice[1], 1),
        candidates_per_offer=found.candidates / max(offers.height, 1),
        scored_per_offer=found.judged.height / max(offers.height, 1),
        candidate_recall=_reached(offers, found.judged),
        seconds=seconds,
    )


def figures(told: pl.DataFrame) -> GroupFigures:
    """Of offers with `group` and true `product`; pairs with offers outside do not count."""
    given, true, both = _pair_counts(told, "group", "product")
    cells = told.group_by("group", "product").agg(cell=pl.len())
    sizes = cells.with_columns(
        given=pl.col("cell").sum().over("group"), true=pl.col("cell").sum().over("product")
    )
    square = pl.col("cell").cast(pl.Float64) ** 2
    pure, full = sizes.select(
        (square / pl.col("given")).sum().alias("pure"),
        (square / pl.col("true")).sum().alias("full"),
    ).row(0)
    return GroupFigures(
        offers=told.height,
        pairs=given,
        precision=both / max(given, 1),
        precision_low=wilson_low(both, given),
        recall=both / max(true, 1),
        bcubed_precision=pure / max(told.height, 1),
        bcubed_recall=full / max(told.height, 1),
    )


def _pair_counts(told: pl.DataFrame, given: str, true: str) -> tuple[int, int, int]:
    """Pairs that are put together, that belong together, and that are both."""

    def pairs(*by: str) -> int:
        many = told.group_by(by).agg(many=pl.len().cast(pl.Int64))["many"]
        return int((many * (many - 1) // 2).sum())

    return pairs(given), pairs(true), pairs(given, true)


def _slices() -> dict[str, pl.Expr]:
    return {
        "no GTIN": pl.col("gtin14").is_null(),
        "no brand": pl.col("brand").is_null(),
        "no GTIN, no part number": pl.col("gtin14").is_null() & pl.col("mpn").is_null(),
        "several variants": pl.col("product").n_unique().over("family") > 1,
        "no description": pl.col("description").is_null(),
    }


def _reached(offers: pl.DataFrame, judged: pl.DataFrame) -> float:
    """The share of offers with a true partner that were compared with at least one."""
    rows = offers.select("product", row=pl.int_range(pl.len(), dtype=pl.UInt32))
    shared = rows.filter(pl.len().over("product") > 1)["row"]
    product = offers["product"]
    right = judged.filter(product.gather(judged["left"]) == product.gather(judged["right"]))
    reached = pl.concat([right["left"], right["right"]]).unique()
    return len(reached) / max(len(shared), 1)
