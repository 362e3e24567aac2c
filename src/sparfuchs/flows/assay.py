"""Assay: what only the whole market shows, found at night and brought into the ratings.

Three things need more than one run of one source: what offers like each other cost, patterns that
spread over months, and how well a merchant's stated reductions hold. They are learned from all
offers in bulk; then each rating that they change is given anew, and only these are told. May run at
any time, and twice.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np
import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.price_and_rate import deals_of, merchant_facts, rated, tell_reviewed
from sparfuchs.kernel.clock import to_micros
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.pricing import api as pricing
from sparfuchs.quality import api as quality

log = get_logger(__name__)

# Offers looked at together: enough for columns to pay, few enough to stay in memory with a year of
# history each.
LEARNED_AT_ONCE: Final = 500_000
HISTORIES_AT_ONCE: Final = 50_000
RATED_AT_ONCE: Final = 100_000
# Claims judged longer ago say little of how a merchant behaves now.
CLAIMS_COUNT: Final = timedelta(days=90)
LOCK_SPACE: Final = 5

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Assayed:
    """How much an assay found: offers learned from, levels, patterns, ratings given anew."""

    version: int
    offers: int
    levels: int
    patterns: int
    rerated: int

    def as_json(self) -> dict[str, int]:
        return dataclasses.asdict(self)


def assay(
    here: Installation, *, now: datetime, progress: Progress = lambda _step, _rows: None
) -> Assayed | None:
    """Learns prices, finds patterns, counts standings and rates anew what they change.

    None when another process is at it.
    """
    with here.database.hold_lock(LOCK_SPACE, 0) as held:
        if not held:
            return None
        with metrics.STEP_SECONDS.labels(step="assay").time():
            return _assay(here, now, progress)


def _assay(here: Installation, now: datetime, progress: Progress) -> Assayed:
    version, learning, levels = _learn(here, now, progress)
    with here.database.reading() as work:
        sources = [one for one in catalog.all_sources(work) if one.head_at is not None]
    patterns = 0
    for source in sources:
        with here.database.unit_of_work() as work:
            patterns += _find_patterns(work, source, now)
            _count_claims(work, source, now)
        progress("patterns", patterns)
    rerated = 0
    for source in sources:  # after all: a merchant's standing is that of all its sources
        rerated += _rate_anew(here, source)
        progress("rated anew", rerated)
    found = Assayed(version, learning.offers, levels, patterns, rerated)
    log.info("market.assayed", **found.as_json())
    return found


def _learn(
    here: Installation, now: datetime, progress: Progress
) -> tuple[int, quality.Learning, int]:
    learning, after = quality.Learning(), 0
    while True:
        with here.database.reading() as work:
            block = catalog.priced(work, after, LEARNED_AT_ONCE)
        learning.add(block)
        progress("prices learned", learning.offers)
        if block.height < LEARNED_AT_ONCE:
            break
        after = int(block["offer_id"][-1])
    levels = learning.levels()
    with here.database.unit_of_work() as work:
        version = quality.keep_levels(work, levels, offers=learning.offers, at=now)
    return version, learning, levels.height


def _find_patterns(work: Work, source: catalog.Source, now: datetime) -> int:
    """Patterns of the offers of a source that claim something, as of its newest run."""
    assert source.head_at is not None
    at = source.head_at
    timelines = {int(source.id): catalog.timeline(work, source.id)}
    found, after = [], 0
    while True:
        claiming = catalog.claiming(work, source.id, after, HISTORIES_AT_ONCE)
        if claiming.height:
            ids = claiming["offer_id"]
            episodes = pricing.episodes(
                pricing.history(work, ids.to_numpy()),
                timelines,
                since=to_micros(at - quality.LOOK_BACK),
                at=to_micros(at) + 1,
            )
            market = catalog.asked_by_gtin(work, claiming.filter("uvp")["offer_id"])
            countdowns = quality.countdowns_of(work, ids)
            found.append(quality.find(episodes, market, countdowns, at=at))
        if claiming.height < HISTORIES_AT_ONCE:
            break
        after = int(claiming["offer_id"][-1])
    rows = pl.concat(found) if found else pl.DataFrame(schema=quality.PATTERN)
    quality.keep_patterns(work, source.id, rows, at=now)
    return rows.height


# A UVP is the maker's, and a high one no fault of the shop's own reductions; a permanent sale is
# told by the claim it is made of.
_NO_FAULT_OF_CLAIMS: Final = (quality.Pattern.UVP_ABOVE_ALL,)


def _count_claims(work: Work, source: catalog.Source, now: datetime) -> None:
    """How many stated reductions held: an offer counts once, and a pattern counts against it."""
    judged = pricing.claims_judged(work, source.id, now - CLAIMS_COUNT)
    misleading = quality.misleading(work, source.id, but=_NO_FAULT_OF_CLAIMS)
    inflated = judged.filter(pl.col("claim_verdict") == pricing.ClaimVerdict.CLAIM_INFLATED.value)
    bad = pl.concat([misleading, inflated["offer_id"]]).unique()
    good = judged.filter(
        (pl.col("claim_verdict") == pricing.ClaimVerdict.CLAIM_OK.value)
        & ~pl.col("offer_id").is_in(bad.implode())
    )
    quality.keep_claims(work, source.id, good.height, len(bad), at=now)


_COMPARED: Final = [*quality.PARTS, "notes", "peers", "peer_minor", "times"]


def _rate_anew(here: Installation, source: catalog.Source) -> int:
    """Gives the ratings of a source anew where they differ; a transaction a block."""
    assert source.head_at is not None
    after, last, total = (int(source.id) << 32) - 1, (int(source.id) + 1) << 32, 0
    while True:
        with here.database.unit_of_work() as work:
            ids = catalog.live_ids(work, after, RATED_AT_ONCE)
            ids = ids[ids < last]
            if not len(ids):
                return total
            run = catalog.run(work, source.id, source.head_run)
            assert run is not None
            total += _rerate(work, source, run, pl.Series(ids))
        after = int(ids[-1])


def _rerate(work: Work, source: catalog.Source, run: catalog.FeedRun, ids: pl.Series) -> int:
    assert source.head_at is not None
    offers = catalog.stated(work, ids)
    verdicts = pricing.verdicts_of(work, ids.to_numpy())
    offers = offers.join(verdicts.select("offer_id"), on="offer_id", how="semi")
    facts = merchant_facts(work, source, run)
    fresh = rated(work, offers, verdicts, facts, source.head_at)
    before = quality.ratings_of(work, ids.to_numpy())
    same = fresh.join(before, on=["offer_id", *_COMPARED], how="semi", nulls_equal=True)["offer_id"]
    # What was rated by a run that came meanwhile is newer than what is known here.
    newer = before.filter(pl.col("rated_at") > source.head_at)["offer_id"]
    changed = fresh.filter(~pl.col("offer_id").is_in(pl.concat([same, newer]).implode()))
    if changed.is_empty():
        return 0
    quality.keep(work, changed)
    touched = pl.col("offer_id").is_in(changed["offer_id"].implode())
    deals = deals_of(offers.filter(touched), verdicts.filter(touched), changed)
    catalog.keep_deals(work, deals.filter("open"), source.head_at)
    told: np.ndarray[tuple[int], np.dtype[np.int64]] = changed["offer_id"].to_numpy()
    tell_reviewed(work, source.id, told, source.head_at)
    return changed.height
