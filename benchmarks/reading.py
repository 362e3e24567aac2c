"""How many offers a second does Read take, and how much memory does a large feed need?

Question: do splitting, parsing, normalising and validating keep up with 150,000 offers a second
(delimited, all new), 30,000 (Google RSS, one core), one million known records a second (delimited:
cut and hashed, not parsed), and does a feed of 1 GB stay below 300 MB of memory?
Data: feeds written here from a seed, 12 columns and about 380 bytes a row.
Control, in the same run: the plain ways of doing it, `csv` with one pydantic model a row, and `csv`
with a loop that only converts the price. Neither checks what Read checks.

Run: python benchmarks/reading.py --rows 500000        (add --json for one JSON object)
     python benchmarks/reading.py --rows 0 --memory-gb 1

Last result (November 2026, 2 cores busy with other work at a load of about 2, so that the ratios
say more than the seconds; 400,000 rows, rows a second): delimited new 127,595, known 676,027,
XML all new 35,112 and known 231,829; control pydantic 53,304, csv loop 190,322. A feed of 0.993 GB:
peak 248 MB.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import psutil
from pydantic import BaseModel

from sparfuchs.ingest.api import FeedSettings, from_path, nothing_known, read

COLUMNS = (
    "id", "title", "description", "link", "image_link", "availability", "price", "sale_price",
    "brand", "gtin", "mpn", "condition",
)  # fmt: skip
_WORDS = (
    "leicht", "robust", "wasserdicht", "Edelstahl", "Baumwolle", "kabellos", "faltbar", "Größe",
    "Qualität", "für", "draußen", "Küche", "Garten", "Büro", "Sommer", "Winter", "mit", "ohne",
)  # fmt: skip
_BRANDS = ("Nordlicht", "Käferberg", "Anker & Tau", "Fjäll", "Holzmichel", "Lumen", "Zirbel")


def gtin13(number: int) -> str:
    """A GTIN-13 with the right check digit, in a range that shops may use."""
    digits = f"40{number % 10**10:010d}"
    total = sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(digits))
    return f"{digits}{-total % 10}"


def row(number: int, draw: random.Random) -> tuple[str, ...]:
    """One offer of the generated feed; every fourth is on sale."""
    cents = draw.randrange(199, 99_900)
    words = " ".join(draw.choices(_WORDS, k=18))
    brand = _BRANDS[number % len(_BRANDS)]
    return (
        f"SKU-{number:08d}",
        f"{brand} {draw.choice(_WORDS)} {draw.choice(_WORDS)} {number}",
        f"{words.capitalize()}.",
        f"https://shop.example/p/{number}-{draw.choice(_WORDS[:4])}",
        f"https://img.shop.example/{number % 97}/{number}.jpg",
        "in_stock" if number % 9 else "out_of_stock",
        f"{cents / 100:.2f} EUR",
        f"{cents * 0.8 / 100:.2f} EUR" if number % 4 == 0 else "",
        brand,
        gtin13(number),
        f"MPN{number}",
        "new",
    )


def write_csv(path: Path, rows: int, *, repeat: int = 1) -> None:
    """A delimited feed; `repeat` writes the rows again under other ids, to be large quickly."""
    draw = random.Random(7)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        block = [row(number, draw) for number in range(rows)]
        for turn in range(repeat):
            writer.writerows((f"{each[0]}-{turn}", *each[1:]) for each in block)


def write_xml(path: Path, rows: int) -> None:
    """The same offers as Google RSS."""
    draw = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
            'xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>\n'
        )
        for number in range(rows):
            cells = zip(COLUMNS, row(number, draw), strict=True)
            body = "".join(f"<g:{name}>{escape(text)}</g:{name}>" for name, text in cells if text)
            file.write(f"<item>{body}</item>\n")
        file.write("</channel></rss>\n")


class OfferModel(BaseModel):
    """The control: one model a row."""

    id: str
    title: str
    description: str
    link: str
    image_link: str
    availability: str
    price: Decimal
    sale_price: Decimal | None
    brand: str
    gtin: str
    mpn: str
    condition: str


def read_with_models(path: Path) -> int:
    count = 0
    with path.open(encoding="utf-8", newline="") as file:
        for each in csv.DictReader(file):
            price, sale = each["price"].split()[0], each["sale_price"].partition(" ")[0]
            OfferModel.model_validate({**each, "price": price, "sale_price": sale or None})
            count += 1
    return count


def read_with_loop(path: Path) -> int:
    count = 0
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        place = next(rows).index("price")
        for each in rows:
            round(float(each[place].split()[0]) * 100)
            count += 1
    return count


def read_all_new(path: Path) -> int:
    return sum(b.offers.height for b in read(from_path(path), FeedSettings(), known=nothing_known))


def read_all_known(path: Path) -> int:
    reading = read(from_path(path), FeedSettings(), known=lambda h: np.ones(len(h), dtype=np.bool_))
    return sum(len(batch.known) for batch in reading)


def rate(work: Callable[[Path], int], path: Path, rows: int) -> dict[str, float]:
    """Seconds and rows a second; checks that every row came out."""
    start = time.perf_counter()
    count = work(path)
    seconds = time.perf_counter() - start
    if count != rows:
        raise SystemExit(f"{work.__name__} gave {count} of {rows} rows")
    return {"seconds": round(seconds, 3), "rows_per_second": round(rows / seconds)}


def peak_of_reading(path: Path) -> dict[str, float]:
    """Peak resident memory of a process that does nothing but read the feed."""
    command = [sys.executable, __file__, "--read", str(path)]
    start = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ}, stdout=subprocess.PIPE)
    watched, peak = psutil.Process(process.pid), 0
    while process.poll() is None:
        try:
            peak = max(peak, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.01)
    seconds = time.perf_counter() - start
    if process.wait() != 0:
        raise SystemExit("the reading failed")
    return {
        "gb": round(path.stat().st_size / 1e9, 3),
        "seconds": round(seconds, 1),
        "peak_mb": round(peak / 1e6),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=200_000)
    arguments.add_argument("--memory-gb", type=float, default=0)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.read:
        read_all_new(chosen.read)
        return
    result: dict[str, object] = {"rows": chosen.rows, "cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as folder:
        if chosen.rows:
            table, items = Path(folder, "feed.csv"), Path(folder, "feed.xml")
            write_csv(table, chosen.rows)
            write_xml(items, chosen.rows)
            result["bytes_per_row"] = round(table.stat().st_size / chosen.rows)
            result["csv_all_new"] = rate(read_all_new, table, chosen.rows)
            result["csv_all_known"] = rate(read_all_known, table, chosen.rows)
            result["xml_all_new"] = rate(read_all_new, items, chosen.rows)
            result["xml_all_known"] = rate(read_all_known, items, chosen.rows)
            result["control_pydantic"] = rate(read_with_models, table, chosen.rows)
            result["control_csv_loop"] = rate(read_with_loop, table, chosen.rows)
        if chosen.memory_gb:
            large = Path(folder, "large.csv")
            write_csv(large, 20_000, repeat=max(1, round(chosen.memory_gb * 1e9 / 6.45e6)))
            result["memory"] = peak_of_reading(large)
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
