"""Feeds written in tests, and what comes out of reading them."""

import gzip
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from sparfuchs.ingest.api import (
    FeedSettings,
    Payload,
    Reading,
    document_from,
    from_path,
    nothing_known,
    read,
)
from sparfuchs.ingest.read import Known
from sparfuchs.kernel.frames import OFFER, REJECTION, HashArray, empty

EXAMPLES = Path(__file__).parents[2] / "examples" / "feeds"
REAL = Path(__file__).parents[3] / "shared" / "data"


@dataclass
class Result:
    """A whole reading in one piece."""

    offers: pl.DataFrame
    rejections: pl.DataFrame
    known: list[int]
    reading: Reading
    mojibake: int

    @property
    def reasons(self) -> dict[str, int]:
        return dict(Counter(self.rejections["reason"]))

    def offer(self, source_offer_id: str) -> dict[str, Any]:
        rows = self.offers.filter(pl.col("source_offer_id") == source_offer_id)
        assert rows.height == 1, f"{source_offer_id}: {rows.height} offers; {self.rejections}"
        return rows.row(0, named=True)

    @property
    def only(self) -> dict[str, Any]:
        assert self.offers.height == 1, f"{self.offers.height} offers; {self.rejections}"
        return self.offers.row(0, named=True)

    @property
    def rejected(self) -> dict[str, Any]:
        assert self.rejections.height == 1, f"{self.rejections}; {self.offers.height} offers"
        return self.rejections.row(0, named=True)


def whole(
    payload: Payload,
    settings: FeedSettings,
    *,
    known: Known = nothing_known,
    suspects: frozenset[str] = frozenset(),
) -> Result:
    reading = read(payload, settings, known=known, suspects=suspects)
    offers, rejections = [empty(OFFER)], [empty(REJECTION)]
    hashes: list[HashArray] = []
    mojibake = 0
    for batch in reading:
        offers.append(batch.offers)
        rejections.append(batch.rejections)
        hashes.append(batch.known)
        mojibake += batch.mojibake
    return Result(
        pl.concat(offers),
        pl.concat(rejections),
        [int(value) for part in hashes for value in part],
        reading,
        mojibake,
    )


class Folder:
    """A place for feeds of one test; `read` writes one and reads it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, content: str | bytes, name: str = "feed") -> Path:
        path = self.path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, content: str | bytes, name: str = "feed", **settings: str) -> Result:
        path = self.write(content, name)
        return whole(from_path(path), FeedSettings.from_pairs(settings))

    def read_as(
        self, content: str | bytes, address: str, charset: str | None = None, **settings: str
    ) -> Result:
        """The same as if it had come from an address."""
        document = document_from(self.write(content), name=address, charset=charset)
        return whole(Payload((document,)), FeedSettings.from_pairs(settings))


def example(name: str, **settings: str) -> Result:
    return whole(from_path(EXAMPLES / name), FeedSettings.from_pairs(settings))


def rss(*items: str, head: str = "") -> str:
    """Items of a Google feed; each is what stands inside of `<item>`."""
    body = "\n".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0"?>\n{head}<rss version="2.0" '
        f'xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>\n{body}\n'
        "</channel></rss>\n"
    )


def item(**elements: str) -> str:
    """An item with id, title, price and link, unless said otherwise; values are raw XML."""
    given = {
        "id": "A1",
        "title": "Ding",
        "price": "19.99 EUR",
        "link": "https://shop.example/a1",
        **elements,
    }
    return "".join(f"<g:{name}>{text}</g:{name}>" for name, text in given.items() if text)


def tsv(*rows: dict[str, str], delimiter: str = "\t") -> str:
    """A delimited Google feed; the header has every column of any row."""
    filled = [
        {"id": f"A{place}", "title": "Ding", "price": "19.99 EUR", **row}
        for place, row in enumerate(rows, 1)
    ]
    names = list(dict.fromkeys(name for row in filled for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in filled)]
    return "\n".join(delimiter.join(line) for line in lines) + "\n"


def awin(*rows: dict[str, str], delimiter: str = ",") -> str:
    """An Awin feed with the columns that the rows name."""
    filled = [
        {
            "merchant_product_id": f"W{place}",
            "product_name": "Ding",
            "search_price": "19.99",
            "currency": "EUR",
            **row,
        }
        for place, row in enumerate(rows, 1)
    ]
    names = list(dict.fromkeys(name for row in filled for name in row))
    lines = [names, *([row.get(name, "") for name in names] for row in filled)]
    return "\n".join(delimiter.join(line) for line in lines) + "\n"


def shopify(*variants: dict[str, Any], **product: Any) -> str:
    """A page with one product of these variants."""
    return json.dumps(
        {
            "products": [
                {
                    "id": 7,
                    "title": "Schale",
                    "handle": "schale",
                    "vendor": "Anker",
                    "variants": [
                        {"id": 70 + place, "title": "Default Title", "price": "24.00", **variant}
                        for place, variant in enumerate(variants)
                    ],
                    **product,
                }
            ]
        }
    )


def gzipped(content: str | bytes) -> bytes:
    return gzip.compress(content.encode() if isinstance(content, str) else content)
