"""A source without a database: runs go through gather, identify and the next state, in memory."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.adopt import Sign, adopt
from sparfuchs.catalog.gather import Gathering
from sparfuchs.catalog.identify import Identified, identify
from sparfuchs.catalog.model import RunKind
from sparfuchs.catalog.segment import RunFacts
from sparfuchs.catalog.state import SourceState, write_state
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import OFFER, REJECTION, Availability, conform, hash_strings

START = datetime(2026, 1, 1, tzinfo=UTC)
SOURCE = 7


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def offers(rows: Mapping[str, int | Mapping[str, object]]) -> pl.DataFrame:
    """Offers by id: a price in cents, or columns of OFFER."""
    made = []
    for line, (name, given) in enumerate(rows.items(), start=2):
        row = {"regular_minor": given} if isinstance(given, int) else dict(given)
        made.append(
            {
                "line": line,
                "source_offer_id": name,
                "title": f"Offer {name}",
                "currency": "EUR",
                "availability": Availability.IN_STOCK.value,
                **row,
            }
        )
    if not made:
        return conform(pl.DataFrame(schema={"line": pl.UInt32()}), OFFER)
    frame = pl.DataFrame(made, infer_schema_length=None)
    text = frame.select(pl.struct(pl.exclude("line")).struct.json_encode()).to_series()
    return conform(frame.with_columns(pl.Series("raw_hash", hash_strings(text))), OFFER)


class Shop:
    """One source over many runs. What it returns of a run is what publishing would write."""

    def __init__(self, folder: Path, *, carry: timedelta = timedelta(hours=48)) -> None:
        self.folder = folder
        self.carry = carry
        self.state = SourceState.none()
        self.head = 0
        self.state_run = 0
        self.next_number = 1
        self.next_ordinal = 0
        self.line = Timeline.of(
            np.empty(0, dtype=np.uint32), np.empty(0, np.int64), np.empty(0, np.int64)
        )
        self.stored: dict[int, pl.DataFrame] = {}
        self.history: list[pl.DataFrame] = []

    def run(
        self,
        at: datetime,
        rows: Mapping[str, int | Mapping[str, object]],
        *,
        kind: RunKind = RunKind.FULL,
        rejected: Iterable[str] = (),
        parse_all: bool = False,
        again: Mapping[str, int | Mapping[str, object]] | None = None,
        keep: Sign | None = None,
    ) -> Identified:
        frame = offers(rows)
        gathered = Gathering(self.state, self.folder / f"pieces-{self.next_number}", at)
        if again:
            gathered.add(offers(again))
        raw = frame["raw_hash"].to_numpy()
        known = self.state.knows_raw(raw)
        if parse_all:
            known[:] = False
        gathered.add(frame.filter(pl.Series(~known)))
        gathered.saw(raw[known], frame["line"].to_numpy()[known])
        names = list(rejected)
        gathered.reject(
            conform(
                pl.DataFrame({"line": range(len(names)), "source_offer_id": names}), REJECTION
            ).with_columns(reason=pl.lit("price_unreadable"))
        )
        if keep:
            adopt(gathered, pl.concat(self.stored.values()), keep)
        return self._settle(gathered, at, kind)

    def repeat(self, at: datetime) -> Identified:
        """The same bytes as at the head."""
        gathered = Gathering(self.state, self.folder / f"pieces-{self.next_number}", at)
        gathered.seen = self.state.seen_at(self.state_run)
        return self._settle(gathered, at, RunKind.UNCHANGED)

    def _settle(self, gathered: Gathering, at: datetime, kind: RunKind) -> Identified:
        facts = RunFacts(
            source=SOURCE,
            number=self.next_number,
            at=at,
            kind=kind,
            head=self.head,
            state_run=self.state_run,
            first=self.next_ordinal,
            timeline=self.line,
        )
        found = identify(gathered, facts, self._stored)
        for wanted in (found.new, found.changed):
            for number, part in gathered.offers_of(wanted):
                piece = gathered.piece(number)
                for ordinal, row in zip(part["ordinal"], part["row"], strict=True):
                    self.stored[ordinal] = piece[int(row)].with_columns(
                        pl.lit(ordinal, dtype=pl.UInt32).alias("ordinal")
                    )
        self.head = self.next_number
        self.next_number += 1
        self.next_ordinal += found.new.height
        if found.state is not None:
            path = self.folder / f"state-{self.head}.arrow"
            write_state(found.state, path)
            self.state = SourceState.read(path)
            self.state_run = self.head
        self.line = Timeline.of(
            np.append(self.line.number, np.uint32(self.head)),
            np.append(self.line.t, np.int64(to_micros(at))),
            np.append(self.line.carry, np.int64(self.carry // timedelta(microseconds=1))),
        )
        self.history.append(found.changes)
        return found

    def _stored(self, ordinals: NDArray[np.uint32]) -> pl.DataFrame:
        return pl.concat([self.stored[int(ordinal)] for ordinal in ordinals])

    def ordinal(self, name: str) -> int:
        found = self.state.frame.filter(pl.col("source_offer_id") == name)["ordinal"]
        return int(found.item())

    def changes(self, name: str) -> list[tuple[str, datetime, int | None]]:
        """Kind, time and price after of every change of an offer, in order."""
        wanted = SOURCE << 32 | self.ordinal(name)
        rows = pl.concat(self.history).filter(pl.col("offer_id") == wanted).sort("at", "kind")
        return list(rows.select("kind", "at", "price_minor").iter_rows())
