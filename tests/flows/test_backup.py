"""A backup comes back equal, in another folder and another database (R-RUN-8)."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from flows.market import NOW, Shop, day, installed
from sparfuchs import migrations
from sparfuchs.flows.backup import SKIPPED, back_up, bring_back, empty_database, verify
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.sources import find_source, remove_source
from sparfuchs.flows.sweep import LOCK_SPACE, sweep
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict, NotFound, UsageError
from sparfuchs.plumbing.dump import shape_of
from sparfuchs.plumbing.settings import DatabaseSettings, Settings

PRICES = {f"p{n}": 10.0 + 3.7 * n for n in range(10)}
ODD = {"title": 'Tab\\tund "Zeichen" \\\\ Schluss\u2028', "price": "4.20 EUR"}


def lived(shop: Shop) -> None:
    """A history of some weeks with a change, an end, a deal, a held run and a second source."""
    shop.settings = {"interval": "36h"}
    for number in range(0, 40, 3):
        shop.read(number, {**PRICES, "odd": ODD})
    shop.read(
        41,
        {**{name: PRICES[name] / 2 for name in list(PRICES)[:2]}, **dict(list(PRICES.items())[2:])},
    )
    shop.read(43, {"p0": 1.0})
    other = Shop(shop.here, shop.path.with_name("other.tsv"), merchant="Nachbar")
    other.read(5, {"x": 3.0})
    key = shop.here.settings.data_dir / "keys" / "sign"
    key.parent.mkdir()
    key.write_text("secret")


def taken(here: Installation, to: Path) -> Path:
    back_up(here, to, str(migrations.newest()), now=NOW)
    return to


@contextmanager
def restored(folder: Path, empty_dsn: str, to: Path) -> Iterator[Installation]:
    migrations.upgrade(empty_dsn, verify(folder).revision)
    settings = Settings(data_dir=to, database=DatabaseSettings(url=empty_dsn))
    with installed(settings) as there:
        empty_database(there.database)
        bring_back(there.database, there.files, to, folder, verify(folder))
        yield there


def contents(here: Installation) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, without the gap that a restore leaves in the ordinals."""
    with here.database.reading() as work:
        found = {}
        for table, columns in shape_of(work).columns.items():
            listed = ", ".join(f'"{c}"' for c in columns if c != "next_ordinal")
            rows = work.execute(f"SELECT {listed} FROM {table}")
            found[table] = sorted((tuple(row) for row in rows), key=repr)
        return found


def documents(here: Installation) -> dict[str, bytes]:
    return {name: here.files.path(name).read_bytes() for name in here.files.list()}


def test_R_RUN_8_a_restored_installation_is_equal_and_lives_on(
    shop: Shop, empty_dsn: str, tmp_path: Path
) -> None:
    lived(shop)
    sweep(shop.here, now=NOW + timedelta(days=500))  # what nothing names is in no backup
    folder = taken(shop.here, tmp_path / "backup")
    with restored(folder, empty_dsn, tmp_path / "there") as there:
        assert contents(there) == contents(shop.here)
        assert documents(there) == documents(shop.here)
        assert (tmp_path / "there" / "keys" / "sign").read_text() == "secret"
        again = Shop(there, shop.path, settings=shop.settings)
        for name in ("p0", "p9", "odd"):
            assert again.offer(name) == shop.offer(name)
        # It goes on where it was, and gives no ordinal that the lost one may have given.
        report = again.read(44, {**PRICES, "odd": ODD, "new": 5.0})
        assert (report.run.counts.new, report.run.counts.gone) == (1, 0)
        assert again.id("new") & 0xFFFFFFFF == 11 + SKIPPED
        assert again.offer("new")["verdict"] is not None


