"""From a shop's feed to stored offers: fetch, read, identify, weigh, publish.

The story of one run. What comes after it (judging, rating, deals) follows from its event, in
`subscriptions`. The lock on the source is held from the fetch to the commit (R-RUN-1).
"""

import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.credentials import credential_of
from sparfuchs.flows.gather_run import (
    KeptDocuments,
    Progress,
    at_once,
    gather,
    keep_payload,
    silent,
    state_of,
)
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.kept import kept_by_name
from sparfuchs.flows.read_promotions import (
    fold_in_promotions,
    keep_codes_of_posts,
    mark_released,
)
from sparfuchs.flows.report import Report
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.errors import (
    Conflict,
    FeedUnreadable,
    FetchFailed,
    FetchRefused,
    SparfuchsError,
    UsageError,
)
from sparfuchs.kernel.frames import Audience, ChangeKind
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.pricing import api as pricing

LOCK_SPACE: Final = 1
_BLOCK: Final = 50_000  # offers whose history is mended at once
log = get_logger(__name__)


def read_source(
    here: Installation,
    source: catalog.Source,
    *,
    at: datetime,
    now: datetime,
    progress: Progress = silent,
    arrived: Callable[[], None] = at_once,
) -> Report:
    """Reads a source once, as of `at`, and publishes or holds what it says.

    `arrived` is called when the documents lie on our disk, before they are read: whoever reads many
    sources waits for many shops and reads few of them at the same time.

    Raises UsageError when `at` lies in the future or not after the newest run, Conflict when the
    source is being read by somebody else or may not be read, FetchRefused and FetchFailed when
    nothing came, FeedUnreadable when what came is no feed (the failed run is on record).
    """
    if at > now:
        raise UsageError(f"{at.isoformat()} lies in the future", seen_at=at.isoformat())
    with here.database.hold_lock(LOCK_SPACE, source.id) as held:
        if not held:
            raise Conflict(f"{source.path} is being read by another process", source=source.path)
        with here.database.reading() as work:
            fresh = catalog.source(work, source.id)
        assert fresh is not None
        if fresh.status is catalog.SourceStatus.REMOVED:
            raise Conflict(f"{fresh.path} was removed", source=fresh.path)
        return Run(here, fresh, at, progress).go(arrived)


def read_kept(
    here: Installation,
    source: catalog.Source,
    held: catalog.FeedRun,
    payload: ingest.Payload,
    *,
    now: datetime,
    keep: catalog.Sign | None = None,
    progress: Progress = silent,
) -> Report:
    """Publishes what a held run kept, as of its time and with its settings, whatever its doubts.

    The held run is marked as released in the same transaction: the new run takes its place. With
    `keep`, offers under new ids keep the ordinal of a missing one with the same sign.
    Raises Conflict when the source is being read, UsageError for a time in the future.
    """
    if held.at > now:
        raise UsageError(f"{held.at.isoformat()} lies in the future", seen_at=held.at.isoformat())
    with here.database.hold_lock(LOCK_SPACE, source.id) as locked:
        if not locked:
            raise Conflict(f"{source.path} is being read by another process", source=source.path)
        run = Run(here, source, held.at, progress)
        run.pairs = dict(held.settings)
        run.settings = ingest.FeedSettings.from_pairs(run.pairs)
        run.released = held
        run.keep = keep
        with run.folder() as folder:
            return run.fold_in(payload, folder)


