"""How long does a merchant wait for the first answer on a feed?

Question: is a feed of 10,000 rows checked within 5 seconds, at the terminal (a process of its own,
from its start) and behind the API (the work alone), in every format that comes as one document; and
what do settings cost that are tried right after?
Data: the same goods written in each format from a seed (`_feeds`), a tenth of the prices spoiled.
Control, in the same run: the same program started to print its version, which is what starting
costs.

Run: python benchmarks/check_feed.py --rows 10000        (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import random
import subprocess
import tempfile
import time
from pathlib import Path

from _feeds import SAID, WRITERS, Good, goods
from sparfuchs.entrypoints.parts import sparfuchs
from sparfuchs.flows.check_feed import check_file

PAGED = {"shopify-json", "woocommerce-json", "schema-pages"}


def spoiled(rows: list[Good]) -> list[Good]:
    """Every tenth without a price worth the name."""
    return [
        Good(one.id, one.title, 0, 0, one.gtin) if place % 10 == 9 else one
        for place, one in enumerate(rows)
    ]


def seconds_of(*words: str) -> float:
    began = time.perf_counter()
    subprocess.run(sparfuchs(*words), check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=10_000)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    rows = spoiled(goods(chosen.rows, random.Random(1)))
    result: dict[str, object] = {"rows": len(rows)}
    with tempfile.TemporaryDirectory() as folder:
        result["control_start_seconds"] = round(seconds_of("--help"), 2)
        for kind, write in WRITERS.items():
            if kind in PAGED:
                continue
            path = Path(folder) / kind
            path.write_text(write(rows), "utf-8")
            said = dict(SAID.get(kind, {}))
            given = [word for pair in said.items() for word in ("--set", "=".join(pair))]
            terminal = seconds_of(
                "check", str(path), "--json", "--data-dir", f"{folder}/data", *given
            )
            began = time.perf_counter()
            found = check_file(path, kind, said)
            api = time.perf_counter() - began
            began = time.perf_counter()
            check_file(path, kind, {**said, "country": "AT"})
            again = time.perf_counter() - began
            if found["read"] != len(rows) or not found["rejected"]:
                raise SystemExit(
                    f"{kind}: {found['read']} of {len(rows)} rows, {found['rejected']}"
                )
            result[kind] = {
                "terminal_seconds": round(terminal, 2),
                "api_seconds": round(api, 2),
                "other_settings_seconds": round(again, 2),
            }
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
