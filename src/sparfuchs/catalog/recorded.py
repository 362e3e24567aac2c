"""A recorded past: what a source stated over months, told at once instead of run by run.

A history that was kept elsewhere (the simulated market's year, an archive) says when readings were
made and, sparsely, what each of them stated otherwise than the one before. It becomes exactly what
as many runs would have left: run rows with their running sums, change rows, and readings that are
not to be believed discarded with their reason (R-F-2). The newest reading goes through every stage
from its bytes; the past is attached to the offers that it names.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import store
from sparfuchs.catalog.effective import effective
from sparfuchs.catalog.gather import Gathering
from sparfuchs.catalog.identify import Identified
from sparfuchs.catalog.leap import believe_history
from sparfuchs.catalog.model import Counts, Doubt, FeedRun, RunKind, RunStatus, Source
from sparfuchs.catalog.segment import RunFacts
from sparfuchs.catalog.timeline import Micros, Timeline
from sparfuchs.catalog.weigh import MOST_MOVED, doubtful_prices
from sparfuchs.kernel.clock import from_micros
from sparfuchs.kernel.frames import (
    AVAILABILITY,
    CHANGE,
    CHANGE_KIND,
    REF_KIND,
    UTC_TIME,
    ChangeKind,
    Schema,
    conform,
)
from sparfuchs.plumbing.db import Work

# One row where a reading stated something else of an offer than the reading before it, or named it
# for the first time. `reading` is the place in `RecordedPast.at`; prices in minor units.
RECORDED: Final[Schema] = {
    "source_offer_id": pl.String(),
    "reading": pl.UInt32(),
    "regular_minor": pl.Int64(),
    "sale_minor": pl.Int64(),
    "currency": pl.String(),
    "ref_price_minor": pl.Int64(),
    "ref_kind": REF_KIND,
    "claim_percent": pl.Int16(),
    "availability": AVAILABILITY,
}

_PRICE: Final = ("price_minor", "currency")
_CLAIM: Final = ("ref_price_minor", "ref_kind", "claim_percent")


@dataclass(frozen=True)
class RecordedPast:
    """`at` are the times of readings, strictly rising, in microseconds UTC; `carry` is the CARRY of
    all of them; `stated` is RECORDED.
    """

    at: Micros
    carry: timedelta
    stated: pl.DataFrame


@dataclass(frozen=True)
class Recalled:
    """The past of the offers of one newest reading, ready to be published with it.

    `runs` are the rows of the past readings, `line` the published ones among them; `changes` are
    all change rows (CHANGE), those of the newest reading among them, and `counts` are what that one
    counts beside its past. `unknown` counts the offers of
    the past that the newest reading does not name: there is nothing to attach their past to.
    """

    runs: tuple[FeedRun, ...]
    carry: timedelta
    line: Timeline
    changes: pl.DataFrame
    counts: Counts
    unknown: int


def line_of(past: RecordedPast, first_number: int) -> Timeline:
    """All readings as runs with numbers from `first_number` on, before any of them is discarded."""
    numbers = np.arange(first_number, first_number + len(past.at), dtype=np.uint32)
    return _line(numbers, past.at, past.carry)


def new_ids(run: Gathering, found: Identified, source: Source) -> pl.DataFrame:
    """The offers that a run saw for the first time: `source_offer_id`, `offer_id`."""
    parts = [
        pl.DataFrame(
            {
                "source_offer_id": run.piece(number)["source_offer_id"].gather(part["row"]),
                "offer_id": part["ordinal"].cast(pl.Int64) + (source.id << 32),
            }
        )
        for number, part in run.offers_of(found.new)
    ]
    empty_ids = pl.DataFrame(schema={"source_offer_id": pl.String(), "offer_id": pl.Int64()})
    return pl.concat([empty_ids, *parts])


def recall(
    past: RecordedPast,
    ids: pl.DataFrame,
    found: Identified,
    source: Source,
    facts: RunFacts,
) -> Recalled:
    """Change rows and run rows of a recorded past.

    `ids` says which offer each id of the source is (`source_offer_id`, `offer_id`); `found` is the
    newest reading as identified, `facts` are its: its number is one above those of the past.
    """
    first_number = facts.number - len(past.at)
    rows, unknown = _states(past, ids)
    doubts = _doubts(rows, len(past.at))
    rows = _believed(rows.filter(~pl.col("reading").is_in(list(doubts))), past, doubts)
    newest = conform(
        found.changes.filter(pl.col("kind") == ChangeKind.FIRST.value).with_columns(
            reading=pl.lit(len(past.at), dtype=pl.UInt32), held=pl.lit(value=False)
        ),
        {"reading": pl.UInt32(), "held": pl.Boolean(), **CHANGE},
    ).select(rows.columns)
    moments = np.append(past.at, np.int64(_micros(facts)))
    changes = _changes(pl.concat([rows, newest]), moments, first_number)
    runs = _runs(past, changes, doubts, source, found, first_number)
    kept = np.array([place not in doubts for place in range(len(past.at))], dtype=np.bool_)
    numbers = np.arange(first_number, facts.number, dtype=np.uint32)
    return Recalled(
        runs=runs,
        carry=past.carry,
        line=_line(numbers[kept], past.at[kept], past.carry),
        changes=changes,
        counts=_newest(found.counts, changes, facts.number),
        unknown=unknown,
    )


def publish_recalled(work: Work, recalled: Recalled) -> None:
    """The rows of the past runs, in the transaction that publishes the newest one."""
    sums = dict(zip(recalled.line.number.tolist(), recalled.line.sums.tolist(), strict=True))
    rows = [(run, sums.get(run.number, 0)) for run in recalled.runs]
    store.add_runs(work, rows, carry=recalled.carry)


def _line(numbers: NDArray[np.uint32], at: Micros, carry: timedelta) -> Timeline:
    micros = carry // timedelta(microseconds=1)
    return Timeline.of(numbers, at, np.full(len(at), micros, dtype=np.int64))


def _micros(facts: RunFacts) -> int:
    return int(pl.Series([facts.at]).cast(UTC_TIME).to_physical()[0])


def _states(past: RecordedPast, ids: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The price state after each row, by offer and reading; and how many offers nobody knows."""
    stated = conform(past.stated, RECORDED)
    unknown = stated.join(ids, on="source_offer_id", how="anti")["source_offer_id"].n_unique()
    missing = {"sale_from": UTC_TIME, "sale_to": UTC_TIME, "expires_at": UTC_TIME}
    known = stated.join(ids, on="source_offer_id").with_columns(
        pl.lit(None, dtype=dtype).alias(name) for name, dtype in missing.items()
    )
    # No interval is given, so that the answer is the same at every moment.
    priced = effective(known, from_micros(0)).select(
        "offer_id",
        "reading",
        "price_minor",
        "currency",
        pl.col("stock").alias("availability"),
        pl.col("claim_ref_minor").alias("ref_price_minor"),
        pl.col("claim_kind").alias("ref_kind"),
        "claim_percent",
    )
    return priced.sort("offer_id", "reading"), unknown


