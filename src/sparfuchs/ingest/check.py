"""Reads a feed without storing anything: what it is, its first offers, what is wrong with it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from sparfuchs.ingest.detect import Detected
from sparfuchs.ingest.payload import Payload
from sparfuchs.ingest.read import nothing_known, read
from sparfuchs.ingest.settings import FeedSettings
from sparfuchs.kernel.frames import OFFER, REJECTION, empty
from sparfuchs.kernel.outcome import Reason

_EXAMPLES: Final = 5
_MOJIBAKE_SHARE: Final = 0.01  # domain.md 2.6


@dataclass(frozen=True, slots=True)
class Check:
    """What `sparfuchs check` tells. read = accepted + all rejected, in sellable variants.

    `first` holds the first offers (OFFER), `examples` the first rejections of each reason
    (REJECTION), `flags` how often something stated was not believed, `advice` sentences.
    """

    detected: Detected
    read: int
    accepted: int
    rejected: Mapping[str, int]
    flags: Mapping[str, int]
    slow_rows: int
    first: pl.DataFrame
    examples: pl.DataFrame
    advice: tuple[str, ...]


def check(payload: Payload, settings: FeedSettings, *, show: int = 10) -> Check:
    """Reads all of it. Raises FeedUnreadable when it is no feed that can be read."""
    reading = read(payload, settings, known=nothing_known)
    accepted = mojibake = 0
    reasons: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    first, examples = empty(OFFER), empty(REJECTION)
    for batch in reading:
        accepted += batch.offers.height
        mojibake += batch.mojibake
        # One row a reason.
        for reason, count in batch.rejections["reason"].value_counts().rows():
            reasons[reason] += count
        # One row a flag.
        for flag, count in batch.offers["flags"].explode().drop_nulls().value_counts().rows():
            flags[flag] += count
        first = pl.concat([first, batch.offers.head(show - first.height)])
        examples = (
            pl.concat([examples, batch.rejections])
            .group_by("reason", maintain_order=True)
            .head(_EXAMPLES)
            .select(list(REJECTION))
        )
    total = accepted + reasons.total()
    return Check(
        detected=reading.detected,
        read=total,
        accepted=accepted,
        rejected=dict(reasons.most_common()),
        flags=dict(flags.most_common()),
        slow_rows=reading.slow_rows,
        first=first,
        examples=examples,
        advice=_advice(reading.detected, reasons, total, mojibake, len(reading.suspect_gtins)),
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
    if total and mojibake / total > _MOJIBAKE_SHARE:
        advice.append(
            f"{mojibake} rows hold broken umlauts (UTF-8 read as cp1252): the feed is damaged at "
            "its source, or encoding=... is wrong"
        )
    if defaults:
        advice.append(
            f"{defaults} GTINs stand with more than three brands each and will be dropped (R-F-9)"
        )
    return tuple(dict.fromkeys(advice))
