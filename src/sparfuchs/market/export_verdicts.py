"""Labelled price histories: what a reader of the shops saw, what they claimed, what was true.

The reader came once a day and missed some days, and once an hour for offers whose prices are made
by the hour: a reading asserts its price until the next one (domain.md 4.4), which holds only for a
reader that keeps pace with the shop. The truth comes from every turn of the prices. So no judge can
be right in every row, and the gap is what happens between two readings.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.market.assortment import Carried
from sparfuchs.market.draw import key_of, uniform
from sparfuchs.market.judged_past import paid, said, true_verdicts
from sparfuchs.market.merchants import Storefront
from sparfuchs.market.prices import MOVING_DAYS, asked
from sparfuchs.market.truth import narrowed, taken
from sparfuchs.market.world import DAY, World, expected_offers

SERIES: Final = 2_000
# Places in a shop's year at which it is judged: the last reading and some of those before.
MOMENTS: Final = 4
_TIME: Final = "%Y-%m-%dT%H:%M:%S%.6f+00:00"

_HOUR: Final = DAY // 24
_Times = np.ndarray[tuple[int], np.dtype[np.int64]]
_Tables = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


def export_verdicts(
    world: World, folder: Path, progress: Callable[[str, int], None], *, series: int = SERIES
) -> dict[str, int]:
    """observations.csv, claims.csv and truth.csv of about so many offers, out of all shops."""
    wanted = min(series, expected_offers(world))
    part = narrowed(world, wanted)
    share = wanted / expected_offers(part)
    names = ("observations", "claims", "truth")
    rows = dict.fromkeys((f"{name}.csv" for name in names), 0)
    for name in names:
        (folder / f"{name}.csv").unlink(missing_ok=True)
    for shop in world.shops:
        for own in part.parts(shop):
            chosen = _chosen(world, shop, own, share)
            if not chosen.words.height:
                continue
            for name, table in zip(names, _tables(world, shop, chosen), strict=True):
                file = f"{name}.csv"
                with (folder / file).open("ab") as out:
                    table.write_csv(out, include_header=not rows[file], datetime_format=_TIME)
                rows[file] += table.height
        progress("verdicts", rows["observations.csv"])
    return rows


def _chosen(world: World, shop: Storefront, own: Carried, share: float) -> Carried:
    drawn = uniform(key_of(world.seed, f"series {shop.slug}"), own.words["product"].to_numpy())
    return taken(own, np.flatnonzero(drawn < share))


def _tables(world: World, shop: Storefront, own: Carried) -> _Tables:
    at, wrong = world.readings(shop)
    at = at if wrong is None else np.delete(at, wrong)  # R-F-7: it never becomes a price
    series = pl.select(
        pl.concat_str(pl.lit(f"{shop.slug}/"), own.words["source_offer_id"])
    ).to_series()
    row, seen_at = _readings(world, own, at)
    prices = asked(own.priced.take(row), (seen_at - to_micros(world.began)) / DAY)
    observations = pl.DataFrame(
        {
            "series": series.gather(row),
            "seen_at": pl.Series(seen_at).cast(UTC_TIME),
            "price_minor": paid(prices),
            "currency": pl.Series(["EUR"]).gather(np.zeros(len(row), dtype=np.int64)),
            "available": prices.available,
        }
    )
    claims, truths = [], []
    for moment in _moments(world, shop, at):
        claim, truth = _judged(world, own, series, moment)
        claims.append(claim)
        truths.append(truth)
    return observations, pl.concat(claims), pl.concat(truths)


def _readings(world: World, own: Carried, at: _Times) -> tuple[_Times, _Times]:
    """Which offer (its place) was read when: all at the shop's readings, those that move by the
    hour every hour as well, on days on which the shop could be read at all.
    """
    every = np.arange(own.words.height, dtype=np.int64)
    row, seen_at = np.repeat(every, len(at)), np.tile(at, len(every))
    moving = every[own.priced.moving]
    first = to_micros(world.opened) - int(MOVING_DAYS) * DAY
    hours = np.arange(max(first, to_micros(world.began)), to_micros(world.opened), _HOUR)
    place = np.searchsorted(at, hours) - 1
    hours = hours[(place >= 0) & (hours - at[np.maximum(place, 0)] < DAY)]
    row = np.concatenate([row, np.repeat(moving, len(hours))])
    return row, np.concatenate([seen_at, np.tile(hours, len(moving))])


def _moments(
    world: World, shop: Storefront, at: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> list[datetime]:
    drawn = uniform(key_of(world.seed, f"moments {shop.slug}"), np.arange(MOMENTS - 1))
    places = {len(at) - 1, *(drawn * len(at)).astype(int).tolist()}
    return [from_micros(int(at[place])) for place in sorted(places)]


def _judged(
    world: World, own: Carried, series: pl.Series, at: datetime
) -> tuple[pl.DataFrame, pl.DataFrame]:
    now = asked(own.priced, np.full(own.words.height, world.day(at)))
    rows = [
        (name, found, claim)
        for name, found, claim in zip(series, true_verdicts(world, own, at), said(now), strict=True)
        if found
    ]
    truths = [
        (name, at, found.verdict, found.claim_verdict, found.honest_pct) for name, found, _ in rows
    ]
    # Claims are of judged moments alone: so a reader knows that none was made at the others.
    claims = [
        (name, at, None, claim.reference_minor, claim.kind) for name, _, claim in rows if claim
    ]
    return (
        pl.DataFrame(
            claims,
            schema={
                "series": pl.String(),
                "at": UTC_TIME,
                "percent": pl.Int16(),
                "reference_minor": pl.Int64(),
                "kind": pl.String(),
            },
            orient="row",
        ),
        pl.DataFrame(
            truths,
            schema={
                "series": pl.String(),
                "at": UTC_TIME,
                "verdict": pl.String(),
                "claim_verdict": pl.String(),
                "honest_pct": pl.Int16(),
            },
            orient="row",
        ),
    )
