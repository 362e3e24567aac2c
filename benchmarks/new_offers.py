"""What does a new offer cost when N are known, and is it as right as when all are compared at once?

Data: a simulated market of N offers with the truth known. All but some are grouped in bulk, and
what stands for a product (three offers at most) is laid down as a run on disk. Then new offers come
one at a time, and a feed of them at once. Measured: milliseconds for one (read, search, veto,
score), seconds for the feed, bytes on disk, and how right the links are beside those of the same
offers in the bulk way. Control: the same postings as a PostgreSQL table with an index on the term,
asked for the same terms (at most 20 million of them, so that it is filled in bearable time).

Run: make bench-new-offers BENCH_ARGS="--rows 1000000"
"""

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from _bench import Peak
from matching import offers_of, shares
from sparfuchs.matching import api as matching
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.db import Database
from sparfuchs.plumbing.settings import Settings

NOTHING = pl.DataFrame(schema=matching.LABEL)
BEFORE = pl.DataFrame(schema={"offer": pl.Int64(), "product": pl.Int64()})
BEARABLE = 20_000_000


@dataclass(frozen=True)
class There:
    """What is known: the run on disk, its weights, and what was compared, by either end."""

    known: matching.Known
    weights: Any
    edges: pl.DataFrame
    ends: Any
    scorer: matching.Scorer

    def place(self, offers: pl.DataFrame) -> matching.Placed:
        return matching.place(
            offers.select(*matching.OFFERED),
            self.scorer,
            weights=self.weights,
            known=self.known,
            judged=self.judged,
        )

    def judged(self, offers: pl.Series) -> pl.DataFrame:
        """As the database gives it: every edge of these offers, once."""
        asked = offers.unique().to_numpy()
        low = np.searchsorted(self.ends, asked, side="left")
        many = np.searchsorted(self.ends, asked, side="right") - low
        rows = np.repeat(low - (np.cumsum(many) - many), many) + np.arange(many.sum())
        return self.edges[pl.Series(rows)].drop("end").unique(["left", "right"])


def lay_down(known: pl.DataFrame, folder: Path) -> tuple[There, dict[str, Any]]:
    """Groups what is known and writes who stands for it. Gives it mapped again."""
    began = time.perf_counter()
    with Peak() as peak:
        placed = matching.place(known.select(*matching.OFFERED), matching.shipped())
        settled = matching.settle(placed.rows, placed.edges, NOTHING, BEFORE, 1)
    seconds = time.perf_counter() - began
    standing = placed.rows.filter(settled["standing"])
    corpus = matching.Corpus.of_read(standing.select(list(matching.READ)), placed.corpus.weights)
    run = matching.Run.of(standing, matching.postings_of(corpus, standing))
    paths = [folder / part for part in matching.PARTS]
    for part, path in zip(matching.PARTS, paths, strict=True):
        run.write(part, path)
    facts = {
        "offers": known.height,
        "seconds": round(seconds, 1),
        "peak_mb": round(peak.mb),
        "standing": standing.height,
        "disk_mb": round(sum(path.stat().st_size for path in paths) / 1e6),
        **shares(known.join(settled.select("offer", group="product"), on="offer"), "group"),
    }
    edges = pl.concat(placed.edges.with_columns(end=side) for side in ("left", "right"))
    edges = edges.sort("end")
    there = There(
        matching.Known([matching.Run.read(paths)]),
        placed.corpus.weights,
        edges,
        edges["end"].to_numpy(),
        matching.shipped(),
    )
    return there, facts


def links(placed: matching.Placed, product: dict[int, int], fresh: list[int]) -> tuple[int, ...]:
    """Automatic links of new offers: how many, how many are right, and how many offers have one."""
    sure = placed.edges.filter(pl.col("band") == matching.Band.AUTOMATIC.value)
    right = [
        (left, end)
        for left, end in sure.select("left", "right").iter_rows()  # a few a new offer
        if product[left] == product[end]
    ]
    found = {end for pair in right for end in pair}
    return sure.height, len(right), len(found.intersection(fresh))


def one_by_one(offers: pl.DataFrame, there: There, product: dict[int, int]) -> dict[str, Any]:
    walls, works, told = [], [], np.zeros(3, dtype=np.int64)
    for number in range(offers.height):
        one = offers[number : number + 1]
        began, worked = time.perf_counter(), time.process_time()
        placed = there.place(one)
        walls.append(time.perf_counter() - began)
        works.append(time.process_time() - worked)
        told += links(placed, product, one["offer"].to_list())
    return {
        "offers": offers.height,
        "p50_ms": round(float(np.quantile(walls, 0.5)) * 1000, 1),
        "p95_ms": round(float(np.quantile(walls, 0.95)) * 1000, 1),
        "p95_cpu_ms": round(float(np.quantile(works, 0.95)) * 1000, 1),
        **_right(told),
    }


