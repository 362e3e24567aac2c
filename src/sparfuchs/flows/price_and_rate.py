"""What follows a published run: its changed offers are judged, rated, and become deals or cease to.

One transaction a run, with the consumer's cursor in it: after a crash the run is simply taken up
again, and doing it twice changes nothing.
"""

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import api as catalog
from sparfuchs.events.feed import RunPublished
from sparfuchs.events.offer import Badge, BadgesEarned, OffersJudged, OffersRated, OffersReviewed
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.note_packs import note_packs
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.frames import ChangeKind
from sparfuchs.kernel.ids import MAX_ORDINAL
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.pricing import api as pricing
from sparfuchs.quality import api as quality

log = get_logger(__name__)

# Offers judged at once: enough for columns to pay, few enough to stay in memory beside a large run.
BLOCK: Final = 100_000
TOLD_AT_ONCE: Final = 5_000  # offers named in one event
BADGES_AT_ONCE: Final = 500  # offers told with their evidence in one event


def price_and_rate(here: Installation, work: Work, event: RunPublished) -> None:
    """Judges and rates the offers that a run touched, as of its time or, if it is of the past, of
    the newest run's.
    """
    source = catalog.source(work, event.source)
    run = catalog.run(work, event.source, event.run)
    removed = source is not None and source.status is catalog.SourceStatus.REMOVED
    if source is None or run is None or removed or event.segment is None:
        log.info("offers.skipped", source=event.source, run=event.run)
        return
    changes = pl.read_ipc(here.files.path(event.segment))
    past = run.kind in {catalog.RunKind.BACKFILL, catalog.RunKind.IMPORT}
    bench = _Bench(here, work, source, run, source.head_at if past and source.head_at else run.at)
    first = None if past else _first_new(changes)
    judged = 0
    if not past:  # an older reading says nothing of how much is in it now
        for block in _blocks(changes):
            note_packs(work, source.id, block, run.at)
    # What a page shows beside its data is no price, and whether the two differ decides (R-J-3).
    pages = run.detected.get("format") == ingest.Format.SCHEMA_PAGES
    shown = pl.col("kind") == ChangeKind.DISPLAY.value
    for block in _blocks(changes if pages else changes.filter(~shown)):
        judged += bench.judge(block["offer_id"].unique(), changes=block, first=first)
    work.append(OffersJudged(event.source, event.run, judged).to_event(occurred_at=run.at))
    work.append(OffersRated(event.source, event.run, judged).to_event(occurred_at=run.at))
    log.info("offers.judged", source=source.path, run=event.run, offers=judged)


def judge_due(here: Installation, source_id: int, *, now: datetime | None = None) -> int:
    """Judges anew, as of the newest run, what may have changed by time alone: a price becomes
    steady, a badge stale. Gives how many offers.

    With `now`, badges of a source whose newest reading asserts nothing any more go off: what a
    price is today nobody knows (domain.md 4.4). They are judged again with its next reading.
    """
    judged = 0
    with here.database.unit_of_work() as work:
        source = catalog.source(work, source_id)
        if source is None or source.head_at is None:
            return 0
        run = catalog.run(work, source_id, source.head_run)
        assert run is not None
        bench: _Bench | None = None  # most readings find nothing due
        while len(ids := pricing.due(work, source_id, run.at, BLOCK)):
            bench = bench or _Bench(here, work, source, run, run.at)
            judged += bench.judge(pl.Series(ids).sort(), changes=None, first=None)
            tell_reviewed(work, source_id, ids, run.at)
            if len(ids) < BLOCK:
                break
        if now is not None and now >= source.head_at + catalog.carry_of(source.interval):
            judged += _lapse(work, _Bench(here, work, source, run, now), now)
    return judged


def _lapse(work: Work, bench: "_Bench", now: datetime) -> int:
    """Takes the badges of a source that nobody has read for too long. Gives how many."""
    taken = 0
    while len(ids := pricing.badged(work, bench.source.id, BLOCK)):
        bench.judge(pl.Series(ids).sort(), changes=None, first=None)
        pricing.wake(work, ids, now)
        tell_reviewed(work, bench.source.id, ids, now)
        taken += len(ids)
    if taken:
        log.info("offers.badges_lapsed", source=bench.source.path, offers=taken)
    return taken


def tell_reviewed(work: Work, source_id: int, ids: NDArray[np.int64], at: datetime) -> None:
    """Tells that these offers were judged or rated anew without a run."""
    ordinals = (ids & MAX_ORDINAL).tolist()
    work.append_all(
        [
            OffersReviewed(source_id, tuple(ordinals[start : start + TOLD_AT_ONCE])).to_event(at)
            for start in range(0, len(ordinals), TOLD_AT_ONCE)
        ]
    )


