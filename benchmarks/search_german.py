"""How many of the queries of the German corpus are answered rightly, and what does analysis cost?

Question: the share of queries whose first three hits are all what was asked for (and nothing where
nothing is), by kind of query; listings a second that one core analyses.
Data: the corpus in `sparfuchs/testing/german_queries.tsv` on the simulated market of seed 7, each
kind of product once, some 11,000 listings of 46 shops. `--rows` repeats them for the second figure.
Control, in the same run: the same listings by plain BM25 over all text, any of the words.

Run: python benchmarks/search_german.py     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl

from sparfuchs.search.engines.plain import plain_search
from sparfuchs.search.engines.tantivy_documents import documents
from sparfuchs.search.engines.tantivy_learn import learnt
from sparfuchs.search.language.analysis import Analysis
from sparfuchs.testing.german_corpus import (
    TOP,
    corpus,
    judge,
    market_engine,
    market_listings,
    right,
)


def measure(rows: int) -> dict[str, Any]:
    asked, listings = corpus(), market_listings()
    with (
        tempfile.TemporaryDirectory(prefix="german-") as folder,
        market_engine(Path(folder), listings) as engine,
    ):
        began = time.perf_counter()
        wrong = judge(engine, listings, asked)
        seconds = time.perf_counter() - began
    groups = Counter(one.group for one in asked)
    missed = Counter(one.asked.group for one in wrong)
    return {
        "queries": len(asked),
        "listings": listings.height,
        "right": round(1 - len(wrong) / len(asked), 4),
        "control_right": round(plain(listings), 4),
        "ms_a_query": round(seconds / len(asked) * 1000, 2),
        "groups": {name: [count - missed[name], count] for name, count in groups.items()},
        "wrong": [one.asked.query for one in wrong],
        "analysed_per_core_second": analysed(listings, rows),
    }


def plain(listings: pl.DataFrame) -> float:
    """The share that plain BM25 answers rightly."""
    rows = {row["offer_id"]: row for row in listings.to_dicts()}
    shelf = pl.col("category").list.last()
    text = pl.concat_str("title", "brand", "mpn", shelf, "text", separator=" ", ignore_nulls=True)
    table = listings.select(pl.col("offer_id").alias("doc"), text.alias("text"))
    asked = corpus()
    with plain_search(table, most=TOP) as search:
        good = sum(right(one, [rows[hit] for hit in search(one.query)]) for one in asked)
    return good / len(asked)


def analysed(listings: pl.DataFrame, rows: int) -> int:
    """Listings a second of processor time, with words that are known: as in a long run."""
    block = pl.concat([listings] * (rows // listings.height + 1)).head(rows)
    analysis = Analysis(learnt([block]))
    documents(block, analysis)
    began = time.process_time()
    documents(block, analysis)
    return round(rows / (time.process_time() - began))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=50_000, help="listings that are analysed")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.rows)
    if given.json:
        print(json.dumps(found))
        return
    print(f"{found['queries']} queries on {found['listings']:,} listings: ", end="")
    print(f"{found['right']:.1%} right, plain BM25 {found['control_right']:.1%}", end="")
    print(f"; {found['ms_a_query']} ms each")
    for name, (good, count) in found["groups"].items():
        print(f"  {name:12}{good:4} of {count}")
    for query in found["wrong"]:
        print(f"  wrong: {query}")
    print(f"{found['analysed_per_core_second']:,} listings analysed a second of one core")


if __name__ == "__main__":
    main()
