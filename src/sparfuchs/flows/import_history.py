"""A table of past prices becomes part of the history, with where it came from (R-RUN-1, R-RUN-2).

It is attached to offers that the source knows today; what our own readings saw stands. The runs of
an import carry its origin, so that whoever looks at a price sees who vouches for it.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.feed_to_listing import LOCK_SPACE
from sparfuchs.flows.gather_run import Progress, silent, state_of
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.report import Report
from sparfuchs.flows.sources import find_source
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.errors import Conflict, NotFound, UsageError
from sparfuchs.kernel.frames import (
    CHANGE,
    CHANGE_KIND,
    REJECTION,
    UTC_TIME,
    Audience,
    Availability,
    ChangeKind,
    conform,
    empty,
)
from sparfuchs.kernel.ids import MAX_ORDINAL
from sparfuchs.kernel.outcome import Reason
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing import api as pricing

# Each moment of a table becomes a run. Hourly readings of two years are 17,520.
MOST_MOMENTS: Final = 20_000
_SIGHTINGS: Final = 5_000_000  # offers of a block times runs, some 25 bytes each
_LARGEST_BLOCK: Final = 50_000
_MICRO: Final = timedelta(microseconds=1)
_COLUMN: Final = {"gtin": "gtin14", "mpn": "mpn"}


@dataclass(frozen=True)
class Imported:
    """What came of an import. `repeated`: these very bytes were imported before, nothing was done.
    `held` counts prices that leap and wait for a second observation (R-F-7).
    """

    report: Report
    read: int
    accepted: int
    rejected: Mapping[str, int]
    offers: int
    moments: int
    held: int
    written: int
    repeated: bool

    def as_json(self) -> dict[str, object]:
        return {
            "source": self.report.source.path,
            "run": self.report.run.number,
            "read": self.read,
            "accepted": self.accepted,
            "rejected": dict(self.rejected),
            "offers": self.offers,
            "moments": self.moments,
            "held": self.held,
            "written": self.written,
            "repeated": self.repeated,
            "seconds": round(self.report.run.seconds, 3),
        }


def import_history(
    here: Installation,
    name: str,
    path: Path,
    *,
    origin: str,
    until_next: bool = False,
    through: datetime | None = None,
    currency: str | None = None,
    decimal: str = ".",
    progress: Progress = silent,
) -> Imported:
    """Folds a table of past prices into the history of a source.

    `origin` says in words where it comes from and stays with every point. A row asserts its price
    for the CARRY of the source; with `until_next` until the offer's next row, and the last one of
    each until `through` (else the table's last moment). The same bytes again are nothing.

    Raises NotFound, FeedUnreadable for a table that lacks its columns, UsageError for a source that
    was never read, without an origin, or when no row can be used, Conflict when it is being read.
    """
    if not origin.strip():
        raise UsageError("Say where the prices come from: --origin")
    if not path.is_file():
        raise NotFound(f"There is no file {path}", path=str(path))
    source = find_source(here, name)
    settings = ingest.FeedSettings.from_pairs(source.settings)
    table = ingest.read_past_prices(
        path,
        zone=source.merchant.zone,
        currency=currency or settings.currency or source.detected.get("currency"),
        decimal=decimal,
    )
    progress("read", table.read)
    with here.database.hold_lock(LOCK_SPACE, source.id) as held:
        if not held:
            raise Conflict(f"{source.path} is being read by another process", source=source.path)
        source = find_source(here, source.path)
        if source.head_at is None:
            raise UsageError(
                f"{source.path} was never read; past prices belong to offers that it has today",
                source=source.path,
            )
        notes = {
            "origin": origin.strip(),
            "file": path.name,
            "until_next": "true" if until_next else "false",
        }
        return _Import(
            here, source, table, notes, progress, until_next=until_next, through=through
        ).go()


class _Import:
    """One import while it lasts."""

    def __init__(
        self,
        here: Installation,
        source: catalog.Source,
        table: ingest.PastPrices,
        notes: Mapping[str, str],
        progress: Progress,
        *,
        until_next: bool,
        through: datetime | None,
    ) -> None:
        self.here = here
        self.source = source
        self.table = table
        self.notes = notes
        self.until_next = until_next
        self.through = through
        self.progress = progress
        self.began = time.perf_counter()
        self.state = state_of(here, source)
        self.rejections = [table.rejections]

    def go(self) -> Imported:
        with self.here.database.reading() as work:
            there = catalog.import_with_digest(work, self.source.id, self.table.digest)
        if there is not None:
            report = Report(self.source, there, repeated_nothing=True)
            return Imported(report, self.table.read, 0, {}, 0, 0, 0, 0, repeated=True)
        attached = self._attached()
        public = pl.col("audience") == Audience.PUBLIC.value
        beside = attached.filter(~public)
        rows = self._placed(attached.filter(public))
        if rows.is_empty():
            counted = _counts(pl.concat(self.rejections))
            raise UsageError(
                f"No row of the table can be used: {counted or 'it is empty'}", rejected=counted
            )
        with self.here.database.unit_of_work() as work:
            self._keep_beside(work, beside)
            return self._fold(work, rows, beside)

    def _attached(self) -> pl.DataFrame:
        """The rows whose offer is known today and whose moment lies before the newest reading."""
        rows, by = self.table.rows, self.table.by
        if by == "source_offer_id":
            found, _ = self.state.find(rows["sign"])
            ordinal = self.state.frame["ordinal"].gather(np.maximum(found, 0)).cast(pl.Int64)
            known = pl.Series(found != catalog.NO_ROW)
            offers = pl.when(known).then(ordinal + (self.source.id << 32))
            rows = rows.with_columns(offer_id=pl.select(offers).to_series())
        else:
            with self.here.database.reading() as work:
                signs = catalog.signs(work, self.source.id, _COLUMN[by]).select(
                    sign=_COLUMN[by], offer_id="id"
                )
            signs = signs.drop_nulls("sign").with_columns(several=~pl.col("sign").is_unique())
            rows = rows.join(
                signs.unique("sign", keep="first"), on="sign", how="left", maintain_order="left"
            )
            self._refuse(rows, pl.col("several"), Reason.AMBIGUOUS_TODAY, "sign", "R-RUN-1")
            rows = rows.filter(~pl.col("several").fill_null(value=False))
        self._refuse(rows, pl.col("offer_id").is_null(), Reason.UNKNOWN_TODAY, "sign", "R-RUN-1")
        rows = rows.drop_nulls("offer_id")
        late = pl.col("seen_at") >= self.source.head_at
        self._refuse(rows, late, Reason.NOT_PAST, "seen_at", "R-RUN-1")
        rows = rows.filter(~late)
        # Of two prices of an offer at one moment the lower one counts, as everywhere.
        keys = ("offer_id", "audience", "seen_at")
        rows = rows.sort(*keys, "price_minor", nulls_last=True, maintain_order=True)
        twice = ~pl.struct(keys).is_first_distinct()
        rows = rows.with_columns(twice=twice)
        self._refuse(rows, pl.col("twice"), Reason.ID_DUPLICATE, "seen_at", "R-RUN-4")
        return rows.filter(~pl.col("twice"))

    def _refuse(
        self, rows: pl.DataFrame, which: pl.Expr, reason: Reason, field: str, rule: str
    ) -> None:
        refused = rows.filter(which.fill_null(value=False)).select(
            "line",
            field=pl.lit(field),
            value=pl.col(field).cast(pl.String),
            reason=pl.lit(reason.value),
            rule=pl.lit(rule),
        )
        self.rejections.append(conform(refused, REJECTION))

    def _placed(self, rows: pl.DataFrame) -> pl.DataFrame:
        """IMPORTED, with the moments of the table noted."""
        micros = rows["seen_at"].to_physical()
        self.asked = np.unique(micros.to_numpy())
        if len(self.asked) > MOST_MOMENTS:
            raise UsageError(
                f"The table has {len(self.asked)} different moments, {MOST_MOMENTS} are the most; "
                "round them, to the hour or the day, or import it in parts",
                moments=len(self.asked),
            )
        place = np.searchsorted(self.asked, micros.to_numpy())
        return conform(
            rows.with_columns(moment=pl.Series(place), ref_kind=pl.lit("none")), catalog.IMPORTED
        )

    def _keep_beside(self, work: Work, rows: pl.DataFrame) -> None:
        """Prices of members and with a code are series of their own (domain.md 4.2)."""
        side = rows.with_columns(run=pl.lit(self.source.next_number, dtype=pl.UInt32)).rename(
            {"seen_at": "at"}
        )
        sold_out = pl.col("availability") == Availability.OUT_OF_STOCK.value
        side = side.with_columns(price_minor=pl.when(~sold_out).then("price_minor"))
        side = conform(side, pricing.SIDE)
        if not self.until_next:
            carry = catalog.carry_of(self.source.interval) // _MICRO
            side = pricing.with_ends(side, np.full(side.height, carry, dtype=np.int64))
        pricing.keep_side(work, side)

    def _past(self, work: Work) -> catalog.ImportedPast:
        line = catalog.timeline(work, self.source.id)
        numbers: list[int] = line.number.tolist()
        kinds = catalog.run_kinds(work, self.source.id)
        unlike = {catalog.RunKind.PARTIAL, catalog.RunKind.IMPORT}
        at = catalog.moments_of(self.asked, line)
        carry = np.full(len(at), catalog.carry_of(self.source.interval) // _MICRO, dtype=np.int64)
        if self.until_next:
            last = int(at[-1]) if self.through is None else to_micros(self.through)
            carry = np.append(np.diff(at), max(last - int(at[-1]), 0))
        first = self.source.next_number
        return catalog.ImportedPast(
            number=np.arange(first, first + len(at), dtype=np.uint32),
            at=at,
            asked=self.asked,
            carry=carry,
            line=line,
            full=np.array([kinds[number] not in unlike for number in numbers], dtype=np.bool_),
            bitmap=catalog.seen_bitmaps(work, self.source.id, numbers).__getitem__,
            until_next=self.until_next,
            interval=self.source.interval // _MICRO,
        )

    def _fold(self, work: Work, rows: pl.DataFrame, beside: pl.DataFrame) -> Imported:
        past = self._past(work)
        known = np.sort(self.state.frame["ordinal"].to_numpy().astype(np.int64))
        block = max(1, _SIGHTINGS // (len(past.line.t) + len(past.at) + 1))
        block = min(_LARGEST_BLOCK, block)
        seen: dict[int, list[bytes]] = {number: [] for number in past.number.tolist()}
        named: dict[int, list[bytes]] = {}
        segment, already, held, written = [empty(CHANGE)], [], 0, 0
        for start in range(0, len(known), block):
            ids = known[start : start + block] + (self.source.id << 32)
            mine = rows.filter(pl.col("offer_id").is_between(int(ids[0]), int(ids[-1])))
            made = catalog.fold_import(past, ids, mine, pricing.history(work, ids))
            pricing.revise(work, made.folded.added, made.folded.removed)
            segment.append(_named(made.folded, past))
            already.append(made.known)
            held += made.held
            written += made.folded.added.height
            for number, offers in made.seen.items():
                seen[number].append(_packed(offers))
            for number, offers in made.folded.named.items():
                named.setdefault(number, []).append(_packed(offers))
            self.progress("fold", start + len(ids))
        recorded = pl.concat(already)
        self._refuse(
            self.table.rows, pl.col("line").is_in(recorded.implode()), Reason.ALREADY_RECORDED,
            "seen_at", "R-RUN-1",
        )  # fmt: skip
        used = rows.filter(~pl.col("line").is_in(recorded.implode()))
        rejections = pl.concat(self.rejections).sort("line")
        run = catalog.publish_import(
            work,
            self.here.files,
            self.source,
            past,
            np.bincount(used["moment"].to_numpy(), minlength=len(past.at)),
            {number: catalog.merged(parts) for number, parts in seen.items()},
            {number: catalog.merged(parts) for number, parts in named.items()},
            pl.concat(segment),
            rejections,
            self.notes,
            self.table.digest,
            seconds=time.perf_counter() - self.began,
        )
        return Imported(
            Report(self.source, run),
            read=self.table.read,
            accepted=used.height + beside.height,
            rejected=_counts(rejections),
            offers=used["offer_id"].n_unique(),
            moments=len(past.at),
            held=held,
            written=written,
            repeated=False,
        )


def _named(folded: catalog.Folded, past: catalog.ImportedPast) -> pl.DataFrame:
    """The segment of some offers: what was added, and a row for each whose past is better known
    though no row was: that counts for its verdict.
    """
    unnamed = np.setdiff1d(folded.seen, folded.added["offer_id"].unique().to_numpy())
    rows = pl.DataFrame({"offer_id": unnamed}).with_columns(
        at=pl.lit(int(past.at[-1])).cast(UTC_TIME),
        kind=pl.lit(ChangeKind.SEEN.value, dtype=CHANGE_KIND),
        run=pl.lit(int(past.number[-1]), dtype=pl.UInt32),
    )
    return pl.concat([folded.added, conform(rows, CHANGE)]).sort("offer_id", "at", "kind")


def _packed(offers: NDArray[np.int64]) -> bytes:
    return catalog.pack((offers & MAX_ORDINAL).astype(np.uint32))


def _counts(rejections: pl.DataFrame) -> dict[str, int]:
    return dict(rejections["reason"].value_counts(sort=True).iter_rows())  # a row a reason
