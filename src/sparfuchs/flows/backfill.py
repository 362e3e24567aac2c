"""A reading of the past, folded into a history that has gone on since (R-RUN-1)."""

import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.credentials import credential_of
from sparfuchs.flows.feed_to_listing import LOCK_SPACE, read_source
from sparfuchs.flows.gather_run import Progress, gather, silent, state_of
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.report import Report
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.errors import Conflict, FetchFailed, UsageError
from sparfuchs.kernel.frames import CHANGE, CHANGE_KIND, UTC_TIME, ChangeKind, conform, empty
from sparfuchs.kernel.ids import MAX_ORDINAL
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing

# Sightings held in memory at once: offers of a block times runs, a byte each.
_SIGHTINGS: Final = 20_000_000
_LARGEST_BLOCK: Final = 50_000


def backfill_source(
    here: Installation,
    source: catalog.Source,
    *,
    at: datetime,
    now: datetime,
    progress: Progress = silent,
) -> Report:
    """Folds a reading as of a moment before the newest run into the history.

    Later running sums are rewritten, the state and the present offers are left alone. Offers that
    the source does not know today are rejected with that reason: there is nothing to attach their
    past to. A reading newer than all is an ordinary one. It is not weighed: that needs a past to
    compare with, and what is folded in can only add to a history that is there.

    Raises as `read_source` does, UsageError when a run of that very time says something else, and
    FetchFailed when not all of the feed could be had: what is missing would count as absent.
    """
    if at > now:
        raise UsageError(f"{at.isoformat()} lies in the future", seen_at=at.isoformat())
    if source.head_at is None or at > source.head_at:
        return read_source(here, source, at=at, now=now, progress=progress)
    with here.database.hold_lock(LOCK_SPACE, source.id) as held:
        if not held:
            raise Conflict(f"{source.path} is being read by another process", source=source.path)
        with here.database.reading() as work:
            fresh = catalog.source(work, source.id)
            there = catalog.run_with_digest(work, source.id, at)
        assert fresh is not None
        if fresh.status is catalog.SourceStatus.REMOVED:
            raise Conflict(f"{fresh.path} was removed", source=fresh.path)
        here.scratch.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f"run-{source.id}-", dir=here.scratch) as folder:
            return _fold(here, fresh, at, there, Path(folder), progress)


def _fold(
    here: Installation,
    source: catalog.Source,
    at: datetime,
    there: tuple[catalog.FeedRun, bytes | None] | None,
    folder: Path,
    progress: Progress,
) -> Report:
    began = time.perf_counter()
    settings = ingest.FeedSettings.from_pairs(source.settings)
    payload = ingest.fetch(
        source.location,
        settings=settings,
        validators={},
        into=folder / "payload",
        fetcher=here.fetcher,
        at=at,
        credential=credential_of(here, source),
    )
    assert isinstance(payload, ingest.Payload)
    if not payload.complete:
        raise FetchFailed(
            f"Not all of {source.path} could be read: {payload.failures[0]}", source=source.path
        )
    if there is not None:
        if there[1] == payload.digest:
            return Report(source, there[0], repeated_nothing=True)
        raise UsageError(
            f"{source.path} has another reading as of {at.isoformat()}", seen_at=at.isoformat()
        )
    gathered = catalog.Gathering(state_of(here, source), folder / "pieces", at)
    reading = gather(
        payload, settings, gathered, progress, suspects=source.suspect_gtins, everything=True
    )
    observed, counts = catalog.observe_past(gathered, source.id)
    noted = catalog.Reading(
        settings=dict(source.settings),
        detected=reading.detected.facts(),
        salt=ingest.parser_salt(settings),
        digest=payload.digest,
        validators={},
        slow_rows=reading.slow_rows,
    )
    known = np.sort(gathered.state.frame["ordinal"].to_numpy().astype(np.int64))
    with here.database.unit_of_work() as work:
        past = _past(work, source, at)
        folding = _Folding(work, past)
        block = min(_LARGEST_BLOCK, max(1, _SIGHTINGS // (len(past.line.t) + 1)))
        for start in range(0, len(known), block):
            ids = known[start : start + block] + (source.id << 32)
            folding.fold(ids, observed)
            progress("fold", start + len(ids))
        run = catalog.publish_past(
            work,
            here.files,
            source,
            past,
            at,
            replace(counts, changed=folding.changed, unchanged=counts.accepted - folding.changed),
            pl.concat(folding.segment),
            gathered.rejections(),
            {number: catalog.merged(parts) for number, parts in folding.seen.items()},
            noted,
            seconds=time.perf_counter() - began,
        )
    return Report(source, run)


def _past(work: Work, source: catalog.Source, at: datetime) -> catalog.Past:
    line = catalog.timeline(work, source.id)
    numbers: list[int] = line.number.tolist()
    kinds = catalog.run_kinds(work, source.id)
    unlike = {catalog.RunKind.PARTIAL, catalog.RunKind.IMPORT}
    full = [kinds[number] not in unlike for number in numbers]
    return catalog.Past(
        number=source.next_number,
        at=to_micros(at),
        carry=catalog.carry_of(source.interval) // timedelta(microseconds=1),
        line=line,
        full=np.array(full, dtype=np.bool_),
        bitmap=catalog.seen_bitmaps(work, source.id, numbers).__getitem__,
    )


class _Folding:
    """What folding gives, gathered over blocks of offers."""

    def __init__(self, work: Work, past: catalog.Past) -> None:
        self.work = work
        self.past = past
        self.segment: list[pl.DataFrame] = [empty(CHANGE)]
        self.seen: dict[int, list[bytes]] = {past.number: []}
        self.changed = 0

    def fold(self, ids: NDArray[np.int64], observed: pl.DataFrame) -> None:
        """Mends the history of one block of offers."""
        mine = observed.filter(pl.col("offer_id").is_between(int(ids[0]), int(ids[-1])))
        folded = catalog.fold_in(self.past, ids, mine, pricing.history(self.work, ids))
        pricing.revise(self.work, folded.added, folded.removed)
        said = mine.filter(~pl.col("blank"))["offer_id"]
        touched = folded.added["offer_id"].unique()
        self.changed += int(np.isin(said.to_numpy(), touched.to_numpy()).sum())
        # More of the past of an offer is known now even where no row was added, and that counts
        # for its verdict: so the segment names every offer that was seen.
        unnamed = np.setdiff1d(folded.seen, touched.to_numpy())
        named = pl.DataFrame({"offer_id": unnamed}).with_columns(
            at=pl.lit(self.past.at).cast(UTC_TIME),
            kind=pl.lit(ChangeKind.SEEN.value, dtype=CHANGE_KIND),
            run=pl.lit(self.past.number, dtype=pl.UInt32),
        )
        self.segment.append(
            pl.concat([folded.added, conform(named, CHANGE)]).sort("offer_id", "at", "kind")
        )
        self.seen[self.past.number].append(_packed(folded.seen))
        for number, offers in folded.named.items():
            self.seen.setdefault(number, []).append(_packed(offers))


def _packed(offers: NDArray[np.int64]) -> bytes:
    return catalog.pack((offers & MAX_ORDINAL).astype(np.uint32))
