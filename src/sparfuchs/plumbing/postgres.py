"""Starts, finds and stops the PostgreSQL of an installation; `DATABASE_URL` skips all of it.

The server belongs to the data folder, not to a process: whoever needs it first starts it, it
outlives its starter, and everybody else finds it by the `postmaster.pid` that PostgreSQL keeps.
Any number of processes may start at once (one lock a data folder). Nothing is needed beforehand:
no account is made, no folder above the data folder is touched.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing.binaries import (
    ENVIRONMENT,
    OLDEST_MAJOR,
    Account,
    Binaries,
    choose_account,
    choose_binaries,
)
from sparfuchs.plumbing.postmaster import (
    disown_stale,
    is_launched,
    launch,
    log_of,
    log_since,
    make_socket_folder,
    orphans_hold_memory,
    pid_file,
    running_pid,
    socket_place,
)
from sparfuchs.plumbing.settings import Settings

DATABASE: Final = "sparfuchs"
ROLE: Final = "sparfuchs"
_ORPHANS_LEAVE_IN: Final = 30.0  # seconds; backends of a killed postmaster notice within moments
_STOP_WITHIN: Final = 120.0


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What `status` saw. `ours` is False for a server given by `database.url`."""

    ours: bool
    running: bool
    version: str | None
    data: Path | None
    pid: int | None


def ensure_running(settings: Settings) -> str:
    """The libpq URL of a server that answers; starts ours if it must.

    Raises StoreUnavailable with a sentence that says what to do.
    """
    if settings.database.url is not None:
        dsn = _plain(settings.database.url)
        _version_of_given(dsn)
        return dsn
    data = _data(settings)
    running = _answering(data)
    if running is not None:
        return running
    _prepare_folder(settings.data_dir, choose_account(data))
    with _alone(settings.data_dir) as lock:
        return _answering(data) or _start(settings, data, lock)


def stop(settings: Settings) -> bool:
    """Stops our server, open transactions rolled back. False when there was none to stop."""
    data = _data(settings)
    if settings.database.url is not None or not data.exists():
        return False
    with _alone(settings.data_dir):
        pid = running_pid(data)
        if pid is not None:
            os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown
        deadline = time.monotonic() + _STOP_WITHIN
        while running_pid(data) is not None:
            if time.monotonic() > deadline:
                raise StoreUnavailable(f"PostgreSQL (process {pid}) does not stop", pid=pid)
            time.sleep(0.02)
        shutil.rmtree(socket_place(data), ignore_errors=True)
    return pid is not None


def status(settings: Settings) -> ServerStatus:
    """Looks without starting anything."""
    if settings.database.url is not None:
        try:
            version = _version_of_given(_plain(settings.database.url))
        except StoreUnavailable:
            return ServerStatus(ours=False, running=False, version=None, data=None, pid=None)
        return ServerStatus(ours=False, running=True, version=version, data=None, pid=None)
    data = _data(settings)
    dsn = _answering(data)
    if dsn is None:
        return ServerStatus(ours=True, running=False, version=None, data=data, pid=None)
    with psycopg.connect(dsn) as connection:
        version = _readable(connection.info.server_version)
    return ServerStatus(ours=True, running=True, version=version, data=data, pid=running_pid(data))


def _data(settings: Settings) -> Path:
    return Path(os.path.realpath(settings.data_dir)) / "postgres"


def _plain(url: str) -> str:
    """SQLAlchemy's way of writing the address is understood, too."""
    scheme, mark, rest = url.partition("://")
    return f"postgresql://{rest}" if mark and scheme.startswith("postgres") else url


def _readable(server_version: int) -> str:
    return f"{server_version // 10_000}.{server_version % 10_000}"


def _version_of_given(dsn: str) -> str:
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            number = connection.info.server_version
    except psycopg.Error as error:
        raise StoreUnavailable(
            f"The database named by DATABASE_URL does not answer: {str(error).strip()}",
            host=_host(dsn),
        ) from error
    if number // 10_000 < OLDEST_MAJOR:
        raise StoreUnavailable(
            f"The database named by DATABASE_URL is PostgreSQL {_readable(number)}; "
            f"{OLDEST_MAJOR} or newer is needed",
            host=_host(dsn),
        )
    return _readable(number)


def _host(dsn: str) -> str:
    try:
        return str(conninfo_to_dict(dsn).get("host", ""))
    except psycopg.ProgrammingError:  # not readable as an address at all
        return ""


