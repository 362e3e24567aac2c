"""Weigh: is a run as a whole to be believed? One that is not is held, and nothing of it is applied.

A shop that answers with half its feed, with other ids or with all prices in cents must not expire,
rename or reprice thousands of offers before a person has looked (R-F-2).
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from sparfuchs.catalog.identify import Identified
from sparfuchs.catalog.model import Counts, Doubt, RunKind, Source

# The shares of R-F-2.
MOST_REJECTED: Final = 0.20
LEAST_OF_LAST: Final = 0.50
MOST_REPLACED: Final = 0.50
MOST_MOVED: Final = 0.80
MOST_MOJIBAKE: Final = 0.01  # domain.md 2.6
# Prices "change by one common factor" when their ratios agree to half a percent: rounding to cents
# moves a price above two euros by less than that.
FACTOR_TOLERANCE: Final = 0.005
# One or two offers always share a factor with themselves; three are the first to say something.
LEAST_FOR_FACTOR: Final = 3
STYLE: Final = ("format", "encoding", "decimal")


def weigh(
    source: Source,
    kind: RunKind,
    found: Identified,
    detected: dict[str, str],
    *,
    mojibake: int = 0,
) -> tuple[Doubt, ...]:
    """The reasons to hold a run; empty when it may be published.

    Rules that count against the past hold for full runs of a source that has one to compare with.
    """
    counts, before, now = found.counts, found.currencies_before, found.currencies
    doubts = rejected_doubts(counts)
    if counts.read and mojibake > MOST_MOJIBAKE * counts.read:
        doubts.append(
            Doubt("mojibake", f"{mojibake} of {counts.read} rows look wrongly encoded (Ã¤ for ä)")
        )
    if source.full_count is None or kind is not RunKind.FULL:
        return tuple(doubts)

    if not counts.read:
        doubts.append(Doubt("empty", f"no row; the last full run had {source.full_count}"))
    elif counts.read < LEAST_OF_LAST * source.full_count:
        doubts.append(
            Doubt("shrunk", f"{counts.read} rows; the last full run had {source.full_count}")
        )
    if before and now and not before & now:
        doubts.append(
            Doubt(
                "currencies",
                f"{', '.join(sorted(now))} instead of {', '.join(sorted(before))}",
            )
        )
    half = MOST_REPLACED * found.live_before
    if found.live_before and found.missing > half and counts.new > half:
        doubts.append(
            Doubt(
                "replaced",
                f"{found.missing} of {found.live_before} known ids missing, {counts.new} new ones",
            )
        )
    doubts.extend(doubtful_prices(found.moves, found.steady))
    return (*doubts, *style_doubts(source, detected))


def rejected_doubts(counts: Counts) -> list[Doubt]:
    """More than a fifth of the rows was rejected."""
    if not counts.read or counts.rejected_total <= MOST_REJECTED * counts.read:
        return []
    worst = ", ".join(f"{code}: {n}" for code, n in counts.rejected.items())
    said = f"{counts.rejected_total} of {counts.read} rows rejected ({worst})"
    return [Doubt("rejected", said)]


def style_doubts(source: Source, detected: Mapping[str, str]) -> list[Doubt]:
    """It is written otherwise than the last good run."""
    return [
        Doubt("style", f"{name} is {detected.get(name)}, was {source.detected[name]}")
        for name in STYLE
        if source.detected.get(name) and detected.get(name, "") != source.detected[name]
    ]


def doubtful_prices(moves: pl.DataFrame, steady: int) -> list[Doubt]:
    """More than 80 % of prices moved by more than half, or by one common factor.

    `moves` are the prices of parsed offers, `steady` counts the offers whose record is the same.
    """
    total = moves.height + steady
    if not moves.height:
        return []
    ratio = moves.select(ratio=pl.col("after") / pl.col("before"))["ratio"]
    leaps = int(((ratio < 0.5) | (ratio > 1.5)).sum())  # noqa: PLR2004 - "by more than half"
    if leaps > MOST_MOVED * total:
        return [Doubt("prices_leapt", f"{leaps} of {total} prices moved by more than half")]
    moved = ratio.filter((ratio - 1).abs() > FACTOR_TOLERANCE)
    if moved.len() < LEAST_FOR_FACTOR:
        return []
    factor = moved.median()
    assert isinstance(factor, float)
    common = int(((moved / factor - 1).abs() <= FACTOR_TOLERANCE).sum())  # not those that stood
    if common > MOST_MOVED * total:
        return [Doubt("prices_scaled", f"{common} of {total} prices times {factor:.3f}")]
    return []
