"""Files that can be made again: kept while they are fresh, used, and few enough."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sparfuchs.plumbing.folder_cache import FolderCache

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def cache(folder: Path, most: int = 1000) -> FolderCache:
    return FolderCache(folder / "kept", most_bytes=most, fresh=30 * DAY)


def test_what_was_put_in_is_there_until_it_is_too_old(tmp_path: Path) -> None:
    kept = cache(tmp_path)
    assert kept.get("ab12", now=NOW) is None
    kept.put("ab12", b"x", now=NOW)
    assert kept.get("ab12", now=NOW + 30 * DAY) == b"x"
    assert kept.get("ab12", now=NOW + 31 * DAY) is None
    kept.put("ab12", b"y", now=NOW + 31 * DAY)
    assert kept.get("ab12", now=NOW + 60 * DAY) == b"y"


def test_when_there_is_too_much_what_was_long_unused_goes(tmp_path: Path) -> None:
    kept = cache(tmp_path)
    for day in range(10):
        kept.put(f"{day:02}", b"x" * 100, now=NOW + day * DAY)
    assert kept.get("00", now=NOW + 10 * DAY)  # the oldest is used once more
    kept.put("new", b"x" * 100, now=NOW + 11 * DAY)
    there = {
        name
        for name in [*(f"{day:02}" for day in range(10)), "new"]
        if kept.get(name, now=NOW + 12 * DAY)
    }
    assert there == {"00", *(f"{day:02}" for day in range(3, 10)), "new"}


def test_another_process_goes_on_with_what_is_there(tmp_path: Path) -> None:
    first = cache(tmp_path)
    for day in range(10):
        first.put(f"{day:02}", b"x" * 100, now=NOW + day * DAY)
    second = cache(tmp_path)
    second.put("new", b"x" * 100, now=NOW + 20 * DAY)
    files = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 900
    assert second.get("new", now=NOW + 20 * DAY)


def test_a_replaced_file_is_counted_once(tmp_path: Path) -> None:
    kept = cache(tmp_path)
    kept.put("old", b"x" * 100, now=NOW)
    for _ in range(50):
        kept.put("same", b"x" * 100, now=NOW + DAY)
    assert kept.get("old", now=NOW + DAY)
