"""What the database must not know in clear: sealed with keys that lie in a file beside it.

The file has one key a line, the newest first: what is sealed anew gets that one, and what older
keys sealed can still be opened. Whoever has the database alone, or a dump of it, reads nothing.
"""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from sparfuchs.kernel.errors import StoreUnavailable

_OURS_ALONE: Final = 0o600


class Vault:
    """The keys are read anew for each use, so that every process follows a rotation at once."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def seal(self, clear: bytes) -> bytes:
        """Sealed with the newest key; the first one is made when it is needed."""
        if not self._path.exists():
            self._write([Fernet.generate_key()], fresh=True)
        return self._fernet().encrypt(clear)

    def open(self, sealed: bytes) -> bytes:
        """Raises StoreUnavailable when the key is not there or another one sealed it."""
        try:
            return self._fernet().decrypt(sealed)
        except InvalidToken as error:
            raise StoreUnavailable(
                f"None of the keys in {self._path} opens a credential; bring back the file that "
                "belongs to this database (it is part of every backup) or set the credential again"
            ) from error

    def add_key(self) -> None:
        """From now on everything is sealed with a new key."""
        there = self._keys() if self._path.exists() else []
        self._write([Fernet.generate_key(), *there])

    def forget_old_keys(self) -> int:
        """Keeps the newest key alone; gives how many went."""
        newest, *older = self._keys()
        if older:
            self._write([newest])
        return len(older)

    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self._keys()])

    def _keys(self) -> list[bytes]:
        try:
            lines = self._path.read_bytes().split()
        except OSError as error:
            raise StoreUnavailable(
                f"The key file {self._path} cannot be read ({error.strerror}); without it no "
                "credential can be opened. It is part of every backup"
            ) from error
        if not lines:
            raise StoreUnavailable(f"The key file {self._path} is empty; bring it back")
        return lines

    def _write(self, keys: Iterable[bytes], *, fresh: bool = False) -> None:
        """All of it or nothing, for our eyes alone. Of two who make the first key one wins."""
        folder = self._path.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".keys-", dir=folder)  # made with mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                os.fchmod(file.fileno(), _OURS_ALONE)
                file.write(b"".join(key + b"\n" for key in keys))
                file.flush()
                os.fsync(file.fileno())
            if fresh:
                with suppress(FileExistsError):
                    os.link(name, self._path)
            else:
                Path(name).replace(self._path)
        finally:
            Path(name).unlink(missing_ok=True)
