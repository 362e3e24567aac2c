"""Replay: the documents that were kept are read again, after a parser was mended (R-RUN-5).

A suffix of a source's runs, up to its newest, in one transaction: what the old parser made of them
is voided, and history, offers and state say what the new one reads. Prices that differ are
corrections: nobody is told of a price change that was none.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.feed_to_listing import LOCK_SPACE
from sparfuchs.flows.gather_run import Progress, gather, silent, state_of
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.kept import kept_payload
from sparfuchs.flows.release import find_run
from sparfuchs.flows.report import Report
from sparfuchs.flows.sources import find_source
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.errors import Conflict
from sparfuchs.kernel.frames import empty
from sparfuchs.pricing import api as pricing

_PAST: Final = frozenset({catalog.RunKind.BACKFILL, catalog.RunKind.IMPORT})
_BLOCK: Final = 50_000  # offers whose history is mended at once
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Replayed:
    """What a replay came to: the runs read again, the offers whose past reads otherwise now, the
    rows of history voided and written, and how many offers only the mended parser reads: those come
    with the next reading.
    """

    report: Report
    runs: int
    offers: int
    voided: int
    written: int
    unknown: int

    def as_json(self) -> dict[str, object]:
        return {
            "source": self.report.source.path,
            "run": self.report.run.number,
            "runs": self.runs,
            "offers": self.offers,
            "voided": self.voided,
            "written": self.written,
            "unknown": self.unknown,
            "seconds": round(self.report.run.seconds, 3),
        }


def replay(here: Installation, name: str, *, progress: Progress = silent) -> Replayed:
    """Replays `merchant/source:number` and all runs after it, or of `merchant/source` all whose
    documents are kept.

    Raises NotFound, Conflict when the source is being read, when documents of a run are not kept
    any more, or when a reading of the past was folded in since.
    """
    if ":" in name:
        source, first = find_run(here, name)
        wanted: catalog.FeedRun | None = first
    else:
        source, wanted = find_source(here, name), None
    with here.database.hold_lock(LOCK_SPACE, source.id) as held:
        if not held:
            raise Conflict(f"{source.path} is being read by another process", source=source.path)
        source = find_source(here, source.path)
        here.scratch.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f"replay-{source.id}-", dir=here.scratch) as folder:
            suffix = _suffix(here, source, wanted)
            return _Replay(here, source, suffix, Path(folder), progress).go()


def _suffix(
    here: Installation, source: catalog.Source, wanted: catalog.FeedRun | None
) -> list[catalog.FeedRun]:
    with here.database.reading() as work:
        runs = catalog.runs_since(work, source.id, wanted.at if wanted else _BEGINNING)
    if wanted is not None and wanted.number not in {run.number for run in runs}:
        raise Conflict(
            f"Run {source.path}:{wanted.number} is {wanted.status}; only published runs can be "
            "replayed",
            run=wanted.number,
        )
    lost = [place for place, run in enumerate(runs) if not _readable(run)]
    kept = runs[lost[-1] + 1 if lost else 0 :]
    while kept and not kept[0].payload:  # a repetition of a run whose documents are gone
        kept = kept[1:]
    if not kept:
        raise Conflict(
            f"No documents of {source.path} are kept: retention.payload_runs says of how many runs",
            source=source.path,
        )
    if wanted is not None and kept[0].number != wanted.number:
        raise Conflict(
            f"The documents of {source.path}:{wanted.number} or of a run after it are not kept; "
            f"the first run that can be replayed is {source.path}:{kept[0].number}",
            source=source.path,
        )
    first = min(run.number for run in kept if run.kind not in _PAST)
    with here.database.reading() as work:
        everything = catalog.runs_since(work, source.id, _BEGINNING)
    folded = [
        run.number
        for run in everything
        if run.kind in _PAST and (run.number > first or run.at >= kept[0].at)
    ]
    if folded:
        raise Conflict(
            f"Run {source.path}:{folded[-1]} folded in a reading of the past after "
            f"{source.path}:{first} was published; replay from a later run",
            source=source.path,
        )
    return kept


def _readable(run: catalog.FeedRun) -> bool:
    """Whether its documents are kept, or it has none of its own."""
    return bool(run.payload) or run.kind in {catalog.RunKind.UNCHANGED, *_PAST}


class _Replay:
    """One replay while it lasts."""

    def __init__(
        self,
        here: Installation,
        source: catalog.Source,
        runs: list[catalog.FeedRun],
        folder: Path,
        progress: Progress,
    ) -> None:
        self.here = here
        self.source = source
        self.runs = runs
        self.folder = folder
        self.progress = progress
        self.began = time.perf_counter()
        self.settings = ingest.FeedSettings.from_pairs(source.settings)
        self.state = state_of(here, source)
        with here.database.reading() as work:
            self.released = catalog.released_times(work, source.id)
        self.readings: list[tuple[catalog.Gathering, ingest.Reading]] = []

    def go(self) -> Replayed:
        said = [self._observed(run, gathered) for run, gathered in self._gathered()]
        reread = pl.concat(said).sort("offer_id", "micros")
        newest, reading = self.readings[-1]
        unknown = newest.indexed().filter(pl.col("state_row") == catalog.NO_ROW).height
        noted = catalog.Reading(
            settings=dict(self.source.settings),
            detected=reading.detected.facts(),
            salt=ingest.parser_salt(self.settings),
            digest=None,
            validators={},
            slow_rows=reading.slow_rows,
            raw_salt=reading.salt,
        )
        touched, waiting, voided, written = [], [], 0, 0
        with self.here.database.unit_of_work() as work:
            because = pricing.Revision(
                pricing.Cause.REPLAY,
                f"documents of {len(self.runs)} runs from {self.runs[0].number} on read again",
            )
            revision = pricing.add_revision(work, because, self.source.id, self.source.next_number)
            ids = reread["offer_id"].unique().sort()
            for start in range(0, len(ids), _BLOCK):
                block = ids[start : start + _BLOCK]
                mine = reread.filter(pl.col("offer_id").is_between(block[0], block[-1]))
                history = pricing.history(work, block.to_numpy())
                mine = pl.concat([mine, self._repeated(mine, history)])
                mended = catalog.mend(mine, history, self.source.interval)
                waiting.append(mended.waiting)
                pricing.revise(work, mended.added, mended.removed, revision)
                touched += [mended.added["offer_id"], mended.removed["offer_id"]]
                voided += mended.removed.height
                written += mended.added.height
                self.progress("mend", start + len(block))
            gatherings = [gathered for gathered, _ in reversed(self.readings)]
            state = catalog.mend_state(
                work, self.source, self.state, gatherings, pl.concat(waiting)
            )
            offers = pl.concat(touched).unique()
            counts = self.runs[-1].counts
            run = catalog.publish_mended(
                work,
                self.here.files,
                self.source,
                catalog.segment_of_mended(state, offers.to_numpy(), self.source),
                state,
                counts,
                noted,
                unknown=unknown,
                seconds=time.perf_counter() - self.began,
            )
        report = Report(self.source, run)
        return Replayed(report, len(self.runs), len(offers), voided, written, unknown)

    def _gathered(self) -> Iterator[tuple[catalog.FeedRun, catalog.Gathering]]:
        """What each run reads now. A repetition says the same as the run before it, unless the end
        of a sale or of an offer lies between them; then it is reckoned as of its own time.
        """
        last: catalog.FeedRun | None = None
        for run in self.runs:
            if run.payload:
                last = run
                yield run, self._read(run, run.at)
                continue
            assert last is not None
            gathered, _ = self.readings[-1]
            wakes = gathered.indexed()["wake"].drop_nulls()
            if (wakes <= to_micros(run.at)).any():
                yield run, self._read(last, run.at)

    def _repeated(self, said: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
        """What repetitions of runs say of offers whose price leaps: there alone it matters whether
        a price was seen once or again (R-F-7).
        """
        prices = pl.concat(
            [part.select("offer_id", "price_minor") for part in (said, history)]
        ).drop_nulls()
        ends = prices.group_by("offer_id").agg(
            low=pl.col("price_minor").min(), high=pl.col("price_minor").max()
        )
        leaping = ends.filter(catalog.leaps(pl.col("high"), pl.col("low"))).select("offer_id")
        rows = said.join(leaping, on="offer_id", how="semi")
        found, last = [rows.clear()], 0
        for run in self.runs if rows.height else ():
            if run.payload or (rows["run"] == run.number).any():
                last = run.number
                continue
            found.append(
                rows.filter(pl.col("run") == last).with_columns(
                    run=pl.lit(run.number, dtype=pl.UInt32), micros=pl.lit(to_micros(run.at))
                )
            )
        return pl.concat(found)

    def _read(self, run: catalog.FeedRun, at: datetime) -> catalog.Gathering:
        place = self.folder / f"{len(self.readings):04}"
        gathered = catalog.Gathering(self.state, place / "pieces", at)
        with kept_payload(self.here, run, place / "payload") as payload:
            reading = gather(
                payload,
                self.settings,
                gathered,
                self.progress,
                suspects=self.source.suspect_gtins,
                everything=True,
            )
        self.readings.append((gathered, reading))
        return gathered

    def _observed(self, run: catalog.FeedRun, gathered: catalog.Gathering) -> pl.DataFrame:
        observed, _ = catalog.observe_past(gathered, self.source.id)
        return pl.concat(
            [
                empty(catalog.REREAD),
                observed.with_columns(
                    run=pl.lit(run.number, dtype=pl.UInt32),
                    micros=pl.lit(to_micros(run.at)),
                    vouched=pl.lit(run.at in self.released),
                ),
            ]
        )
