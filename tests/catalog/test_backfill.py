"""A run left out and folded in afterwards leaves the history of a run in its place (R-RUN-1)."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from catalog.shop import SOURCE, START, Shop, offers
from sparfuchs.catalog.backfill import Folded, Past, fold_in, observe_past
from sparfuchs.catalog.gather import Gathering
from sparfuchs.catalog.identify import Identified
from sparfuchs.catalog.model import RunKind
from sparfuchs.catalog.replay import lived, replay
from sparfuchs.catalog.seen import contains, pack
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import REJECTION, conform
from sparfuchs.pricing.fold import spans_of

NAMES = ("a", "b", "c")
MICROS = timedelta(microseconds=1)


@dataclass(frozen=True)
class Said:
    """One run: hours since the last, prices of those in it, ids whose row was rejected."""

    after: int
    prices: dict[str, int]
    partial: bool = False
    rejected: frozenset[str] = frozenset()

    @property
    def bad(self) -> list[str]:
        return sorted(self.rejected - self.prices.keys())


class Recorded:
    """A shop with what backfill asks of the store: bitmaps, kinds, history."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder)
        self.bitmaps: dict[int, bytes | None] = {}
        self.full: dict[int, bool] = {}

    def run(self, at: int, said: Said) -> Identified:
        number = self.shop.next_number
        found = self.shop.run(
            START + timedelta(hours=at),
            dict(said.prices),
            kind=RunKind.PARTIAL if said.partial else RunKind.FULL,
            rejected=said.bad,
        )
        self.bitmaps[number] = None if found.all_live else pack(found.seen)
        self.full[number] = not said.partial
        return found

    @property
    def ids(self) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        ordinals = self.shop.state.frame["ordinal"].sort().to_numpy().astype(np.int64)
        return ordinals + (SOURCE << 32)

    @property
    def history(self) -> pl.DataFrame:
        return pl.concat(self.shop.history)

    def fold(self, at: int, said: Said) -> Folded:
        """What the flow does with a reading of the past."""
        shop, number = self.shop, self.shop.next_number
        shop.next_number += 1
        moment = START + timedelta(hours=at)
        gathered = Gathering(shop.state, shop.folder / f"past-{number}", moment)
        gathered.add(offers(dict(said.prices)))
        gathered.reject(
            conform(
                pl.DataFrame({"line": range(len(said.bad)), "source_offer_id": said.bad}),
                REJECTION,
            ).with_columns(reason=pl.lit("price_unreadable"))
        )
        observed, _ = observe_past(gathered, SOURCE)
        line = shop.line
        past = Past(
            number=number,
            at=to_micros(moment),
            carry=shop.carry // MICROS,
            line=line,
            full=np.array([self.full[int(n)] for n in line.number], dtype=np.bool_),
            bitmap=self.bitmaps.__getitem__,
        )
        folded = fold_in(past, self.ids, observed, self.history)
        keys = ["offer_id", "at", "kind"]
        left = self.history.join(folded.removed, on=keys, how="anti")
        shop.history = [pl.concat([left, folded.added]).sort(keys)]
        assert not shop.history[0].select(keys).is_duplicated().any()
        shop.line = past.extended()
        self.full[number] = True
        self.bitmaps[number] = pack((folded.seen & 0xFFFFFFFF).astype(np.uint32))
        for later, named in folded.named.items():
            self.bitmaps[later] = pack((named & 0xFFFFFFFF).astype(np.uint32))
        return folded

    def told(self, name: str) -> list[tuple[int, int | None, int | None, int]]:
        """Spans of an offer up to the newest run: hours from and to, price, known hours."""
        wanted = SOURCE << 32 | self.shop.ordinal(name)
        head = int(self.shop.line.t[-1])
        told = []
        for span in spans_of(self.history.filter(pl.col("offer_id") == wanted)).rows(named=True):
            start = to_micros(span["start"])
            end = head if span["end"] is None else to_micros(span["end"])
            known = self.shop.line.known(np.array([start]), np.array([end]))[0]
            price = span["price_minor"]
            told.append((start, span["end"] and end, price, 0 if price is None else int(known)))
        return told


def sources(
    folder: Path, runs: Sequence[Said], left_out: Sequence[int]
) -> tuple[Recorded, Recorded]:
    """The source that read in order, and the one that read some of it afterwards, in that order."""
    whole, late = Recorded(folder / "whole"), Recorded(folder / "late")
    hours = np.cumsum([said.after for said in runs]).tolist()
    for place, said in enumerate(runs):
        whole.run(hours[place], said)
        if place not in left_out:
            late.run(hours[place], said)
    for place in left_out:
        late.fold(hours[place], runs[place])
    return whole, late


