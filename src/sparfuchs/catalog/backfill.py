"""Backfill: a reading of the past is folded between the runs that are there (R-RUN-1).

What the reading saw becomes history; the state and the offers as they stand are left alone. The
sightings of each offer are gone through twice, with and without the new run (`replay.py`): the rows
in which the two differ are what it adds to the history and what it takes back. It takes back an end
that was none, or the mark that a sighting had run out where this one comes in time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.gather import Gathering, duplicates
from sparfuchs.catalog.leap import leaps
from sparfuchs.catalog.model import Counts
from sparfuchs.catalog.replay import lived, next_sighting, replay
from sparfuchs.catalog.seen import contains
from sparfuchs.catalog.state import NO_ROW
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.frames import (
    AVAILABILITY,
    CHANGE,
    CHANGE_KIND,
    REF_KIND,
    REJECTION,
    ChangeKind,
    Schema,
    conform,
)
from sparfuchs.kernel.ids import MAX_ORDINAL
from sparfuchs.kernel.money import BY_NUMERIC
from sparfuchs.kernel.outcome import Reason

# The bitmap of a run by its number; None: it saw all that lived.
Bitmap = Callable[[int], bytes | None]
Flags = NDArray[np.bool_]
Ids = NDArray[np.int64]

STATE: Final = (
    "price_minor",
    "currency",
    "availability",
    "ref_price_minor",
    "ref_kind",
    "claim_percent",
)
# Kinds whose rows tell what an offer cost; the others only tell whether it was there.
TELLING: Final = [
    ChangeKind.FIRST.value,
    ChangeKind.BACK.value,
    ChangeKind.PRICE.value,
    ChangeKind.AVAILABILITY.value,
    ChangeKind.CLAIM.value,
    ChangeKind.CORRECTION.value,
    ChangeKind.HOLD.value,
]
KEY: Final = ["offer_id", "micros", "kind"]
MOMENT: Final = ["offer_id", "micros"]

# One row an offer that a reading saw, with its price state. `blank` says that its row was rejected
# although its id could be read: it was there if it lived, its price unknown (R-RUN-4).
OBSERVED: Final[Schema] = {
    "offer_id": pl.Int64(),
    "blank": pl.Boolean(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "availability": AVAILABILITY,
    "ref_price_minor": pl.Int64(),
    "ref_kind": REF_KIND,
    "claim_percent": pl.Int16(),
}


@dataclass(frozen=True)
class Past:
    """The run to fold in: its number, time and CARRY in microseconds, and the runs around it.

    `line` are the published runs without it, `full` says of each whether an absence in it counts.
    """

    number: int
    at: int
    carry: int
    line: Timeline
    full: Flags
    bitmap: Bitmap

    @property
    def place(self) -> int:
        return int(np.searchsorted(self.line.t, self.at))

    def extended(self) -> Timeline:
        """All runs, with this one among them."""
        return Timeline.of(
            np.insert(self.line.number, self.place, self.number),
            np.insert(self.line.t, self.place, self.at),
            np.insert(self.line.carry, self.place, self.carry),
        )


@dataclass(frozen=True)
class Folded:
    """What folding a reading in makes of the history of some offers.

    `added` are change rows (CHANGE); `removed` the keys (`offer_id`, `at`, `kind`) of rows that are
    no longer true. `seen` are the offers that the reading saw. `named` are, for later runs that had
    seen "all that lived", those offers: who lived when is told otherwise from now on.
    """

    added: pl.DataFrame
    removed: pl.DataFrame
    seen: Ids
    named: dict[int, Ids]


def fold_in(past: Past, ids: Ids, observed: pl.DataFrame, history: pl.DataFrame) -> Folded:
    """Folds a reading of the past into the history of these offers.

    `ids` are sorted; `observed` is OBSERVED of those among them that the reading saw, `history` all
    their change rows (CHANGE).
    """
    rows = history.with_columns(pl.col("at").to_physical().alias("micros")).sort(KEY)
    sightings = sightings_of(past.line, past.bitmap, ids, rows)
    sheet = pl.DataFrame({"offer_id": ids}).join(
        observed, on="offer_id", how="left", maintain_order="left"
    )
    blank = sheet["blank"].fill_null(value=False).to_numpy()
    parsed = sheet["blank"].is_not_null().to_numpy() & ~blank
    place = past.place
    old = replay(ids, past.line, past.full, sightings)
    new = replay(
        ids,
        past.extended(),
        np.insert(past.full, place, True),
        np.insert(sightings, place, parsed, axis=1),
        blank_at=place,
        blank=blank,
    )
    removed = old.events.join(new.events, on=KEY, how="anti")
    added = new.events.join(old.events, on=KEY, how="anti")

    seen = new.sightings[:, place]
    values = rows.filter(pl.col("kind").is_in(TELLING)).select(*MOMENT, *STATE)
    here = sheet.filter(pl.Series(seen)).with_columns(micros=pl.lit(past.at))
    before = as_of(values, here.select(*MOMENT))
    stated = _stated(here, before)
    following = next_sighting(past.line, sightings[seen], place)
    later = here.select("offer_id", micros=pl.Series(following)).filter(pl.col("micros") >= 0)
    then = as_of(values, later)
    stated, held = _doubted(before, stated, then)
    prices = pl.concat([_differences(before, stated), _differences(stated, then)])
    prices = prices.join(held, on=MOMENT, how="left").select(
        *MOMENT, kind=pl.coalesce("hold", "kind")
    )

    known = pl.concat([values, stated, then]).unique(MOMENT, keep="last", maintain_order=True)
    # A row that tells what an offer cost at that moment is enough.
    kept = rows.select(KEY).join(removed, on=KEY, how="anti")
    told = pl.concat([kept, added]).filter(pl.col("kind").is_in(TELLING))
    made = pl.concat([added, prices.join(told, on=MOMENT, how="anti")])
    made = made.join(kept, on=KEY, how="anti")
    return Folded(
        added=_changes(past, made, known),
        removed=dated(removed).select("offer_id", "at", "kind"),
        seen=ids[seen],
        named={
            number: ids[sightings[:, k]]
            for k, number in enumerate(past.line.number.tolist())
            if k >= place and past.bitmap(number) is None
        },
    )


def sightings_of(line: Timeline, bitmap: Bitmap, ids: Ids, rows: pl.DataFrame) -> Flags:
    """Who was seen by which run: a row an offer, a column a run."""
    ordinals = (ids & MAX_ORDINAL).astype(np.uint32)
    alive = lived(ids, line, rows)
    for k, number in enumerate(line.number.tolist()):  # one turn a run, over all offers
        packed = bitmap(number)
        if packed is not None:
            alive[:, k] = contains(packed, ordinals)
    return alive


def as_of(values: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The price state of offers at moments (`offer_id`, `micros`); nulls: none yet."""
    return (
        asked.sort("micros")
        .join_asof(
            values.sort("micros"),
            on="micros",
            by="offer_id",
            strategy="backward",
            check_sortedness=False,  # it is sorted; polars cannot see that when there is a `by`
        )
        .sort("offer_id", "micros")
        .select(*MOMENT, *STATE)
    )


