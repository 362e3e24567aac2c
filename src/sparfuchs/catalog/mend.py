"""Mend: kept documents were read again by a better parser, and the history becomes what it says.

Rows that the old reading left at the moments of those runs are voided, and what the new one says
takes their places (R-RUN-5). Who was there when stays as it is: that is a matter of ids. Where the
first of the runs says another price although the old parser saw none change, it was the parser that
was wrong before as well: a `correction` from the start of the span, and no change of a price.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import store
from sparfuchs.catalog.backfill import OBSERVED
from sparfuchs.catalog.gather import Gathering
from sparfuchs.catalog.leap import HELD, believe_history, wakes
from sparfuchs.catalog.model import Counts, FeedRun, RunKind, RunStatus, Source
from sparfuchs.catalog.publish import Reading, lay_down, write_mended
from sparfuchs.catalog.state import LIVE, NO_ROW, SourceState
from sparfuchs.events.feed import RunPublished
from sparfuchs.kernel.clock import from_micros
from sparfuchs.kernel.errors import Conflict
from sparfuchs.kernel.frames import CHANGE, CHANGE_KIND, ChangeKind, Schema, conform
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.files import Files

# What the documents of runs say now: OBSERVED of each run, with its number and time, and whether a
# person had released it.
REREAD: Final[Schema] = {
    **OBSERVED,
    "run": pl.UInt32(),
    "micros": pl.Int64(),
    "vouched": pl.Boolean(),
}

_STATE: Final = (
    "price_minor",
    "currency",
    "availability",
    "ref_price_minor",
    "ref_kind",
    "claim_percent",
)
# Kinds whose rows carry a price that counts from then on.
_CARRYING: Final = [
    ChangeKind.FIRST.value,
    ChangeKind.BACK.value,
    ChangeKind.SEEN.value,
    ChangeKind.PRICE.value,
    ChangeKind.AVAILABILITY.value,
    ChangeKind.CLAIM.value,
    ChangeKind.CORRECTION.value,
    ChangeKind.HOLD.value,
]
_BEGINNING: Final = [ChangeKind.FIRST.value, ChangeKind.BACK.value]
_PRICED: Final = [
    ChangeKind.PRICE.value,
    ChangeKind.CORRECTION.value,
    ChangeKind.HOLD.value,
    *_BEGINNING,
]
_MOMENT: Final = ["offer_id", "micros"]
_KEY: Final = ["offer_id", "at", "kind"]


@dataclass(frozen=True)
class Mended:
    """`added` are change rows (CHANGE), `removed` the keys of rows that are not true; `waiting` are
    the offers whose newest price waits for a second observation (HELD, by `offer_id`).
    """

    added: pl.DataFrame
    removed: pl.DataFrame
    waiting: pl.DataFrame


def reread_of(corrections: pl.DataFrame) -> pl.DataFrame:
    """What a run says of offers that only our reading changed (CHANGE), as REREAD."""
    return conform(
        corrections.with_columns(blank=pl.lit(value=False), micros=pl.col("at").to_physical()),
        REREAD,
    ).sort(_MOMENT)


def mend(reread: pl.DataFrame, history: pl.DataFrame, interval: timedelta) -> Mended:
    """Mends the history (CHANGE) of some offers by what runs say now (REREAD).

    Prices that leap wait as in a run as it happens (R-F-7); `interval` is the source's.
    """
    rows = history.filter(pl.col("kind").is_in(_CARRYING)).with_columns(
        micros=pl.col("at").to_physical()
    )
    said = reread.join(rows.select("offer_id").unique(), on="offer_id", how="semi")
    voided = rows.join(said.select(_MOMENT), on=_MOMENT, how="semi")
    kept = rows.join(said.select(_MOMENT), on=_MOMENT, how="anti")
    said, waiting = _believed(kept, said, voided, interval)
    line = _line(kept, said)
    stands = line.filter(pl.col("reread"))
    corrected = _corrected(line, voided)
    made = [
        _of_kind(stands, _presence(voided)),
        _of_kind(stands, _differing(stands, voided, corrected)),
        corrected.select(
            "offer_id",
            "run",
            *_STATE,
            micros="begun",
            before_minor="earlier_minor",
            kind=pl.lit(ChangeKind.CORRECTION.value, dtype=CHANGE_KIND),
        ),
    ]
    # Rows after the start of a span that is corrected carry its price, too.
    carried = kept.join(
        corrected.select(
            "offer_id", "begun", until="micros", right_minor="price_minor", right="currency"
        ),
        on="offer_id",
    ).filter(pl.col("micros").is_between("begun", "until", closed="none"))
    made.append(
        carried.with_columns(price_minor="right_minor", currency="right").select(made[0].columns)
    )
    absent = _absent(history, said)
    made.append(_as_of(absent, line).select(made[0].columns))
    removed = pl.concat(part.select(CHANGE.keys()) for part in (voided, carried, absent))
    added = conform(
        pl.concat(made).with_columns(
            at=pl.from_epoch("micros", time_unit="us").dt.replace_time_zone("UTC")
        ),
        CHANGE,
    )
    same = list(CHANGE)
    return Mended(
        added=added.join(removed, on=same, how="anti", nulls_equal=True).sort(_KEY),
        removed=removed.join(added, on=same, how="anti", nulls_equal=True).select(_KEY).sort(_KEY),
        waiting=waiting,
    )


def _believed(
    kept: pl.DataFrame, said: pl.DataFrame, voided: pl.DataFrame, interval: timedelta
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What is said now with prices that leap `held`, and those that still wait.

    The first state said of an offer is measured against what stood before only where the old parser
    saw a change there: else it is the reading that changed, and not the price.
    """
    first = said.group_by("offer_id").agg(begins=pl.col("micros").min())
    columns = ["offer_id", "micros", "price_minor", "currency"]
    moved = voided.filter(pl.col("kind").is_in(_PRICED)).select(_MOMENT).with_columns(moved=True)
    before = (
        kept.join(first, on="offer_id")
        .filter((pl.col("micros") < pl.col("begins")) & pl.col("price_minor").is_not_null())
        .sort(_MOMENT)
        .group_by("offer_id", maintain_order=True)
        .agg(pl.col(columns[1:]).last())
    )
    stated = (
        said.filter(~pl.col("blank"))
        .join(first, on="offer_id")
        .join(moved, on=_MOMENT, how="left")
        .with_columns(
            settled=((pl.col("micros") == pl.col("begins")) & pl.col("moved").is_null())
            | pl.col("vouched").fill_null(value=False),
        )
        .select(*columns, "settled")
    )
    walk = pl.concat([before.select(*columns, settled=pl.lit(value=True)), stated])
    told = believe_history(walk.sort(_MOMENT), interval // timedelta(microseconds=1))
    held = told.rows.filter("held").select(_MOMENT).unique().with_columns(held=True)
    marked = said.join(held, on=_MOMENT, how="left").with_columns(
        pl.col("held").fill_null(value=False)
    )
    return marked.with_columns(
        price_minor=pl.when(~pl.col("held")).then("price_minor")
    ), told.waiting


def _line(kept: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """States of offers in order of time: those that stay and those said now, each with the price
    before it and with when that price began. A blank row says what was known, but no price.
    """
    columns = [*_MOMENT, "run", *_STATE]
    blank = pl.col("blank").fill_null(value=False)
    line = pl.concat(
        [
            kept.select(
                *columns,
                blank=pl.lit(value=False),
                held=pl.lit(value=False),
                reread=pl.lit(value=False),
            ),
            said.select(*columns, "blank", "held", reread=pl.lit(value=True)),
        ],
        how="vertical_relaxed",
    ).sort(_MOMENT, maintain_order=True)
    # Of several rows at one moment the last one counts; those said now have moments of their own.
    line = line.unique(_MOMENT, keep="last", maintain_order=True)
    line = line.with_columns(
        pl.when(blank)
        .then(pl.col(name).forward_fill().over("offer_id"))
        .otherwise(pl.col(name))
        .alias(name)
        for name in _STATE[1:]
    ).with_columns(pl.when(~blank).then("price_minor").alias("price_minor"))
    moved = (
        pl.col("offer_id").ne_missing(pl.col("offer_id").shift())
        | pl.col("price_minor").ne_missing(pl.col("price_minor").shift())
        | pl.col("currency").ne_missing(pl.col("currency").shift())
    )
    line = line.with_columns(
        pl.col(name).shift().over("offer_id").alias(f"{name}_before") for name in _STATE
    ).with_columns(
        before_minor=pl.col("price_minor_before"),
        started=pl.when(moved).then("micros").forward_fill().over("offer_id"),
        moved=moved,
    )
    return line.with_columns(
        begun=pl.col("started").shift().over("offer_id"),
        first=pl.col("reread") & (pl.col("reread").cum_sum().over("offer_id") == 1),
    )


def _absent(history: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Rows that tell that an offer was there no more, after the documents first name it. They are
    kept, with the price that it had.
    """
    first = said.group_by("offer_id").agg(begins=pl.col("micros").min())
    rows = history.filter(~pl.col("kind").is_in(_CARRYING)).with_columns(
        micros=pl.col("at").to_physical()
    )
    return rows.join(first, on="offer_id").filter(pl.col("micros") > pl.col("begins"))


def _as_of(absent: pl.DataFrame, line: pl.DataFrame) -> pl.DataFrame:
    """These rows with the price as it stood at their moments."""
    stood = line.select(*_MOMENT, minor="price_minor", unit="currency", stock="availability").sort(
        "micros"
    )
    return (
        absent.sort("micros")
        .join_asof(
            stood,
            on="micros",
            by="offer_id",
            strategy="backward",
            check_sortedness=False,  # it is sorted; polars cannot see that when there is a `by`
        )
        .with_columns(
            price_minor="minor", before_minor="minor", currency="unit", availability="stock"
        )
    )


def _presence(voided: pl.DataFrame) -> pl.DataFrame:
    """Rows that tell that an offer came, came back or was seen again: they come again."""
    kinds = [*_BEGINNING, ChangeKind.SEEN.value]
    return voided.filter(pl.col("kind").is_in(kinds)).select(*_MOMENT, "kind")


def _differing(stands: pl.DataFrame, voided: pl.DataFrame, corrected: pl.DataFrame) -> pl.DataFrame:
    """Where a state differs from the one before it, by kind of change."""
    differs = {name: pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in _STATE}
    price = differs["price_minor"] | differs["currency"]
    begins = voided.filter(pl.col("kind").is_in(_BEGINNING)).select(_MOMENT)
    kind = (
        pl.when(price & pl.col("held"))
        .then(pl.lit(ChangeKind.HOLD.value))
        .when(price & ~pl.col("right"))
        .then(pl.lit(ChangeKind.PRICE.value))
        .when(differs["availability"])
        .then(pl.lit(ChangeKind.AVAILABILITY.value))
        .when(pl.any_horizontal(list(differs.values())[3:]))
        .then(pl.lit(ChangeKind.CLAIM.value))
    )
    return (
        stands.join(begins, on=_MOMENT, how="anti")
        .join(corrected.select(*_MOMENT, right=pl.lit(value=True)), on=_MOMENT, how="left")
        .with_columns(pl.col("right").fill_null(value=False))
        .select(*_MOMENT, kind=kind.cast(CHANGE_KIND))
        .drop_nulls("kind")
    )


def _corrected(line: pl.DataFrame, voided: pl.DataFrame) -> pl.DataFrame:
    """First states said now whose price differs although the old parser saw no price change."""
    seen = voided.filter(pl.col("kind").is_in(_PRICED)).select(_MOMENT)
    differs = pl.col("price_minor").ne_missing(pl.col("price_minor_before")) | pl.col(
        "currency"
    ).ne_missing(pl.col("currency_before"))
    found = line.filter(
        # From or to an unknown price nothing can be said of the time before.
        pl.col("first")
        & differs
        & pl.col("price_minor").is_not_null()
        & pl.col("price_minor_before").is_not_null()
    ).join(seen, on=_MOMENT, how="anti")
    started = line.filter("moved").select(
        "offer_id", begun="micros", earlier_minor="price_minor_before"
    )
    return found.join(started, on=["offer_id", "begun"], how="left")


def _of_kind(stands: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    return wanted.join(stands, on=_MOMENT).select(
        "offer_id", "run", *_STATE, "micros", "before_minor", "kind"
    )


def mend_state(
    work: Work,
    source: Source,
    state: SourceState,
    newest_first: list[Gathering],
    waiting: pl.DataFrame,
) -> pl.DataFrame:
    """Brings offers and their state to what the documents say now; gives the next state's frame.

    `waiting` are the offers whose newest price waits (HELD, by `offer_id`).

    What counts for an offer is the newest of the documents that it is in. Who is gone stays gone,
    without a raw hash, so that a return is read (R-RUN-3).
    """
    frame = state.frame
    columns = {
        name: frame[name].to_numpy().copy() for name in ("raw", "identity", "price", "display")
    }
    updates: list[pl.DataFrame] = []
    done = np.zeros(len(state), dtype=np.bool_)
    live = state.live
    for run in newest_first:
        index = run.indexed()
        if not index.height:
            continue
        known = index.filter(
            (pl.col("state_row") != NO_ROW) & pl.col("state_row").is_first_distinct()
        )
        rows = known["state_row"].to_numpy()
        fresh = pl.Series(~done[rows])
        known, rows = known.filter(fresh), rows[fresh.to_numpy()]
        done[rows] = True
        for name, values in columns.items():
            values[rows] = np.where(live[rows] | (name != "raw"), known[name].to_numpy(), 0)
        known = _waiting_of(known, frame, waiting, source)
        updates.append(
            known.select(
                "state_row", "price_minor", "currency", "wake", *HELD, availability="stock"
            )
        )
        was_held = pl.Series(frame["held_minor"].gather(rows).is_not_null())
        wanted_rows = run.differs(known) | known["held_minor"].is_not_null() | was_held
        differing = known.filter(wanted_rows)
        place = differing["state_row"].to_numpy()
        wanted = differing.with_columns(
            ordinal=frame["ordinal"].gather(place),
            status=frame["status"].gather(place).cast(pl.Int16),
        )
        write_mended(work, source, run, wanted)
    frame = frame.with_columns(pl.Series(name, values) for name, values in columns.items())
    if updates:
        frame = (
            frame.with_row_index("state_row")
            .with_columns(pl.col("state_row").cast(pl.Int64))
            .update(pl.concat(updates), on="state_row", how="left", include_nulls=True)
            .drop("state_row")
        )
    return frame


def _waiting_of(
    known: pl.DataFrame, frame: pl.DataFrame, waiting: pl.DataFrame, source: Source
) -> pl.DataFrame:
    """Rows of an index with HELD, their price null where it waits."""
    offer = frame["ordinal"].gather(known["state_row"].to_numpy()).cast(pl.Int64)
    rows = known.with_columns(offer_id=offer + (source.id << 32)).join(
        waiting, on="offer_id", how="left", maintain_order="left"
    )
    interval = source.interval // timedelta(microseconds=1)
    return rows.with_columns(
        price_minor=pl.when(pl.col("held_minor").is_null()).then("price_minor"),
        last_minor=pl.coalesce("last_minor", "price_minor"),
        wake=wakes(pl.col("wake"), interval),
    )


def publish_mended(
    work: Work,
    files: Files,
    source: Source,
    segment: pl.DataFrame,
    state: pl.DataFrame,
    counts: Counts,
    reading: Reading,
    *,
    unknown: int,
    seconds: float,
) -> FeedRun:
    """Notes the replay as a run of its own that asserts nothing, and points to the mended state.

    With `unknown` offers that only the mended parser reads, the next reading is a whole one.

    Raises Conflict when another run was published meanwhile.
    """
    number = source.next_number
    names = lay_down(files, source, number, {"states": state, "segments": segment})
    assert source.head_at is not None
    wakes = state.filter(pl.col("status") == LIVE)["wake"].drop_nulls()
    row = FeedRun(
        source_id=source.id,
        number=number,
        kind=RunKind.FULL,
        status=RunStatus.REPLAYED,
        at=source.head_at,
        counts=counts,
        doubts=(),
        settings=reading.settings,
        detected=reading.detected,
        segment=names["segments"],
        rejections=None,
        payload=(),
        seconds=seconds,
        slow_rows=reading.slow_rows,
    )
    lowest = wakes.min()
    changes: dict[str, object] = {
        "next_number": number + 1,
        "state_file": names["states"],
        "salt": reading.salt,
        "raw_salt": source.raw_salt if reading.raw_salt is None else reading.raw_salt,
        "detected": dict(reading.detected),
        "next_wake": from_micros(lowest) if isinstance(lowest, int) else None,
    }
    if unknown:
        changes |= {"digest": None, "validators": {}}
    if not store.swap_head(work, source, **changes):
        raise Conflict(f"Another run of {source.path} was published meanwhile", source=source.path)
    store.add_run(work, row, carry=source.interval, sum_micros=0, seen=None, digest=reading.digest)
    if row.segment:
        work.append(
            RunPublished(source=source.id, run=number, segment=row.segment).to_event(
                occurred_at=source.head_at
            )
        )
    return row


def segment_of_mended(
    state: pl.DataFrame, offers: NDArray[np.int64], source: Source
) -> pl.DataFrame:
    """A segment that names offers whose past reads otherwise now, each by one correction."""
    assert source.head_at is not None
    touched = pl.DataFrame({"ordinal": (offers & 0xFFFFFFFF).astype(np.uint32)})
    rows = touched.join(state, on="ordinal").select(
        offer_id=pl.col("ordinal").cast(pl.Int64) + (source.id << 32),
        at=pl.lit(source.head_at),
        kind=pl.lit(ChangeKind.CORRECTION.value, dtype=CHANGE_KIND),
        run=pl.lit(source.next_number, dtype=pl.UInt32),
        price_minor="price_minor",
        availability="availability",
    )
    return conform(rows, CHANGE).sort("offer_id", "at", "kind")