class Run:
    """One reading while it lasts: what is known of it so far."""

    def __init__(
        self, here: Installation, source: catalog.Source, at: datetime, progress: Progress
    ) -> None:
        self.here = here
        self.source = source
        self.at = at
        self.progress = progress
        self.began = time.perf_counter()
        self.pairs = dict(source.settings)
        self.settings = ingest.FeedSettings.from_pairs(self.pairs)
        self.carry = catalog.carry_of(source.interval)
        self.released: catalog.FeedRun | None = None
        self.keep: catalog.Sign | None = None
        self.recorded: catalog.RecordedPast | None = None

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began

    def go(self, arrived: Callable[[], None]) -> Report:
        with self.folder() as folder:
            try:
                return self._read(folder, arrived)
            except (FeedUnreadable, FetchFailed, FetchRefused) as error:
                if not (isinstance(error, FetchFailed) and error.unasked):
                    self._record_failure(error)
                raise

    def _read(self, folder: Path, arrived: Callable[[], None]) -> Report:
        source = self.source
        past = source.head_at is not None and self.at <= source.head_at
        # Validators belong to the bytes as this parser read them; another reads again (R-C-4).
        same_parser = source.salt == ingest.parser_salt(self.settings)
        fetched = ingest.fetch(
            source.location,
            settings=self.settings,
            validators=source.validators if same_parser and not past else {},
            into=folder / "payload",
            fetcher=self.here.fetcher,
            at=self.at,
            credential=credential_of(self.here, source),
            earlier=kept_by_name(self.here, source, folder / "earlier"),
        )
        arrived()
        if isinstance(fetched, ingest.Unchanged):
            return self._repeat()
        if past:
            return self._again(fetched)
        if fetched.complete and same_parser and source.digest == fetched.digest:
            return self._repeat()
        return self.fold_in(fetched, folder)

    def _again(self, payload: ingest.Payload) -> Report:
        """The same bytes at the same time are nothing; anything else must be newer (R-RUN-1)."""
        with self.here.database.reading() as work:
            there = catalog.run_with_digest(work, self.source.id, self.at)
        if there is not None and there[1] == payload.digest:
            return Report(self.source, there[0], repeated_nothing=True)
        assert self.source.head_at is not None
        raise UsageError(
            f"{self.source.path} was last read as of {self.source.head_at.isoformat()}; a reading "
            f"as of {self.at.isoformat()} must be newer, or be folded in with --backfill",
            seen_at=self.at.isoformat(),
        )

    def fold_in(self, payload: ingest.Payload, folder: Path) -> Report:
        """Reads a payload whole, then publishes what it says or holds it.

        Its documents are packed meanwhile, on the other core, so that keeping them costs little.
        """
        with ThreadPoolExecutor(max_workers=1) as beside:
            wanted = self.here.settings.retention.payload_runs > 0
            number = self.source.next_number
            packing = (
                beside.submit(keep_payload, self.here, self.source, number, payload, packed=True)
                if wanted
                else None
            )
            return self._fold_in(payload, packing, folder)

    def _fold_in(
        self, payload: ingest.Payload, packing: "Future[KeptDocuments] | None", folder: Path
    ) -> Report:
        detected = ingest.detect(payload, self.settings)
        if detected.format is ingest.Format.GOOGLE_PROMOTIONS:
            return self._report(fold_in_promotions(self, payload, detected, packing, self._facts))
        gathered = catalog.Gathering(state_of(self.here, self.source), folder / "pieces", self.at)
        reading = gather(
            payload,
            self.settings,
            gathered,
            self.progress,
            suspects=self.source.suspect_gtins,
            earlier=self.source.raw_salt,
            detected=detected,
        )
        kind = catalog.RunKind.FULL if reading.complete else catalog.RunKind.PARTIAL
        facts = self._facts(kind)
        if self.keep is not None:
            with self.here.database.reading() as work:
                stored = catalog.signs(work, self.source.id, self.keep.value)
            catalog.adopt(gathered, stored, self.keep)
        found = catalog.identify(gathered, facts, self._stored)
        noted = catalog.Reading(
            settings=dict((self.released or self.source).settings),
            detected=reading.detected.facts(),
            salt=ingest.parser_salt(self.settings),
            digest=payload.digest,
            validators=payload.validators,
            slow_rows=reading.slow_rows,
            suspect_gtins=tuple(sorted(reading.suspect_gtins)),
            raw_salt=reading.salt,
        )
        doubts = catalog.weigh(
            self.source, kind, found, dict(noted.detected), mojibake=gathered.mojibake
        )
        if doubts and self.released is None:
            kept = (
                keep_payload(self.here, self.source, facts.number, payload)
                if packing is None
                else packing.result()
            )
            return self._hold(found, gathered, noted.with_payload(kept), kind, doubts)
        if packing is not None:
            noted = noted.with_payload(packing.result())
        if self.recorded is None:
            return self._publish(facts, found, gathered, noted)
        recalled = catalog.recall(
            self.recorded, catalog.new_ids(gathered, found, self.source), found, self.source, facts
        )
        facts = replace(facts, timeline=recalled.line)
        found = replace(found, changes=recalled.changes, counts=recalled.counts)
        return self._publish(facts, found, gathered, noted, recalled)

    @metrics.STEP_SECONDS.labels(step="publish").time()
    def _publish(
        self,
        facts: catalog.RunFacts,
        found: catalog.Identified,
        gathered: catalog.Gathering,
        noted: catalog.Reading,
        recalled: catalog.Recalled | None = None,
    ) -> Report:
        self.progress("publish", found.counts.accepted)
        written = catalog.write_files(self.here.files, self.source, facts.number, found)
        with self.here.database.unit_of_work() as work:
            run = catalog.publish(
                work,
                self.source,
                facts,
                found,
                gathered,
                noted,
                written,
                carry=self.carry,
                seconds=self.seconds,
            )
            if recalled is not None:
                catalog.publish_recalled(work, recalled)
            self._record(work, facts, found)
            self._follow_members(work, facts, found, gathered)
            if noted.detected.get("format") == ingest.Format.DEAL_RSS:
                keep_codes_of_posts(work, self.source, facts)
            mark_released(work, self.source, self.released)
        return self._report(run)

    def _record(self, work: Work, facts: catalog.RunFacts, found: catalog.Identified) -> None:
        """The history follows the run; what only our reading changed is mended from where the
        price began, and is no change of it (R-RUN-5).
        """
        corrected = pl.col("kind") == ChangeKind.CORRECTION.value
        pricing.record(work, found.changes.filter(~corrected), first_ordinal=facts.first)
        reread = catalog.reread_of(found.changes.filter(corrected))
        if reread.is_empty():
            return
        because = pricing.Revision(
            pricing.Cause.PARSER, "the same bytes are read otherwise since this run"
        )
        revision = pricing.add_revision(work, because, self.source.id, facts.number)
        ids = reread["offer_id"]
        for start in range(0, len(ids), _BLOCK):
            block = reread[start : start + _BLOCK]
            history = pricing.history(work, block["offer_id"].to_numpy())
            mended = catalog.mend(block, history, self.source.interval)
            pricing.revise(work, mended.added, mended.removed, revision)

    def _follow_members(
        self,
        work: Work,
        facts: catalog.RunFacts,
        found: catalog.Identified,
        gathered: catalog.Gathering,
    ) -> None:
        """What members pay is a series of its own, beside the public one (domain.md 4.2)."""
        if gathered.member_prices or pricing.has_side(work, self.source.id):
            stated = catalog.member_prices(gathered, found, self.source)
            pricing.follow_side(work, stated, Audience.MEMBER, at=facts.at, run=facts.number)

    def _repeat(self) -> Report:
        """An observation of every offer of the last run, and of its absences (R-F-4, R-C-1)."""
        source = self.source
        if source.head_at is not None and self.at <= source.head_at:
            with self.here.database.reading() as work:
                there = catalog.run_with_digest(work, source.id, self.at)
            if there is not None:
                return Report(source, there[0], repeated_nothing=True)
        with self.here.database.reading() as work:
            last = catalog.run(work, source.id, source.head_run)
            assert last is not None
            seen = catalog.seen_bitmaps(work, source.id, [source.head_run])[source.head_run]
        facts = self._facts(catalog.RunKind.UNCHANGED)
        due = source.next_wake is not None and source.next_wake <= self.at
        if not source.pending and not due:
            with self.here.database.unit_of_work() as work:
                run = catalog.publish_repeat(
                    work, source, facts, last, carry=self.carry, seconds=self.seconds, seen=seen
                )
            return self._report(run)
        return self._repeat_with_effect(facts, last)

    def _repeat_with_effect(self, facts: catalog.RunFacts, last: catalog.FeedRun) -> Report:
        """The same bytes, but time has done something: a second absence, the end of a sale."""
        source = self.source
        state = state_of(self.here, source)
        with self.folder() as folder:
            gathered = catalog.Gathering(state, folder / "pieces", self.at)
            gathered.seen = state.seen_at(source.state_run)
            found = catalog.identify(gathered, facts, self._stored).repeating(last.counts)
            noted = catalog.Reading(
                settings=last.settings,
                detected=source.detected,
                salt=source.salt or 0,
                digest=source.digest,
                validators=source.validators,
            )
            return self._publish(facts, found, gathered, noted)

    def _hold(
        self,
        found: catalog.Identified,
        gathered: catalog.Gathering,
        noted: catalog.Reading,
        kind: catalog.RunKind,
        doubts: tuple[catalog.Doubt, ...],
    ) -> Report:
        """Keeps payload and settings for the operator; applies nothing (R-F-2)."""
        number = self.source.next_number
        held = found.without_effect()
        written = catalog.write_files(self.here.files, self.source, number, held)
        with self.here.database.unit_of_work() as work:
            run = catalog.hold(
                work,
                self.source,
                kind,
                catalog.RunStatus.HELD,
                self.at,
                held.counts,
                doubts,
                noted,
                rejections=written.rejections,
                carry=self.carry,
                seconds=self.seconds,
                difference=catalog.difference(work, self.source, found, gathered),
            )
        return self._report(run)

    def _record_failure(self, error: SparfuchsError) -> None:
        """What the requester may not be told (R-X-5) the operator finds in the run."""
        sentence = "; ".join([error.message, *getattr(error, "__notes__", ())])
        trouble = catalog.Trouble(sentence, isinstance(error, FetchFailed) and error.clear_no)
        nothing = catalog.Reading(
            settings=self.pairs, detected={}, salt=0, digest=None, validators={}
        )
        with self.here.database.unit_of_work() as work:
            run = catalog.hold(
                work,
                self.source,
                catalog.RunKind.FULL,
                catalog.RunStatus.FAILED,
                self.at,
                catalog.Counts(),
                (catalog.Doubt("unreadable", sentence),),
                nothing,
                rejections=None,
                carry=self.carry,
                seconds=self.seconds,
            )
            given_up = catalog.note_trouble(work, self.source, trouble, self.at)
        self._report(run)
        if given_up:
            log.warning("feed.source_paused", source=self.source.path, because=trouble.sentence)

    def _facts(self, kind: catalog.RunKind) -> catalog.RunFacts:
        number = self.source.next_number
        if self.recorded is not None:
            line = catalog.line_of(self.recorded, number)
            number += len(self.recorded.at)
        else:
            with self.here.database.reading() as work:
                line = catalog.timeline(work, self.source.id)
        return catalog.RunFacts(
            source=self.source.id,
            number=number,
            at=self.at,
            kind=kind,
            head=self.source.head_run,
            state_run=self.source.state_run,
            first=self.source.next_ordinal,
            timeline=line,
            interval=self.source.interval,
            vouched=self.released is not None,
        )

    def _stored(self, ordinals: NDArray[np.uint32]) -> pl.DataFrame:
        base = self.source.id << 32
        with self.here.database.reading() as work:
            return catalog.stored_prices(work, ordinals.astype(np.int64) + base)

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A folder for what must not be seen yet, gone when the run is over."""
        self.here.scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(mkdtemp(prefix=f"run-{self.source.id}-", dir=self.here.scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _report(self, run: catalog.FeedRun) -> Report:
        counts = run.counts
        metrics.RUNS.labels(status=run.status.value).inc()
        metrics.ROWS.labels(outcome="accepted").inc(counts.accepted)
        metrics.ROWS.labels(outcome="rejected").inc(counts.rejected_total)
        log.info(
            "feed.run_ended",
            status=run.status.value,
            source=self.source.path,
            run=run.number,
            kind=run.kind.value,
            read=counts.read,
            rejected=counts.rejected_total,
            new=counts.new,
            changed=counts.changed,
            gone=counts.gone,
            doubts=[doubt.code for doubt in run.doubts],
            seconds=round(run.seconds, 3),
        )
        return Report(self.source, run)