def _doubts(rows: pl.DataFrame, readings: int) -> dict[int, Doubt]:
    """Readings whose prices are not to be believed, as `weigh` would have held them (R-F-2)."""
    counts = rows.group_by("reading").len().sort("reading")
    first = rows.group_by("offer_id").agg(pl.col("reading").min())["reading"]
    born = np.bincount(first.to_numpy(), minlength=readings).cumsum()
    doubts: dict[int, Doubt] = {}
    # Only a reading that restates most offers can be doubted, and a year has few of these.
    for place, moved in counts.iter_rows():
        lived = int(born[place - 1]) if place else 0
        if not lived or moved <= MOST_MOVED * lived:
            continue
        earlier = (
            rows.filter((pl.col("reading") < place) & ~pl.col("reading").is_in(list(doubts)))
            .group_by("offer_id")
            .agg(pl.col("price_minor").last().alias("before"), pl.col("currency").last())
        )
        now = rows.filter(pl.col("reading") == place).select(
            "offer_id", pl.col("price_minor").alias("after"), "currency"
        )
        moves = now.join(earlier, on=["offer_id", "currency"]).drop_nulls(["before", "after"])
        found = doubtful_prices(moves.select("before", "after"), lived - moves.height)
        if found:
            doubts[place] = found[0]
    return doubts


