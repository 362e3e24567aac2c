"""A reduction that rises in steps without interruption may name the price before the first.

§ 11(2) PAngV: while such a reduction lasts, the lowest price of the thirty days before the first
step may be used. It is an option of the merchant, so of the two references the more favourable one
counts (domain.md 4.4).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sparfuchs.pricing.days import Micros, day_start
from sparfuchs.pricing.model import JOIN_GAP, LEAST_STEPS, WINDOW_DAYS
from sparfuchs.pricing.pieces import Flags, Pieces


@dataclass(frozen=True)
class PriceRuns:
    """Which pieces stand at one price together, equal neighbours joined across JOIN_GAP.

    `run` numbers them over all pieces, `starts` is the first piece of each run, `gap` the time
    without assertion before each piece (0 before the first of an offer).
    """

    run: NDArray[np.int64]
    starts: NDArray[np.int64]
    gap: Micros
    same_offer: Flags
    same_price: Flags

    @classmethod
    def of(cls, pieces: Pieces) -> "PriceRuns":
        size = len(pieces)
        same_offer = np.concatenate(([False], pieces.offer[1:] == pieces.offer[:-1]))[:size]
        same_price = np.concatenate(([False], pieces.price[1:] == pieces.price[:-1]))[:size]
        gap = np.concatenate(([0], pieces.start[1:] - pieces.asserted_end[:-1]))[:size]
        gap = np.where(same_offer, gap, 0)
        begins = ~(same_offer & same_price & (gap <= JOIN_GAP))
        return cls(
            run=np.cumsum(begins) - 1,
            starts=np.flatnonzero(begins),
            gap=gap,
            same_offer=same_offer,
            same_price=same_price,
        )


@dataclass(frozen=True)
class Chains:
    """Of each offer the chain of reductions that ends at its price: `steps` is k, `start` is t1.

    `whole` says that no gap inside its steps is longer than a CARRY and that t1 is not too old; how
    well it was watched is for the caller to say.
    """

    steps: NDArray[np.int64]
    start: Micros
    whole: Flags


def chains(
    pieces: Pieces, runs: PriceRuns, last: NDArray[np.int64], moment: Micros, zone: str
) -> Chains:
    """Strictly falling prices P0 > P1 > ... > Pk, each at most a CARRY after the one before.

    `last` is the last piece of each offer, `moment` when it is judged.
    """
    head = runs.starts
    carry = pieces.runs.step_carry(len(pieces))
    falls = (
        runs.same_offer[head]
        & (pieces.price[head - 1] > pieces.price[head])
        & (runs.gap[head] <= carry[head])
    )
    here = np.arange(len(head))
    # The newest run at or before each that is no step down from its neighbour: that is P0.
    top = np.maximum.accumulate(np.where(falls, -1, here)) if len(head) else here
    final = runs.run[last]
    steps = final - top[final]
    first_step = np.minimum(top[final] + 1, final)
    start = pieces.start[head[first_step]]
    # A run at the very moment of judging counts, and so does the silence that it ends.
    until = pieces.asserted_end + pieces.live
    quiet = pieces.runs.quiet_beyond_carry(pieces.start, until)
    inner = np.concatenate(([False], runs.run[1:] == runs.run[:-1]))[: len(pieces)]
    broken = np.concatenate(([0], np.cumsum(quiet | (inner & (runs.gap > carry)))))
    unbroken = broken[last + 1] == broken[head[first_step]]
    recent = start >= day_start(moment, zone, -WINDOW_DAYS)
    return Chains(steps=steps, start=start, whole=(steps >= LEAST_STEPS) & unbroken & recent)
