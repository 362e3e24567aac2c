"""What an offer costs at any moment: campaigns that follow from the seed and the time alone.

Time is in days since the market's first day. An offer lives through periods of equal length, each
drawn by itself: its ordinary price, whether there is a campaign in it, when and how deep. So a year
is looked up at its turning points and the next hour without the year before it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.market.draw import Floats, Ints, Keys, keys, share
from sparfuchs.market.merchants import POLICIES, Policy

Flags = NDArray[np.bool_]

# Length of a period in days. A campaign must end, and thirty days must pass, before the next one:
# else the last one's price would be the low that the next is measured against.
PERIOD: Final = {
    Policy.PLAIN: 45.0,
    Policy.HONEST: 52.0,
    Policy.LIST_LIE: 90.0,
    Policy.PUMP: 70.0,
    Policy.PERMANENT: 90.0,
    Policy.STEPWISE: 62.0,
    Policy.UVP: 52.0,
}
CALM: Final = 33.0  # days at the ordinary price before a campaign
RAISED: Final = 18.0  # days for which a price is pumped up
STEPS: Final = (0.0, 6.0, 13.0)  # when the steps of a sale begin
STEPWISE_DAYS: Final = 25.0
SOLD_OUT_PERIOD: Final = 80.0
MOVING_DAYS: Final = 30.0  # for how long before the opening prices have moved by the hour
MOVES_A_DAY: Final = 24

_LENGTHS: Final = np.array([PERIOD[policy] for policy in POLICIES])
_CODE: Final = {policy: number for number, policy in enumerate(POLICIES)}
NOTHING: Final = -1

# Purposes of draws within one period of one offer.
_LEVEL, _HAS, _START, _LENGTH, _DEPTH, _STOCK, _STOCK_START, _STOCK_DAYS, _MOVE = range(9)


@dataclass(frozen=True)
class Priced:
    """What the prices of some offers follow from, a value an offer."""

    key: Keys
    base: Ints
    policy: Ints
    phase: Floats
    ending: Ints
    sold_out: Floats
    moving: Flags
    opened: float  # the day on which the market opened

    def take(self, rows: NDArray[np.int64]) -> "Priced":
        return Priced(
            self.key[rows],
            self.base[rows],
            self.policy[rows],
            self.phase[rows],
            self.ending[rows],
            self.sold_out[rows],
            self.moving[rows],
            self.opened,
        )


@dataclass(frozen=True)
class Asked:
    """Prices asked at a moment, in minor units; NOTHING where there is none.

    `reference_kind` is 0 for none, 1 for a previous price, 2 for the maker's. `ends` is the day on
    which a campaign that is on will end; not a number where none is.
    """

    regular: Ints
    sale: Ints
    reference: Ints
    reference_kind: Ints
    available: Flags
    campaign: Flags
    ends: Floats


def charm(minor: NDArray[Any], ending: Ints) -> Ints:
    """A price as shops write it: 12,99, 49,95, 129,00."""
    whole = np.maximum(minor, 99.0)
    dear = np.floor(whole / 100) * 100 + ending
    fair = np.floor(whole / 10) * 10 + 9
    dear = np.where(dear > whole + 50, dear - 100, dear)
    written: Ints = np.maximum(np.where(whole >= 2000, dear, fair), 49).astype(np.int64)  # noqa: PLR2004 - 20 euros
    return written


def _drawn(priced: Priced, number: Ints, purpose: int) -> Floats:
    return share(keys(keys(priced.key, number), np.full(len(number), purpose, dtype=np.int64)))


def asked(priced: Priced, at: Floats) -> Asked:
    """Prices at a moment of each offer."""
    length = _LENGTHS[priced.policy]
    shifted = at + priced.phase
    number = np.floor(shifted / length).astype(np.int64)
    day = shifted - number * length
    level = _drawn(priced, number, _LEVEL)
    plain = priced.policy == _CODE[Policy.PLAIN]
    spread = np.where(plain, 0.86 + 0.2 * level, 0.96 + 0.08 * level)
    usual = charm(priced.base * spread, priced.ending)
    start, end, depth, has = _campaign(priced, number)
    on = has & (day >= start) & (day < end)
    is_ = {policy: priced.policy == code for policy, code in _CODE.items()}
    depth = np.where(is_[Policy.STEPWISE], _step(depth, day - start), depth)
    cut = charm(usual * (1 - depth), priced.ending)
    raised = charm(usual * 1.28, priced.ending)
    listed = charm(usual * (1.32 + 0.2 * level), priced.ending)
    pumped = is_[Policy.PUMP] & has & (day >= start - RAISED) & (day < end)

    regular = np.where(pumped, raised, usual)
    regular = np.where(is_[Policy.LIST_LIE], listed, regular)
    sale = np.full(len(at), NOTHING, dtype=np.int64)
    sale = np.where(on & (is_[Policy.HONEST] | is_[Policy.STEPWISE]), cut, sale)
    sale = np.where(pumped & on, usual, sale)
    sale = np.where(is_[Policy.LIST_LIE], usual, sale)
    regular = np.where(is_[Policy.UVP] & on, cut, regular)
    maker = charm(priced.base * 1.22, priced.ending)
    reference = np.where(is_[Policy.PERMANENT], listed, np.where(is_[Policy.UVP], maker, NOTHING))
    kind = np.where(is_[Policy.PERMANENT], 1, np.where(is_[Policy.UVP], 2, 0))
    moved = _moved(priced, at)
    regular = np.where(moved != 0, charm(regular * (1 + moved), priced.ending), regular)
    return Asked(
        regular=regular.astype(np.int64),
        sale=np.where(sale >= regular, NOTHING, sale),
        reference=reference.astype(np.int64),
        reference_kind=kind.astype(np.int64),
        available=_available(priced, at),
        campaign=on,
        ends=np.where(on, number * length - priced.phase + end, np.nan),
    )


def _campaign(priced: Priced, number: Ints) -> tuple[Floats, Floats, Floats, Flags]:
    """Start and end in days of the period, depth, and whether there is one."""
    stepwise = priced.policy == _CODE[Policy.STEPWISE]
    start = CALM + 3 * _drawn(priced, number, _START)
    days = np.where(stepwise, STEPWISE_DAYS, 11 + 5 * _drawn(priced, number, _LENGTH))
    depth = 0.08 + 0.34 * _drawn(priced, number, _DEPTH)
    has = _drawn(priced, number, _HAS) < np.where(priced.policy == _CODE[Policy.UVP], 0.6, 0.93)
    return start, start + days, depth, has


def _step(depth: Floats, since: Floats) -> Floats:
    """A sale in steps begins with a third of its depth, then two thirds, then all."""
    reached = np.searchsorted(np.array(STEPS), since, side="right")
    deep: Floats = depth * np.clip(reached, 1, len(STEPS)) / len(STEPS)
    return deep


def _moved(priced: Priced, at: Floats) -> Floats:
    """By how much a price that is made by the hour lies off: at most three percent."""
    # Each at its own minute of the hour, so that something moves at any time.
    hours = np.floor((at + priced.phase) * MOVES_A_DAY).astype(np.int64)
    off = 0.06 * (_drawn(priced, hours, _MOVE) - 0.5)
    return np.where(priced.moving & (at >= priced.opened - MOVING_DAYS), off, 0.0)


def _available(priced: Priced, at: Floats) -> Flags:
    shifted = at + priced.phase
    number = np.floor(shifted / SOLD_OUT_PERIOD).astype(np.int64)
    day = shifted - number * SOLD_OUT_PERIOD
    start = 10 + 60 * _drawn(priced, number, _STOCK_START)
    days = 2 + 7 * _drawn(priced, number, _STOCK_DAYS)
    out = _drawn(priced, number, _STOCK) < priced.sold_out
    return ~(out & (day >= start) & (day < start + days))


def phases(
    key: Keys, policy: Ints, season: Floats, opened: float, drawn: Callable[[int], Floats]
) -> Floats:
    """Where in its period each offer is on the first day.

    A share `season` of offers has a campaign that began up to nine days before the market opened.
    """
    length = _LENGTHS[policy]
    at_random = drawn(0) * length
    number = np.floor(opened / length).astype(np.int64) + 1
    probe = Priced(
        key, np.ones_like(policy), policy, at_random, policy, at_random, policy < 0, opened
    )
    start, _, _, _ = _campaign(probe, number)
    # A plain price has no campaign: its season is the beginning of a period.
    start = np.where(policy == _CODE[Policy.PLAIN], 0.0, start)
    aligned = number * length + start + 0.3 + 8.7 * drawn(1) - opened
    phase: Floats = np.where(drawn(2) < season, aligned, at_random)
    return phase


def turning_points(priced: Priced, until: float) -> pl.DataFrame:
    """Moments at which a price may be another than before: `row`, `day` (in [0, until))."""
    parts: list[tuple[Ints, Floats]] = []
    rows = np.arange(len(priced.key), dtype=np.int64)
    length = _LENGTHS[priced.policy]
    for turn in range(int(np.ceil((until + _LENGTHS.max()) / _LENGTHS.min())) + 1):
        number = np.floor(priced.phase / length).astype(np.int64) + turn
        begin = number * length - priced.phase
        start, end, _, _ = _campaign(priced, number)
        parts += [(rows, begin), (rows, begin + end), (rows, begin + start - RAISED)]
        parts += [(rows, begin + start + step) for step in STEPS]
    for turn in range(int(np.ceil(until / SOLD_OUT_PERIOD)) + 2):
        number = np.floor(priced.phase / SOLD_OUT_PERIOD).astype(np.int64) + turn
        begin = number * SOLD_OUT_PERIOD - priced.phase
        start = 10 + 60 * _drawn(priced, number, _STOCK_START)
        days = 2 + 7 * _drawn(priced, number, _STOCK_DAYS)
        out = _drawn(priced, number, _STOCK) < priced.sold_out
        parts += [(rows[out], (begin + start)[out]), (rows[out], (begin + start + days)[out])]
    moving = rows[priced.moving]
    first = max(0.0, priced.opened - MOVING_DAYS)
    own_minute = -(priced.phase[moving] * MOVES_A_DAY % 1.0) / MOVES_A_DAY
    for step in np.arange(first, until + 1 / MOVES_A_DAY, 1 / MOVES_A_DAY):
        parts.append((moving, step + own_minute))
    parts.append((moving, np.full(len(moving), first)))
    parts.append((rows, np.zeros(len(rows))))
    row = np.concatenate([part[0] for part in parts])
    day = np.concatenate([part[1] for part in parts])
    inside = (day >= 0) & (day < until)
    return pl.DataFrame({"row": row[inside], "day": day[inside]})
