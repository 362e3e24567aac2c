"""Reads a feed without storing anything: what it is, its first offers, what is wrong with it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.ingest.detect import Detected
from sparfuchs.ingest.payload import Payload
from sparfuchs.ingest.read import nothing_known, read
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.kernel.frames import (
    OFFER,
    REJECTION,
    HashArray,
    conform,
    empty,
    hash_strings,
)
from sparfuchs.kernel.outcome import Reason

_EXAMPLES: Final = 5
MOST_REJECTED: Final = 0.20  # R-F-2
MOJIBAKE_SHARE: Final = 0.01  # domain.md 2.6


@dataclass(frozen=True, slots=True)
class Check:
    """What `sparfuchs check` tells. read = accepted + all rejected, in sellable variants.

    `first` holds the first offers (OFFER), `examples` the first rejections of each reason
    (REJECTION), `flags` how often something stated was not believed, `advice` sentences.
    `complete` says whether all documents were there, `would_hold` names the reasons for which a
    first run of it would be held (R-F-2).
    """

    detected: Detected
    read: int
    accepted: int
    rejected: Mapping[str, int]
    flags: Mapping[str, int]
    slow_rows: int
    first: pl.DataFrame
    examples: pl.DataFrame
    complete: bool
    would_hold: tuple[str, ...]
    advice: tuple[str, ...]


def check(payload: Payload, settings: FeedSettings, *, show: int = 10) -> Check:
    """Reads all of it. Raises FeedUnreadable when it is no feed that can be read."""
    reading = read(payload, settings, known=nothing_known)
    accepted = mojibake = 0
    reasons: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    first, examples = empty(OFFER), empty(REJECTION)
    ids = SeenIds()
    for batch in reading:
        fresh = pl.Series(ids.add(batch.offers["source_offer_id"]))
        offers = batch.offers.filter(fresh)
        refused = pl.concat([batch.rejections, _doubled(batch.offers.filter(~fresh))]).sort(
            "line", maintain_order=True
        )
        accepted += offers.height
        mojibake += batch.mojibake
        # One row a reason.
        for reason, count in refused["reason"].value_counts().rows():
            reasons[reason] += count
        # One row a flag.
        for flag, count in offers["flags"].explode().drop_nulls().value_counts().rows():
            flags[flag] += count
        first = pl.concat([first, offers.head(show - first.height)])
        examples = (
            pl.concat([examples, refused])
            .group_by("reason", maintain_order=True)
            .head(_EXAMPLES)
            .select(list(REJECTION))
        )
    total = accepted + reasons.total()
    held = []
    if reasons.total() > MOST_REJECTED * total:
        held.append("rejected")
    if mojibake > MOJIBAKE_SHARE * total:
        held.append("mojibake")
    return Check(
        detected=reading.detected,
        read=total,
        accepted=accepted,
        rejected=_most_first(reasons),
        flags=_most_first(flags),
        slow_rows=reading.slow_rows,
        first=first,
        examples=examples,
        complete=reading.complete,
        would_hold=tuple(held),
        advice=_advice(reading.detected, reasons, total, mojibake, len(reading.suspect_gtins)),
    )


class SeenIds:
    """Which ids a reading has met, in eight bytes each.

    Kept are sorted runs of hashes that double in length, so that each id is sorted a few times
    over, however long the feed is. Two different ids with one 64-bit hash are not to be expected
    among some million.
    """

    def __init__(self) -> None:
        self._runs: list[HashArray] = []

    def add(self, ids: pl.Series) -> NDArray[np.bool_]:
        """Takes ids in; gives which of them are met for the first time."""
        hashes = hash_strings(ids)
        fresh = ids.is_first_distinct().to_numpy().copy()
        for run in self._runs:
            place = np.minimum(np.searchsorted(run, hashes), len(run) - 1)
            fresh &= run[place] != hashes
        if len(hashes):
            self._runs.append(np.sort(hashes))
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last = self._runs.pop()
            self._runs[-1] = np.sort(np.concatenate([self._runs[-1], last]))
        return fresh


def _most_first(counts: Counter[str]) -> dict[str, int]:
    """By number, and among equals by name, so that the same feed is told the same way."""
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _doubled(offers: pl.DataFrame) -> pl.DataFrame:
    """Rejections of rows whose id an earlier row has (R-RUN-4)."""
    return conform(
        offers.select("line", "source_offer_id").with_columns(
            field=pl.lit("id"),
            value=pl.col("source_offer_id"),
            reason=pl.lit(Reason.ID_DUPLICATE.value),
            rule=pl.lit("R-RUN-4"),
        ),
        REJECTION,
    )


def _advice(
    detected: Detected, reasons: Counter[str], total: int, mojibake: int, defaults: int
) -> tuple[str, ...]:
    advice = list(detected.notes)
    if reasons[Reason.CURRENCY_MISSING] + reasons[Reason.CURRENCY_UNKNOWN]:
        advice.append("Rows state no ISO 4217 currency: say which it is with currency=EUR")
    if reasons[Reason.PRICE_AMBIGUOUS]:
        advice.append(
            "Some price texts do not say what they mean, such as 1.299: if the sign groups "
            "thousands everywhere, say so with thousands=. or thousands=,"
        )
    if total and mojibake / total > MOJIBAKE_SHARE:
        advice.append(
            f"{mojibake} rows hold broken umlauts (UTF-8 read as cp1252): the feed is damaged at "
            "its source, or encoding=... is wrong"
        )
    if defaults:
        advice.append(
            f"{defaults} GTINs stand with more than three brands each and will be dropped (R-F-9)"
        )
    return tuple(dict.fromkeys(advice))
