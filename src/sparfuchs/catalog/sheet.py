"""The sheet: the columns of a state while a run goes through them, and what is noted on the way."""

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog.effective import effective
from sparfuchs.catalog.gather import numeric_currency
from sparfuchs.catalog.leap import HELD, believe, wakes
from sparfuchs.catalog.model import RunKind
from sparfuchs.catalog.segment import WOKEN, RunFacts, events_of
from sparfuchs.catalog.state import GONE, LIVE, STATE, Rows, SourceState
from sparfuchs.kernel.frames import (
    CHANGE_KIND,
    ChangeKind,
    conform,
    empty,
)

# Reads regular and sale price, interval, claim and stock of offers by ordinal from the store.
Stored = Callable[[NDArray[np.uint32]], pl.DataFrame]


class Sheet:
    """The state's columns as arrays that may be written, and what is noted while going through."""

    def __init__(self, state: SourceState, facts: RunFacts) -> None:
        frame = state.frame
        self.state = state
        self.ordinal: NDArray[np.uint32] = frame["ordinal"].to_numpy()
        self.status = frame["status"].to_numpy().copy()
        self.first_missed = frame["first_missed"].to_numpy().copy()
        self.lapsed = frame["lapsed"].to_numpy().copy()
        self.raw = frame["raw"].to_numpy().copy()
        last = frame["last_seen"].to_numpy()
        # Runs after the one that wrote the state only repeated it: whom it saw, they saw.
        self.last_seen = np.where(last == facts.state_run, facts.head, last).astype(np.uint32)
        self.was_live = self.status == LIVE
        self.updates: list[pl.DataFrame] = []
        self.gone = 0
        self.woke = False
        self.adopted: pl.DataFrame | None = None
        self.facts = facts

    @classmethod
    def of(cls, state: SourceState, facts: RunFacts) -> "Sheet":
        return cls(state, facts)

    def absences(
        self, seen: NDArray[np.bool_], facts: RunFacts, now: int, events: list[pl.DataFrame]
    ) -> None:
        """Sightings that ran out, returns, second misses that end an offer (R-F-3, R-RUN-2)."""
        if not len(self.ordinal) or not facts.head:
            return
        lapse = facts.timeline.lapse_of(self.last_seen)
        open_live = self.was_live & ~self.lapsed
        ran_out = open_live & ~seen & (lapse <= now)
        # Seen again, but not at the head: other runs kept the sum growing past its own assertion.
        came_late = open_live & seen & (self.last_seen != facts.head) & (lapse < now)
        unseen = ran_out | came_late
        events.append(events_of(self.ordinal[unseen], lapse[unseen], ChangeKind.UNSEEN))
        returned = self.was_live & seen & (self.lapsed | came_late)
        events.append(events_of(self.ordinal[returned], now, ChangeKind.SEEN))
        self.lapsed[ran_out] = True
        self.lapsed[returned] = False

        if facts.kind is RunKind.PARTIAL:
            return
        missed = self.was_live & ~seen
        second = missed & (self.first_missed > 0)
        when = facts.timeline.at(np.where(second, self.first_missed, facts.head).astype(np.uint32))
        events.append(events_of(self.ordinal[second], when[second], ChangeKind.GONE))
        self.first_missed[missed & ~second] = facts.number
        self.status[second] = GONE
        self.raw[second] = 0
        self.lapsed[second] = False
        self.gone = int(second.sum())

    def changes(self, known: pl.DataFrame, now: int, events: list[pl.DataFrame]) -> pl.DataFrame:
        """Which parsed offers differ, and in what (identity, price, display)."""
        rows = known["state_row"].to_numpy()
        renamed = known.filter(pl.col("source_offer_id").is_not_null())
        if renamed.height:
            self.adopted = renamed.select("state_row", "key", "source_offer_id")
        old = self.state.frame[rows]
        corrected = _corrected(known, old, now)
        # Nor are prices that somebody has looked at.
        settled = corrected | pl.lit(self.facts.vouched)
        believed = believe(known, old, now, self._interval).with_columns(
            # What we read wrongly is no leap of the shop's.
            price_minor=pl.when(settled).then(known["price_minor"]).otherwise("price_minor"),
            last_minor=pl.when(settled).then(known["price_minor"]).otherwise("last_minor"),
            held_minor=pl.when(~settled).then("held_minor"),
            held_at=pl.when(~settled).then("held_at"),
        )
        was_gone = pl.Series(self.status[rows] == GONE)
        compared = known.select(
            "piece",
            "row",
            "state_row",
            ordinal=old["ordinal"],
            back=was_gone,
            corrected=corrected,
            price_moved=believed["price_minor"].ne_missing(old["price_minor"])
            | known["currency"].ne_missing(old["currency"]),
            # A price that waits is no change of a price; another one that waits begins anew.
            held=believed["held_minor"].is_not_null()
            & believed["held_minor"].ne_missing(old["held_minor"]),
            stock_moved=known["stock"] != old["availability"],
            # A hash of 0 in a rebuilt state is not known: nothing is claimed to have changed.
            price=(known["price"] != old["price"]) & (old["price"] != 0),
            # An adopted offer comes under another id, which is kept with its texts.
            identity=(known["identity"] != old["identity"]) & (old["identity"] != 0)
            | known["source_offer_id"].is_not_null(),
            display=(known["display"] != old["display"]) & (old["display"] != 0),
        )
        kinds = compared.select(
            "ordinal",
            kind=pl.when("back")
            .then(pl.lit(ChangeKind.BACK.value))
            .when("corrected")
            .then(pl.lit(ChangeKind.CORRECTION.value))
            .when("held")
            .then(pl.lit(ChangeKind.HOLD.value))
            .when("price_moved")
            .then(pl.lit(ChangeKind.PRICE.value))
            .when("stock_moved")
            .then(pl.lit(ChangeKind.AVAILABILITY.value))
            .when("price")
            .then(pl.lit(ChangeKind.CLAIM.value))
            .cast(CHANGE_KIND),
        ).drop_nulls("kind")
        events.append(kinds.select("ordinal", at=pl.lit(now, dtype=pl.Int64), kind="kind"))
        for column, kind in (("identity", ChangeKind.IDENTITY), ("display", ChangeKind.DISPLAY)):
            touched = compared.filter(pl.col(column))["ordinal"].to_numpy()
            events.append(events_of(touched, now, kind))
        self.status[rows] = LIVE
        self.lapsed[rows[was_gone.to_numpy()]] = False
        self.raw[rows] = known["raw"].to_numpy()
        self.updates.append(
            known.select(
                "state_row",
                "identity",
                "price",
                "display",
                believed["price_minor"],
                "currency",
                "wake",
                *(believed[name] for name in HELD),
                availability="stock",
            ).with_columns(wake=wakes(pl.col("wake"), self._interval))
        )
        hot = ("back", "held", "price_moved", "stock_moved", "price", "display")
        return (
            compared.with_columns(believed.select("price_minor", *HELD))
            .filter(pl.any_horizontal(*hot, "identity"))
            .select(
                "ordinal",
                "piece",
                "row",
                "price_minor",
                *HELD,
                hot=pl.any_horizontal(hot),
                texts=pl.any_horizontal("identity", "display"),
            )
        )

    @property
    def _interval(self) -> int:
        return self.facts.interval // timedelta(microseconds=1)

    def wake(
        self,
        candidates: NDArray[np.bool_],
        now: int,
        at: datetime,
        stored: Stored,
        events: list[pl.DataFrame],
    ) -> pl.DataFrame:
        """Offers whose time has come, re-evaluated from stored fields (R-RUN-3)."""
        due = self.state.frame["wake"].fill_null(now + 1).to_numpy() <= now
        rows = np.flatnonzero(due & candidates & (self.status == LIVE))
        if not len(rows):
            return empty(WOKEN)
        self.woke = True
        fields = effective(stored(self.ordinal[rows]), at)
        fields = pl.DataFrame({"ordinal": self.ordinal[rows], "state_row": rows}).join(
            fields, on="ordinal", how="inner", maintain_order="left"
        )
        old = self.state.frame[fields["state_row"].to_numpy()]
        currency = numeric_currency(fields["currency"])
        stated = fields.select("price_minor").with_columns(currency)
        fields = fields.with_columns(believe(stated, old, now, self._interval))
        fields = fields.with_columns(wake=wakes(pl.col("wake"), self._interval))
        held = fields["held_minor"].is_not_null() & fields["held_minor"].ne_missing(
            old["held_minor"]
        )
        price = fields["price_minor"].ne_missing(old["price_minor"]) & ~held
        stock = (fields["stock"] != old["availability"]) & ~held & ~price
        for mask, kind in (
            (held, ChangeKind.HOLD),
            (price, ChangeKind.PRICE),
            (stock, ChangeKind.AVAILABILITY),
        ):
            events.append(events_of(fields.filter(mask)["ordinal"].to_numpy(), now, kind))
        self.updates.append(
            fields.select(
                "state_row",
                pl.Series("identity", old["identity"]),
                pl.Series("price", old["price"]),
                pl.Series("display", old["display"]),
                "price_minor",
                currency,
                "wake",
                *HELD,
                availability="stock",
            )
        )
        return fields.filter(held | price | stock).select(list(WOKEN))

    def blank(self, rows: Rows, now: int, events: list[pl.DataFrame]) -> None:
        """A rejected row with a readable id: present, its price unknown (R-RUN-4)."""
        if not len(rows):
            return
        old = self.state.frame[rows]
        had = old["price_minor"].is_not_null().to_numpy()
        events.append(events_of(self.ordinal[rows[had]], now, ChangeKind.PRICE))
        self.raw[rows] = 0
        self.updates.append(
            old.select(
                pl.Series("state_row", rows),
                "identity",
                pl.lit(0, dtype=pl.UInt64).alias("price"),
                "display",
                pl.lit(None, dtype=pl.Int64).alias("price_minor"),
                "currency",
                pl.lit(None, dtype=pl.Int64).alias("wake"),
                pl.coalesce("price_minor", "last_minor").alias("last_minor"),
                "held_minor",
                "held_at",
                "availability",
            )
        )

    def touched(self, seen: NDArray[np.bool_]) -> bool:
        """Whether the next state says anything that this one, taken as of now, does not.

        A run that sees the same offers as the head and changes none leaves the file alone: who was
        seen by the run that wrote it counts as seen by every run since.
        """
        frame = self.state.frame
        return (
            bool(self.updates)
            or self.woke
            or not np.array_equal(seen, self.last_seen == self.facts.head)
            or not np.array_equal(self.status, frame["status"].to_numpy())
            or not np.array_equal(self.lapsed, frame["lapsed"].to_numpy())
            or not np.array_equal(
                np.where(seen, 0, self.first_missed), frame["first_missed"].to_numpy()
            )
        )

    def next(self, new: pl.DataFrame, number: int) -> tuple[pl.DataFrame, int]:
        """The next state, sorted by key, and how many of its offers live."""
        frame = self.state.frame.with_columns(
            pl.Series("raw", self.raw),
            pl.Series("status", self.status),
            pl.Series("last_seen", self.last_seen),
            pl.Series("first_missed", self.first_missed),
            pl.Series("lapsed", self.lapsed),
        )
        if self.updates:
            updates = pl.concat(self.updates).sort("state_row")
            at = updates["state_row"].to_numpy()
            frame = frame.with_columns(
                frame[name].scatter(at, updates[name])
                for name in (
                    "identity",
                    "price",
                    "display",
                    "price_minor",
                    "currency",
                    "availability",
                    "wake",
                    *HELD,
                )
            )
        if self.adopted is not None:
            at = self.adopted["state_row"].to_numpy()
            frame = frame.with_columns(
                frame[name].scatter(at, self.adopted[name]) for name in ("key", "source_offer_id")
            ).sort("key")
        if new.height:
            added = conform(
                new.with_columns(
                    availability=pl.col("stock"),
                    status=pl.lit(LIVE),
                    last_seen=pl.lit(number),
                    first_missed=pl.lit(0),
                    lapsed=pl.lit(value=False),
                ),
                STATE,
            )
            frame = pl.concat([frame, added])
            order = np.argsort(frame["key"].to_numpy(), kind="stable")
            frame = frame[order]
        return frame, int((frame["status"] == LIVE).sum())


def _corrected(known: pl.DataFrame, old: pl.DataFrame, now: int) -> pl.Series:
    """Which parsed offers have another price by our reading alone: the record is the same bytes,
    and no sale began or ended meanwhile (R-RUN-5).
    """
    other = known["price_minor"].ne_missing(old["price_minor"]) | known["currency"].ne_missing(
        old["currency"]
    )
    untouched = (old["status"] == LIVE) & ~(old["wake"] <= now).fill_null(value=False)
    found: pl.Series = known["same_bytes"] & other & untouched & old["price_minor"].is_not_null()
    return found
