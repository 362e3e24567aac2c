"""What a source looks like when runs come irregularly, miss offers, fail or stop for weeks.

`change_rows(runs) -> CHANGE` writes the rows that publishing leaves behind by R-RUN-2, `timeline`
the runs' own clock, `known_by_hand` the truth that both together must give: the union of
[t, min(next sighting of the offer, t + CARRY)) over an offer's sightings, by plain intervals.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.frames import CHANGE, UTC_TIME, conform
from sparfuchs.pricing.model import SPAN


@dataclass(frozen=True)
class Run:
    """One published run: its time and CARRY in microseconds, the prices of the offers it saw.

    A price of None: present, but its price unknown. A partial run simply saw fewer.
    """

    at: int
    carry: int
    seen: dict[int, int | None] = field(default_factory=dict)


def timeline(runs: Sequence[Run]) -> Timeline:
    return Timeline.of(
        np.arange(len(runs), dtype=np.uint32),
        np.array([run.at for run in runs], dtype=np.int64),
        np.array([run.carry for run in runs], dtype=np.int64),
    )


def change_rows(runs: Sequence[Run]) -> pl.DataFrame:
    """CHANGE rows of all offers, `runs` in order of time.

    `unseen` is dated last sighting + CARRY of that run and written by the first run that misses the
    offer after that; or, when the offer is back only then and a run in between did not see it, by
    the run that sees it again. If no run lies between, the runs' own sums know the gap already.
    """
    rows: list[dict[str, Any]] = []
    last: dict[int, int] = {}  # offer -> number of the run that saw it last
    price: dict[int, int | None] = {}
    missing: set[int] = set()
    for number, run in enumerate(runs):
        for offer, minor in run.seen.items():
            base = {"offer_id": offer, "run": number, "currency": "EUR", "availability": "in_stock"}
            here = {**base, "at": run.at, "price_minor": minor}
            if offer not in last:
                rows.append({**here, "kind": "first"})
            else:
                ended = runs[last[offer]].at + runs[last[offer]].carry
                if offer not in missing and ended < run.at and last[offer] < number - 1:
                    rows.append({**base, "at": ended, "kind": "unseen"})
                    missing.add(offer)
                if offer in missing:
                    rows.append({**here, "kind": "seen"})
                    missing.discard(offer)
                if price[offer] != minor:
                    rows.append({**here, "kind": "price", "before_minor": price[offer]})
            last[offer], price[offer] = number, minor
        for offer, sighting in last.items():
            ended = runs[sighting].at + runs[sighting].carry
            if offer not in run.seen and offer not in missing and ended <= run.at:
                rows.append({"offer_id": offer, "run": number, "at": ended, "kind": "unseen"})
                missing.add(offer)
    frame = pl.DataFrame(rows, infer_schema_length=None)
    return conform(frame.with_columns(pl.col("at").cast(UTC_TIME)), CHANGE)


def observations_of(runs: Sequence[Run], offer: int) -> list[tuple[int, int | None]]:
    return [(run.at, run.seen[offer]) for run in runs if offer in run.seen]


def known_by_hand(runs: Sequence[Run], offer: int, start: int, end: int) -> int:
    """Microseconds of [start, end) for which the offer's price was asserted, one by one."""
    sightings = [run for run in runs if offer in run.seen]
    total = 0
    for n, run in enumerate(sightings):
        until = run.at + run.carry
        if n + 1 < len(sightings):
            until = min(until, sightings[n + 1].at)
        if run.seen[offer] is not None:
            total += max(min(until, end) - max(run.at, start), 0)
    return total


def known_by_sums(spans: pl.DataFrame, line: Timeline, offer: int, start: int, end: int) -> int:
    """The same from running sums: known time of the offer's priced spans cut with [start, end)."""
    own = spans.select(list(SPAN)).filter(
        (pl.col("offer_id") == offer) & pl.col("price_minor").is_not_null()
    )
    low = own["start"].to_physical().to_numpy()
    high = own["end"].to_physical().fill_null(end).to_numpy()
    return int(line.known(np.maximum(low, start), np.minimum(high, end)).sum())


def sighted_by(runs: Sequence[Run]) -> Any:
    """The bitmaps of the runs: whether a run in [start, end) saw the offer."""

    def sighted(
        offers: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        return np.array(
            [
                any(low <= run.at < high and offer in run.seen for run in runs)
                for offer, low, high in zip(
                    offers.tolist(), start.tolist(), end.tolist(), strict=True
                )
            ],
            dtype=np.bool_,
        )

    return sighted
