"""Do the columns and the plain reading of the rule book say the same of a million histories?

Question: how many of a million random price histories do the column code and the slow reference
of the tests (`tests/pricing/reference.py`, plain if and for, written apart) judge differently, in
any verdict, percentage, date, coverage or flag? It must be none.
Data: histories drawn from a seed (`tests/pricing/agreement.py`): daily readings with outages, long
silences, sold-out days, prices that come back, stairs; three moments of judging in turn.
Control: the reference itself, in the same run; both rates are given.

Run: make bench-agreement      (a million; `--series 2000` for a look, --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from pricing.agreement import by_columns, by_reference, disagreements, draw, late_october

BLOCK = 5_000  # series judged at once
SHOWN = 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--series", "--rows", type=int, default=100_000)
    arguments.add_argument("--seed", type=int, default=11)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    compared = 0
    seconds = {"columns": 0.0, "reference": 0.0}
    classes: Counter[str] = Counter()
    differing = []
    for block, start in enumerate(range(0, chosen.series, BLOCK)):
        chance = random.Random(chosen.seed * 1_000_003 + block)
        drawn = draw(chance, min(BLOCK, chosen.series - start))
        moment = late_october(chance) - timedelta(days=(0, 2, 97)[block % 3])
        if block == 0:  # rates, from the first block alone
            began = time.perf_counter()
            by_columns(drawn, chance, moment)
            middle = time.perf_counter()
            classes.update(by_reference(one, moment)["verdict"] for one in drawn)
            seconds["columns"] = middle - began
            seconds["reference"] = time.perf_counter() - middle
            first = len(drawn)
        differing += disagreements(drawn, chance, moment)
        compared += len(drawn)
        if not chosen.json and block % 20 == 19:
            print(f"{compared} compared, {len(differing)} differ", file=sys.stderr, flush=True)
    result = {
        "series": compared,
        "seed": chosen.seed,
        "disagreements": len(differing),
        "classes_of_first_block": dict(classes.most_common()),
        "columns_per_second": round(first / seconds["columns"]),
        "reference_per_second": round(first / seconds["reference"]),
    }
    print(json.dumps(result, indent=None if chosen.json else 2))
    for one in differing[:SHOWN]:
        print(one, file=sys.stderr)
    if differing:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