def without_later_rejections(runs: Sequence[Said], first_left_out: int) -> list[Said]:
    """A rejected row says something only of an offer that lives, and nobody can know that of an
    offer whose sighting is still missing: that much a left out run does cost.
    """
    return [
        one if place <= first_left_out else replace(one, rejected=frozenset())
        for place, one in enumerate(runs)
    ]


def known_to(shop: Recorded) -> set[str]:
    return set(shop.shop.state.frame["source_offer_id"])


runs = st.builds(
    Said,
    after=st.one_of(st.integers(1, 30), st.integers(40, 120)),
    prices=st.dictionaries(st.sampled_from(NAMES), st.sampled_from([1000, 1100])),
    partial=st.integers(0, 3).map(lambda n: n == 0),
    rejected=st.one_of(st.just(frozenset()), st.frozensets(st.sampled_from(NAMES))),
)
EVERYTHING = dict.fromkeys(NAMES, 1000)


@given(st.lists(runs, min_size=1, max_size=10))
@settings(max_examples=15)
def test_replaying_the_sightings_gives_the_rows_that_the_runs_wrote(said: list[Said]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Recorded(Path(folder))
        hour = 0
        for one in said:
            hour += one.after
            shop.run(hour, one)
        ids = shop.ids
        kinds = ["first", "gone", "back", "unseen", "seen"]
        rows = shop.history.filter(pl.col("kind").is_in(kinds)).with_columns(
            micros=pl.col("at").to_physical()
        )
        line: Timeline = shop.shop.line
        seen = lived(ids, line, rows)
        for k, number in enumerate(line.number.tolist()):
            packed = shop.bitmaps[number]
            if packed is not None:
                seen[:, k] = contains(packed, (ids & 0xFFFFFFFF).astype(np.uint32))
        full = np.array([shop.full[int(n)] for n in line.number], dtype=np.bool_)
        again = replay(ids, line, full, seen).events
        columns = ["offer_id", "micros", "kind"]
        assert sorted(again.rows()) == sorted(rows.select(columns).rows())


@given(
    first=st.dictionaries(st.sampled_from(NAMES), st.sampled_from([1000, 1100]), min_size=1),
    said=st.lists(runs, min_size=2, max_size=10),
    choice=st.integers(0, 100),
)
@example({"a": 1000}, [Said(24, {}), Said(24, {"a": 1000}), Said(24, {}), Said(24, {})], 2)
@example(EVERYTHING, [Said(24, {"a": 900}), Said(24, {"a": 900}), Said(24, EVERYTHING)], 0)
@example(EVERYTHING, [Said(10, {}), Said(24, {}), Said(24, EVERYTHING)], 1)
@settings(max_examples=25)
def test_R_RUN_1_a_full_run_left_out_and_folded_in_leaves_the_same_history(
    first: dict[str, int], said: list[Said], choice: int
) -> None:
    told = [Said(0, first), *said]
    full = [place for place, one in enumerate(told[:-1]) if not one.partial]
    left = full[choice % len(full)]
    told = without_later_rejections(told, left)
    with tempfile.TemporaryDirectory() as folder:
        whole, late = sources(Path(folder), told, [left])
        assert late.shop.line.t.tolist() == whole.shop.line.t.tolist()
        assert late.shop.line.sums.tolist() == whole.shop.line.sums.tolist()
        for name in sorted(known_to(late)):
            assert late.told(name) == whole.told(name), name


@given(
    first=st.dictionaries(st.sampled_from(NAMES), st.sampled_from([1000, 1100]), min_size=1),
    said=st.lists(runs, min_size=3, max_size=9),
    choice=st.tuples(st.integers(0, 100), st.integers(0, 100)),
    turned=st.booleans(),
)
@settings(max_examples=10)
def test_R_RUN_1_two_runs_may_be_folded_in_one_after_the_other_in_any_order(
    first: dict[str, int], said: list[Said], choice: tuple[int, int], *, turned: bool
) -> None:
    told = [Said(0, first), *said]
    full = [place for place, one in enumerate(told[:-1]) if not one.partial]
    left = sorted({full[n % len(full)] for n in choice}, reverse=turned)
    told = without_later_rejections(told, min(left))
    with tempfile.TemporaryDirectory() as folder:
        whole, late = sources(Path(folder), told, left)
        for name in sorted(known_to(late)):
            assert late.told(name) == whole.told(name), name
