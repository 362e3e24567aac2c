"""Does a crash leave a run whole or absent, nothing lost and nothing doubled?

Question: `sparfuchs ingest` is killed (kill -9, its whole process group), or PostgreSQL is (the
postmaster and all its children), or both, at a random moment. Is the run then there whole or not at
all, is all else as it was, and does the same reading succeed when repeated? What is compared:
sparfuchs/testing/crash_check.py.
Data: shops of 4,000 offers written here from a seed, Google's delimited format and Awin's in turns;
a reading changes one price in five, takes and brings offers, and every fifth finds the same bytes.
Control: the same rounds without kills (--control); every run must be there and nothing be wrong.

A kill takes the processes and not the machine: what the operating system had taken for written
stays, so nothing is said here of files flushed too late.

Run: python benchmarks/crash_soak.py --rounds 50 --seed 1 --json

Last result, on 2 cores: 50 rounds in 104 s, 0 violations; the process killed 30 times, the server
17, some of them both. Of the 50 runs 33 were found whole, 17 absent. Control: --control.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

from sparfuchs.testing.crash import rounds


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rounds", type=int, default=None)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rows", type=int, default=4_000, help="offers of a shop")
    arguments.add_argument("--control", action="store_true", help="only without kills")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="sparfuchs-crash-"))
    folder.chmod(0o755)  # the server may run under another account
    try:
        found = rounds(
            folder / "data",
            chosen.rounds or 6,
            chosen.seed,
            offers=chosen.rows,
            kill=not chosen.control,
            said=lambda line: print(line, file=sys.stderr),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(found.as_json(), indent=None if chosen.json else 2))
    sys.exit(bool(found.violations))


if __name__ == "__main__":
    main()
