"""Files that are written once and never changed: states, segments, payloads, models.

A file is there whole or not at all. It and its folder are flushed to disk before the database
is told its name, so that no pointer ever names what a power cut took away (R-RUN-6).
"""

import os
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from datetime import datetime
from pathlib import Path, PurePosixPath
from secrets import token_hex
from typing import BinaryIO, Final, Protocol

from sparfuchs.kernel.clock import aware_utc
from sparfuchs.kernel.errors import StoreUnavailable, UsageError

_UNFINISHED: Final = ".unfinished-"

# The content, or what writes it to the path that it is given.
Content = bytes | Callable[[Path], object]


class Files(Protocol):
    """The port. Names are relative POSIX paths without hidden parts: `segments/7/00000012.arrow`.

    `testing/contracts/files.py` is its exam. A wrong name raises UsageError everywhere.
    """

    def write(self, name: str, content: Content) -> None:
        """Stores a file durably, all of it or nothing; an older one of that name is replaced."""

    def path(self, name: str) -> Path:
        """Where the file can be read or mapped on this machine. Raises StoreUnavailable."""

    def open(self, name: str) -> BinaryIO:
        """The file for reading. Raises StoreUnavailable when there is none."""

    def exists(self, name: str) -> bool: ...

    def delete(self, name: str) -> bool:
        """False when there was none."""

    def list(self, prefix: str = "") -> Iterator[str]:
        """Names that begin with the prefix, sorted."""

    def sweep(self, *, older_than: datetime, keep: AbstractSet[str]) -> int:
        """Takes what was written before a moment and is not to be kept; how many files."""


class FolderFiles:
    """The embedded files: a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, content: Content) -> None:
        target = self._place(name)
        self._make_folder(target.parent)
        unfinished = target.with_name(f"{_UNFINISHED}{token_hex(8)}")
        try:
            if isinstance(content, bytes):
                unfinished.write_bytes(content)
            else:
                content(unfinished)
            _flush(unfinished)
            unfinished.replace(target)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        _flush(target.parent)

    def path(self, name: str) -> Path:
        place = self._place(name)
        if not place.is_file():
            raise StoreUnavailable(
                f"The file {name} is missing in {self._root}; restore it from a backup", name=name
            )
        return place

    def open(self, name: str) -> BinaryIO:
        return self.path(name).open("rb")

    def exists(self, name: str) -> bool:
        return self._place(name).is_file()

    def delete(self, name: str) -> bool:
        try:
            self._place(name).unlink()
        except FileNotFoundError:
            return False
        return True

    def list(self, prefix: str = "") -> Iterator[str]:
        names = (
            path.relative_to(self._root).as_posix()
            for path in self._written()
            if not path.name.startswith(".")
        )
        return iter(sorted(name for name in names if name.startswith(prefix)))

    def sweep(self, *, older_than: datetime, keep: AbstractSet[str]) -> int:
        """Writings that a crash left unfinished are taken, too, once they are old enough."""
        limit = aware_utc(older_than).timestamp()
        swept = 0
        for path in self._written():
            named = path.relative_to(self._root).as_posix() in keep
            try:
                if not named and path.stat().st_mtime < limit:
                    path.unlink()
                    swept += 1
            except FileNotFoundError:  # another sweeper was here, or the writing was finished
                continue
        return swept

    def _written(self) -> Iterator[Path]:
        return (path for path in self._root.rglob("*") if path.is_file() and not path.is_symlink())

    def _place(self, name: str) -> Path:
        parts = PurePosixPath(name).parts
        if (
            not parts
            or PurePosixPath(name).as_posix() != name
            or "\\" in name
            or "\0" in name
            or any(part.startswith((".", "/")) for part in parts)
        ):
            raise UsageError(f"{name!r} is no name for a file", name=name)
        return self._root.joinpath(*parts)

    def _make_folder(self, folder: Path) -> None:
        """Makes the missing folders and flushes the one above each: a folder is an entry, too."""
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            _flush(path.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
