"""How fast is the index of listings made, kept up to date and asked?

Question: listings a second into a new index and into one that answers; milliseconds of a page with
its total and facets, by kind of query, each asked with other words or bounds so that no answer is
a repetition.
Data: listings drawn here from a seed: titles of five to nine words of a vocabulary of 20,000 whose
frequencies fall off as in real texts, 200 shelves, 300 merchants.
Control, in the same run: the same rows in PostgreSQL with indexes on price and on shelf, asked with
ILIKE for each word, ORDER BY and LIMIT, one count and one GROUP BY (the engine counts five facets).

Run: python benchmarks/search_index.py --rows 1000000     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from _bench import folder_bytes, fresh_installation
from sparfuchs.flows.installation import Installation
from sparfuchs.kernel.frames import UTC_TIME, conform
from sparfuchs.search.api import LISTING, Query, Sort, TantivyEngine

NOW = datetime(2026, 11, 25, tzinfo=UTC)
BLOCK = 50_000
VOCABULARY = 20_000
SHELVES = 200
MERCHANTS = 300
SYLLABLES = ("ka", "lo", "mi", "ter", "sen", "bur", "wal", "ne", "rig", "fu", "ste", "hau")


def vocabulary() -> list[str]:
    draw = np.random.default_rng(1)
    parts = draw.integers(0, len(SYLLABLES), size=(VOCABULARY, 4))
    return ["".join(SYLLABLES[part] for part in word) for word in parts]


def words(draw: np.random.Generator, count: int) -> Any:
    """Places in the vocabulary, the first by far the most frequent."""
    return np.minimum(draw.zipf(1.3, size=count) - 1, VOCABULARY - 1)


def block(start: int, rows: int, known: pl.Series) -> pl.DataFrame:
    draw = np.random.default_rng(start + 7)
    lengths = draw.integers(5, 10, size=rows)
    every = known.gather(words(draw, int(lengths.sum())))
    titles = (
        pl.DataFrame({"row": np.repeat(np.arange(rows), lengths), "word": every})
        .group_by("row", maintain_order=True)
        .agg(pl.col("word").str.join(" "))["word"]
    )
    shelf = pl.Series(draw.integers(0, SHELVES, size=rows))
    deal = draw.random(rows) < 0.3
    percent = np.where(deal, draw.integers(5, 60, size=rows), 0)
    return conform(
        pl.DataFrame({"offer_id": np.arange(start, start + rows) + (1 << 32), "title": titles})
        .with_columns(
            top=pl.format("Bereich {}", shelf // 20),
            leaf=pl.format("Bereich {} > Regal {}", shelf // 20, shelf),
            merchant=pl.format("laden-{}", pl.Series(draw.integers(0, MERCHANTS, size=rows))),
            price_minor=pl.Series(draw.lognormal(8, 1, size=rows).astype(np.int64)),
            honest_pct=pl.Series(percent),
            deal=pl.Series(deal),
            vouched=pl.Series(deal & (draw.random(rows) < 0.7)),
            verdict=pl.Series(np.where(deal, "genuine", "no_reduction")),
            currency=pl.lit("EUR"),
            merchants=pl.Series(draw.integers(1, 5, size=rows)),
            ago=pl.Series(draw.integers(0, 100_000, size=rows)),
        )
        .with_columns(
            category=pl.concat_list("top", "leaf"),
            new_at=pl.lit(NOW).cast(UTC_TIME) - pl.duration(minutes="ago"),
        ),
        LISTING,
    )


def questions(known: list[str], count: int) -> dict[str, list[Query]]:
    """Each kind `count` times, no two alike."""
    draw = np.random.default_rng(3)

    def text(number: int) -> str:
        return " ".join(known[place] for place in words(draw, number))

    def shelf() -> tuple[str, ...]:
        number = int(draw.integers(0, SHELVES))
        return (f"Bereich {number // 20} > Regal {number}",)

    return {
        "two words": [Query(text=text(2), price_min=n) for n in range(count)],
        "one word, facets filtered": [
            Query(text=text(1), categories=shelf(), only_deals=True, price_min=n)
            for n in range(count)
        ],
        "a shelf by discount": [
            Query(categories=shelf(), sort=Sort.DISCOUNT, price_min=n) for n in range(count)
        ],
        "everything by price": [Query(sort=Sort.PRICE, price_min=n + 1) for n in range(count)],
    }


def milliseconds(ask: Callable[[Query], object], asked: list[Query]) -> dict[str, float]:
    times = []
    for query in asked:
        began = time.perf_counter()
        ask(query)
        times.append((time.perf_counter() - began) * 1000)
    p50, p95 = np.percentile(times, [50, 95])
    return {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def control_table(here: Installation, rows: int, known: pl.Series) -> float:
    """The same listings as rows; gives the seconds."""
    began = time.perf_counter()
    with here.database.unit_of_work() as work:
        work.execute(
            "CREATE TABLE control (offer_id bigint PRIMARY KEY, title text, leaf text, "
            "price_minor bigint, honest_pct int, deal bool)"
        )
        for start in range(0, rows, BLOCK):
            made = block(start, min(BLOCK, rows - start), known)
            wanted = ("offer_id", "title", "price_minor", "honest_pct", "deal")
            leaf = pl.col("category").list.last().alias("leaf")
            work.copy_frame("control", made.select(*wanted, leaf))
        work.execute("CREATE INDEX ON control (price_minor)")
        work.execute("CREATE INDEX ON control (leaf)")
        work.execute("ANALYZE control")
    return time.perf_counter() - began


def control_ask(here: Installation, query: Query) -> None:
    """A page, its total and one facet, as one would write it without an index for words."""
    terms = query.text.split()
    values: dict[str, object] = {f"w{n}": f"%{term}%" for n, term in enumerate(terms)}
    wheres = [f"title ILIKE :w{n}" for n in range(len(terms))] + ["price_minor >= :low"]
    values["low"] = query.price_min
    if query.categories:
        wheres.append("leaf = :leaf")
        values["leaf"] = query.categories[0]
    if query.only_deals:
        wheres.append("deal")
    where = " AND ".join(wheres)
    order = "price_minor" if query.sort is Sort.PRICE else "honest_pct DESC"
    with here.database.reading() as work:
        for statement in (
            f"SELECT offer_id FROM control WHERE {where} ORDER BY {order}, offer_id LIMIT 24",
            f"SELECT count(*) FROM control WHERE {where}",
            f"SELECT leaf, count(*) FROM control WHERE {where} GROUP BY 1 ORDER BY 2 DESC LIMIT 50",
        ):
            work.execute(statement, values).all()


def measure(rows: int, asked: int) -> dict[str, Any]:
    known = vocabulary()
    texts = pl.Series(known)
    made: dict[str, Any] = {"rows": rows}
    with fresh_installation() as (here, folder):
        where = Path(folder) / "index"
        engine = TantivyEngine(where)
        drawing = 0.0
        began = time.perf_counter()
        with engine.renewing() as renewal:
            for start in range(0, rows, BLOCK):
                mark = time.perf_counter()
                listings = block(start, min(BLOCK, rows - start), texts)
                drawing += time.perf_counter() - mark
                renewal.add(listings)
        seconds = time.perf_counter() - began - drawing
        made["build"] = {
            "seconds": round(seconds, 2),
            "listings_per_second": round(rows / seconds),
            "bytes_per_listing": round(folder_bytes(where) / rows, 1),
        }
        changed = block(0, min(1000, rows), texts)
        began = time.perf_counter()
        for _ in range(5):
            engine.apply(changed, np.array([], dtype=np.int64))
        seconds = (time.perf_counter() - began) / 5
        made["apply"] = {"listings": changed.height, "ms": round(seconds * 1000, 1)}
        kinds = questions(known, asked)
        made["control_build_seconds"] = round(control_table(here, rows, texts), 2)
        few = max(3, min(asked, 2_000_000 // rows))  # the control is slow on many rows
        made["queries"] = {
            name: {
                "engine": milliseconds(engine.search, queries),
                "control": milliseconds(lambda query: control_ask(here, query), queries[:few]),
            }
            for name, queries in kinds.items()
        }
        engine.close()
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--asked", type=int, default=100, help="queries of each kind")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.rows, given.asked)
    if given.json:
        print(json.dumps(found))
        return
    build = found["build"]
    print(f"{found['rows']:,} listings")
    print(f"new index: {build['seconds']} s, {build['listings_per_second']:,}/s, ", end="")
    print(f"{build['bytes_per_listing']} bytes each (rows in the database: ", end="")
    print(f"{found['control_build_seconds']} s with drawing)")
    print(f"{found['apply']['listings']:,} put in again: {found['apply']['ms']} ms")
    for name, two in found["queries"].items():
        for who in ("engine", "control"):
            times = two[who]
            print(f"{name:28}{who:10}p50 {times['p50_ms']:9.2f}  p95 {times['p95_ms']:9.2f} ms")


if __name__ == "__main__":
    main()
