"""How long do suggestions take, in process and over HTTP, and how much memory do they hold?

Question: milliseconds from a beginning of some letters to the list, by what was typed (one letter,
some, a slip, two words), asked without repetition; over HTTP against the program itself, one
client; bytes on disk and in the memory of a process that has answered all of it.
Data: entries drawn here from a seed: a brand of 5,000, a noun of 2,000 and the number of a model,
as products; a million of them by default.
Control, in the same run: the same entries in polars, asked with `contains` for the beginning of a
word and sorted by weight.

Run: python benchmarks/search_suggest.py --rows 1000000     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import polars as pl

from _bench import folder_bytes, fresh_installation
from api import served
from sparfuchs.flows.subscriptions import ensure_index
from sparfuchs.kernel.frames import conform
from sparfuchs.search.api import LISTING, Suggestions

SYLLABLES = ("ka", "lo", "mi", "ter", "sen", "bur", "wal", "ne", "rig", "fu", "ste", "hau", "kö")
LETTERS = "abcdefghklmnprstw"
BLOCK = 100_000


def names(count: int, seed: int, parts: int) -> pl.Series:
    draw = np.random.default_rng(seed)
    chosen = draw.integers(0, len(SYLLABLES), size=(count, parts))
    return pl.Series(["".join(SYLLABLES[n] for n in row).capitalize() for row in chosen])


def listings(start: int, rows: int, brands: pl.Series, nouns: pl.Series) -> pl.DataFrame:
    """LISTING, as many as there are entries: some brands and nouns are far more frequent."""
    draw = np.random.default_rng(start + 1)
    brand = brands.gather(np.minimum(draw.zipf(1.3, rows) - 1, len(brands) - 1))
    noun = nouns.gather(np.minimum(draw.zipf(1.2, rows) - 1, len(nouns) - 1))
    number = pl.Series(np.arange(start, start + rows))
    frame = pl.DataFrame({"offer_id": number + (1 << 32), "brand": brand, "noun": noun})
    return conform(
        frame.with_columns(
            title=pl.concat_str("brand", "noun", pl.format("M{}", number), separator=" "),
            category=pl.concat_list(pl.lit("Alles"), pl.format("Alles > {}", "noun")),
            merchant=pl.format("laden-{}", number % 300),
            deal=pl.Series(draw.random(rows) < 0.3),
        ),
        LISTING,
    )


def typed(brands: pl.Series, nouns: pl.Series, count: int) -> dict[str, list[str]]:
    """What is typed, by kind; no two alike but for single letters, of which there are few."""
    draw = np.random.default_rng(7)
    words = [*brands.unique().to_list(), *nouns.unique().to_list()]
    draw.shuffle(words)
    some = [word[: int(draw.integers(2, 7))] for word in words]

    def slip(word: str) -> str:
        place = int(draw.integers(1, len(word) - 1))
        return word[:place] + LETTERS[int(draw.integers(len(LETTERS)))] + word[place + 1 :]

    both = [
        f"{brand} {noun[:3]}"
        for brand, noun in zip(
            brands[:count], nouns.sample(count, seed=1, with_replacement=True), strict=False
        )
    ]
    return {
        "one letter": list(LETTERS),
        "two to six letters": list(dict.fromkeys(some))[:count],
        "a slip": [slip(word) for word in words[:count]],
        "two words": both[:count],
    }


def milliseconds(ask: Callable[[str], Any], texts: list[str]) -> dict[str, float]:
    """By the clock, and of processor time in this thread: what a shared machine cannot take."""
    times, busy = [], []
    for text in texts:
        began, working = time.perf_counter(), time.thread_time()
        ask(text)
        times.append((time.perf_counter() - began) * 1000)
        busy.append((time.thread_time() - working) * 1000)
    return {
        name: round(float(np.percentile(taken, share)), 3)
        for name, taken, share in (
            ("p50_ms", times, 50),
            ("p95_ms", times, 95),
            ("p99_ms", times, 99),
            ("p95_cpu_ms", busy, 95),
        )
    }


def control(rows: pl.DataFrame, text: str) -> pl.DataFrame:
    pattern = rf"(?i)\b{text}"
    return rows.filter(pl.col("title").str.contains(pattern)).head(10)


def measure(rows: int, asked: int) -> dict[str, Any]:
    made: dict[str, Any] = {"rows": rows}
    brands, nouns = names(5000, 1, 3), names(2000, 2, 4)
    with fresh_installation() as (here, _):
        data = here.settings.data_dir
        ensure_index(here)  # an API without an index is not ready
        known = Suggestions(data / "suggestions")
        began = time.perf_counter()
        with known.renewing() as entries:
            for start in range(0, rows, BLOCK):
                entries.add(listings(start, min(BLOCK, rows - start), brands, nouns))
        made["build_seconds"] = round(time.perf_counter() - began, 1)
        made["bytes_on_disk"] = folder_bytes(data / "suggestions")
        kinds = typed(brands, nouns, asked)
        known.ask("warm")
        made["in_process"] = {name: milliseconds(known.ask, texts) for name, texts in kinds.items()}
        everything = [text for texts in kinds.values() for text in texts]
        made["in_process"]["all"] = milliseconds(Suggestions(data / "suggestions").ask, everything)
        table = listings(0, min(rows, 200_000), brands, nouns).select("title")
        made["control_rows"] = table.height
        made["control"] = milliseconds(lambda text: control(table, text), everything[:50])
        made["http"] = over_http(data, everything)
        made["memory"] = memory(data, everything)
    return made


def over_http(data: Path, texts: list[str]) -> dict[str, float]:
    """Against the program as it is started by hand, one client that keeps its connection."""
    with served(data) as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

        def ask(text: str) -> None:
            connection.request("GET", f"/api/v1/suggestions?q={quote(text)}")
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status}: {body[:200]!r}")

        ask("warm")
        return milliseconds(ask, texts)


def memory(data: Path, texts: list[str]) -> dict[str, int]:
    """What answering adds to a process: in all, and what is not shared with others."""
    script = (
        "import sys, json, psutil; from pathlib import Path\n"
        "from sparfuchs.search.api import Suggestions\n"
        "me = psutil.Process(); before = me.memory_full_info()\n"
        "known = Suggestions(Path(sys.argv[1]))\n"
        "[known.ask(text) for text in json.loads(sys.stdin.read())]\n"
        "after = me.memory_full_info()\n"
        "print(json.dumps({'rss': after.rss - before.rss, 'own': after.uss - before.uss}))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(data / "suggestions")],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, int] = json.loads(told.stdout)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=500, help="of each kind")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = measure(given.rows, given.asked)
    if given.json:
        print(json.dumps(found))
        return
    print(f"{found['rows']:,} products, made in {found['build_seconds']} s,", end=" ")
    print(f"{found['bytes_on_disk'] / 1e6:.0f} MB on disk")
    for name, times in (*found["in_process"].items(), ("over HTTP", found["http"])):
        print(f"{name:20}p50 {times['p50_ms']:8.3f}  p95 {times['p95_ms']:8.3f} ms", end="")
        print(f"  p95 of this thread {times['p95_cpu_ms']:8.3f} ms")
    times = found["control"]
    print(
        f"control, {found['control_rows']:,} rows: p50 {times['p50_ms']} p95 {times['p95_ms']} ms"
    )
    print(
        f"memory: {found['memory']['rss'] / 1e6:.0f} MB, own {found['memory']['own'] / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    main()
