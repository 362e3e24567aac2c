"""What every `plumbing.files.Files` must do. The subclass gives a fixture `files`, empty."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sparfuchs.kernel.errors import StoreUnavailable, UsageError
from sparfuchs.plumbing.files import Files

ESCAPES = [
    "",
    ".",
    "..",
    "../outside",
    "a/../../outside",
    "/etc/passwd",
    "a//b",
    "a/",
    "./a",
    ".hidden",
    "a/.hidden",
    "a\\b",
    "a\0b",
]


class FilesContract:
    def test_what_was_written_is_read(self, files: Files) -> None:
        files.write("states/7/a.arrow", b"one\0two")
        with files.open("states/7/a.arrow") as file:
            assert file.read() == b"one\0two"
        assert files.path("states/7/a.arrow").read_bytes() == b"one\0two"
        assert files.exists("states/7/a.arrow")

    def test_a_writer_is_given_a_path_to_fill(self, files: Files) -> None:
        def fill(path: Path) -> None:
            path.write_text("filled")

        files.write("a", fill)
        assert files.path("a").read_text() == "filled"

    def test_a_second_writing_replaces_the_first(self, files: Files) -> None:
        files.write("a", b"first, and longer")
        files.write("a", b"second")
        assert files.path("a").read_bytes() == b"second"

    def test_a_writing_that_fails_leaves_the_old_file_and_nothing_else(self, files: Files) -> None:
        def fail(path: Path) -> None:
            path.write_bytes(b"half")
            raise ZeroDivisionError

        files.write("a", b"old")
        with pytest.raises(ZeroDivisionError):
            files.write("a", fail)
        with pytest.raises(ZeroDivisionError):
            files.write("b", fail)
        assert files.path("a").read_bytes() == b"old"
        assert list(files.list()) == ["a"]

    def test_a_file_that_is_not_there_is_told_by_its_name(self, files: Files) -> None:
        assert not files.exists("states/7/gone")
        with pytest.raises(StoreUnavailable, match="states/7/gone"):
            files.path("states/7/gone")
        with pytest.raises(StoreUnavailable, match="states/7/gone"):
            files.open("states/7/gone")

    def test_deleting_says_whether_there_was_something(self, files: Files) -> None:
        files.write("a", b"x")
        assert files.delete("a")
        assert not files.delete("a")
        assert not files.exists("a")

    def test_names_are_listed_in_order_by_their_beginning(self, files: Files) -> None:
        for name in ("b/2", "b/1", "a", "bb/1"):
            files.write(name, b"")
        assert list(files.list()) == ["a", "b/1", "b/2", "bb/1"]
        assert list(files.list("b/")) == ["b/1", "b/2"]
        assert list(files.list("c")) == []

    @pytest.mark.parametrize("name", ESCAPES)
    def test_no_name_leads_out_of_the_store(self, files: Files, name: str) -> None:
        for use in (files.path, files.open, files.exists, files.delete):
            with pytest.raises(UsageError):
                use(name)
        with pytest.raises(UsageError):
            files.write(name, b"x")

    def test_R_RUN_6_sweeping_takes_only_what_is_old_and_not_named(self, files: Files) -> None:
        files.write("named", b"x")
        files.write("orphan", b"x")
        day_ahead = datetime.now(UTC) + timedelta(days=1)  # noqa: TID251 - the store's own clock
        day_ago = day_ahead - timedelta(days=2)
        assert files.sweep(older_than=day_ago, keep=set()) == 0
        assert files.sweep(older_than=day_ahead, keep={"named"}) == 1
        assert list(files.list()) == ["named"]