def _stated(here: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """What the reading says of the offers it saw; of a blank one what was known, but no price."""
    blank = here["blank"].fill_null(value=False)
    columns = [
        pl.when(blank).then(before[name]).otherwise(here[name]).alias(name) for name in STATE[1:]
    ]
    price = pl.when(~blank).then(here["price_minor"]).alias("price_minor")
    return here.select(*MOMENT, price, *columns)


def _doubted(
    before: pl.DataFrame, stated: pl.DataFrame, then: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the reading says, without prices that leap from the one before and that the next
    sighting does not repeat (R-F-7); and where that was, as `hold`.
    """
    price = pl.col("price_minor")
    sides = (
        stated.join(before.select("offer_id", "currency", base="price_minor"), on="offer_id")
        .join(then.select("offer_id", again="price_minor"), on="offer_id", how="left")
        .filter(
            (pl.col("currency") == pl.col("currency_right"))
            & leaps(price, pl.col("base"))
            & price.ne_missing(pl.col("again"))
        )
        .select(*MOMENT, hold=pl.lit(ChangeKind.HOLD.value, dtype=CHANGE_KIND))
    )
    doubted = stated.join(sides, on=MOMENT, how="left", maintain_order="left").with_columns(
        price_minor=pl.when(pl.col("hold").is_null()).then(price)
    )
    return doubted.drop("hold"), sides


def _differences(earlier: pl.DataFrame, later: pl.DataFrame) -> pl.DataFrame:
    """Where an offer costs something else in `later` than in `earlier`, by kind of change."""
    pair = later.join(earlier.drop("micros"), on="offer_id", how="left", suffix="_before")
    kind = kind_of_difference()
    return pair.select(*MOMENT, kind=kind.cast(CHANGE_KIND)).drop_nulls("kind")


def kind_of_difference() -> pl.Expr:
    """What kind of change lies between a state and the one before it (`…_before`); null: none."""
    differs = {name: pl.col(name).ne_missing(pl.col(f"{name}_before")) for name in STATE}
    return (
        pl.when(differs["price_minor"] | differs["currency"])
        .then(pl.lit(ChangeKind.PRICE.value))
        .when(differs["availability"])
        .then(pl.lit(ChangeKind.AVAILABILITY.value))
        .when(pl.any_horizontal(list(differs.values())[3:]))
        .then(pl.lit(ChangeKind.CLAIM.value))
    )


def _changes(past: Past, made: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Rows of the history, each with the whole price state after it (CHANGE)."""
    moments = made.select(MOMENT).unique()
    after = as_of(known, moments)
    before = as_of(known, moments.with_columns(pl.col("micros") - 1)).select(
        "offer_id", pl.col("micros") + 1, before_minor="price_minor"
    )
    rows = (
        dated(made)
        .join(after, on=MOMENT, how="left")
        .join(before, on=MOMENT, how="left")
        .with_columns(run=pl.lit(past.number, dtype=pl.UInt32))
    )
    return conform(rows, CHANGE).sort("offer_id", "at", "kind")


def dated(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(at=pl.from_epoch("micros", time_unit="us").dt.replace_time_zone("UTC"))


def observe_past(run: Gathering, source: int) -> tuple[pl.DataFrame, Counts]:
    """What a reading of the past saw of offers known today (OBSERVED, sorted by offer).

    Rows of one id after the first, and rows of ids that are not known, are rejected; the counts
    are those of the run.
    """
    index = run.indexed()
    known = index.filter(pl.col("state_row") != NO_ROW)
    twice = known.filter(~pl.col("state_row").is_first_distinct())
    state = run.state.frame
    blank = np.setdiff1d(run.rejected_rows(), known["state_row"].to_numpy())
    run.reject(
        duplicates(
            state["source_offer_id"].gather(twice["state_row"].to_numpy()),
            twice["line"].to_numpy(),
        )
    )
    strange = index.filter(pl.col("state_row") == NO_ROW)
    run.reject(
        conform(
            strange.with_columns(
                field=pl.lit("id"),
                value=pl.col("source_offer_id"),
                reason=pl.lit(Reason.UNKNOWN_TODAY.value),
                rule=pl.lit("R-RUN-1"),
            ),
            REJECTION,
        )
    )
    known = known.filter(pl.col("state_row").is_first_distinct())
    rows = np.concatenate([known["state_row"].to_numpy(), blank])
    ordinals = state["ordinal"].gather(rows).cast(pl.Int64)
    observed = pl.concat(
        [
            known.select(
                "price_minor",
                pl.col("currency").replace_strict(BY_NUMERIC, return_dtype=pl.String),
                pl.col("stock").alias("availability"),
                pl.col("claim_ref_minor").alias("ref_price_minor"),
                pl.col("claim_kind").alias("ref_kind"),
                "claim_percent",
                blank=False,
            ),
            pl.DataFrame({"blank": np.ones(len(blank), dtype=np.bool_)}),
        ],
        how="diagonal_relaxed",
    ).with_columns((ordinals + (source << 32)).alias("offer_id"))
    rejections = run.rejections()
    counts = Counts(
        read=index.height + rejections.height - twice.height - strange.height,
        accepted=known.height,
        rejected=dict(rejections["reason"].value_counts(sort=True).iter_rows()),  # a row a reason
    )
    return conform(observed, OBSERVED).sort("offer_id"), counts
