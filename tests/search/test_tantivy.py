"""The embedded engine sits the exam of the port, and survives what happens to files."""

import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.search.engines.tantivy_engine import TantivyEngine
from sparfuchs.search.engines.tantivy_facts import KeptNames
from sparfuchs.search.language.spelling import spelled, words
from sparfuchs.search.model import Query, Swap
from sparfuchs.testing.contracts.search_engine import NONE, SearchEngineContract, listings


class TestTantivy(SearchEngineContract):
    def make_engine(self, tmp_path: Path) -> TantivyEngine:
        return TantivyEngine(tmp_path / "index")


@given(st.text(max_size=60))
def test_a_title_and_a_query_of_the_same_text_are_the_same_words(text: str) -> None:
    latin = "".join(letter for letter in text if ord(letter) < 0x250)
    said = pl.select(spelled(pl.lit(latin))).item().split()
    asked = words(latin)
    if latin.isascii() or all(letter in "äöüÄÖÜßéèáà" or letter.isascii() for letter in latin):
        assert said[: len(asked)] == asked


@pytest.mark.parametrize("left", ["current", "meta.json"])
def test_an_index_that_lost_a_file_is_none(tmp_path: Path, left: str) -> None:
    engine = TantivyEngine(tmp_path)
    with engine.renewing() as fresh:
        fresh.add(listings(5))
    for path in tmp_path.rglob(left):
        path.unlink()
    assert not engine.exists()
    with engine.renewing() as fresh:
        fresh.add(listings(5))
    assert engine.search(Query()).total.value == 5


def test_old_generations_are_cleared_away(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    for _ in range(3):
        with engine.renewing() as fresh:
            fresh.add(listings(5))
    assert len([folder for folder in tmp_path.iterdir() if folder.is_dir()]) == 1
    assert engine.size() > 0


def test_two_commits_within_one_tick_of_the_clock_of_files_are_both_seen(tmp_path: Path) -> None:
    engine, other = TantivyEngine(tmp_path), TantivyEngine(tmp_path)
    with engine.renewing() as fresh:
        fresh.add(listings(5))
    (meta,) = tmp_path.rglob("meta.json")
    for count in (6, 7, 8):
        assert other.count() == count - 1
        times = meta.stat()
        engine.apply(listings(count)[count - 1 :], NONE)
        os.utime(meta, ns=(times.st_atime_ns, times.st_mtime_ns))
        assert other.count() == count


def test_who_asks_while_the_index_is_made_anew_is_always_answered(tmp_path: Path) -> None:
    engine, other = TantivyEngine(tmp_path), TantivyEngine(tmp_path)
    with engine.renewing() as fresh:
        fresh.add(listings(5))
    done = threading.Event()

    def ask() -> int:
        answers = 0
        while not done.is_set() or not answers:
            assert other.search(Query(text="kopfhörer")).total.value == 5
            assert other.size() >= 0
            answers += 1
        return answers

    with ThreadPoolExecutor(2) as pool:
        asking = [pool.submit(ask) for _ in range(2)]
        for _ in range(20):
            with engine.renewing() as fresh:
                fresh.add(listings(5))
        done.set()
        assert all(one.result() > 0 for one in asking)


def test_what_a_commit_left_that_was_killed_half_way_is_in_nobodys_way(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path / "index")
    with engine.renewing() as fresh:
        fresh.add(listings(50))
    (folder,) = (path for path in (tmp_path / "index").iterdir() if path.is_dir())
    before = tmp_path / "before"
    shutil.copytree(folder, before)
    changed, gone = listings(5), np.array([], dtype=np.int64)
    engine.apply(changed, gone)
    # As if killed before the commit was noted: its files are there beside all that was before.
    assert any(path.suffix == ".del" for path in folder.iterdir())
    for path in before.iterdir():
        if path.name != ".managed.json":
            shutil.copy(path, folder / path.name)
    again = TantivyEngine(tmp_path / "index")
    again.apply(changed, gone)
    assert again.count() == 50
    again.apply(changed, gone)
    assert again.search(Query()).total.value == 50


def test_words_that_come_later_are_known_after_a_while(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    with engine.renewing() as fresh:
        fresh.add(listings(20))
    assert engine.search(Query(text="zwitscherkisst")).total.value == 0
    reader = engine._reader()
    assert reader is not None
    reader.names = KeptNames(keep=0.0)
    assert engine.search(Query(text="zwitscherkisst")).total.value == 0
    added = listings(24, seed=3)[20:].with_columns(title=pl.lit("Zwitscherkiste aus Holz"))
    engine.apply(added, NONE)
    for _ in range(200):  # read beside the queries that ask meanwhile
        page = engine.search(Query(text="zwitscherkisst"))
        if page.total.value:
            break
        time.sleep(0.02)
    assert page.understood.mended == (Swap("zwitscherkisst", "zwitscherkiste"),)
    assert page.total.value == 4