def test_R_RUN_8_the_same_rows_give_the_same_bytes(
    shop: Shop, empty_dsn: str, tmp_path: Path
) -> None:
    lived(shop)
    folder = taken(shop.here, tmp_path / "backup")
    with restored(folder, empty_dsn, tmp_path / "there") as there:
        second = verify(taken(there, tmp_path / "second"))
    first = verify(folder)
    differ = {name for name in first.tables if first.tables[name] != second.tables[name]}
    assert differ == {"sources"}
    assert (second.rows, second.files) == (first.rows, first.files)
    assert second.shape == first.shape


def test_R_RUN_8_a_backup_is_of_one_moment_and_the_sweeper_rests_meanwhile(
    shop: Shop, empty_dsn: str, tmp_path: Path
) -> None:
    shop.read(0, PRICES)
    happened: list[int] = []

    def meanwhile(name: str, _done: int, _all: int) -> None:
        if name == "table offers" and not happened:
            happened.append(1)
            shop.read(1, {**PRICES, "p0": 5.0})
            # The state that the snapshot names is old and named by nothing now.
            assert sweep(shop.here, now=system_clock() + timedelta(days=9)) == 0

    back_up(shop.here, tmp_path / "b", str(migrations.newest()), now=NOW, step=meanwhile)
    with restored(tmp_path / "b", empty_dsn, tmp_path / "there") as there:
        source = find_source(there, "laden/feed")
        assert (source.head_run, source.head_at) == (1, day(0))
        assert source.state_file is not None
        assert there.files.exists(source.state_file)
        assert Shop(there, shop.path).offer("p0")["price"]["minor"] == 1000
    with shop.here.database.hold_lock(LOCK_SPACE, 0) as held:
        assert held  # and goes on afterwards


def test_a_damaged_or_unfinished_backup_is_refused_before_anything_is_touched(
    shop: Shop, tmp_path: Path
) -> None:
    shop.read(0, PRICES)
    folder = taken(shop.here, tmp_path / "backup")
    with pytest.raises(Conflict, match="not empty"):
        taken(shop.here, folder)
    for name in [name for name, _ in verify(folder).members()]:
        bad = tmp_path / "bad"
        shutil.copytree(folder, bad)
        data = bytearray((bad / name).read_bytes())
        data[len(data) // 2] ^= 1
        (bad / name).write_bytes(data)
        with pytest.raises(UsageError, match="damaged"):
            verify(bad)
        shutil.rmtree(bad)
    told = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**told, "format": 99}))
    with pytest.raises(UsageError, match="format 99"):
        verify(folder)
    (folder / "manifest.json").write_text(json.dumps({**told, "keys": {"../../etc/x": [1, "0"]}}))
    with pytest.raises(UsageError, match="outside"):
        verify(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(NotFound, match="no backup"):
        verify(folder)


def test_a_database_with_anything_in_it_is_left_alone(shop: Shop) -> None:
    shop.read(0, PRICES)
    with pytest.raises(Conflict, match="not empty"):
        empty_database(shop.here.database)


def test_R_RUN_8_a_lost_state_is_told_and_made_again_after_a_restore(
    shop: Shop, empty_dsn: str, tmp_path: Path
) -> None:
    shop.read(0, PRICES)
    state = shop.source.state_file
    assert state is not None
    shop.here.files.delete(state)
    assert verify(taken(shop.here, tmp_path / "b")).missing == (state,)
    with restored(tmp_path / "b", empty_dsn, tmp_path / "there") as there:
        source = find_source(there, "laden/feed")
        counts = read_and_judge(there, source, at=day(1), now=NOW).run.counts
        assert (counts.new, counts.gone) == (0, 0)


def test_R_RUN_8_files_of_a_removed_source_are_swept(shop: Shop) -> None:
    shop.read(0, PRICES)
    shop.read(1, {"p0": 1.0})
    assert len(documents(shop.here)) > 3
    remove_source(shop.here, shop.source, now=NOW)
    sweep(shop.here, now=system_clock() + timedelta(days=9))
    assert documents(shop.here) == {}
