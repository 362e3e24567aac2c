"""How long do N offers take to become products, and what does it take to add a pair?

Data: a simulated market of N offers with the truth known, read as a feed would be stated. Measured:
seconds and peak memory of the whole way (read, search, veto, score, cluster) at N / 10 and at N,
and how many pairs a second are compared and scored. Controls in the same run: the GTIN alone as a
key (what most shops do), and every pair inside a brand by edit distance (what one writes first), on
a part that it can bear.

Run: make bench-matching BENCH_ARGS="--rows 1000000"
"""

import argparse
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from _bench import Peak
from sparfuchs.market import api as market
from sparfuchs.matching import api as matching

OPENED = datetime(2026, 11, 1, tzinfo=UTC)
BEARABLE = 5_000
ALIKE = 90


def offers_of(rows: int, folder: Path) -> pl.DataFrame:
    """So many offers of a market at the most, all offers of a product together."""
    world = market.make_world(31, offers=rows, opened=OPENED)
    market.export(world, market.What.GROUPS, folder)
    offers = matching.read_offers(folder / "offers.csv")
    (folder / "offers.csv").unlink()
    wanted = offers.sort("family", maintain_order=True).head(rows)["offer"]
    return offers.filter(pl.col("offer").is_in(wanted.implode()))


def bulk(offers: pl.DataFrame) -> dict[str, Any]:
    began, worked = time.perf_counter(), time.process_time()
    stages: dict[str, float] = {}
    last: list[Any] = [None, began]

    def step(name: str, _rows: int) -> None:
        now = time.perf_counter()
        if last[0] is not None:
            stages[last[0]] = round(now - last[1], 2)
        last[:] = [name, now]

    with Peak() as peak:
        found = matching.group(offers.select(*matching.OFFERED), matching.shipped(), step=step)
        step("end", 0)
    seconds = time.perf_counter() - began
    told = offers.hstack(found.groups.select("group"))
    return {
        "offers": offers.height,
        "seconds": round(seconds, 1),
        # What the machine's other work does not touch.
        "cpu_seconds": round(time.process_time() - worked, 1),
        "offers_per_second": round(offers.height / seconds),
        "peak_mb": round(peak.mb),
        "stages": stages,
        "scored_pairs_per_offer": round(found.judged.height / offers.height, 2),
        **shares(told, "group"),
    }


def shares(told: pl.DataFrame, by: str) -> dict[str, float]:
    def pairs(*columns: str) -> int:
        many = told.drop_nulls(by).group_by(columns).agg(many=pl.len().cast(pl.Int64))["many"]
        return int((many * (many - 1) // 2).sum())

    every = told.group_by("product").agg(many=pl.len().cast(pl.Int64))["many"]
    belong = int((every * (every - 1) // 2).sum())
    both = pairs(by, "product")
    return {
        "precision": round(both / max(pairs(by), 1), 4),
        "recall": round(both / max(belong, 1), 4),
    }


def speed(offers: pl.DataFrame, pairs: int) -> int:
    """Pairs compared and scored in a second of one core's time, offers read before."""
    corpus = matching.Corpus.of(offers.select(*matching.OFFERED))
    drawn = np.random.default_rng(1)
    rows, others = (drawn.integers(0, offers.height, pairs) for _ in range(2))
    scorer = matching.shipped()
    given = pl.DataFrame({"left": rows, "right": others, "score": np.zeros(pairs)}).cast(
        {"left": pl.UInt32(), "right": pl.UInt32(), "score": pl.Float32()}
    )
    began = time.process_time()
    scorer.score(scorer.compare(corpus, corpus, rows, others), given)
    return round(pairs / (time.process_time() - began))


def every_pair(offers: pl.DataFrame) -> dict[str, Any]:
    """All pairs inside a brand by edit distance; offers hang together by likeness."""
    part = offers.head(BEARABLE)
    began = time.perf_counter()
    compared = right = said = 0
    for group in part.partition_by("brand"):
        titles, product = group["title"].to_list(), group["product"].to_numpy()
        alike = process.cdist(titles, titles, scorer=fuzz.token_sort_ratio, workers=1)
        upper = np.triu(alike >= ALIKE, 1)
        compared += len(titles) * (len(titles) - 1) // 2
        said += int(upper.sum())
        right += int((upper & (product[:, None] == product[None, :])).sum())
    seconds = time.perf_counter() - began
    return {
        "offers": part.height,
        "seconds": round(seconds, 2),
        "pairs_per_second": round(compared / seconds),
        "seconds_at_all_offers": round(seconds * (offers.height / part.height) ** 2),
        "precision": round(right / max(said, 1), 4),
    }


def measure(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        offers = offers_of(rows, Path(place))
    small = offers.filter(pl.col("family") % 10 == 0)
    return {
        "small": bulk(small),
        "bulk": bulk(offers),
        "pairs_per_second": speed(small, min(50_000, 20 * rows)),
        "control_gtin": {**shares(offers, "gtin14")},
        "control_every_pair": every_pair(offers),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.rows)
    if given.json:
        print(json.dumps(found))
        return
    for name in ("small", "bulk"):
        one = found[name]
        print(
            f"{one['offers']:,} offers: {one['seconds']} s ({one['cpu_seconds']} of a core), "
            f"{one['peak_mb']:,} MB, {one['scored_pairs_per_offer']} scored pairs an offer, "
            f"precision {one['precision']:.2%}, recall {one['recall']:.2%}"
        )
        print(f"  {one['stages']}")
    print(f"{found['pairs_per_second']:,} pairs a second of a core")
    print(f"control, the GTIN alone: {found['control_gtin']}")
    print(f"control, every pair in a brand: {found['control_every_pair']}")


if __name__ == "__main__":
    main()
