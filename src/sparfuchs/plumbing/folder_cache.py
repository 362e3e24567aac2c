"""A folder of files that can be made again: at most so many bytes; the long unused go first."""

import os
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex
from typing import Final

# Room is made for some time at once: looking through the folder for each file would be a scan each.
_DOWN_TO: Final = 0.9


class FolderCache:
    """Safe to be asked from threads; one process writes it. Names are `[0-9a-z-]+`.

    The time of a file's last use is kept as its access time, which we set ourselves: most disks are
    mounted so that reading does not.
    """

    def __init__(self, folder: Path, *, most_bytes: int, fresh: timedelta) -> None:
        self._folder = folder
        self._most = most_bytes
        self._fresh = fresh
        self._own = threading.Lock()
        self._size: int | None = None

    def get(self, name: str, *, now: datetime) -> bytes | None:
        """The content, unless there is none or it is no longer fresh."""
        path = self._place(name)
        try:
            written = path.stat().st_mtime
            if now.timestamp() - written > self._fresh.total_seconds():
                return None
            content = path.read_bytes()
            os.utime(path, (now.timestamp(), written))
        except OSError:  # it is not there, or went just now
            return None
        return content

    def put(self, name: str, content: bytes, *, now: datetime) -> None:
        """Keeps it. Raises OSError when the disk does not take it."""
        path = self._place(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{token_hex(8)}")
        try:
            unfinished.write_bytes(content)
            os.utime(unfinished, (now.timestamp(), now.timestamp()))
            before = path.stat().st_size if path.exists() else 0
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        with self._own:
            if self._size is None:
                self._size = sum(size for _, size, _ in self._files())
            else:
                self._size += len(content) - before
            if self._size > self._most:
                self._size = self._make_room()

    def _make_room(self) -> int:
        files = sorted(self._files())
        size = sum(one for _, one, _ in files)
        for _, one, path in files:
            if size <= self._most * _DOWN_TO:
                break
            path.unlink(missing_ok=True)
            size -= one
        return size

    def _files(self) -> list[tuple[float, int, Path]]:
        """(last use, bytes, path) of each."""
        found = []
        for path in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):  # it went just now
                stat = path.stat()
                found.append((stat.st_atime, stat.st_size, path))
        return found

    def _place(self, name: str) -> Path:
        return self._folder / name[:2] / name
