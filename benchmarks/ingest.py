"""How fast does a feed of new offers become stored, priced and judged, and does it stay linear?

Question: >= 15,000 offers a second from bytes on disk to published, judged and rated, all new; and
is a million offers close to ten times a hundred thousand in time, memory and disk?
Data: a delimited Google feed written here from a seed, 12 columns, about 380 bytes a row.
Control, in the same run: one INSERT a row for the same offers by executemany, the plain way.

Run: python benchmarks/ingest.py --rows 1000000        (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import time

from _bench import (
    Peak,
    database_bytes,
    folder_bytes,
    fresh_installation,
    log_bytes,
    rate,
    read,
    source_of,
)
from reading import write_csv
from sparfuchs.flows.installation import Installation


def all_new(rows: int) -> dict[str, object]:
    """One first reading of so many offers in an installation of its own."""
    with fresh_installation() as (here, folder):
        feed = folder / "feed.csv"
        write_csv(feed, rows)
        source = source_of(here, feed)
        logged = log_bytes(here)
        with Peak() as peak:
            report, seconds = read(here, source, 0)
        if report.run.counts.new != rows:
            raise SystemExit(f"{report.run.counts.new} of {rows} offers are new")
        return {
            "rows": rows,
            **rate(rows, seconds),
            "published_after_seconds": round(report.run.seconds, 2),
            "peak_mb": round(peak.mb),
            "database_bytes_per_offer": round(database_bytes(here) / rows),
            "file_bytes_per_offer": round(folder_bytes(here.settings.data_dir / "files") / rows),
            "log_bytes_per_offer": round((log_bytes(here) - logged) / rows),
            "control": control(here, min(rows, 50_000)),
        }


def control(here: Installation, rows: int) -> dict[str, float]:
    """One INSERT a row into a table with the most needed columns."""
    began = time.perf_counter()
    with here.database.unit_of_work() as work:
        work.execute(
            "CREATE TABLE control (id bigint PRIMARY KEY, title text, url text, price bigint, "
            "currency text, seen_at timestamptz)"
        )
        work.execute(
            "INSERT INTO control VALUES (:id, :title, :url, :price, 'EUR', now())",
            [
                {"id": n, "title": f"Offer {n}", "url": f"https://shop.example/{n}", "price": n}
                for n in range(rows)
            ],
        )
    return rate(rows, time.perf_counter() - began)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--growth", action="store_true", help="a tenth of the rows first")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    result: dict[str, object] = {}
    if chosen.growth:
        result["tenth"] = all_new(chosen.rows // 10)
    result["whole"] = all_new(chosen.rows)
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
