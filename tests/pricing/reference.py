"""The rule book said slowly: one series, a list of observations, one moment, plain if and for.

Written apart from the columns, to be compared with them. Times are aware; carry is a timedelta.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sparfuchs.kernel.clock import from_micros

Observation = tuple[int, int | None]  # (microseconds, price in minor units; None: unknown)


@dataclass(frozen=True)
class Asserted:
    start: datetime
    end: datetime
    price: int


def _midnight(moment: datetime, days: int, zone: str) -> datetime:
    there = moment.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    return datetime.combine(there, time(), ZoneInfo(zone)).astimezone(moment.tzinfo)


def _same_clock(moment: datetime, days: int, zone: str) -> datetime:
    moved = moment.astimezone(ZoneInfo(zone)) + timedelta(days=days)
    return moved.astimezone(moment.tzinfo)


def _known(parts: Sequence[Asserted], start: datetime, end: datetime) -> timedelta:
    total = timedelta()
    for part in parts:
        total += max(min(part.end, end) - max(part.start, start), timedelta())
    return total


def _percent(low: int, price: int) -> int:
    return (low - price) * 100 // low if price < low else 0


def _chain(
    parts: Sequence[Asserted],
    moment: datetime,
    carry: timedelta,
    zone: str,
    codes: Sequence[Asserted],
) -> tuple[int, datetime, int] | None:
    """The low before the first step, when that was and how many steps there are; None: no chain."""
    steps: list[list[Asserted]] = [[parts[-1]]]
    for part in reversed(parts[:-1]):
        newer = steps[-1][-1]
        gap = newer.start - part.end
        if part.price == newer.price and gap <= timedelta(days=14):
            steps[-1].append(part)
        elif part.price > newer.price and gap <= carry:
            steps.append([part])
        else:
            break
    falls = steps[:-1]  # the last one found is P0, the price before the first step
    if len(falls) < 2:
        return None
    t1 = falls[-1][-1].start
    inner = [later.start - earlier.end for step in falls for later, earlier in pairwise(step)]
    window = _midnight(t1, -30, zone)
    if (
        t1 < _midnight(moment, -30, zone)
        or any(gap > carry for gap in inner)
        or _known(parts, window, t1) / (t1 - window) < 0.8
        or (moment > t1 and _known(parts, t1, moment) / (moment - t1) < 0.8)
    ):
        return None
    inside = [part.price for part in parts if part.start < t1 and part.end > window]
    inside += [part.price for part in codes if part.start < t1 and part.end > window]
    return min(inside), t1, len(falls)


def _asserted(
    observations: Sequence[Observation], at: datetime, carry: timedelta
) -> tuple[list[Asserted], bool]:
    """What sightings up to `at` assert, and whether the last of them still does."""
    lowest: dict[datetime, int | None] = {}
    for micros, price in observations:
        moment = from_micros(micros)
        if moment <= at:
            held = lowest.get(moment)
            lowest[moment] = price if held is None else min(held, price or held)
    sightings = sorted(lowest.items())
    parts = []
    live = False
    for n, (start, price) in enumerate(sightings):
        end = start + carry
        if n + 1 < len(sightings):
            end = min(end, sightings[n + 1][0])
        elif at < end:
            live = price is not None
        if price is not None:
            parts.append(Asserted(start, min(end, at), price))
    return parts, live


def verdict(
    observations: Sequence[Observation],
    at: datetime,
    *,
    carry: timedelta,
    zone: str,
    reference: int | None = None,
    percent: int | None = None,
    kind: str = "previous",
    codes: Sequence[Observation] = (),
) -> dict[str, Any]:
    """Both verdicts, percentage, t0, L30, coverage and flags of one series at one moment."""
    parts, live = _asserted(observations, at, carry)
    public, _ = _asserted(codes, at, carry)
    stated = reference is not None or percent is not None
    if not parts:
        return {
            "verdict": "uvp_only" if kind == "uvp" else "insufficient",
            "claim_verdict": "claim_uvp"
            if stated and kind == "uvp"
            else "claim_unjudged"
            if stated
            else "claim_none",
        }
    price = parts[-1].price
    moment = at if live else parts[-1].end
    n = len(parts) - 1
    while n and parts[n - 1].price == price:
        if parts[n].start - parts[n - 1].end > timedelta(days=14):
            break
        n -= 1
    after_gap = n > 0 and parts[n - 1].price == price
    t0 = parts[n].start
    window = _midnight(t0, -30, zone)
    before = parts[:n]
    inside = [part for part in before if part.end > window]
    coded = [part for part in public if part.start < t0 and part.end > window]
    l30 = None if after_gap or not inside else min(part.price for part in [*inside, *coded])
    code_low = l30 is not None and l30 < min(part.price for part in inside)
    seen = [part.price for part in [*inside, *coded] if part.start >= window]
    sighted = None if l30 is None or not seen else min(seen)
    since = max(t0, _midnight(moment, -30, zone))
    share_window = _known(before, window, t0) / (t0 - window)
    share_since = _known(parts, since, moment) / (moment - since) if moment > since else 1.0
    coverage = min(share_window, share_since)
    step = None if l30 is None else _chain(parts, moment, carry, zone, public)
    stepwise = step is not None and l30 is not None and step[0] > l30
    if stepwise:
        assert step is not None
        l30, t1, steps = step
        window = _midnight(t1, -30, zone)
        seen = [part.price for part in [*parts, *public] if window <= part.start < t1]
        code_low = l30 < min(p.price for p in parts if p.start < t1 and p.end > window)
        sighted = min(seen) if seen else None
        coverage = min(
            _known(parts, window, t1) / (t1 - window),
            _known(parts, t1, moment) / (moment - t1),
        )
    steady = l30 is None and _same_clock(t0, 30, zone) <= moment and share_since >= 0.8
    bound = None if l30 is None else _percent(l30, price)

    if parts[0].start >= moment and kind == "uvp":
        found = "uvp_only"
    elif steady or (sighted is not None and price >= sighted):
        found = "no_reduction"
    elif bound is None or coverage < 0.5:
        found = "insufficient"
    elif coverage < 0.8:
        found = "plausible"
    else:
        found = "genuine" if bound >= 5 else "small"

    claimed = None
    if stated:
        claimed = percent or 0
        if reference is not None and reference > price:
            claimed = (reference - price) * 100 // reference
    high = [
        max(part.start, _midnight(t0, -90, zone))
        for part in before
        if reference is not None and part.price >= reference and part.end > _midnight(t0, -90, zone)
    ]
    if claimed is None:
        claim = "claim_none"
    elif kind == "uvp":
        claim = "claim_uvp"
    elif bound is None:
        claim = "claim_unjudged"
    elif claimed <= bound + 2:
        claim = "claim_ok"
    elif sighted is None or claimed <= _percent(sighted, price) + 2:
        claim = "claim_unjudged"
    elif (
        reference is not None
        and reference > price
        and (not high or min(high) > _same_clock(t0, -30, zone))
        and coverage >= 0.8
    ):
        claim = "claim_inflated"
    else:
        claim = "claim_overstated"

    raised = any(
        later.price * 100 > earlier.price * 105
        for n, later in enumerate(inside)
        for earlier in inside[:n]
    )
    stale = t0 < _midnight(moment, -30, zone)
    low = [part for part in before if part.price <= price]
    return {
        "verdict": found,
        "claim_verdict": claim,
        "honest_pct": bound
        if found in {"plausible", "small", "genuine"} or (found == "no_reduction" and not steady)
        else None,
        "at_most_pct": bound if found == "insufficient" else None,
        "price_minor": price,
        "t0": t0,
        "window_start": window,
        "chain_start": t1 if stepwise else None,
        "chain_steps": steps if stepwise else None,
        "l30_minor": l30,
        "coverage": coverage,
        "first_seen": parts[0].start,
        "badge": found == "genuine" and live and not stale,
        "asserted_at": None if live else moment,
        "flags": [
            name
            for name, holds in {
                "recent_raise": raised,
                "stale": stale,
                "young": _same_clock(parts[0].start, 30, zone) > moment,
                "all_time_low": bool(before) and min(part.price for part in before) > price,
                "stepwise": stepwise,
                "code_low": code_low,
            }.items()
            if holds
        ],
        "lowest_since_days": None
        if not low
        else (
            moment.astimezone(ZoneInfo(zone)).date()
            - max(part.end for part in low).astimezone(ZoneInfo(zone)).date()
        ).days,
    }
