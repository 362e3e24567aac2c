"""What does a year of price history cost for ever, and how fast is one offer's whole past read?

Question: of a year of 50 million offers, how many bytes are a span and an offer (aim <= 6 a span),
how fast are rows folded into blocks, and how long does one offer's whole history take out of the
database (p95 <= 5 ms)?
Data: a slice of that year in real PostgreSQL: offers of some sources with about sixteen spans each,
drawn from a seed (`benchmarks/_year.py`), appended as publishing appends them and folded as the
nightly job folds them; readings daily, or `--every` so many hours.
Control, in the same run: the same changes as plain rows, before they are folded: their bytes on
disk with indexes, and the same point reads. After folding, histories of a sample must be equal.

A slice answers for the whole where sizes and rates are concerned, as blocks do not know of each
other. A point read goes down one more level of an index in the whole: see docs/numbers.md.

Run: make bench-history     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import polars as pl
import psycopg
from polars.testing import assert_frame_equal

from _bench import fresh_installation, log_bytes
from _year import BEGIN, DAYS, year
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.fold_history import fold_history, verify_history
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.sources import add_source
from sparfuchs.pricing import api as pricing

NOW = BEGIN + timedelta(days=DAYS + 140)  # the whole year is old enough
WHOLE = 50_000_000


def fill(here: Installation, offers: int, sources: int, every: timedelta) -> dict[str, float]:
    """Appends the year of so many offers; rows and spans, and seconds for appending alone."""
    rows = spans = 0
    seconds = 0.0
    for number in range(sources):
        source = add_source(here, f"Shop {number}", "feed", "/dev/null", {}, now=BEGIN)
        count = offers // sources
        changes = year(source.id, count, every=every, seed=number)
        rows += len(changes)
        spans += len(pricing.spans_of(changes))
        with here.database.unit_of_work() as work:
            work.execute(
                "UPDATE sources SET next_ordinal = :count WHERE id = :id",
                {"count": count, "id": source.id},
            )
            began = time.perf_counter()
            # By month, as a year of publishing would have laid them.
            for _, part in changes.sort("at").group_by(
                pl.col("at").dt.month(), maintain_order=True
            ):
                pricing.append_changes(work, part)
            seconds += time.perf_counter() - began
    return {"rows": rows, "spans": spans, "seconds": seconds}


def table_bytes(here: Installation) -> dict[str, int]:
    with here.database.reading() as work:
        found = pricing.extent(work)
    return {"rows": found.row_bytes, "blocks": found.block_bytes}


def settled(here: Installation) -> None:
    """Statistics and free space as a night leaves them."""
    with psycopg.connect(here.database.dsn, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) price_changes")
        connection.execute("VACUUM (ANALYZE) price_blocks")


def read_one(here: Installation, offer: int) -> list[pricing.Span]:
    """One offer's whole past, as whoever shows an offer asks for it."""
    with here.database.reading() as work:
        return pricing.spans_of_one(pricing.history_rows(work, offer))


def point_reads(read: Callable[[int], object], ids: list[int]) -> dict[str, float]:
    for offer in ids[:50]:
        read(offer)
    taken = []
    worked = time.process_time()
    for offer in ids:
        began = time.perf_counter()
        read(offer)
        taken.append((time.perf_counter() - began) * 1000)
    worked = time.process_time() - worked
    cuts = statistics.quantiles(taken, n=100)
    return {
        "reads": len(taken),
        "own_cpu_ms": round(worked * 1000 / len(taken), 2),
        "p50_ms": round(cuts[49], 2),
        "p95_ms": round(cuts[94], 2),
        "p99_ms": round(cuts[98], 2),
    }


def histories(here: Installation, ids: list[int]) -> pl.DataFrame:
    with here.database.reading() as work:
        return pricing.history(work, np.array(sorted(ids), dtype=np.int64))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=100_000, help="offers of the slice")
    arguments.add_argument("--sources", type=int, default=4)
    arguments.add_argument("--every", type=float, default=24, help="hours between two readings")
    arguments.add_argument("--reads", type=int, default=1000)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    with fresh_installation() as (here, _):
        made = fill(here, chosen.rows, chosen.sources, timedelta(hours=chosen.every))
        settled(here)
        with here.database.reading() as work:
            sources = catalog.all_sources(work)
        draw = random.Random(4)
        ids = [
            (draw.choice(sources).id << 32) + draw.randrange(chosen.rows // chosen.sources)
            for _ in range(chosen.reads)
        ]
        as_rows = {
            "bytes_per_row": round(table_bytes(here)["rows"] / made["rows"], 1),
            "bytes_per_span": round(table_bytes(here)["rows"] / made["spans"], 1),
            "bytes_per_offer": round(table_bytes(here)["rows"] / chosen.rows),
            "appended_rows_per_second": round(made["rows"] / made["seconds"]),
            "one_offer": point_reads(lambda offer: read_one(here, offer), ids),
        }
        sample = sorted(set(ids))[:300]
        before = histories(here, sample)
        logged = log_bytes(here)
        done = fold_history(here, now=NOW)
        logged = log_bytes(here) - logged
        if done.rows != made["rows"]:
            raise SystemExit(f"folded {done.rows} of {made['rows']} rows")
        settled(here)
        assert_frame_equal(histories(here, sample), before)
        size = table_bytes(here)["blocks"]
        folded = {
            "blocks": done.blocks,
            "bytes_per_row": round(size / made["rows"], 2),
            "bytes_per_span": round(size / made["spans"], 2),
            "bytes_per_offer": round(size / chosen.rows, 1),
            "body_bytes_per_span": round(done.block_bytes / made["spans"], 2),
            "seconds": round(done.seconds, 1),
            "folded_rows_per_second": round(done.rows / done.seconds),
            "log_bytes_per_row": round(logged / done.rows),
            "one_offer": point_reads(lambda offer: read_one(here, offer), ids),
        }
        began = time.perf_counter()
        verify_history(here)
        folded["verified_rows_per_second"] = round(done.rows / (time.perf_counter() - began))
    result = {
        "offers": chosen.rows,
        "hours_between_readings": chosen.every,
        "rows": made["rows"],
        "spans_per_offer": round(made["spans"] / chosen.rows, 1),
        "control_rows": as_rows,
        "folded": folded,
        "whole_gb": {
            "offers": WHOLE,
            "rows": round(as_rows["bytes_per_offer"] * WHOLE / 1e9, 1),
            "blocks": round(folded["bytes_per_offer"] * WHOLE / 1e9, 1),
        },
    }
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
