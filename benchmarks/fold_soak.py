"""Is any price change lost or told twice when folding is killed again and again?

Question: the process that folds a year of history is killed (SIGKILL) after a random moment, until
a turn has nothing left to fold. After each kill: are all changes there, as rows or in blocks and
none in both, and is the history of a sample of offers what it was?
Data: the year of `benchmarks/history.py` for so many offers, in real PostgreSQL.
Control: the histories of the sample as read before anything was folded.

Run: make soak     (alone: python benchmarks/fold_soak.py --rows 40000)

Last result: see docs/numbers.md.
"""

import argparse
import json
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from polars.testing import assert_frame_equal

from _bench import fresh_installation
from history import NOW, fill, histories
from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.fold_history import fold_history, verify_history
from sparfuchs.flows.installation import Installation

SAMPLE = 2000
MOST = 200  # kills


def counted(here: Installation) -> tuple[int, int]:
    """Rows, and records in blocks."""
    with here.database.reading() as work:
        found = work.execute(
            "SELECT (SELECT count(*) FROM price_changes) AS rows, "
            "(SELECT coalesce(sum(rows), 0) FROM price_blocks) AS folded"
        ).one()
    return int(found.rows), int(found.folded)


def killed(data_dir: Path, after: float) -> None:
    """Folds in a process of its own and kills it so many seconds after it has begun."""
    child = subprocess.Popen(
        [sys.executable, __file__, "--fold", str(data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert child.stdout is not None
    child.stdout.readline()  # it begins now
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=40_000, help="offers")
    arguments.add_argument("--seed", type=int, default=3)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--fold", type=Path, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.fold:
        with installation(chosen.fold) as here:
            print("begins", flush=True)
            fold_history(here, now=NOW)
        return
    draw = random.Random(chosen.seed)
    with fresh_installation() as (here, folder):
        made = fill(here, chosen.rows, 4, timedelta(hours=24))
        with here.database.reading() as work:
            sources = catalog.all_sources(work)
        ids = sorted(
            {
                (draw.choice(sources).id << 32) + draw.randrange(chosen.rows // 4)
                for _ in range(SAMPLE)
            }
        )
        before = histories(here, ids)
        kills = between = 0
        rows, longest = int(made["rows"]), 0.5
        while rows and kills < MOST:
            left = rows
            killed(folder / "data", draw.uniform(0, longest))
            kills += 1
            rows, folded = counted(here)
            if rows == left:  # killed too early for one transaction on a machine as busy as this
                longest *= 1.2
            if rows + folded != made["rows"]:
                raise SystemExit(f"{rows} rows and {folded} folded of {made['rows']}")
            assert_frame_equal(histories(here, ids), before)
            between += 0 < rows < made["rows"]
        blocks = verify_history(here)
    result = {
        "offers": chosen.rows,
        "changes": made["rows"],
        "kills": kills,
        "kills_in_the_middle": between,
        "blocks": blocks,
        "left_as_rows": rows,
        "lost_or_told_twice": 0,
    }
    print(json.dumps(result, indent=None if chosen.json else 2))
    if rows:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
