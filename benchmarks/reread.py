"""What does another reading of the same offers cost, in time and in the database's log?

Question: the same offers in other bytes (another order, another timestamp and stock counter in each
row) >= 100,000 a second; the same records in another order >= 300,000 a second, delimited and XML;
and how many bytes of database log does an unchanged offer cost?
Data: feeds written here from a seed, 12 columns and two that change with every reading.
Control, in the same run: one UPDATE a row that notes "seen again", the plain way.

Run: python benchmarks/reread.py --rows 500000        (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from _bench import fresh_installation, log_bytes, rate, read, source_of
from reading import COLUMNS, row
from sparfuchs.flows.installation import Installation

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
    'xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>\n'
)


def numbered(rows: int, seed: int) -> list[tuple[str, ...]]:
    """The same offers always, in an order by seed."""
    draw = random.Random(7)
    made = [row(number, draw) for number in range(rows)]
    random.Random(seed).shuffle(made)
    return made


def lines(rows: list[tuple[str, ...]], stamp: int | None) -> Iterator[str]:
    """Rows of a tab-separated feed, with a timestamp and a stock counter if wished."""
    extra = () if stamp is None else ("last_updated", "stock_quantity")
    yield "\t".join((*COLUMNS, *extra))
    for place, cells in enumerate(rows):
        more = () if stamp is None else (f"2026-10-{stamp + 1:02}T06:00:00Z", str(place + stamp))
        yield "\t".join((*cells, *more))


def write_table(path: Path, rows: list[tuple[str, ...]], stamp: int | None = None) -> None:
    path.write_text("\n".join(lines(rows, stamp)) + "\n", encoding="utf-8")


def write_items(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD)
        for cells in rows:
            pairs = zip(COLUMNS, cells, strict=True)
            body = "".join(f"<g:{name}>{escape(text)}</g:{name}>" for name, text in pairs if text)
            file.write(f"<item>{body}</item>\n")
        file.write("</channel></rss>\n")


def measure(here: Installation, path: Path, name: str, rows: int, hours: float) -> dict[str, float]:
    """One more reading of a source whose offers have not changed."""
    source = source_of(here, path, name)
    logged = log_bytes(here)
    report, seconds = read(here, source, hours)
    counts = report.run.counts
    if (counts.unchanged, counts.changed, counts.new) != (rows, 0, 0):
        raise SystemExit(f"{name}: {counts}")
    per_offer = (log_bytes(here) - logged) / rows
    return {**rate(rows, seconds), "log_bytes_per_offer": round(per_offer, 3)}


def control(here: Installation, rows: int) -> dict[str, float]:
    """One UPDATE a row for the offers that are there."""
    with here.database.unit_of_work() as work:
        work.execute("CREATE TABLE control (id bigint PRIMARY KEY, price bigint, seen timestamptz)")
        work.execute(
            "INSERT INTO control SELECT n, n, now() FROM generate_series(1, :n) AS n", {"n": rows}
        )
    logged = log_bytes(here)
    began = time.perf_counter()
    with here.database.unit_of_work() as work:
        work.execute(
            "UPDATE control SET seen = now() WHERE id = :id", [{"id": n + 1} for n in range(rows)]
        )
    seconds = time.perf_counter() - began
    per_offer = (log_bytes(here) - logged) / rows
    return {**rate(rows, seconds), "log_bytes_per_offer": round(per_offer, 1)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    rows: int = chosen.rows
    result: dict[str, object] = {"rows": rows}
    with fresh_installation() as (here, folder):
        table, items, stamped = (folder / name for name in ("f.tsv", "f.xml", "s.tsv"))
        first, second = numbered(rows, 1), numbered(rows, 2)
        write_table(stamped, first, stamp=1)
        read(here, source_of(here, stamped, "stamped"), 0)
        write_table(stamped, second, stamp=2)
        result["csv_other_bytes"] = measure(here, stamped, "stamped", rows, 24)
        write_table(table, first)
        read(here, source_of(here, table, "table"), 0)
        write_table(table, second)
        result["csv_same_records"] = measure(here, table, "table", rows, 24)
        result["same_bytes"] = measure(here, table, "table", rows, 48)
        write_items(items, first)
        read(here, source_of(here, items, "items"), 0)
        write_items(items, second)
        result["xml_same_records"] = measure(here, items, "items", rows, 24)
        result["control_update_a_row"] = control(here, min(rows, 50_000))
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