class _Bench:
    """Where the offers of one source are judged as of one moment."""

    def __init__(
        self,
        here: Installation,
        work: Work,
        source: catalog.Source,
        run: catalog.FeedRun,
        at: datetime,
    ) -> None:
        self.strict = here.settings.pricing.public_codes == "strict"
        self.work = work
        self.source = source
        self.at = at
        self.timelines = {int(source.id): catalog.timeline(work, source.id)}
        self.sighted = catalog.sighted(work, self.timelines)
        self.facts = merchant_facts(work, source, run)

    @metrics.STEP_SECONDS.labels(step="judge").time()
    def judge(self, ids: pl.Series, *, changes: pl.DataFrame | None, first: int | None) -> int:
        """Verdicts, ratings and deals of these offers; gives how many there were to judge."""
        offers = catalog.stated(self.work, ids)
        gone = ids.filter(~ids.is_in(offers["offer_id"].implode()))
        if len(gone):
            catalog.end_deals(self.work, gone, self.at)
            pricing.rest(self.work, gone.to_numpy())
        if changes is not None:
            told = [ChangeKind.IDENTITY.value, ChangeKind.DISPLAY.value]
            changes = changes.filter(~pl.col("kind").is_in(told))
        verdicts = pricing.assess(
            self.work,
            offers,
            self.timelines,
            self.sighted,
            at=self.at,
            zone=self.source.merchant.zone,
            changes=changes,
            first_ordinal=first,
            strict=self.strict,
        )
        ratings = rated(self.work, offers, verdicts, self.facts, self.at)
        first_id = None if first is None else self.source.id << 32 | first
        quality.keep(self.work, ratings, first_id=first_id)
        known = verdicts if first_id is None else verdicts.filter(pl.col("offer_id") < first_id)
        self._tell_badges(known)
        catalog.keep_deals(self.work, deals_of(offers, verdicts, ratings), self.at)
        self._note_ends(offers, verdicts)
        return verdicts.height

    def _tell_badges(self, verdicts: pl.DataFrame) -> None:
        """Tells of offers that were judged before and earn a badge now, with their evidence."""
        earned = verdicts.filter("badge")
        if earned.is_empty():
            return
        had = catalog.open_deals(self.work, earned["offer_id"], pricing.Verdict.GENUINE.value)
        fresh = earned.filter(~pl.col("offer_id").is_in(had.implode()))
        zone = self.source.merchant.zone
        badges = [
            Badge(
                ordinal=row["offer_id"] & MAX_ORDINAL,
                price_minor=row["price_minor"],
                lowest_minor=row["l30_minor"],
                currency=row["currency"],
                percent=row["honest_pct"],
                de=pricing.explain(row, "de", zone=zone).price,
                en=pricing.explain(row, "en", zone=zone).price,
            )
            for row in fresh.iter_rows(named=True)  # what is news is told one by one, in words
        ]
        self.work.append_all(
            [
                BadgesEarned(
                    self.source.id, tuple(badges[start : start + BADGES_AT_ONCE])
                ).to_event(self.at)
                for start in range(0, len(badges), BADGES_AT_ONCE)
            ]
        )

    def _note_ends(self, offers: pl.DataFrame, verdicts: pl.DataFrame) -> None:
        """Remembers the stated ends of sales, which may be moved on when they come (R-Q-5)."""
        ending = offers.filter(pl.col("sale_to").is_not_null()).select("offer_id", "sale_to")
        if len(ending):
            ending = ending.join(verdicts.select("offer_id", "t0"), on="offer_id", how="left")
            before = quality.countdowns_of(self.work, ending["offer_id"])
            quality.keep_countdowns(self.work, quality.noted(ending, before, at=self.at))


def merchant_facts(
    work: Work, source: catalog.Source, run: catalog.FeedRun
) -> quality.MerchantFacts:
    """What is known of how the merchant of a source delivers: rows of this source's run, and how
    all of the merchant's sources stand.
    """
    found = quality.standing(work, catalog.source_ids(work, source.merchant.id))
    return quality.MerchantFacts(
        accepted=run.counts.accepted, read=run.counts.read, **dataclasses.asdict(found)
    )


def rated(
    work: Work,
    offers: pl.DataFrame,
    verdicts: pl.DataFrame,
    facts: quality.MerchantFacts,
    at: datetime,
) -> pl.DataFrame:
    """Ratings of offers of one source, beside what the likes of them cost."""
    return quality.rate(offers, verdicts, facts, quality.levels_for(work, offers), at=at)


def _first_new(changes: pl.DataFrame) -> int | None:
    """The lowest ordinal that the run gave, if it gave any: all above it are new as well."""
    lowest = changes.filter(pl.col("kind") == ChangeKind.FIRST.value)["offer_id"].min()
    return lowest & MAX_ORDINAL if isinstance(lowest, int) else None


def _blocks(changes: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Pieces of the segment that end where an offer ends; it is sorted by offer."""
    ids = changes["offer_id"]
    start = 0
    while start < changes.height:
        end = min(start + BLOCK, changes.height)
        if end < changes.height:
            end = int(ids.search_sorted(ids[end - 1], side="right"))
        yield changes[start:end]
        start = end


def deals_of(offers: pl.DataFrame, verdicts: pl.DataFrame, ratings: pl.DataFrame) -> pl.DataFrame:
    """Which offers are deals: GENUINE, PLAUSIBLE or SMALL and not stale (architecture.md 2)."""
    return (
        verdicts.join(
            offers.select("offer_id", "sale_from", "sale_to", "expires_at"), on="offer_id"
        )
        .join(ratings.select("offer_id", "score"), on="offer_id", how="left")
        .select(
            "offer_id",
            pl.col("verdict").cast(pl.String).is_in(["genuine", "plausible", "small"]).alias("open")
            & ~pl.col("flags").list.contains("stale"),
            pl.col("verdict").cast(pl.String),
            pl.col("claim_verdict").cast(pl.String),
            "honest_pct",
            rating="score",
            valid_from="sale_from",
            valid_to=pl.min_horizontal("sale_to", "expires_at"),
        )
    )