def _prepare_folder(folder: Path, account: Account) -> None:
    """Makes the installation's folder and sees to it that the server's account can pass through it.

    A folder above that is closed to the account is not opened: it may be somebody's home.
    """
    missing = [p for p in (folder, *folder.parents) if not p.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(0o711 if account.run_as else 0o700)
    if not account.run_as or account.may_enter(folder):
        return
    mode = folder.stat().st_mode
    if account.may_enter(folder.parent) and not mode & 0o070:
        # A private folder handed to us, as mktemp makes it: its unused group lets the server pass
        # and nobody else.
        os.chown(folder, -1, account.gid)
        folder.chmod(mode & 0o7777 | 0o010)
    if not account.may_enter(folder):
        closed = next(p for p in reversed((folder, *folder.parents)) if not account.may_enter(p))
        raise StoreUnavailable(
            f"The database server runs as {account.name}, which may not enter {closed}. Choose "
            f"another folder with --data-dir (for example /var/lib/sparfuchs), or allow passing "
            f"with: chmod o+x {closed}",
            path=str(closed),
            account=account.name,
        )


@contextmanager
def _alone(folder: Path) -> Iterator[int]:
    """Gives the handle of the lock: a child that inherits it holds it until it ends."""
    with (folder / ".postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def _start(settings: Settings, data: Path, lock: int) -> str:
    """Under the lock: from whatever was left behind to a server that answers."""
    account = choose_account(data)
    binaries = choose_binaries(settings.database.bin_dir, account, settings.data_dir)
    if (data / "PG_VERSION").exists():
        _same_major(data, binaries)
    else:
        _init(data, binaries, account, lock)
    socket = make_socket_folder(data, account)
    dsn = _dsn(socket)
    started: int | None = None
    log_from = 0
    begun = time.monotonic()
    # A server that somebody else left starting or stopping is waited for, too: crash recovery and
    # a shutdown checkpoint take as long as they take.
    while time.monotonic() - begun < settings.database.start_timeout:
        if running_pid(data) is not None or is_launched(data, started):
            if _open_database(dsn):
                return dsn
        elif started is not None and not (
            orphans_hold_memory(data, log_from) and time.monotonic() - begun < _ORPHANS_LEAVE_IN
        ):
            raise StoreUnavailable(
                f"PostgreSQL {binaries.version} ended while starting; the end of "
                f"{log_of(data)} says: {log_since(data, log_from)[-1500:].strip()}",
                log=str(log_of(data)),
            )
        else:
            disown_stale(data, socket)
            log_from, started = launch(data, binaries, account, socket)
        time.sleep(0.02)
    raise StoreUnavailable(
        f"PostgreSQL did not answer within {settings.database.start_timeout:.0f} s; it may still "
        f"be recovering: see {log_of(data)}, or give it more by SPARFUCHS_DATABASE__START_TIMEOUT",
        log=str(log_of(data)),
    )


def _same_major(data: Path, binaries: Binaries) -> None:
    major = (data / "PG_VERSION").read_text().strip()
    if major != str(binaries.major):
        raise StoreUnavailable(
            f"{data} was written by PostgreSQL {major}, but the programs in {binaries.folder} are "
            f"{binaries.version}. Give those of {major} by SPARFUCHS_DATABASE__BIN_DIR, or move "
            f"the data: dump with {major} (pg_dump), move {data} away, start anew, restore "
            "(pg_restore)",
            data_major=major,
            binaries=binaries.version,
        )


def _init(data: Path, binaries: Binaries, account: Account, lock: int) -> None:
    """A new cluster under a temporary name, renamed when whole: a kill leaves no half of one."""
    if data.exists() and any(data.iterdir()):
        raise StoreUnavailable(
            f"{data} is neither empty nor a PostgreSQL data folder; move it away",
            path=str(data),
        )
    fresh = data.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    os.chown(fresh, account.uid, account.gid)
    order = ["-D", str(fresh), "-U", ROLE, "-A", "trust", "-E", "UTF8", "-k", "--locale=C.UTF-8"]
    if binaries.major >= 17:  # noqa: PLR2004 - the release that brought the builtin provider
        order += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        [str(binaries.folder / "initdb"), *order],
        cwd="/",
        env=ENVIRONMENT,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        # When we are killed it runs on, and the next starter must not meet it in the same folder.
        pass_fds=[lock],
        **account.run_as,
    )
    if made.returncode != 0:
        raise StoreUnavailable(
            f"initdb failed in {data.parent}: {made.stderr.strip()[-1000:]}", path=str(data)
        )
    if data.exists():
        data.rmdir()
    fresh.rename(data)


def _dsn(socket: Path) -> str:
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(socket), safe='')}"


def _answering(data: Path) -> str | None:
    """The DSN when a server of this folder takes connections to our database, else None."""
    home = pid_file(data)
    if len(home) < 5 or not home[4]:  # noqa: PLR2004 - line 5 is the socket's folder
        return None
    dsn = _dsn(Path(home[4]))
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            at = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:  # stale file, or still starting, or no database yet
        return None
    return dsn if at is not None and Path(at[0]) == data else None


def _open_database(dsn: str) -> bool:
    """True once the server answers and has our database; makes it when it is missing."""
    try:
        with psycopg.connect(dsn, dbname="postgres", autocommit=True, connect_timeout=5) as admin:
            known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if known.fetchone() is None:
                admin.execute(f"CREATE DATABASE {DATABASE}".encode())
    except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        # A starter that was killed had asked for it, too: its order ended between our look and
        # ours, and which of the two errors that gives depends on the moment.
        return True
    except psycopg.OperationalError:  # starting or stopping
        return False
    return True
