"""What offers like each other cost, and which prices are hard to believe beside them.

"Alike" is what the sources say: the same shelf and maker, or at least the same shelf, in the same
currency. Robust statistics of the logarithm (median, median deviation), because prices spread by
factors and some of them are wrong (`models.md` 5). Learned from a histogram of hundredths of the
logarithm: it adds up over any number of parts, whatever the order, in memory that follows the
number of shelves and not of offers; a step of it is one percent of the price.
"""

from math import log
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.quality.model import LEVEL

# Fewer members than this have no middle to speak of; a whole shelf is a looser likeness.
LEAST_OF_MAKER: Final = 20
LEAST_OF_SHELF: Final = 40
# Equal prices have no spread; below two percent nothing is told apart (`models.md` 5).
LEAST_SPREAD: Final = 0.02
# Hard to believe: so many spreads away and so many times dearer or cheaper; and beyond the second
# factor, where a digit or a comma is the likelier story than a bargain. Chosen for few false alarms
# on planted errors (docs/numbers.md, wrong digits).
ODD_SPREADS: Final = 5.0
ODD_TIMES: Final = 5.0
ABSURD_TIMES: Final = 10.0

_STEP: Final = 0.01
# Any odd number: tells (shelf, maker) from a shelf alone and both orders apart.
_MIX: Final = 0x2545_F491_4F6C_DD1D
_SCALE: Final = 1.4826  # makes the median deviation of a normal distribution its deviation
_COMPACT_AT: Final = 4_000_000


def keys(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with `maker_key` and `shelf_key`; null where the source does not state them."""
    return frame.with_columns(
        maker_key=pl.col("shelf") * _MIX + pl.col("maker"), shelf_key=pl.col("shelf")
    )


class Learning:
    """Prices by likeness, added up part by part."""

    def __init__(self) -> None:
        self._parts: list[pl.DataFrame] = []
        self._held = 0
        self.offers = 0

    def add(self, offers: pl.DataFrame) -> None:
        """Offers with shelf, maker (hashes), price_minor and currency; others columns are left."""
        priced = keys(offers.filter(pl.col("price_minor") > 0)).with_columns(
            bin=(pl.col("price_minor").log() / _STEP).floor().cast(pl.Int32)
        )
        self.offers += priced.height
        for name in ("maker_key", "shelf_key"):
            part = priced.select(pl.col(name).alias("key"), "currency", "bin").drop_nulls()
            self._parts.append(part.group_by("key", "currency", "bin").len("count"))
            self._held += self._parts[-1].height
        if self._held > _COMPACT_AT:
            whole = self._whole()
            self._parts, self._held = [whole], whole.height

    def _whole(self) -> pl.DataFrame:
        return (
            pl.concat(self._parts)
            .group_by("key", "currency", "bin")
            .agg(pl.col("count").cast(pl.Int64).sum())
        )

    def levels(self) -> pl.DataFrame:
        """LEVEL of every likeness with enough members, sorted by key and currency."""
        if not self._parts:
            return pl.DataFrame(schema=LEVEL)
        alike = ["key", "currency"]
        whole = self._whole().with_columns(members=pl.col("count").sum().over(alike))
        # The fewer of the two bounds: which likeness a key is of is decided where it is asked.
        whole = whole.filter(pl.col("members") >= LEAST_OF_MAKER)
        middle = _median(whole, "bin")
        off = whole.join(middle, on=alike).with_columns(
            off=(pl.col("bin") - pl.col("bin_median")).abs()
        )
        spread = _median(
            off.group_by(*alike, "off").agg(pl.col("count").sum(), pl.col("members").first()), "off"
        )
        found = middle.join(spread, on=alike).join(
            whole.group_by(alike).agg(pl.col("members").first()), on=alike
        )
        return conform(
            found.with_columns(
                middle=(pl.col("bin_median") + 0.5) * _STEP,
                spread=pl.col("off_median") * (_STEP * _SCALE),
            ).sort(alike),
            LEVEL,
        )


def _median(counted: pl.DataFrame, name: str) -> pl.DataFrame:
    """The lower median of a column that is counted by `count`, of `members` in all."""
    alike = ["key", "currency"]
    return (
        counted.sort(*alike, name)
        .filter(pl.col("count").cum_sum().over(alike) * 2 >= pl.col("members"))
        .group_by(alike)
        .agg(pl.col(name).min().alias(f"{name}_median"))
    )


def beside(offers: pl.DataFrame, levels: pl.DataFrame) -> pl.DataFrame:
    """The frame (shelf, maker, price_minor, currency) with what the likes of each cost.

    Adds `peers` and `peer_minor` (null where there are too few), `by_shelf` (they share the shelf,
    not the maker), `times` (whole, floored; null where the price can be believed) and `dear`
    (whether it lies above).
    """
    known = conform(levels, LEVEL)
    rows = keys(offers)
    for name, least in (("maker", LEAST_OF_MAKER), ("shelf", LEAST_OF_SHELF)):
        rows = rows.join(
            known.filter(pl.col("members") >= least).rename(
                {each: f"{name}_{each}" for each in ("members", "middle", "spread")}
            ),
            left_on=[f"{name}_key", "currency"],
            right_on=["key", "currency"],
            how="left",
            maintain_order="left",
        )
    middle = pl.coalesce("maker_middle", "shelf_middle")
    spread = pl.coalesce("maker_spread", "shelf_spread")
    off = pl.col("price_minor").log() - middle
    odd = (
        (off.abs() >= log(ODD_TIMES))
        & (off.abs() >= spread.clip(LEAST_SPREAD) * ODD_SPREADS)
        & (pl.col("price_minor") > 0)
    )
    return rows.with_columns(
        pl.coalesce("maker_members", "shelf_members").cast(pl.Int32).alias("peers"),
        middle.exp().round().cast(pl.Int64).alias("peer_minor"),
        pl.when(odd).then(off.abs().exp().floor().clip(0, 2**31 - 1)).cast(pl.Int32).alias("times"),
        (off > 0).alias("dear"),
        pl.col("maker_members").is_null().alias("by_shelf"),
    ).drop(
        "maker_key",
        "shelf_key",
        *(f"{a}_{b}" for a in ("maker", "shelf") for b in ("members", "middle", "spread")),
    )
