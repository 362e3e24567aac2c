"""How full the disk may be, and logs that do not fill it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.plumbing.disk import disk_state, judged
from sparfuchs.plumbing.rotate import RotatingLog, tail
from sparfuchs.plumbing.settings import DiskSettings


@pytest.mark.parametrize("free", [0, 999, 1_000, 10_000])
def test_both_limits_must_be_kept(free: int) -> None:
    enough = free >= 1_000
    for limits in (
        DiskSettings(min_free_bytes=1_000, min_free_percent=0),
        DiskSettings(min_free_bytes=0, min_free_percent=10),
    ):
        state = judged(10_000, free, limits, Path("/somewhere"))
        assert state.enough is enough
        assert (state.reason is None) is enough
        assert enough or "/somewhere" in (state.reason or "")


def test_the_disk_of_a_folder_that_is_not_yet_there_is_the_one_above_it(tmp_path: Path) -> None:
    everything = DiskSettings(min_free_bytes=0, min_free_percent=0)
    state = disk_state(tmp_path / "a" / "b", everything)
    assert state.enough
    assert 0 < state.free <= state.total
    assert not disk_state(tmp_path, DiskSettings(min_free_bytes=2**60)).enough


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=60), st.integers(0, 3))
def test_a_log_keeps_the_newest_lines_whole_and_never_more_than_agreed(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], keep: int
) -> None:
    path = tmp_path_factory.mktemp("logs") / "part.log"
    lines = [line.replace(b"\n", b"") + b"\n" for line in lines]
    log = RotatingLog(path, max_bytes=200, keep=keep)
    assert all(log.write(line) for line in lines)
    log.close()
    files = sorted(path.parent.iterdir(), reverse=True)
    assert len(files) <= keep + 1
    assert all(file.stat().st_size <= 200 for file in files)
    kept = b"".join(file.read_bytes() for file in files)
    assert b"".join(lines).endswith(kept)


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    assert tail(path, 3) == ""
    path.write_text("\n".join(map(str, range(100_000))))
    assert tail(path, 3) == "99997\n99998\n99999"
