"""How fast is each format read, new and with its records known?

Question: offers a second from bytes on disk to validated offers, for every format, and how fast a
reading is whose records are all known.
Data: the same goods written in each format from a seed (`_feeds`), in pages where a format has
them. Control, in the same run: the same bytes parsed by the standard way (`csv`, lxml, `json`) and
nothing done with them.

Run: python benchmarks/formats.py --rows 50000        (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import csv
import io
import json
import random
import tempfile
import time
from pathlib import Path

import numpy as np
from lxml import etree

from _feeds import SAID, WRITERS, Good, goods
from sparfuchs.ingest.api import FeedSettings, from_path, read
from sparfuchs.ingest.payload import Payload, document_from
from sparfuchs.kernel.frames import HashArray

# Goods a document: shops give pages of so many, one page has one product with its variants.
PAGES = {"shopify-json": 250, "woocommerce-json": 100, "product-json": 1000, "schema-pages": 4}


def write(folder: Path, kind: str, rows: list[Good]) -> Payload:
    size = PAGES.get(kind, len(rows))
    for start in range(0, len(rows), size):
        text = WRITERS[kind](rows[start : start + size])
        (folder / f"page-{start}").write_text(text, "utf-8")
    if len(rows) <= size:
        return from_path(folder / "page-0")
    names = sorted(folder.iterdir(), key=lambda path: int(path.name.partition("-")[2]))
    return Payload(tuple(document_from(path) for path in names))


def reading(payload: Payload, kind: str, known: np.ndarray | None) -> tuple[float, int, HashArray]:
    """Seconds, offers, and the hashes met; `known` are those that the source is said to hold."""
    met: list[HashArray] = []
    held = None if known is None else np.sort(known)

    def asked(hashes: HashArray) -> np.ndarray:
        met.append(hashes)
        if held is None:
            return np.zeros(len(hashes), dtype=np.bool_)
        places = np.minimum(np.searchsorted(held, hashes), len(held) - 1)
        found: np.ndarray = held[places] == hashes
        return found

    began = time.perf_counter()
    found = read(payload, FeedSettings.from_pairs(SAID.get(kind, {})), known=asked)
    offers = sum(batch.offers.height for batch in found)
    return time.perf_counter() - began, offers, np.concatenate(met)


def plain(payload: Payload) -> float:
    began = time.perf_counter()
    for document in payload.documents:
        data = document.path.read_bytes()
        if data.lstrip()[:15].lower().startswith(b"<!doctype html"):
            etree.fromstring(data, etree.HTMLParser(encoding="utf-8"))
        elif data.lstrip()[:1] == b"<":
            etree.fromstring(data)
        elif data.lstrip()[:1] in b"{[":
            json.loads(data)
        else:
            sign = next(each for each in "\t;," if each.encode() in data[:200])
            for _ in csv.reader(io.StringIO(data.decode()), delimiter=sign):
                pass
    return time.perf_counter() - began


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=20_000)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    rows = goods(chosen.rows, random.Random(1))
    result: dict[str, dict[str, int]] = {}
    for kind in WRITERS:
        with tempfile.TemporaryDirectory() as folder:
            payload = write(Path(folder), kind, rows)
            seconds, offers, hashes = reading(payload, kind, None)
            if offers != len(rows):
                raise SystemExit(f"{kind}: {offers} of {len(rows)} offers")
            again, none, _ = reading(payload, kind, hashes)
            if none:
                raise SystemExit(f"{kind}: {none} offers were read again")
            result[kind] = {
                "new_per_second": round(len(rows) / seconds),
                "known_per_second": round(len(rows) / again),
                "control_parse_per_second": round(len(rows) / plain(payload)),
            }
    print(json.dumps({"rows": len(rows), **result}, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
