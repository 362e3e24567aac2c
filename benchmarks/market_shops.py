"""How fast are the market's feeds written, and what do 45 shops in one process cost?

Question: offers a second from a STATED frame to the bytes of each format; then 45 shops served on
loopback, every feed asked for three times (made, kept, held by the other side), then again after
each of many price moves: seconds, requests a second, and what the process takes in memory.
Data: an assortment made here from a seed, a third of it on sale, a third with a list price.
Control, in the same run: the plain way to write a delimited feed, `csv.writer` a row at a time.

Run: python benchmarks/market_shops.py --rows 30000     (add --json for one JSON object)

Last result: see docs/market-shops.md.
"""

import argparse
import csv
import http.client
import io
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import numpy as np
import polars as pl
import psutil

from sparfuchs.kernel.frames import conform
from sparfuchs.market import api as market
from sparfuchs.market.serve import serving
from sparfuchs.market.serve_stock import ShopFacts
from sparfuchs.market.stated import STATED
from sparfuchs.market.write.feed import WRITTEN, write
from sparfuchs.market.write.style import Shop, style_of

AT = datetime(2026, 11, 25, 6, tzinfo=UTC)
SHOPS = 45
MIB = 1 << 20


def assortment(rows: int, seed: int) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    number, third = pl.col("row"), pl.col("row") % 3
    frame = pl.DataFrame({"row": np.arange(rows), "price": draw.integers(300, 90_000, rows)})
    price = pl.col("price")
    return conform(
        frame.select(
            source_offer_id=(number + 100_000).cast(pl.String),
            group_id=(number // 4 + 7_000_000).cast(pl.String),
            title="Regenjacke Deichgraf " + (number // 4).cast(pl.String) + " Größe "
            + (number % 4 + 36).cast(pl.String),
            description=pl.lit("Hält dicht & trocknet schnell; mit Kapuze, Kordelzug und zwei "
            "Taschen, das Futter ist atmungsaktiv. Waschbar bei 30 Grad."),
            brand=pl.lit("Nordhang"),
            mpn="ND-" + number.cast(pl.String),
            condition=pl.lit("new"),
            size=(number % 4 + 36).cast(pl.String),
            category_path=pl.lit("Bekleidung > Jacken > Regenjacken"),
            regular_minor=price,
            sale_minor=pl.when(third == 1).then(price * 4 // 5),
            sale_from=pl.when(third == 1).then(pl.lit(AT - timedelta(days=3))),
            ref_price_minor=pl.when(third == 2).then(price * 2),
            ref_kind=pl.when(third == 2).then(pl.lit("uvp")),
            shipping_minor=pl.lit(490),
            availability=pl.lit("in_stock"),
            url="https://shop.example/p/" + number.cast(pl.String),
            image_url="https://shop.example/img/" + number.cast(pl.String) + ".svg",
        ),
        STATED,
    )  # fmt: skip


@dataclass(frozen=True)
class Even:
    """The same assortment size at every shop, formats in turn."""

    each: int

    def shops(self) -> Sequence[ShopFacts]:
        formats = list(WRITTEN)
        return [
            ShopFacts(slug, slug, kind, style=style_of(slug, kind))
            for slug, kind in (
                (f"laden-{place}", formats[place % len(formats)]) for place in range(SHOPS)
            )
        ]

    def stated(self, slug: str, at: datetime) -> pl.DataFrame:
        return assortment(self.each, int(at.timestamp()) % 100_000 + len(slug))

    def granted(self, slug: str, at: datetime) -> pl.DataFrame:  # noqa: ARG002 - none at all
        return pl.DataFrame(schema=market.GRANTED)


def plainly(frame: pl.DataFrame) -> float:
    """Seconds to write the rows one by one."""
    began = time.perf_counter()
    rows = csv.writer(io.StringIO(), delimiter="\t")
    for row in frame.iter_rows(named=True):  # the control: a row at a time
        rows.writerow(
            [
                row["source_offer_id"], row["title"], row["description"], row["url"],
                f"{row['regular_minor'] // 100}.{row['regular_minor'] % 100:02} EUR",
            ]
        )  # fmt: skip
    return time.perf_counter() - began


def writing(rows: int) -> dict[str, object]:
    frame = assortment(rows, 1)
    result: dict[str, object] = {}
    for kind in WRITTEN:
        shop = Shop("Laden", "http://127.0.0.1:4711")
        write(kind, frame.head(100), shop=shop, at=AT)
        began = time.perf_counter()
        pages = write(kind, frame, shop=shop, at=AT)
        seconds = time.perf_counter() - began
        size = sum(len(page.body) for page in pages)
        result[kind.value] = {"offers_per_second": round(rows / seconds), "bytes": size}
    result["control: csv a row"] = {"offers_per_second": round(rows / plainly(frame))}
    return result


def ask(feed: str, tag: str | None) -> tuple[int, str | None]:
    parts = urlsplit(feed)
    line = http.client.HTTPConnection(parts.netloc, timeout=60)
    headers = {"Accept-Encoding": "gzip", **({"If-None-Match": tag} if tag else {})}
    line.request("GET", f"{parts.path}?{parts.query}&limit=250", headers=headers)
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status, answer.getheader("ETag")


def served(rows: int, moves: int) -> dict[str, object]:
    own = psutil.Process()
    before = own.memory_info().rss
    result: dict[str, object] = {}
    began = time.perf_counter()
    now = [AT]
    with serving(Even(max(rows // SHOPS, 1)), clock=lambda: now[0]) as addresses:
        result["ready_seconds"] = round(time.perf_counter() - began, 3)
        result["open_mib"] = round((own.memory_info().rss - before) / MIB, 1)
        tags: dict[str, str | None] = dict.fromkeys(addresses.feeds)
        for name in ("made", "kept", "held"):
            began = time.perf_counter()
            for slug, feed in addresses.feeds.items():
                _, tags[slug] = ask(feed, tags[slug] if name == "held" else None)
            seconds = time.perf_counter() - began
            result[name] = {
                "seconds": round(seconds, 3), "requests_per_second": round(SHOPS / seconds),
            }  # fmt: skip
        after = own.memory_info().rss
        for _ in range(moves):
            now[0] += timedelta(minutes=15)
            for feed in addresses.feeds.values():
                ask(feed, None)
        result["process_mib"] = round(after / MIB, 1)
        result[f"process_mib_after_{moves}_moves"] = round(own.memory_info().rss / MIB, 1)
    return result


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", type=int, default=30_000, help="offers in all")
    arguments.add_argument("--moves", type=int, default=10, help="how often all prices move")
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    # Served first: what writing a whole market leaves behind would count as the servers' memory.
    result = {"shops": SHOPS, "rows": chosen.rows, "served": served(chosen.rows, chosen.moves)}
    result["written"] = writing(chosen.rows)
    print(json.dumps(result, indent=None if chosen.json else 2))


if __name__ == "__main__":
    main()
