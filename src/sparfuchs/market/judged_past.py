"""The true verdicts on offers at a moment, from every turn that their prices took."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from sparfuchs.market.assortment import Carried
from sparfuchs.market.judged import Held, Judged, Said, joined, judged
from sparfuchs.market.prices import NOTHING, Asked, asked, turning_points
from sparfuchs.market.world import World

# A turn is looked at a tenth of a second later, when it has surely come.
_AFTER = 1e-6


def paid(prices: Asked) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """What a buyer paid."""
    return np.where(prices.sale == NOTHING, prices.regular, prices.sale).astype(np.int64)


def said(prices: Asked) -> list[Said | None]:
    """What the merchant claimed with it."""
    reduced = prices.sale != NOTHING
    reference = np.where(reduced, prices.regular, prices.reference)
    maker = ~reduced & (prices.reference_kind == 2)  # noqa: PLR2004 - the maker's price
    claimed = reference > paid(prices)
    return [
        Said(minor, "uvp" if uvp else "previous") if claim else None
        for minor, uvp, claim in zip(
            reference.tolist(), maker.tolist(), claimed.tolist(), strict=True
        )
    ]


def histories(world: World, own: Carried, at: datetime) -> list[list[Held]]:
    """Of each offer the prices since the market began; none while it was sold out."""
    until = world.day(at)
    points = (
        turning_points(own.priced, until)
        .with_columns(pl.col("day") + pl.when(pl.col("day") > 0).then(_AFTER).otherwise(0.0))
        .filter(pl.col("day") < until)
        .sort("row", "day")
    )
    row, day = points["row"].to_numpy(), points["day"].to_numpy()
    prices = asked(own.priced.take(row), day)
    last = np.append(row[1:] != row[:-1], [True])
    end = np.where(last, until, np.append(day[1:], [until]))
    made: list[list[Held]] = [[] for _ in range(own.words.height)]
    # An offer's history is judged by itself: plainly, as a check on the columns of `pricing`.
    for place, begin, stop, minor, available in zip(
        row.tolist(),
        day.tolist(),
        end.tolist(),
        paid(prices).tolist(),
        prices.available.tolist(),
        strict=True,
    ):
        if available and stop > begin:
            made[place].append(Held(_moment(world, begin), _moment(world, stop), minor))
    return [joined(parts) for parts in made]


def _moment(world: World, day: float) -> datetime:
    return world.began + timedelta(days=day)


def true_verdicts(world: World, own: Carried, at: datetime) -> list[Judged | None]:
    """The verdict on each offer at a moment; None for one that nobody could buy then."""
    now = asked(own.priced, np.full(own.words.height, world.day(at)))
    return [
        judged(history, claim) if history and here else None
        for history, claim, here in zip(
            histories(world, own, at), said(now), now.available.tolist(), strict=True
        )
    ]
