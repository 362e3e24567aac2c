"""Readings that are killed on the way, and proof that the check would see what a crash broke."""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.sources import add_source
from sparfuchs.testing.changing_shop import ChangingShop, Known
from sparfuchs.testing.crash import START, rounds
from sparfuchs.testing.crash_check import (
    check_source,
    check_verdicts,
    fingerprint,
    source_row,
    undone,
)

ROUNDS = 4
SEED = 3


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the server's account can enter; pytest's own are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="sparfuchs-crash-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.timeout(180)
def test_R_RUN_6_a_killed_reading_is_there_whole_or_not_at_all(open_folder: Path) -> None:
    found = rounds(open_folder / "data", ROUNDS, seed=SEED, offers=300)
    assert found.violations == []
    assert found.rounds == ROUNDS
    assert found.killed_process + found.killed_server > 0


class Read:
    """A shop that was read four times into the database of the test."""

    def __init__(self, here: Installation, folder: Path, number: int) -> None:
        self.here = here
        self.merchant = f"Laden {number}"
        shop = ChangingShop(number, 200, seed=1)
        self.known = Known.nothing(shop.now)
        self.gone = 0
        path = folder / f"{number}.csv"
        for hours in (0, 12, 24, 36):
            says, at = shop.change(), START + timedelta(hours=hours)
            shop.write(path)
            source = add_source(here, self.merchant, "feed", str(path), {}, now=START)
            read_and_judge(here, source, at=at, now=at)
            self.known, self.last = self.known.after(says, at)
            self.gone += self.last.gone

    def wrong(self, damage: str | None = None) -> list[str]:
        """What the check says, of what is stored or of that after a statement that is undone."""
        with undone(self.here) as work:
            if damage is not None:
                one = {"id": work.execute("SELECT min(id) FROM offers").scalar_one()}
                work.execute(damage, one if ":id" in damage else None)
            row = source_row(work, self.merchant)
            assert row is not None
            return [
                *check_source(work, self.here.files, row, self.known, self.last),
                *check_verdicts(work, row, self.known, self.last),
            ]


def test_R_F_3_readings_give_what_a_second_reckoning_gives(
    here: Installation, tmp_path: Path
) -> None:
    for number in (0, 1):
        read = Read(here, tmp_path, number)
        assert read.wrong() == []
        assert read.last is not None
        # The check has something to look at.
        assert read.last.changed
        assert read.gone
        assert read.last.unchanged


# A statement that breaks something, and a piece of the sentence that must be said of it.
DAMAGE = [
    ("prices differ", "UPDATE offers SET price_minor = price_minor + 1 WHERE id = :id"),
    ("offers are known, but", "DELETE FROM offers WHERE id = :id"),
    ("offers are known, but", "DELETE FROM offer_texts WHERE id = :id"),
    ("1 lost", "DELETE FROM price_changes WHERE offer_id = :id AND kind = 2"),
    (
        "1 too many",
        (
            "INSERT INTO price_changes SELECT offer_id, at + interval '1 hour', kind, run, "
            "before_minor, price_minor FROM price_changes WHERE offer_id = :id AND kind = 2"
        ),
    ),
    ("verdicts of", "DELETE FROM verdicts WHERE offer_id = :id"),
    ("ratings of the run's time", "UPDATE ratings SET rated_at = rated_at - interval '1 day'"),
    ("recent history", "UPDATE recent_history SET entries = '' WHERE offer_id = :id"),
    ("the pointer", "UPDATE sources SET head_run = head_run - 1"),
    ("runs are of", "DELETE FROM feed_runs WHERE number = 2"),
    ("the sum", "UPDATE feed_runs SET sum_micros = 0 WHERE number = 3"),
    ("counts", "UPDATE feed_runs SET changed = changed + 1"),
    ("has 0 events", "DELETE FROM event_log WHERE topic = 'feed' AND position = 2"),
    (
        "has 2 events",
        (
            "INSERT INTO event_outbox (topic, key, type, occurred_at, payload) "
            "SELECT topic, key, type, occurred_at, payload FROM event_log "
            "WHERE topic = 'feed' AND position = 2"
        ),
    ),
    ("the topic feed has gaps", "UPDATE event_topics SET head = head + 1 WHERE topic = 'feed'"),
    ("events before it", "UPDATE event_cursors SET position = position - 1"),
]


def test_the_check_sees_what_is_lost_doubled_or_halved(here: Installation, tmp_path: Path) -> None:
    read = Read(here, tmp_path, 0)
    assert read.wrong() == []
    unseen = [
        statement
        for what, statement in DAMAGE
        if not any(what in sentence for sentence in read.wrong(statement))
    ]
    assert unseen == []
    assert read.wrong() == []


def test_the_check_sees_files_that_are_named_and_missing(
    here: Installation, tmp_path: Path
) -> None:
    read = Read(here, tmp_path, 1)
    newest = [list(here.files.list(folder))[-1] for folder in ("states", "segments", "rejections")]
    for name in newest:
        here.files.delete(name)
    said = " ".join(read.wrong())
    assert [name for name in newest if name not in said] == []


def test_a_fingerprint_changes_with_any_row_of_the_source(
    here: Installation, tmp_path: Path
) -> None:
    Read(here, tmp_path, 0)
    with here.database.reading() as work:
        row = source_row(work, "Laden 0")
        assert row is not None
        before = fingerprint(work, row["id"])
    touched = {"sources": "UPDATE sources SET live = live + 1"}
    for table in before:
        if not before[table][0]:
            continue
        with here.database.unit_of_work() as work:
            work.execute(touched.get(table, f"DELETE FROM {table}"))
            after = fingerprint(work, row["id"])
        assert after[table] != before[table]
    assert {"offers", "price_changes", "verdicts"} <= {name for name, (n, _) in before.items() if n}
