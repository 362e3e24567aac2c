"""How many verdicts a second does judging in bulk give, with a year of spans each?

Question: >= 200,000 offers a second on two cores, each with a year of prices.
Data: a year of daily readings of some sources drawn from a seed; offers change their price about
once a month (sales that come and go, stairs, raises), some are sold out for a while, half of them
claim a reference price. All offers are judged at one moment from their spans.
Control, in the same run: the plain loop over offers and their sightings that the tests use as
reference of the rules (`tests/pricing/reference.py`), on some hundred of the same offers; what it
says of them must be the same.

Run: make bench-verdicts       (add --json for one JSON object, --profile to see where time goes)

Last result: see docs/numbers.md.
"""

import argparse
import cProfile
import json
import pstats
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from pricing.build import BERLIN
from pricing.reference import verdict as by_the_book
from sparfuchs.catalog.api import Timeline
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.pricing.api import Sighted, judge_spans

DAY = 86_400_000_000
HOUR = DAY // 24
BEGIN = datetime(2025, 11, 1, 4, tzinfo=UTC)
DAYS = 365
AT = BEGIN + timedelta(days=DAYS - 1, hours=3)
CARRY = 2 * DAY


def year_of_spans(offers: int, sources: int, seed: int) -> tuple[pl.DataFrame, dict[int, Timeline]]:
    """SPAN rows of so many offers, and the daily runs of their sources."""
    draw = np.random.default_rng(seed)
    per = -(-offers // sources)
    ids = ((np.arange(offers) // per + 1) << 32) + np.arange(offers) % per
    base = draw.integers(300, 30_000, offers)
    count = 1 + draw.poisson(12, offers)
    row_offer = np.repeat(np.arange(offers), count)
    first = np.cumsum(count) - count
    day = np.sort(
        row_offer * DAYS
        + np.where(
            np.isin(np.arange(len(row_offer)), first), 0, draw.integers(1, DAYS, len(row_offer))
        )
    )
    keep = np.append([True], day[1:] != day[:-1])
    day, row_offer = day[keep], row_offer[keep]
    factor = draw.choice([1.0, 1.0, 1.0, 0.9, 0.8, 0.7, 0.5, 1.1], len(row_offer))
    price = np.maximum((base[row_offer] * factor).astype(np.int64), 1)
    unknown = draw.random(len(row_offer)) < 0.03
    jitter = np.sort(draw.integers(0, 3 * HOUR, (sources, DAYS)), axis=1)
    runs = to_micros(BEGIN) + np.arange(DAYS) * DAY + jitter
    lines = {
        source + 1: Timeline.of(
            np.arange(1, DAYS + 1, dtype=np.uint32),
            runs[source],
            np.full(DAYS, CARRY, dtype=np.int64),
        )
        for source in range(sources)
    }
    start = runs[row_offer // per, day % DAYS]
    rows = pl.DataFrame(
        {
            "offer_id": ids[row_offer],
            "start": pl.Series(start).cast(UTC_TIME),
            "price_minor": pl.Series(price).set(pl.Series(unknown), None),
            "currency": pl.repeat("EUR", len(start), eager=True),
        }
    )
    offer, cents = pl.col("offer_id"), pl.col("price_minor")
    rows = rows.filter(
        offer.ne_missing(offer.shift()) | cents.ne_missing(cents.shift())
    ).with_columns(pl.when(offer == offer.shift(-1)).then(pl.col("start").shift(-1)).alias("end"))
    return rows.select("offer_id", "start", "end", "price_minor", "currency"), lines


def claims(spans: pl.DataFrame, seed: int) -> pl.DataFrame:
    """JUDGED: every second offer claims a reference price."""
    draw = np.random.default_rng(seed)
    ids = spans["offer_id"].unique().sort()
    reference = draw.integers(300, 40_000, len(ids))
    silent = draw.random(len(ids)) < 0.5
    return pl.DataFrame(
        {
            "offer_id": ids,
            "ref_price_minor": pl.Series(reference).set(pl.Series(silent), None),
            "ref_kind": pl.Series(np.where(silent, "none", "previous")),
        }
    )


def every_run_saw_all(lines: dict[int, Timeline]) -> Sighted:
    def sighted(
        offers: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        source = offers >> 32
        seen = np.zeros(len(offers), dtype=np.bool_)
        for one in np.unique(source).tolist():
            mine = source == one
            line = lines[one].t
            seen[mine] = np.searchsorted(line, start[mine]) < np.searchsorted(line, end[mine])
        return seen

    return sighted


def plainly(
    spans: pl.DataFrame, offers: pl.DataFrame, lines: dict[int, Timeline], sample: pl.Series
) -> tuple[list[dict[str, object]], float]:
    """What the plain loop says of the offers of the sample, and its seconds."""
    told = {}
    for (number,), rows in spans.filter(pl.col("offer_id").is_in(sample.implode())).group_by(
        ["offer_id"]
    ):
        line = lines[int(number) >> 32].t
        place = np.searchsorted(rows["start"].to_physical().to_numpy(), line, side="right") - 1
        price = rows["price_minor"].to_list()
        told[number] = [
            (at, price[p]) for at, p in zip(line.tolist(), place.tolist(), strict=True) if p >= 0
        ]
    given = offers.filter(pl.col("offer_id").is_in(sample.implode())).rows(named=True)
    began = time.perf_counter()
    found = [
        {
            "offer_id": row["offer_id"],
            **by_the_book(
                told[row["offer_id"]],
                AT,
                carry=timedelta(microseconds=CARRY),
                zone=BERLIN,
                reference=row["ref_price_minor"],
                kind=row["ref_kind"],
            ),
        }
        for row in given
    ]
    return found, time.perf_counter() - began


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=400_000, help="offers")
    arguments.add_argument("--sources", type=int, default=20)
    arguments.add_argument("--block", type=int, default=100_000, help="offers judged at once")
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--profile", action="store_true")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    spans, lines = year_of_spans(chosen.rows, chosen.sources, seed=5)
    offers = claims(spans, seed=6)
    sighted = every_run_saw_all(lines)
    ids = offers["offer_id"]
    blocks = []
    for start in range(0, len(ids), chosen.block):
        part = offers[start : start + chosen.block]
        low, high = part["offer_id"][0], part["offer_id"][-1]
        blocks.append((spans.filter(pl.col("offer_id").is_between(low, high)), part))
    profile = cProfile.Profile()
    seconds = []
    for _ in range(chosen.repeat):
        began = time.perf_counter()
        if chosen.profile:
            profile.enable()
        judged = [
            judge_spans(mine, part, lines, sighted, at=AT, zone=BERLIN) for mine, part in blocks
        ]
        profile.disable()
        seconds.append(time.perf_counter() - began)
    if chosen.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    found = pl.concat(judged)
    sample = ids.sample(min(400, len(ids)), seed=3).sort()
    plain, plain_seconds = plainly(spans, offers, lines, sample)
    mine = found.filter(pl.col("offer_id").is_in(sample.implode())).sort("offer_id")
    names = ("verdict", "claim_verdict", "honest_pct", "l30_minor", "t0", "badge", "flags")
    for row, expected in zip(mine.rows(named=True), plain, strict=True):
        told = {name: row[name] for name in names if name in expected}
        if told != {name: expected[name] for name in told}:
            raise SystemExit(f"the two disagree: {row} {expected}")
    result = {
        "offers": len(ids),
        "spans_per_offer": round(len(spans) / len(ids), 1),
        "columns": {
            "best_seconds": round(min(seconds), 2),
            "offers_per_second": round(len(ids) / min(seconds)),
            "worst_offers_per_second": round(len(ids) / max(seconds)),
        },
        "control_plain_loop": {
            "offers": len(plain),
            "offers_per_second": round(len(plain) / plain_seconds),
        },
        "times_faster": round(len(ids) / min(seconds) / (len(plain) / plain_seconds)),
        "verdicts": dict(found.group_by("verdict").len().sort("len", descending=True).rows()),
    }
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