def at_once(offers: pl.DataFrame, there: There, product: dict[int, int]) -> dict[str, Any]:
    began, worked = time.perf_counter(), time.process_time()
    placed = there.place(offers)
    return {
        "offers": offers.height,
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - worked, 1),
        **_right(np.array(links(placed, product, offers["offer"].to_list()))),
    }


def _right(told: Any) -> dict[str, Any]:
    return {
        "links": int(told[0]),
        "precision": round(int(told[1]) / max(int(told[0]), 1), 4),
        "offers_with_a_right_link": int(told[2]),
    }


def as_a_table(there: There, offers: pl.DataFrame) -> dict[str, Any]:
    """The control: the same terms of each offer asked of an indexed table."""
    run = there.known.runs[0]
    postings = run.postings().head(BEARABLE)
    with tempfile.TemporaryDirectory(prefix="sparfuchs-bench-") as folder:
        Path(folder).chmod(0o755)
        settings = Settings(data_dir=Path(folder))
        database = Database(postgres.ensure_running(settings))
        try:
            began = time.perf_counter()
            with database.unit_of_work() as work:
                work.execute("CREATE UNLOGGED TABLE postings (term bigint, row int, weight real)")
                work.copy_frame("postings", postings)
                work.execute("CREATE INDEX ON postings USING hash (term)")
            filled = time.perf_counter() - began
            with database.unit_of_work() as work:
                work.execute("ANALYZE postings")
                size = work.execute("SELECT pg_total_relation_size('postings')").scalar_one()
            walls = []
            for number in range(offers.height):
                read = matching.normalise(offers[number : number + 1].select(*matching.OFFERED))
                terms = np.unique(matching.keys_of_read(read, there.weights).indices).astype(
                    np.int64
                )
                _, many = run.find(terms)
                rare = terms[np.argsort(many)][np.cumsum(np.sort(many)) <= 3_000]
                began = time.perf_counter()
                with database.reading() as work:
                    work.fetch_frame(
                        "SELECT term, row, weight FROM postings "
                        "WHERE term = ANY(CAST(:terms AS bigint[]))",
                        {"terms": rare.tolist()},
                        schema={"term": pl.Int64(), "row": pl.Int32(), "weight": pl.Float32()},
                    )
                walls.append(time.perf_counter() - began)
        finally:
            database.close()
            postgres.stop(settings)
    return {
        "postings": postings.height,
        "filled_seconds": round(filled, 1),
        "table_mb": round(size / 1e6),
        "p50_ms": round(float(np.quantile(walls, 0.5)) * 1000, 1),
        "p95_ms": round(float(np.quantile(walls, 0.95)) * 1000, 1),
    }


def searched(there: There, offers: pl.DataFrame) -> dict[str, Any]:
    """What the search alone takes of it, from the files."""
    walls = []
    for number in range(offers.height):
        read = matching.normalise(offers[number : number + 1].select(*matching.OFFERED))
        keys = matching.keys_of_read(read, there.weights)
        began = time.perf_counter()
        there.known.search(keys, most=24, budget=3_000)
        walls.append(time.perf_counter() - began)
    return {
        "p50_ms": round(float(np.quantile(walls, 0.5)) * 1000, 1),
        "p95_ms": round(float(np.quantile(walls, 0.95)) * 1000, 1),
    }


def measure(rows: int) -> dict[str, Any]:
    feed = min(10_000, rows // 10)
    singles = min(300, rows // 20)
    with tempfile.TemporaryDirectory() as place:
        offers = offers_of(rows, Path(place))
        drawn = pl.Series(np.random.default_rng(5).permutation(offers.height))
        fresh, known = offers[drawn[: feed + singles]], offers[drawn[feed + singles :].sort()]
        product = dict(offers.select("offer", "product").iter_rows())  # the truth, asked by offer
        there, facts = lay_down(known, Path(place))
        ones, many = fresh[:singles], fresh[singles:]
        there.place(ones[:1])  # what is loaded once
        return {
            "known": facts,
            "one": one_by_one(ones, there, product),
            "search_of_one": searched(there, ones),
            "feed": at_once(many, there, product),
            "control_table": as_a_table(there, ones),
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
    for name, facts in found.items():
        print(f"{name}: " + ", ".join(f"{key} {value}" for key, value in facts.items()))


if __name__ == "__main__":
    main()
