"""Words and numbers of the verdict: classes, thresholds with their sources, frame schemas."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import AUDIENCE, REF_KIND, UTC_TIME, Schema


class Verdict(StrEnum):
    """Our judgement of the price (domain.md 4.5). The place is the number in the store."""

    EXEMPT = "exempt"
    UVP_ONLY = "uvp_only"
    NO_REDUCTION = "no_reduction"
    INSUFFICIENT = "insufficient"
    PLAUSIBLE = "plausible"
    SMALL = "small"
    GENUINE = "genuine"


class ClaimVerdict(StrEnum):
    """Our judgement of what the merchant says (domain.md 4.5). The place is the number in store."""

    CLAIM_NONE = "claim_none"
    CLAIM_UVP = "claim_uvp"
    CLAIM_UNJUDGED = "claim_unjudged"
    CLAIM_OK = "claim_ok"
    CLAIM_INFLATED = "claim_inflated"
    CLAIM_OVERSTATED = "claim_overstated"


class Ground(StrEnum):
    """Why the verdict is what it is, where the class alone does not say it."""

    PERISHABLE = "perishable"
    INDIVIDUAL = "individual"
    STEADY = "steady"
    SIGHTED_LOW = "sighted_low"
    NO_PRICE = "no_price"
    NO_HISTORY = "no_history"
    AFTER_GAP = "after_gap"
    NOTHING_IN_WINDOW = "nothing_in_window"
    THIN = "thin"
    PRICE_DIFFERS = "price_differs"  # the page shows another price than its data (R-J-3)


class Flag(StrEnum):
    """Marks beside the verdict; their bits in the store are in pack.py."""

    RECENT_RAISE = "recent_raise"
    STALE = "stale"
    YOUNG = "young"
    ALL_TIME_LOW = "all_time_low"
    STEPWISE = "stepwise"
    CODE_LOW = "code_low"  # the reference asked for a code that everybody could use


class Cause(StrEnum):
    """Why recorded prices are mended."""

    OPERATOR = "operator"  # a person said so
    PARSER = "parser"  # the same bytes are read otherwise since
    REPLAY = "replay"  # kept documents were read again


@dataclass(frozen=True, slots=True)
class Revision:
    """Why recorded prices are mended, in words for people; `offer_id` where it is one offer."""

    cause: Cause
    reason: str
    offer_id: int | None = None


VERDICTS: Final = pl.Enum([v.value for v in Verdict])
CLAIM_VERDICTS: Final = pl.Enum([c.value for c in ClaimVerdict])
GROUNDS: Final = pl.Enum([g.value for g in Ground])

DAY: Final = 86_400_000_000  # microseconds

# § 11(1) PAngV and Art. 6a PID: the lowest price of at least 30 days before the reduction.
WINDOW_DAYS: Final = 30
# How far back a reference price may have been seen to count as once asked (domain.md 4.5).
LOOK_BACK_DAYS: Final = 90
# Equal prices on both sides of a gap up to this long are one run: an outage of ours inside a sale
# must not make the sale price its own reference (domain.md 4.4).
JOIN_GAP: Final = 14 * DAY
# Shares of known time, in percent so that they are compared as whole numbers: below half nothing
# is said, from four fifths on a percentage is vouched for (domain.md 4.5).
ENOUGH_TO_HINT: Final = 50
ENOUGH_TO_VOUCH: Final = 80
# A reduction below this is real but not worth a badge.
BADGE_PERCENT: Final = 5
# Fewer steps are a plain reduction (domain.md 4.4: k >= 2).
LEAST_STEPS: Final = 2
# Merchants round; a claim up to two points above our own figure is let pass.
CLAIM_TOLERANCE: Final = 2
# A raise of more than this within the window before the cut is flagged.
RAISE_PERCENT: Final = 5

# One row a piece of an offer's history: [start, end) at one price. `end` null: still so.
# `price_minor` null: unknown (gone, unseen, sold out, rejected, held).
SPAN: Final[Schema] = {
    "offer_id": pl.Int64(),
    "start": UTC_TIME,
    "end": UTC_TIME,
    "price_minor": pl.Int64(),
    "currency": pl.String(),
}

# One row a stretch of an offer's history in which neither price nor claim changed: [start, end),
# of which `known` microseconds were really seen. The claim is what the merchant said meanwhile.
EPISODE: Final[Schema] = {
    "offer_id": pl.Int64(),
    "start": UTC_TIME,
    "end": UTC_TIME,
    "known": pl.Int64(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "ref_price_minor": pl.Int64(),
    "ref_kind": REF_KIND,
    "claim_percent": pl.Int16(),
}

# One row a change of a price that is not everybody's without more ado (domain.md 4.2). A price of
# null: there is none from then on.
SIDE: Final[Schema] = {
    "offer_id": pl.Int64(),
    "audience": AUDIENCE,
    "at": UTC_TIME,
    "run": pl.UInt32(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
}

# What judging needs to know of an offer beside its history. `price_differs`: its page shows another
# price (null: it does not). The last two sum up the history that is no longer at hand (null: all of
# it is): when this series was first seen and the lowest price in the missing part.
JUDGED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "perishable": pl.Boolean(),
    "audience": AUDIENCE,
    "ref_price_minor": pl.Int64(),
    "ref_kind": REF_KIND,
    "claim_percent": pl.Int16(),
    "price_differs": pl.Boolean(),
    "first_at": UTC_TIME,
    "low_minor": pl.Int64(),
}

# One row an offer: the verdict and all that it rests on.
VERDICT: Final[Schema] = {
    "offer_id": pl.Int64(),
    "judged_at": UTC_TIME,
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "verdict": VERDICTS,
    "claim_verdict": CLAIM_VERDICTS,
    "honest_pct": pl.Int16(),  # an upper bound in whole percent, floored
    "at_most_pct": pl.Int16(),  # the same bound where too little is known to print it as ours
    "reason": GROUNDS,
    "t0": UTC_TIME,  # start of the run at this price
    "window_start": UTC_TIME,  # W = [window_start, t0), or up to chain_start where that is used
    "chain_start": UTC_TIME,  # t1, the first step, when the reference is the one before it
    "chain_steps": pl.Int16(),  # k, how many steps down; null as above
    "l30_minor": pl.Int64(),  # lowest known price in W; null: unknown
    "l30_at": UTC_TIME,  # start of the last span at that price
    "l30_seen": pl.Boolean(),  # sighted inside W, not only carried into it
    "coverage": pl.Float64(),  # the smaller of the next two, 0 to 1
    "coverage_window": pl.Float64(),  # known share of W
    "coverage_since": pl.Float64(),  # known share since t0 (t1), at most of the last 30 days
    "days_seen": pl.Int32(),  # local days since first seen
    "first_seen": UTC_TIME,
    "claim_pct": pl.Int16(),
    "ref_price_minor": pl.Int64(),
    "ref_kind": REF_KIND,
    "ref_first_seen": UTC_TIME,  # a known price as high, in the look-back before t0
    "flags": pl.List(pl.String()),
    "lowest_since_days": pl.Int32(),
    "asserted_at": UTC_TIME,  # the moment judged at, when nothing is asserted at `judged_at`
    "badge": pl.Boolean(),
    "next_at": UTC_TIME,  # when time alone may change the verdict
}
