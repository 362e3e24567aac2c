"""A year of price changes of so many offers, as rows that publishing would have left."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import CHANGE, UTC_TIME, conform

Numbers = NDArray[np.int64]

BEGIN: Final = datetime(2025, 10, 1, 3, tzinfo=UTC)
DAYS: Final = 365
_SECOND: Final = timedelta(seconds=1)


def run_times(draw: np.random.Generator, every: timedelta) -> Numbers:
    """When a source was read: at its interval, a twentieth sooner or later, in whole seconds as
    readings have them.
    """
    step = every // _SECOND
    count = DAYS * 86_400 // step
    late = draw.integers(-step // 20, step // 20, count)
    return to_micros(BEGIN) + (np.arange(count) * step + late) * 1_000_000


def year(source: int, offers: int, *, every: timedelta, seed: int) -> pl.DataFrame:
    """CHANGE rows of a source: a first price each, then sales that come and go, new regular prices,
    some stock-outs and absences. About sixteen spans an offer, as sales every few weeks leave them.

    Shops change many prices at once, so half of the changes fall on one run in ten.
    """
    draw = np.random.default_rng(seed)
    runs = run_times(draw, every)
    busy = np.sort(draw.choice(np.arange(1, len(runs)), max(len(runs) // 10, 1), replace=False))
    changes = draw.poisson(15, offers)
    total = int(changes.sum())
    owner = np.repeat(np.arange(offers), changes)
    place = np.where(
        draw.random(total) < 0.5,
        busy[draw.integers(0, len(busy), total)],
        draw.integers(1, len(runs), total),
    )
    order = np.unique(owner * len(runs) + place)
    owner, place = order // len(runs), order % len(runs)
    nth = np.arange(len(owner)) - np.searchsorted(owner, owner)
    steps = int(nth.max(initial=0)) + 1
    regular = _price(draw, np.exp(draw.normal(8.2, 1.1, offers)))
    now = regular.copy()
    first = {"owner": np.arange(offers), "place": np.zeros(offers, dtype=np.int64)}
    rows = [_rows(first, "first", None, now, None)]
    for step in range(steps):  # one turn a change of an offer, over all offers
        mine = nth == step
        who, when = owner[mine], place[mine]
        on_sale = now[who] < regular[who]
        dice = draw.random(len(who))
        before = now[who]
        moved = dice < 0.25
        regular[who] = np.where(
            moved,
            _price(draw, regular[who] * draw.choice([0.9, 0.95, 1.05, 1.1], len(who))),
            regular[who],
        )
        cut = _price(draw, regular[who] * draw.choice([0.5, 0.6, 0.7, 0.75, 0.8, 0.9], len(who)))
        now[who] = np.where(moved | (on_sale & (dice < 0.85)), regular[who], cut)
        claim = np.where(now[who] < regular[who], regular[who], -1)
        rows.append(_rows({"owner": who, "place": when}, "price", before, now[who], claim))
        out = draw.random(len(who)) < 0.06
        sold = {"owner": who[out], "place": np.minimum(when[out] + 1, len(runs) - 1)}
        rows.append(_rows(sold, "availability", now[who][out], now[who][out], claim[out]))
    made = pl.concat(rows).with_columns(
        offer_id=pl.lit(source << 32, dtype=pl.Int64) + pl.col("owner"),
        run=(pl.col("place") + 1).cast(pl.UInt32),
        currency=pl.lit("EUR"),
        availability=pl.when(pl.col("kind") == "availability")
        .then(pl.lit("out_of_stock"))
        .otherwise(pl.lit("in_stock")),
    )
    at = pl.Series("at", runs[made["place"].to_numpy()]).cast(UTC_TIME)
    return (
        conform(made.with_columns(at), CHANGE)
        .unique(["offer_id", "at", "kind"])
        .sort("offer_id", "at", "kind")
    )


def _price(draw: np.random.Generator, about: NDArray[np.float64]) -> Numbers:
    """Prices as shops write them: most end in 99, 95 or 00."""
    whole = np.maximum(about / 100, 1).astype(np.int64) * 100
    ending = draw.choice([-1, -1, -1, -5, 0, 49], len(whole))
    price: Numbers = whole + ending
    return price


def _rows(
    who: dict[str, Numbers],
    kind: str,
    before: Numbers | None,
    price: Numbers,
    claim: Numbers | None,
) -> pl.DataFrame:
    claimed = np.full(len(price), -1) if claim is None else claim
    return pl.DataFrame(
        {
            **who,
            "kind": [kind] * len(price),
            "before_minor": np.full(len(price), -1) if before is None else before,
            "price_minor": price,
            "ref_price_minor": claimed,
            "ref_kind": np.where(claimed > 0, "previous", "none"),
        },
        schema_overrides={"kind": pl.String, "ref_kind": pl.String},
    ).with_columns(
        pl.when(pl.col(name) >= 0).then(pl.col(name)).alias(name)
        for name in ("before_minor", "ref_price_minor")
    )
