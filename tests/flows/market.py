"""A small shop with feeds in files, read by real flows into a real database."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from ingest.feeds import tsv
from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.wiring import connected
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import judge, read_and_judge
from sparfuchs.flows.recorded_past import read_with_past
from sparfuchs.flows.report import Report
from sparfuchs.flows.show_offer import show_offer
from sparfuchs.flows.sources import add_source, find_source
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.clock import to_micros
from sparfuchs.plumbing.settings import Settings
from sparfuchs.pricing import api as pricing

START = datetime(2026, 1, 1, 6, tzinfo=UTC)
NOW = datetime(2026, 12, 31, tzinfo=UTC)

# What a feed says of an offer: a price in euros, or columns of a Google feed.
Rows = Mapping[str, float | Mapping[str, str]]


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def feed(rows: Rows) -> str:
    """A Google feed in tab-separated text."""
    made = []
    for name, given in rows.items():
        stated = dict(given) if isinstance(given, Mapping) else {"price": f"{given:.2f} EUR"}
        made.append(
            {
                "id": name,
                "title": f"Angebot {name}",
                "link": f"https://shop.example/{name}",
                "availability": "in_stock",
                **stated,
            }
        )
    if made:
        return tsv(*made)
    return "id\ttitle\tlink\tavailability\tprice\n"


@contextmanager
def installed(settings: Settings) -> Iterator[Installation]:
    """The ports on the database of a test, wired as the program does it."""
    assert settings.database.url is not None
    with connected(settings, settings.database.url) as here:
        yield here


@dataclass
class Shop:
    """One source whose feed a test writes and reads."""

    here: Installation
    path: Path
    name: str = "feed"
    merchant: str = "Laden"
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> catalog.Source:
        return find_source(self.here, f"{self.merchant}/{self.name}")

    def add(self) -> catalog.Source:
        return add_source(
            self.here, self.merchant, self.name, str(self.path), self.settings, now=NOW
        )

    def says(self, rows: Rows | str) -> None:
        self.path.write_text(rows if isinstance(rows, str) else feed(rows))

    def read(
        self, at: float | datetime, rows: Rows | str | None = None, *, backfill: bool = False
    ) -> Report:
        """Writes the feed, unless it stays as it is, and reads it through the whole line."""
        if rows is not None:
            self.says(rows)
        moment = at if isinstance(at, datetime) else day(at)
        return read_and_judge(self.here, self.add(), at=moment, now=NOW, backfill=backfill)

    def offer(self, name: str, *, now: datetime = NOW) -> dict[str, Any]:
        return show_offer(self.here, f"{self.source.path}:{name}", now=now)

    def id(self, name: str) -> int:
        source = self.source
        assert source.state_file is not None
        state = catalog.SourceState.read(self.here.files.path(source.state_file)).frame
        ordinal = state.filter(pl.col("source_offer_id") == name)["ordinal"].item()
        return (source.id << 32) + int(ordinal)

    def history(self, name: str) -> list[tuple[str, float, int | None]]:
        """Kind, day and price in cents of every change of an offer."""
        ids = np.array([self.id(name)], dtype=np.int64)
        with self.here.database.reading() as work:
            rows = pricing.history(work, ids)
        return [
            (kind, (at - START) / timedelta(days=1), price)
            for kind, at, price in rows.select("kind", "at", "price_minor").iter_rows()
        ]

    def rows(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with self.here.database.reading() as work:
            return [tuple(row) for row in work.execute(statement, values)]

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def change(self, statement: str) -> None:
        with self.here.database.unit_of_work() as work:
            work.execute(statement)


# What a shop states at one reading: columns of a Google feed by id.
Stated = dict[str, dict[str, str]]


def recorded(told: list[Stated], times: list[datetime]) -> catalog.RecordedPast:
    """The same as columns: a row where a reading said something else than the one before."""
    rows: list[dict[str, Any]] = []
    before: Stated = {}
    for reading, stated in enumerate(told):
        for name, row in stated.items():
            if before.get(name) == row:
                continue
            sale = row.get("sale_price")
            rows.append(
                {
                    "source_offer_id": name,
                    "reading": reading,
                    "regular_minor": cents(row["price"]),
                    "sale_minor": cents(sale) if sale else None,
                    "currency": "EUR",
                    "availability": row.get("availability", "in_stock"),
                }
            )
        before = stated
    return catalog.RecordedPast(
        at=np.array([to_micros(at) for at in times], dtype=np.int64),
        carry=timedelta(hours=48),
        stated=pl.DataFrame(rows),
    )


def cents(text: str) -> int:
    return round(float(text.split(maxsplit=1)[0]) * 100)


def read_at_once(
    here: Installation, shop: Shop, told: list[Stated], times: list[datetime]
) -> Report:
    shop.says(feed(told[-1]))
    source = shop.add()
    payload = ingest.Payload(
        documents=(ingest.document_from(shop.path, name="feed", content_type=None, charset=None),)
    )
    past = recorded(told[:-1], times[:-1])
    report = read_with_past(here, source, payload, past, at=times[-1], now=NOW)
    judge(here, report)
    return report
