"""Promotions: what shops grant beside their prices, since when, and for which offers (R-G-7).

A promotion is read whole from its source. It begins when the source first states it and ends when a
complete reading states it no more: unlike an offer it has no history that a missed reading could
break, and a code that is shown after its end costs a shopper more than one that is not shown. No
promotion touches a price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import numpy as np
import polars as pl

from sparfuchs.catalog import store
from sparfuchs.catalog.model import Counts, Doubt, FeedRun, RunKind, RunStatus, Source
from sparfuchs.catalog.publish import Reading, sum_of
from sparfuchs.catalog.segment import RunFacts
from sparfuchs.catalog.weigh import LEAST_OF_LAST, rejected_doubts, style_doubts
from sparfuchs.events.feed import PromotionsChanged
from sparfuchs.kernel.errors import Conflict
from sparfuchs.kernel.frames import PROMOTION, UTC_TIME, conform, hash_rows
from sparfuchs.plumbing.db import Work

# Below so many a shop that ends its sale is an ordinary shop, not half a file.
FEW: Final = 20
_STATED: Final = [name for name in PROMOTION if name != "line"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What a reading did to the promotions of a source."""

    begun: int
    changed: int
    unchanged: int
    ended: int


class Applies(StrEnum):
    """Why a promotion applies to an offer."""

    NAMED = "named"  # the offer itself names the promotion
    ITEM = "item"
    GROUP = "group"
    BRAND = "brand"
    CATEGORY = "category"
    MERCHANT = "merchant"  # it is for all that the merchant has


def keep_promotions(
    work: Work, source: Source, stated: pl.DataFrame, *, at: datetime, run: int, whole: bool = True
) -> Kept:
    """Takes in what a run states (PROMOTION): all promotions of its source, unless not `whole`;
    then those it does not name stay. Tells `feed.PromotionsChanged` where anything changed.
    """
    stated = conform(stated, PROMOTION)
    digest = pl.Series(hash_rows(stated, _STATED).view(np.int64))
    rows = stated.with_columns(digest=digest)
    known = store.known_promotions(work, source.id)
    met = rows.join(known, on="source_promotion_id", how="left", suffix="_before")
    new = met.filter(pl.col("digest_before").is_null())
    # What comes back after its end begins again, even if it says what it said.
    back = met.filter(pl.col("gone_at").is_not_null())
    other = met.filter(pl.col("digest") != pl.col("digest_before"), pl.col("gone_at").is_null())
    ended = known.filter(pl.col("gone_at").is_null()).join(
        rows, on="source_promotion_id", how="anti"
    )["source_promotion_id"]
    moment = pl.lit(at).cast(UTC_TIME)
    store.merge_promotions(
        work,
        pl.concat([new, back, other]).with_columns(
            source_id=pl.lit(source.id, dtype=pl.Int64),
            first_at=moment,
            changed_at=moment,
            gone_at=pl.lit(None, dtype=UTC_TIME),
        ),
    )
    if whole:
        store.end_promotions(work, source.id, ended.to_list(), at)
    begun = new.height + back.height
    kept = Kept(begun, other.height, met.height - begun - other.height, len(ended) * whole)
    if kept.begun or kept.changed or kept.ended:
        told = PromotionsChanged(source.id, run, kept.begun, kept.changed, kept.ended)
        work.append(told.to_event(occurred_at=at))
    return kept


def weigh_promotions(
    source: Source, kind: RunKind, counts: Counts, detected: Mapping[str, str]
) -> tuple[Doubt, ...]:
    """The reasons to hold a reading of promotions: what of R-F-2 can be asked of them."""
    doubts = rejected_doubts(counts)
    if source.full_count is None or kind is not RunKind.FULL:
        return tuple(doubts)
    if source.full_count >= FEW and counts.read < LEAST_OF_LAST * source.full_count:
        doubts.append(
            Doubt("shrunk", f"{counts.read} promotions; the last full run had {source.full_count}")
        )
    return (*doubts, *style_doubts(source, detected))


