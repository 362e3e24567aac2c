"""What do many small sources cost: thousands of shops with some hundred offers each, read again?

Question: 2,000 sources of 500 offers each, read once more with a few changes; offers a second and
bytes of database log written.
Data: delimited feeds written here from a seed; at the second reading one offer in a hundred has
another price and the rows stand in another order.
Control, in the same run: one UPDATE a row that notes "seen again" for the same number of offers of
some of the sources, one transaction a source.

Run: python benchmarks/sources.py --sources 2000 --offers 500     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import random
import time
from pathlib import Path

from _bench import (
    database_bytes,
    folder_bytes,
    fresh_installation,
    log_bytes,
    rate,
    read,
    source_of,
)
from reading import COLUMNS, row
from sparfuchs.flows.installation import Installation


def write_shop(path: Path, shop: int, offers: int, *, again: bool) -> None:
    """The feed of one shop at its first or second reading."""
    draw = random.Random(shop)
    made = [row(shop * offers + number, draw) for number in range(offers)]
    if again:
        price = COLUMNS.index("price")
        for number in range(shop % 100, offers, 100):
            cells = list(made[number])
            cells[price] = "9.99 EUR" if number % 4 else "999.99 EUR"
            made[number] = tuple(cells)
        random.Random(shop + 1).shuffle(made)
    text = ["\t".join(COLUMNS), *("\t".join(cells) for cells in made)]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")


def control(here: Installation, sources: int, offers: int) -> dict[str, float]:
    """One UPDATE a row, one transaction a source."""
    rows = sources * offers
    with here.database.unit_of_work() as work:
        work.execute("CREATE TABLE control (id bigint PRIMARY KEY, price bigint, seen timestamptz)")
        work.execute(
            "INSERT INTO control SELECT n, n, now() FROM generate_series(0, :n) AS n", {"n": rows}
        )
    logged, began = log_bytes(here), time.perf_counter()
    for shop in range(sources):
        with here.database.unit_of_work() as work:
            ids = range(shop * offers, (shop + 1) * offers)
            work.execute("UPDATE control SET seen = now() WHERE id = :id", [{"id": n} for n in ids])
    seconds = time.perf_counter() - began
    per_offer = (log_bytes(here) - logged) / rows
    return {**rate(rows, seconds), "log_bytes_per_offer": round(per_offer, 1)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--sources", type=int, default=None)
    arguments.add_argument("--offers", type=int, default=500)
    arguments.add_argument("--rows", type=int, default=100_000, help="offers in all")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    offers: int = min(chosen.offers, chosen.rows)
    shops: int = chosen.sources or max(1, chosen.rows // offers)
    result: dict[str, object] = {"sources": shops, "offers_each": offers}
    with fresh_installation() as (here, folder):
        for name, again, hours in (("first", False, 0), ("again", True, 24), ("same", True, 48)):
            logged, seconds = log_bytes(here), 0.0
            for shop in range(shops):
                path = folder / f"{shop}.tsv"
                if name != "same":
                    write_shop(path, shop, offers, again=again)
                seconds += read(here, source_of(here, path, f"s{shop}"), hours)[1]
            result[name] = {
                **rate(shops * offers, seconds),
                "sources_per_second": round(shops / seconds, 1),
                "log_bytes_per_offer": round((log_bytes(here) - logged) / (shops * offers), 2),
                "log_bytes_per_source": round((log_bytes(here) - logged) / shops),
            }
        result["database_mb"] = round(database_bytes(here) / 1e6, 1)
        result["files_mb"] = round(folder_bytes(here.settings.data_dir / "files") / 1e6, 1)
        result["control_update_a_row"] = control(here, min(shops, 50), offers)
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
