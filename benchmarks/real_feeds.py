"""What is read of real feeds, file by file, and is each of their rows accounted for?

Question: of every file under `feed-*`, `feeds-misc`, `catalog-*` and `deals-mydealz-de`: which
format is found, how many rows are read, accepted, and rejected for which reason, in how many
seconds; and does read equal accepted plus rejected, and the rows that a plain count finds?
Data: the reference data beside the checkout; what is not there is said and left out.
Control: rows counted without our readers (lines by `csv`, elements and objects by a plain parse).

Where a file needs a word of its operator (a currency that nobody states, an id), it is read twice:
as it comes, and with the settings shown.

Run: python benchmarks/real_feeds.py                    (add --json for one JSON object)
     python benchmarks/real_feeds.py --markdown         (the table of docs/numbers.md)
     python benchmarks/real_feeds.py --sample 50        (rejections to look at one by one)

Last result: see docs/numbers.md.
"""

import argparse
import csv
import gzip
import io
import json
import random
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sparfuchs.ingest.api import FeedSettings, check, from_path, nothing_known, read
from sparfuchs.kernel.errors import FeedUnreadable

DATA = Path(__file__).parents[2] / "shared" / "data"
FOLDERS = ("feed-*", "feeds-misc", "catalog-*", "deals-mydealz-de")
# What an operator has to say about a file, by a part of its path.
SAID: Mapping[str, Mapping[str, str]] = {
    "2025-03-28_products": {"currency": "USD"},
    "feed-onbuy-history": {"currency": "GBP"},
    "shopify_products.json": {"currency": "USD"},
    "catalog-bigbasket": {"currency": "INR", "id_column": "index"},
    "catalog-flipkart": {"currency": "INR"},
    "catalog-amazon-in": {"thousands": ","},
    "deals-mydealz-de": {"id_from": "title+description", "thousands": "."},
}


@dataclass(frozen=True)
class Row:
    """One file under some settings. `refused` is the sentence with which it was not read at all."""

    file: str
    settings: Mapping[str, str]
    format: str = ""
    read: int = 0
    accepted: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    counted: int | None = None
    seconds: float = 0.0
    refused: str = ""

    @property
    def accounted(self) -> bool:
        return self.read == self.accepted + sum(self.rejected.values())


def files(data: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted(data.glob(f"{folder}/*")):
            if path.name != "README.md":
                yield path


def settings_of(path: Path) -> list[Mapping[str, str]]:
    said = [pairs for part, pairs in SAID.items() if part in str(path)]
    return [{}, *said]


def plain_count(path: Path) -> int | None:
    """Rows by the plainest way there is; None where a file has no rows that can be counted so."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    name = path.name.removesuffix(".gz")
    if name.endswith(".xml"):
        return len(re.findall(rb"</(?:item|product)>", raw))
    if name.endswith(".csv"):
        text = io.StringIO(raw.decode("utf-8-sig"), newline="")
        return sum(bool(row) for row in csv.reader(text)) - 1
    try:
        page = json.loads(raw)
    except ValueError:
        return None
    products = page if isinstance(page, list) else page.get("items", [page])
    return sum(max(len(one.get("variants", [1])), 1) for one in products)


def read_one(path: Path, pairs: Mapping[str, str], data: Path) -> Row:
    name = str(path.relative_to(data))
    began = time.perf_counter()
    try:
        found = check(from_path(path), FeedSettings.from_pairs(pairs))
    except FeedUnreadable as error:
        seconds = time.perf_counter() - began
        return Row(name, pairs, seconds=seconds, refused=str(error).replace(str(path), name))
    return Row(
        file=name,
        settings=pairs,
        format=found.detected.format.value,
        read=found.read,
        accepted=found.accepted,
        rejected=found.rejected,
        counted=plain_count(path),
        seconds=time.perf_counter() - began,
    )


def table(data: Path) -> list[Row]:
    """Every file under every settings; the first reading of a process is not timed."""
    every = [(path, pairs) for path in files(data) for pairs in settings_of(path)]
    if every:
        read_one(*every[0], data)
    return [read_one(path, pairs, data) for path, pairs in every]


def sample(data: Path, size: int, seed: int) -> list[dict[str, object]]:
    """Rejected rows to look at one by one: of each folder and reason as many as of any other, as
    far as there are some, drawn by the seed. Files are read with what their operator would say.
    """
    kinds: dict[tuple[str, str], list[dict[str, object]]] = {}
    for path in files(data):
        for pairs in settings_of(path)[-1:]:
            try:
                reading = read(from_path(path), FeedSettings.from_pairs(pairs), known=nothing_known)
                for batch in reading:
                    for row in batch.rejections.iter_rows(named=True):  # to be looked at
                        told = {"file": str(path.relative_to(data)), **row}
                        kinds.setdefault((path.parent.name, row["reason"]), []).append(told)
            except FeedUnreadable:
                continue  # refused whole: the table says so
    chance = random.Random(seed)
    shuffled = [chance.sample(rows, len(rows)) for _, rows in sorted(kinds.items())]
    drawn: list[dict[str, object]] = []
    while len(drawn) < size and any(shuffled):
        drawn += [rows.pop() for rows in shuffled if rows]
    return drawn[:size]


def markdown(rows: list[Row]) -> str:
    lines = [
        "| file | set | format | read | counted plainly | accepted | rejected | s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        said = " ".join(f"`{key}={value}`" for key, value in row.settings.items())
        rejected = ", ".join(f"{reason} {count}" for reason, count in row.rejected.items())
        if row.refused:
            lines.append(f"| {row.file} | {said} | refused whole | | | | | {row.seconds:.2f} |")
            continue
        counted = "" if row.counted is None else str(row.counted)
        lines.append(
            f"| {row.file} | {said} | {row.format} | {row.read} | {counted} | {row.accepted} "
            f"| {rejected} | {row.seconds:.2f} |"
        )
    return "\n".join(lines)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, default=DATA)
    arguments.add_argument(
        "--rows", type=int, help="taken for the smoke run; files are as they are"
    )
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--markdown", action="store_true")
    arguments.add_argument("--sample", type=int, help="so many rejections, one a line")
    arguments.add_argument("--seed", type=int, default=5)
    chosen = arguments.parse_args()
    if not chosen.data.is_dir():
        print(json.dumps({"skipped": "the reference data is not beside the checkout"}))
        return
    if chosen.sample:
        for row in sample(chosen.data, chosen.sample, chosen.seed):
            print(json.dumps(row, ensure_ascii=False))
        return
    rows = table(chosen.data)
    if chosen.markdown:
        print(markdown(rows))
    else:
        result = {
            "files": len({row.file for row in rows}),
            "read": sum(row.read for row in rows),
            "unaccounted": [row.file for row in rows if not row.accounted],
            "rows": [asdict(row) for row in rows],
        }
        print(json.dumps(result, indent=None if chosen.json else 2))
    if any(not row.accounted for row in rows):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