def recorded_prices(past: RecordedPast, ids: pl.DataFrame) -> pl.DataFrame:
    """The price state of offers after each reading that changed it, as far as it is believed.

    `ids` as for `recall`. Columns: `offer_id`, `reading`, the state, and `held` (R-F-7).
    """
    rows, _ = _states(past, ids)
    return _believed(rows, past, {})


def _believed(rows: pl.DataFrame, past: RecordedPast, doubts: dict[int, Doubt]) -> pl.DataFrame:
    """The same with prices that leap unknown until a reading one interval later repeats them."""
    moments = [at for place, at in enumerate(past.at.tolist()) if place not in doubts]
    stated = rows.with_columns(
        micros=pl.Series(past.at[rows["reading"].to_numpy()]), settled=pl.lit(value=False)
    )
    # The CARRY of a reading is two intervals (domain.md 4.4).
    told = believe_history(stated, past.carry // timedelta(microseconds=2), moments).rows
    place = np.searchsorted(past.at, told["micros"].to_numpy())
    return told.with_columns(pl.Series("reading", place).cast(pl.UInt32)).select(
        *rows.columns, "held"
    )


def _changes(rows: pl.DataFrame, moments: Micros, first_number: int) -> pl.DataFrame:
    """Change rows (CHANGE): where the state of an offer is another than before, and what kind."""
    same = pl.col("offer_id") == pl.col("offer_id").shift()

    def differs(*names: str) -> pl.Expr:
        return pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in names)

    kind = (
        pl.when(~same.fill_null(value=False))
        .then(pl.lit(ChangeKind.FIRST.value))
        .when(differs(*_PRICE) & pl.col("held"))
        .then(pl.lit(ChangeKind.HOLD.value))
        .when(differs(*_PRICE))
        .then(pl.lit(ChangeKind.PRICE.value))
        .when(differs("availability"))
        .then(pl.lit(ChangeKind.AVAILABILITY.value))
        .when(differs(*_CLAIM))
        .then(pl.lit(ChangeKind.CLAIM.value))
    )
    told = (
        rows.sort("offer_id", "reading")
        .with_columns(
            kind=kind.cast(CHANGE_KIND),
            before_minor=pl.when(same).then(pl.col("price_minor").shift()),
        )
        .drop_nulls("kind")
    )
    at = pl.Series("at", moments[told["reading"].to_numpy()]).cast(UTC_TIME)
    return conform(
        told.with_columns(at, run=(pl.col("reading") + first_number).cast(pl.UInt32)), CHANGE
    )


def _newest(counted: Counts, changes: pl.DataFrame, number: int) -> Counts:
    own = changes.filter(pl.col("run") == number)["kind"]
    new = int((own == ChangeKind.FIRST.value).sum())
    changed = len(own) - new
    return replace(counted, new=new, changed=changed, unchanged=counted.accepted - new - changed)


def _runs(
    past: RecordedPast,
    changes: pl.DataFrame,
    doubts: dict[int, Doubt],
    source: Source,
    found: Identified,
    first_number: int,
) -> tuple[FeedRun, ...]:
    new = changes["kind"] == ChangeKind.FIRST.value
    span = len(past.at) + 1
    place = changes["run"].to_numpy().astype(np.int64) - first_number
    born = np.bincount(place[new.to_numpy()], minlength=span)
    moved = np.bincount(place[~new.to_numpy()], minlength=span)
    alive = born.cumsum()
    blank = replace(found.counts, rejected={}, new=0, changed=0, gone=0, unchanged=0)
    made = []
    for k, at in enumerate(past.at.tolist()):  # one turn a reading, not an offer
        lived = int(alive[k])
        counts = replace(blank, read=lived, accepted=lived)
        doubt = doubts.get(k)
        if doubt is None:
            counts = Counts(
                read=lived,
                accepted=lived,
                new=int(born[k]),
                changed=int(moved[k]),
                unchanged=lived - int(born[k]) - int(moved[k]),
            )
        made.append(
            FeedRun(
                source_id=source.id,
                number=first_number + k,
                kind=RunKind.FULL,
                status=RunStatus.PUBLISHED if doubt is None else RunStatus.DISCARDED,
                at=from_micros(at),
                counts=counts,
                doubts=() if doubt is None else (doubt,),
                settings=source.settings,
                detected={},
                segment=None,
                rejections=None,
                payload=(),
                seconds=0.0,
                slow_rows=0,
            )
        )
    return tuple(made)
