"""A log file that is written line by line and never grows beyond what was agreed."""

from pathlib import Path
from typing import BinaryIO


class RotatingLog:
    """`api.log`, and before it `api.log.1`, `api.log.2`; the oldest goes when there are too many.

    One process writes it. A full disk costs lines of the log and nothing else: `write` says False.
    """

    def __init__(self, path: Path, *, max_bytes: int, keep: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._file: BinaryIO = path.open("ab", buffering=0)
        self._size = self._file.tell()

    def write(self, line: bytes) -> bool:
        """Appends a line. False when the disk did not take it."""
        try:
            if self._size and self._size + len(line) > self._max_bytes:
                self._rotate()
            self._size += self._file.write(line)
        except OSError:
            return False
        return True

    def close(self) -> None:
        self._file.close()

    def _rotate(self) -> None:
        self._file.close()
        for number in range(self._keep, 0, -1):
            earlier = self._numbered(number - 1)
            if earlier.exists():
                earlier.replace(self._numbered(number))
        if not self._keep:
            self.path.unlink()
        self._file = self.path.open("ab", buffering=0)
        self._size = 0

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


def tail(path: Path, lines: int) -> str:
    """The last lines of a log, as text; nothing where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 64 * 1024))
            read = file.read()
    except FileNotFoundError:
        return ""
    return "\n".join(read.decode(errors="replace").splitlines()[-lines:])
