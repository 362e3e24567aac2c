"""Kills a reading, or PostgreSQL under it, at a random moment, and looks at what is there then.

A run must be there whole or not at all, nothing lost and nothing doubled (R-RUN-6). Each round
reads a feed by a process of its own, as an operator would; the moment of the kill is drawn from the
time that readings took which nobody killed. Then the installation is opened again, which lets
PostgreSQL recover, everything is checked (`crash_check`), and the same reading is repeated and must
succeed.

A kill takes the processes, not the machine: what the operating system had taken for written stays.
Whether files reach the disk before the commit is not seen here.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

from sparfuchs import migrations
from sparfuchs.entrypoints.wiring import connected
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.flows.sweep import sweep
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.settings import DatabaseSettings, Settings
from sparfuchs.testing.changing_shop import ChangingShop, Expected, Known
from sparfuchs.testing.crash_check import (
    Fingerprint,
    Row,
    check_source,
    check_verdicts,
    differences,
    fingerprint,
    source_row,
    undone,
)
from sparfuchs.testing.kill import LONGEST, Ended, Kill, Plan, read_as_process

# Some days before the end of a month: the history needs a new partition on the way.
START: Final = datetime(2026, 1, 25, 12, tzinfo=UTC)
# Two shops, one a format, take turns and make room for the next two after so many rounds: first
# runs are killed as well.
ROUNDS_OF_A_PAIR: Final = 14
_SESSIONS_END_WITHIN: Final = 10.0
# Shares of rounds: the server does not run and the reading must start it; a run is judged by who
# comes next and not by its repetition; the kill may fall into the start of the program, too.
_SERVER_STOPPED: Final = 0.1
_JUDGED_FROM_OUTSIDE: Final = 0.5
_FROM_THE_VERY_START: Final = 0.2


_WEIGHTS: Final = {Kill.NOTHING: 10, Kill.PROCESS: 50, Kill.SERVER: 25, Kill.BOTH: 15}


@dataclass
class Findings:
    """What some rounds gave. `found_whole` and `found_absent` count all rounds, those too in which
    nobody was killed; `moments` counts how far the killed readings had come.
    """

    rounds: int = 0
    killed_process: int = 0
    killed_server: int = 0
    found_whole: int = 0
    found_absent: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_json(self) -> dict[str, object]:
        return {**vars(self), "moments": dict(self.moments), "seconds": round(self.seconds, 1)}


@dataclass
class Side:
    """One shop: what it serves, what must be known of it, and what was stored of it last."""

    shop: ChangingShop
    known: Known
    last: Expected | None = None
    source: int | None = None
    prints: Fingerprint | None = None

    @property
    def merchant(self) -> str:
        return f"Laden {self.shop.number}"


def rounds(
    data_dir: Path,
    n: int,
    seed: int,
    *,
    offers: int = 4_000,
    kill: bool = True,
    said: Callable[[str], None] = lambda _line: None,
) -> Findings:
    """So many rounds in an installation of their own in `data_dir`, which is left stopped.

    `offers` is what a shop begins with. Without `kill` it is the control: the same readings, nobody
    killed. `said` is told each round in a line. A violation ends the rounds: what comes after would
    repeat it.
    """
    began = time.monotonic()
    trial = _Trial(data_dir, seed, offers, kill=kill)
    migrations.upgrade(postgres.ensure_running(trial.settings))
    try:
        for number in range(n):
            said(trial.round(number))
            if trial.findings.violations:
                break
        else:
            trial.swept()
    finally:
        postgres.stop(trial.settings)
    trial.findings.seconds = time.monotonic() - began
    return trial.findings


class _Trial:
    """The rounds while they last."""

    def __init__(self, data_dir: Path, seed: int, offers: int, *, kill: bool) -> None:
        self.settings = Settings(data_dir=data_dir, database=DatabaseSettings(url=None))
        self.findings = Findings()
        self.draw = random.Random(seed)  # noqa: S311 - moments, not secrets
        self.seed = seed
        self.offers = offers
        self.kill = kill
        self.sides: dict[int, Side] = {}
        # Durations of readings that nobody killed, and when in them something is at stake.
        self.usual: dict[bool, list[tuple[float, float]]] = {True: [], False: []}

    def round(self, number: int) -> str:
        """One round; gives it in a line."""
        side = self._side(number)
        at = START + timedelta(hours=6 * number)
        feed = self.settings.data_dir / f"feed-{side.shop.number}.csv"
        before = side.shop.now
        says = side.shop.change()
        if says is not before or not feed.exists():
            side.shop.write(feed)
        known, expected = side.known.after(says, at)
        first = not side.known.times
        plan = self._plan(first=first)
        if self.draw.random() < _SERVER_STOPPED:
            postgres.stop(self.settings)  # the reading will start it itself
        ended = read_as_process(self._order(side, feed, at), self.settings.data_dir, plan)
        with opened(self.settings) as here:
            wrong = _leavings(here, ended, plan.what)
            row = self._row(here, side)
            whole = row is not None and row["head_at"] == at
            side.source = None if row is None else int(row["id"])
            if whole:
                assert row is not None
                side.known, side.last = known, expected
                wrong += self._stored(here, row, side)
                # Some runs are judged by whoever comes next, others by the repetition below.
                if not wrong and self.draw.random() < _JUDGED_FROM_OUTSIDE:
                    catch_up(here)
                    wrong += self._stored(here, row, side, judged=True)
            elif ended.exit_code == 0:
                wrong.append(f"the reading of {at.isoformat()} reported success and is not there")
            else:
                wrong += self._untouched(here, side)
            wrong += self._others(here, side)
        again = None
        if not wrong:
            again, wrong = self._repeat(side, feed, at, known, expected, whole=whole)
        self._note(plan.what, ended, again, first=first, whole=whole)
        name = f"round {number}, {side.merchant}"
        self.findings.violations += [f"{name}: {sentence}" for sentence in wrong]
        return (
            f"{name}: kill {plan.what}, ended {ended.exit_code} after "
            f"{ended.seconds:.2f} s {ended.killed_at or 'of itself'}; "
            f"{'whole' if whole else 'absent'}; {wrong or 'as it must be'}"
        )

    def swept(self) -> None:
        """What killed readings left lying about goes with the sweeper, and nothing else does."""
        with opened(self.settings) as here:
            sweep(here, now=datetime.now(UTC) + timedelta(days=2))  # noqa: TID251 - files have the system's time
            for side in self.sides.values():
                row = self._row(here, side)
                assert row is not None
                self.findings.violations += self._stored(here, row, side, judged=True)
            left = list(here.scratch.iterdir())
        if left:
            self.findings.violations.append(f"{len(left)} folders of killed runs were not swept")

    def _side(self, number: int) -> Side:
        shop = 2 * (number // ROUNDS_OF_A_PAIR) + number % 2
        if shop not in self.sides:
            made = ChangingShop(shop, self.offers, self.seed)
            self.sides[shop] = Side(made, Known.nothing(made.now))
        return self.sides[shop]

    def _plan(self, *, first: bool) -> Plan:
        """What is killed and when, drawn from how long readings took that nobody killed."""
        seen = (self.usual[first] or self.usual[True])[-7:]
        if not seen or not self.kill:
            return Plan()
        what = self.draw.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
        if self.draw.random() < _FROM_THE_VERY_START:
            return Plan(what, self.draw.uniform(0, median(whole for _, whole in seen)))
        rest = median(whole - started for started, whole in seen)
        return Plan(what, self.draw.uniform(0, rest), at_stake=True)

    def _order(self, side: Side, feed: Path, at: datetime) -> list[str]:
        return [str(feed), "--merchant", side.merchant, "--seen-at", at.isoformat()]

    def _row(self, here: Installation, side: Side) -> Row | None:
        with here.database.reading() as work:
            return source_row(work, side.merchant)

    def _untouched(self, here: Installation, side: Side) -> list[str]:
        """The reading is absent: what was stored of the source is stored still."""
        if side.source is None:
            return [] if side.prints is None else [f"{side.merchant} is gone"]
        with here.database.reading() as work:
            now = fingerprint(work, side.source)
            row = source_row(work, side.merchant)
        if side.prints is not None:
            assert row is not None
            return differences(side.prints, now) + self._stored(here, row, side)
        filled = [name for name, (rows, _) in now.items() if rows and name != "sources"]
        return [f"rows in {', '.join(filled)} of a run that is not there"] if filled else []

    def _stored(
        self, here: Installation, row: Row, side: Side, *, judged: bool = False
    ) -> list[str]:
        with undone(here) as work:
            found = check_source(work, here.files, row, side.known, side.last)
            return found + (check_verdicts(work, row, side.known, side.last) if judged else [])

    def _others(self, here: Installation, side: Side) -> list[str]:
        """What was stored of the other shops is as it was."""
        found = []
        with here.database.reading() as work:
            for other in self.sides.values():
                if other is not side and other.source is not None and other.prints is not None:
                    found += differences(other.prints, fingerprint(work, other.source))
        return found

    def _repeat(
        self, side: Side, feed: Path, at: datetime, known: Known, expected: Expected, *, whole: bool
    ) -> tuple[Ended, list[str]]:
        """The same reading again: it succeeds, or is recognised as the same bytes at that time."""
        again = read_as_process(self._order(side, feed, at), self.settings.data_dir, Plan())
        if again.exit_code != 0:
            return again, [f"repeated, it ended with {again.exit_code}: {again.errors[-2000:]}"]
        told = {name: again.answer.get(name) for name in ("new", "changed", "gone")}
        wanted = {name: 0 if whole else getattr(expected, name) for name in told}
        wrong = [] if told == wanted else [f"repeated, it reported {told}, not {wanted}"]
        side.known, side.last = known, expected
        with opened(self.settings) as here:
            row = self._row(here, side)
            assert row is not None
            side.source = int(row["id"])
            wrong += self._stored(here, row, side, judged=True)
            with here.database.reading() as work:
                side.prints = fingerprint(work, side.source)
        return again, wrong

    def _note(
        self, what: Kill, ended: Ended, again: Ended | None, *, first: bool, whole: bool
    ) -> None:
        """Into the findings; how long it took is learned from, if nobody was killed."""
        found = self.findings
        found.rounds += 1
        if ended.killed_at is not None:
            found.killed_process += what in {Kill.PROCESS, Kill.BOTH}
            found.killed_server += what in {Kill.SERVER, Kill.BOTH}
            found.moments["committed" if whole else ended.killed_at] += 1
        found.found_whole += whole
        found.found_absent += not whole
        full = ended if ended.killed_at is None else None if whole else again
        if full is not None and full.exit_code == 0 and full.started:
            self.usual[first].append((full.started, full.seconds))


@contextmanager
def opened(settings: Settings) -> Iterator[Installation]:
    """The installation; the server is started if it does not run, and recovers if it was killed."""
    with connected(settings, postgres.ensure_running(settings)) as here:
        yield here


def _leavings(here: Installation, ended: Ended, what: Kill) -> list[str]:
    """What the reading itself left: sessions must end with it, and errors are sentences."""
    wrong = []
    deadline = time.monotonic() + _SESSIONS_END_WITHIN
    # What a killed process had asked for last may still be at work, and commit.
    while (sessions := _sessions(here)) and time.monotonic() < deadline:
        time.sleep(0.01)
    if sessions:
        wrong.append(f"{sessions} sessions of the ended process are still there")
    if ended.seconds >= LONGEST:
        wrong.append("the reading does not end")
    if "Traceback" in ended.errors:
        wrong.append(f"the reading ended with a traceback: {ended.errors[-3000:]}")
    if what is Kill.NOTHING and ended.exit_code != 0:
        wrong.append(f"nobody was killed, and it ended with {ended.exit_code}: {ended.errors}")
    return wrong


def _sessions(here: Installation) -> int:
    with here.database.reading() as work:
        others = work.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return int(others.scalar_one())
