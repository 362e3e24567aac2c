import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sparfuchs.plumbing.files import FolderFiles
from sparfuchs.testing.contracts.files import FilesContract


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    return FolderFiles(tmp_path / "files")


class TestFolderFiles(FilesContract):
    pass


def test_R_RUN_6_what_a_crash_left_unfinished_is_swept_once_old(
    files: FolderFiles, tmp_path: Path
) -> None:
    files.write("a/b", b"x")
    left = tmp_path / "files" / "a" / ".unfinished-0123"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert list(files.list()) == ["a/b"]
    assert files.sweep(older_than=datetime(2000, 1, 1, tzinfo=UTC), keep=set()) == 1
    assert not left.exists()
    assert files.exists("a/b")


def test_a_link_inside_the_folder_is_neither_listed_nor_swept(
    files: FolderFiles, tmp_path: Path
) -> None:
    files.write("a", b"x")
    outside = tmp_path / "outside"
    outside.write_bytes(b"not ours")
    (tmp_path / "files" / "link").symlink_to(outside)
    assert list(files.list()) == ["a"]
    files.sweep(older_than=datetime(2100, 1, 1, tzinfo=UTC), keep=set())
    assert outside.exists()
