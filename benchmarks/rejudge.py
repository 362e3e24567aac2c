"""What does a run cost in judging, when it changed few of many offers?

Question: a source of a million offers is read again and two in a hundred have another price: how
long until all its verdicts are right again?
Data: one source, a feed written here from a seed, read daily for five weeks without a change and
then with other prices in two rows of a hundred; real PostgreSQL, and the very steps that the event
of a run starts (`price_and_rate`: history, verdicts, ratings, deals).
Control, in the same run: all offers judged anew, which the plain way would do after each run. It is
what happens when thirty days are over and all of them may be steady (`judge_due`).

Run: make bench-rejudge     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import random
import time
from datetime import UTC, datetime
from pathlib import Path

from _bench import Peak, at, fresh_installation, log_bytes, rate, source_of
from reading import COLUMNS, row
from sparfuchs.catalog import api as catalog
from sparfuchs.events.feed import RunPublished
from sparfuchs.flows.feed_to_listing import read_source
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.price_and_rate import judge_due, price_and_rate

NOW = datetime(2030, 1, 1, tzinfo=UTC)
DAYS = 36
CONSUMER = "judging"


def write(path: Path, rows: int, *, cheaper: int) -> None:
    """The feed; every `cheaper`th offer costs a fifth less (0: none)."""
    draw = random.Random(7)
    price = COLUMNS.index("price")
    with path.open("w", encoding="utf-8") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for number in range(rows):
            cells = list(row(number, draw))
            if cheaper and number % cheaper == 0:
                amount, currency = cells[price].split()
                cells[price] = f"{float(amount) * 0.8:.2f} {currency}"
            file.write("\t".join(cells) + "\n")


def judged(here: Installation) -> tuple[int, float]:
    """What the waiting events of runs start, one transaction each; offers judged and seconds."""
    began = time.perf_counter()
    offers = 0
    while waiting := here.log.read(CONSUMER, RunPublished.topic, 1):
        with here.database.unit_of_work() as work:
            price_and_rate(here, work, RunPublished.from_event(waiting[0].event))
            here.log.advance(work, CONSUMER, RunPublished.topic, waiting[0].position)
        offers += 1
    return offers, time.perf_counter() - began


def verdicts_at(here: Installation, source: catalog.Source) -> dict[str, int]:
    """How many verdicts were given as of the newest run, and how many before."""
    with here.database.reading() as work:
        found = work.execute(
            "SELECT count(*) FILTER (WHERE v.judged_at = s.head_at) AS fresh, count(*) AS verdicts "
            "FROM verdicts v, sources s WHERE s.id = :id",
            {"id": source.id},
        ).one()
    return {"judged_now": int(found.fresh), "verdicts": int(found.verdicts)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000, help="offers")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    rows: int = chosen.rows
    result: dict[str, object] = {"offers": rows}
    with fresh_installation() as (here, folder), Peak() as peak:
        path = folder / "feed.tsv"
        write(path, rows, cheaper=0)
        source = source_of(here, path)
        read_source(here, source, at=at(0), now=NOW)
        _, seconds = judged(here)
        result["first_run_all_new"] = rate(rows, seconds)
        for day in range(1, DAYS):
            read_source(here, source, at=at(24 * day), now=NOW)
        logged = log_bytes(here)
        began = time.perf_counter()
        due = judge_due(here, source.id)
        result["control_all_judged_anew"] = {
            **rate(due, time.perf_counter() - began),
            "offers": due,
            "log_bytes": log_bytes(here) - logged,
        }
        write(path, rows, cheaper=50)
        read_source(here, source, at=at(24 * DAYS), now=NOW)
        logged = log_bytes(here)
        _, seconds = judged(here)
        began = time.perf_counter()
        more = judge_due(here, source.id)
        by_time = time.perf_counter() - began
        told = verdicts_at(here, source)
        if told != {"judged_now": -(-rows // 50), "verdicts": rows}:
            raise SystemExit(f"judged otherwise than expected: {told}")
        result["two_in_a_hundred_changed"] = {
            "seconds": round(seconds + by_time, 2),
            "changed_offers": told["judged_now"],
            "changed_offers_per_second": round(told["judged_now"] / seconds),
            "offers_kept_right_per_second": round(rows / (seconds + by_time)),
            "due_by_time": more,
            "log_bytes": log_bytes(here) - logged,
        }
    result["peak_mb"] = round(peak.mb)
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
