"""Histories for tests: what was observed, as change rows, spans and runs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from pricing.reference import Observation, verdict
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.frames import CHANGE, conform
from sparfuchs.pricing.fold import spans_of, timeline_of
from sparfuchs.pricing.judge import judge_spans
from sparfuchs.pricing.model import DAY

BERLIN = "Europe/Berlin"
T = datetime(2026, 9, 9, 22, 0, tzinfo=UTC)  # 10 September, midnight in Berlin
CARRY = 2 * DAY
Seen = tuple[float, int | None]  # (days before T, negative; price in minor units or None)


def ago(days: float) -> datetime:
    """`days` is negative: -7 is seven days before T."""
    return T + timedelta(days=days)


def daily(start: float, end: float, price: int | None) -> list[Seen]:
    """One observation a day in [start, end)."""
    return [(start + n, price) for n in range(int(end - start))]


def observed(seen: Sequence[Seen], *, offer: int = 1 << 32, currency: str = "EUR") -> pl.DataFrame:
    """The change rows of one offer: a row where the price changes; no price means sold out."""
    rows: list[dict[str, Any]] = []
    last: int | str | None = "nothing yet"
    for day, price in sorted(seen, key=lambda s: s[0]):
        if price != last:
            rows.append(
                {
                    "offer_id": offer,
                    "at": ago(day),
                    "kind": "first" if not rows else "price",
                    "run": len(rows),
                    "price_minor": price if price is not None else 4000,
                    "currency": currency,
                    "availability": "in_stock" if price is not None else "out_of_stock",
                }
            )
        last = price
    return conform(pl.DataFrame(rows, infer_schema_length=None), CHANGE)


def runs(seen: Sequence[Seen], *, carry: int = CARRY) -> Timeline:
    at = [round(ago(day).timestamp() * 1_000_000) for day, _ in seen]
    return timeline_of(np.array(at, dtype=np.int64), carry)


def seen_by(line: Timeline) -> Any:
    """Every run saw the offer: the bitmap of a source with one offer."""

    def sighted(
        offers: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        assert len(offers) == len(start)
        seen: NDArray[np.bool_] = np.searchsorted(line.t, start) < np.searchsorted(line.t, end)
        return seen

    return sighted


def verdict_of(
    seen: Sequence[Seen],
    *,
    reference: int | None = None,
    percent: int | None = None,
    kind: str = "previous",
    perishable: bool = False,
    at: datetime = T,
    zone: str = BERLIN,
    codes: Sequence[Seen] = (),
) -> dict[str, Any]:
    """The verdict of one offer whose source has a run at each observation, by the columns.

    The slow reference must say the same: whatever a test asks is asked of both. `codes` is the
    series of prices with a code for everybody.
    """
    line = runs([*seen, *codes])
    claimed = reference is not None or percent is not None
    offers = pl.DataFrame(
        {
            "offer_id": [1 << 32],
            "perishable": [perishable],
            "audience": ["public"],
            "ref_price_minor": [reference],
            "ref_kind": [kind if claimed else "none"],
            "claim_percent": [percent],
        }
    )
    frame = judge_spans(
        spans_of(observed(seen)),
        offers,
        {1: line},
        seen_by(line),
        at=at,
        zone=zone,
        codes=spans_of(observed(codes)) if codes else None,
    )
    found = frame.row(0, named=True)
    if not perishable:  # the reference knows series, not goods
        expected = verdict(
            micros(seen),
            at,
            carry=timedelta(microseconds=CARRY),
            zone=zone,
            reference=reference,
            percent=percent,
            kind=kind if claimed else "none",
            codes=micros(codes),
        )
        share = {"coverage": pytest.approx(expected.pop("coverage", None))}
        assert {name: found[name] for name in expected} == expected
        assert "t0" not in expected or {"coverage": found["coverage"]} == share
    return found


def micros(seen: Sequence[Seen]) -> list[Observation]:
    return [(round(ago(day).timestamp() * 1_000_000), price) for day, price in seen]