def publish_promotions(
    work: Work,
    source: Source,
    facts: RunFacts,
    stated: pl.DataFrame,
    counts: Counts,
    reading: Reading,
    *,
    rejections: str | None,
    carry: timedelta,
    seconds: float,
) -> FeedRun:
    """Writes a reading of promotions (PROMOTION) into the transaction of `work`: its run, the
    pointer and the promotions. Raises Conflict when another run was published meanwhile.
    """
    complete = facts.kind is not RunKind.PARTIAL
    swapped = store.swap_head(
        work,
        source,
        head_run=facts.number,
        head_at=facts.at,
        next_number=facts.number + 1,
        digest=reading.digest if complete else None,
        salt=reading.salt,
        validators={n: dict(held) for n, held in reading.validators.items()} if complete else {},
        detected=dict(reading.detected),
        full_count=counts.read if complete else source.full_count,
    )
    if not swapped:
        raise Conflict(f"Another run of {source.path} was published meanwhile", source=source.path)
    kept = keep_promotions(work, source, stated, at=facts.at, run=facts.number, whole=complete)
    row = FeedRun(
        source_id=source.id,
        number=facts.number,
        kind=facts.kind,
        status=RunStatus.PUBLISHED,
        at=facts.at,
        counts=Counts(
            read=counts.read,
            accepted=counts.accepted,
            rejected=counts.rejected,
            new=kept.begun,
            unchanged=kept.unchanged,
            changed=kept.changed,
            gone=kept.ended,
        ),
        doubts=(),
        settings=reading.settings,
        detected=reading.detected,
        segment=None,
        rejections=rejections,
        payload=reading.payload,
        seconds=seconds,
        slow_rows=0,
    )
    store.add_run(
        work, row, carry=carry, sum_micros=sum_of(facts), seen=None, digest=reading.digest
    )
    return row


def applies(promotion: Mapping[str, Any], offer: Mapping[str, Any]) -> Applies | None:
    """Whether a promotion is for an offer of the same merchant, and why; None: not, or unknown.

    Kinds of filters narrow each other, values of one kind are alternatives, exclusions always win.
    A promotion for some products without a filter is for those alone that name it. Spelling of
    brands and categories is compared without regard to case.
    """
    scope: Mapping[str, Sequence[str]] = promotion["scope"] or {}
    met = {kind: meets(scope.get(kind, ()), offer) for kind, meets in _MEETS.items()}
    if any(meets(scope.get(f"not_{kind}", ()), offer) for kind, meets in _MEETS.items()):
        return None
    if promotion["source_promotion_id"] in (offer["promotion_ids"] or ()):
        return Applies.NAMED
    asked = [kind for kind in _MEETS if scope.get(kind)]
    if asked:
        return _WHY[asked[0]] if all(met[kind] for kind in asked) else None
    return Applies.MERCHANT if promotion["all_products"] else None


def _is_item(names: Sequence[str], offer: Mapping[str, Any]) -> bool:
    return offer["source_offer_id"] in names


def _in_group(names: Sequence[str], offer: Mapping[str, Any]) -> bool:
    return offer["item_group_id"] in names


def _of_brand(names: Sequence[str], offer: Mapping[str, Any]) -> bool:
    brand = offer["brand"]
    return brand is not None and brand.casefold() in {name.casefold() for name in names}


def _in_category(names: Sequence[str], offer: Mapping[str, Any]) -> bool:
    """A category has those below it in it."""
    paths = [_steps(text) for text in (offer["category_path"], offer["product_type"]) if text]
    return any(path[: len(_steps(name))] == _steps(name) for path in paths for name in names)


def _steps(path: str) -> list[str]:
    return [step.strip().casefold() for step in path.split(">")]


# Most particular first: that is the reason that is told.
_MEETS: Final = {
    "items": _is_item, "groups": _in_group, "brands": _of_brand, "categories": _in_category,
}  # fmt: skip
_WHY: Final = {
    "items": Applies.ITEM, "groups": Applies.GROUP, "brands": Applies.BRAND,
    "categories": Applies.CATEGORY,
}  # fmt: skip
