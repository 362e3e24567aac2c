"""The true verdict on one price: the rules of `domain.md` 4.4 and 4.5 said plainly.

Written apart from `pricing`, which is to be measured against it, and for somebody who saw every
moment: a price is unknown only where the offer was sold out or did not yet exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

_ZONE: Final = ZoneInfo("Europe/Berlin")
_JOINED: Final = timedelta(days=14)
_CARRY: Final = timedelta(hours=48)
_WINDOW: Final = 30
_LOOK_BACK: Final = 90
_SURE: Final = 0.8
_HALF: Final = 0.5
_BADGE: Final = 5
_TOLERANCE: Final = 2


@dataclass(frozen=True)
class Held:
    """A price that was asked from `start` until `end`. The offer could be bought throughout."""

    start: datetime
    end: datetime
    minor: int


@dataclass(frozen=True)
class Said:
    """A merchant's claim: a price that it was lower than, and what the merchant calls it."""

    reference_minor: int
    kind: str


@dataclass(frozen=True)
class Judged:
    """The words are those of the verdicts in `domain.md`, in small letters."""

    verdict: str
    claim_verdict: str
    honest_pct: int | None
    stale: bool

    @property
    def deal(self) -> bool:
        return self.verdict in {"genuine", "plausible", "small"} and not self.stale


def judged(history: Sequence[Held], said: Said | None) -> Judged:
    """The verdict at the end of the last price of a history, which is sorted and has one."""
    price, at = history[-1].minor, history[-1].end
    own = len(history) - 1
    while own and history[own - 1].minor == price and _gap(history, own) <= _JOINED:
        own -= 1
    before, since = history[:own], history[own:]
    t0 = since[0].start
    unknown = bool(before) and before[-1].minor == price  # it came back after a long gap
    low = None if unknown else _lowest(before, _midnight(t0, -_WINDOW), t0)
    recent = max(t0, _midnight(at, -_WINDOW))
    sure_since = _share(history, recent, at)
    sure = min(_share(before, _midnight(t0, -_WINDOW), t0), sure_since)
    stepped = None if low is None else _before_the_steps(history, at)
    if stepped and low is not None and stepped[0] > low:
        low, sure = stepped
    steady = low is None and _moved(t0, _WINDOW) <= at and sure_since >= _SURE
    percent = None if low is None else max(0, (low - price) * 100 // low)
    return Judged(
        verdict=_verdict(price, low, percent, sure, steady=steady),
        claim_verdict=_claim(before, said, price, percent, t0, sure),
        honest_pct=None if percent is None or (sure < _HALF and price < (low or 0)) else percent,
        stale=t0 < _midnight(at, -_WINDOW),
    )


def _verdict(price: int, low: int | None, percent: int | None, sure: float, *, steady: bool) -> str:
    if steady or (low is not None and price >= low):
        return "no_reduction"
    if percent is None or sure < _HALF:
        return "insufficient"
    if sure < _SURE:
        return "plausible"
    return "genuine" if percent >= _BADGE else "small"


def _claim(
    before: Sequence[Held],
    said: Said | None,
    price: int,
    percent: int | None,
    t0: datetime,
    sure: float,
) -> str:
    if said is None:
        return "claim_none"
    if said.kind == "uvp":
        return "claim_uvp"
    if percent is None:
        return "claim_unjudged"
    claimed = max(0, (said.reference_minor - price) * 100 // said.reference_minor)
    if claimed <= percent + _TOLERANCE:
        return "claim_ok"
    horizon = _midnight(t0, -_LOOK_BACK)
    asked = [
        max(one.start, horizon)
        for one in before
        if one.minor >= said.reference_minor and one.end > horizon
    ]
    late = not asked or min(asked) > _moved(t0, -_WINDOW)
    return "claim_inflated" if late and sure >= _SURE else "claim_overstated"


def _before_the_steps(history: Sequence[Held], at: datetime) -> tuple[int, float] | None:
    """§ 11(2) PAngV: the low before the first of several steps down, and how much is known of it;
    None where the price did not fall in steps.
    """
    first = len(history) - 1  # of the first step
    falls, place = 0, len(history) - 1
    while place and _gap(history, place) <= _CARRY:
        if history[place - 1].minor > history[place].minor:
            falls, first = falls + 1, place
        elif history[place - 1].minor < history[place].minor:
            break
        place -= 1
    start = history[first].start
    if falls < 2 or start < _midnight(at, -_WINDOW):  # noqa: PLR2004 - several
        return None
    window = _midnight(start, -_WINDOW)
    known = min(_share(history, window, start), _share(history, start, at))
    low = _lowest(history, window, start)
    return None if low is None or known < _SURE else (low, known)


def _gap(history: Sequence[Held], place: int) -> timedelta:
    return history[place].start - history[place - 1].end


def _lowest(history: Sequence[Held], start: datetime, end: datetime) -> int | None:
    return min((one.minor for one in history if one.start < end and one.end > start), default=None)


def _share(history: Sequence[Held], start: datetime, end: datetime) -> float:
    """Which part of a time a price was known for; all of it where it has no length."""
    if start >= end:
        return 1.0
    known = sum(
        (max(min(one.end, end) - max(one.start, start), timedelta()) for one in history),
        timedelta(),
    )
    return known / (end - start)


def _midnight(moment: datetime, days: int) -> datetime:
    day = moment.astimezone(_ZONE).date() + timedelta(days=days)
    return datetime.combine(day, time(), _ZONE).astimezone(moment.tzinfo)


def _moved(moment: datetime, days: int) -> datetime:
    return (moment.astimezone(_ZONE) + timedelta(days=days)).astimezone(moment.tzinfo)


def joined(parts: Sequence[Held]) -> list[Held]:
    """The same history with equal prices that touch each other as one."""
    if not parts:
        return []
    made = [parts[0]]
    for earlier, later in pairwise(parts):
        if later.minor == earlier.minor and later.start <= earlier.end:
            made[-1] = Held(made[-1].start, later.end, later.minor)
        else:
            made.append(later)
    return made
