"""Since when a merchant says of a price what it says, whether that is folded or not."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import text

from sparfuchs.kernel.clock import from_micros, to_micros
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.block import NONE, Numbers, decode
from sparfuchs.pricing.fold import UNKNOWN_CODES
from sparfuchs.pricing.store.folded import blocks_of_one, quarter_of

_NEWEST_FIRST: Final = text(
    "SELECT at, kind, ref_price_minor, ref_kind, claim_percent FROM price_changes "
    "WHERE offer_id = :id ORDER BY at DESC, kind DESC"
)


class _Claim(NamedTuple):
    ref_price_minor: int | None
    ref_kind: int | None
    percent: int | None


def claim_since(work: Work, offer: int) -> datetime | None:
    """Since when, at least, the claim as it stands was stated; None where nothing is claimed.

    Blocks are opened, the newest first, only while the claim goes on.
    """
    stands: _Claim | None = None
    since: int | None = None
    for at, claim in _stated(work, offer):
        if stands is None:
            stands = claim
        if claim != stands or (claim.ref_price_minor is None and claim.percent is None):
            break
        since = at
    return None if since is None else from_micros(since)


def _stated(work: Work, offer: int) -> Iterator[tuple[int, _Claim]]:
    """What was claimed at each change of an offer, the newest first, quarter by quarter: rows that
    came late lie beside the block of their quarter until the next night.
    """
    rows = work.execute(_NEWEST_FIRST, {"id": offer}).all()
    blocks = dict(blocks_of_one(work, offer))
    beside = {start: list(group) for start, group in groupby(rows, lambda row: quarter_of(row.at))}
    for start in sorted({*beside, *blocks}, reverse=True):
        told = _in_block(blocks[start], offer) if start in blocks else {}
        for row in beside.get(start, []):  # one offer's
            # Where both have a row, the one beside the block is the later word.
            claim = _Claim(row.ref_price_minor, row.ref_kind, row.claim_percent)
            told[to_micros(row.at), row.kind] = claim
        for (at, kind), claim in sorted(told.items(), key=itemgetter(0), reverse=True):
            if kind not in UNKNOWN_CODES:
                yield at, claim


def _in_block(body: bytes, offer: int) -> dict[tuple[int, int], _Claim]:
    """What a block says of the claims of one offer, by time and kind."""
    rows = decode(body)[1]
    own = np.flatnonzero(rows.offer == offer)
    columns: list[Numbers] = [rows.at, rows.kind, rows.reference, rows.ref_kind, rows.percent]
    return {
        (at, kind): _Claim(*(None if value == NONE else value for value in claim))
        for at, kind, *claim in zip(*(column[own].tolist() for column in columns), strict=True)
    }
