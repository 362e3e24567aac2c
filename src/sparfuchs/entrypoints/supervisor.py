"""The supervisor: starts the parts of an installation in order, watches them, starts them again.

A part is a program of its own (`Role`) or something that is kept by asking for it again and again
(`Kept`: PostgreSQL, which belongs to the data folder and not to a process). Whatever dies comes
back after a pause that doubles; a part that kept quiet for a while begins with the short pause
again. Each part has a thread that lives as long as the part may: the leash (`leash.py`) hangs on
the thread that started the program.
"""

import errno
import fcntl
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from sparfuchs.kernel.errors import Conflict, SparfuchsError, StoreUnavailable
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.plumbing.rotate import RotatingLog, tail

log = get_logger(__name__)

Told = Callable[[str, str], None]  # the part's name and a line for people
Check = Callable[[], bool]

_TICK: Final = 0.1
_TAKE_OVER_WITHIN: Final = 40.0  # longer than any part may take to end
_LOUD: Final = (b"warning", b"error", b"critical", b"Error:", b"Traceback")


@dataclass(frozen=True)
class Backoff:
    """Pauses before a part is started again: doubled up to `most`, spread by `jitter`, and from
    the first again once it kept running for `quiet` seconds.
    """

    first: float = 0.5
    most: float = 30.0
    jitter: float = 0.25
    quiet: float = 60.0

    def pause(self, failures: int, rng: random.Random) -> float:
        """Seconds before the start after so many failures in a row (1: the first)."""
        plain = min(self.first * 2.0 ** min(failures - 1, 30), self.most)
        return plain * rng.uniform(1 - self.jitter, 1 + self.jitter)


@dataclass(frozen=True)
class Role:
    """A program that is part of the installation.

    `ready` is asked until it says yes, within `start_within` seconds of the start; from then on
    `alive` every `check_every` seconds, and `misses` refusals in a row count as death. Without a
    check it is enough that the process is there. To stop it gets SIGTERM, and after `grace` seconds
    SIGKILL with all that it started.
    """

    name: str
    command: tuple[str, ...]
    ready: Check | None = None
    alive: Check | None = None
    start_within: float = 60.0
    check_every: float = 5.0
    misses: int = 3
    grace: float = 20.0
    backoff: Backoff = field(default_factory=Backoff)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """A part that outlives processes: `keep` brings it about and changes nothing where it is
    there; `stop` ends it.
    """

    name: str
    keep: Callable[[], object]
    stop: Callable[[], object]
    check_every: float = 1.0
    backoff: Backoff = field(default_factory=Backoff)


def http_ready(url: str, *, within: float = 2.0) -> Check:
    """Asks an address on this machine; ready is what answers 200."""

    def ready() -> bool:
        try:
            with _DIRECT.open(url, timeout=within) as answer:
                return bool(answer.status == 200)  # noqa: PLR2004 - OK
        except (OSError, urllib.error.URLError):  # nobody there, too slow, or not well
            return False

    return ready


# Without the proxies of the environment: a part of this machine is asked directly.
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Supervisor:
    """The parts of one installation while they run. `with supervising(…)` is the way to have one.

    `told` gets what a person should know, a line at a time.
    """

    def __init__(
        self,
        parts: Sequence[Role | Kept],
        *,
        logs: Path,
        max_bytes: int,
        keep_logs: int,
        told: Told,
        rng: random.Random,
        lock: int | None = None,
    ) -> None:
        self._told = told
        self._rng = rng
        self._lock = lock
        self._watches: list[_Program | _Keeper] = [
            _Keeper(part, told, rng)
            if isinstance(part, Kept)
            else _Program(
                part,
                RotatingLog(logs / f"{part.name}.log", max_bytes=max_bytes, keep=keep_logs),
                told,
                rng,
                lock,
            )
            for part in parts
        ]

    def start(self, *, stopping: threading.Event) -> None:
        """Starts all parts, each once the one before it is ready.

        Raises StoreUnavailable when a part does not come up, with what it said last.
        """
        for watch in self._watches:
            if stopping.is_set():
                return
            watch.start()
            watch.wait_until_ready(stopping)

    def stop(self) -> None:
        """Ends all parts, the last started first."""
        for watch in reversed(self._watches):
            watch.stop()

    def pids(self) -> dict[str, int]:
        """Process ids of the programs that run at this moment."""
        found = {}
        for watch in self._watches:
            if isinstance(watch, _Program) and (pid := watch.pid) is not None:
                found[watch.name] = pid
        return found


class _Program:
    """One role, in a thread of its own."""

    def __init__(
        self, role: Role, to: RotatingLog, told: Told, rng: random.Random, lock: int | None
    ) -> None:
        self.name = role.name
        self._role = role
        self._log = to
        self._told = told
        self._rng = rng
        self._lock = lock
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._gave_up: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, name=role.name)

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> None:
        self._thread.start()

    def wait_until_ready(self, stopping: threading.Event) -> None:
        began = time.monotonic()
        while not self._ready.wait(_TICK):
            if stopping.is_set():
                return
            late = time.monotonic() - began > self._role.start_within
            if self._gave_up is not None or late:
                why = self._gave_up or f"it was not ready in {self._role.start_within:.0f} s"
                said = tail(self._log.path, 12)
                raise StoreUnavailable(
                    f"{self.name} did not start: {why}. The end of {self._log.path}:\n{said}",
                    part=self.name,
                    log=str(self._log.path),
                )

    def stop(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._log.close()

    def _run(self) -> None:
        role, failures = self._role, 0
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                reason = self._live_once()
            except OSError as error:
                reason = _cannot(error)
            if self._stop.is_set():
                return
            if not self._ready.is_set() and failures:
                self._gave_up = reason
                return
            failures = 1 if time.monotonic() - began > role.backoff.quiet else failures + 1
            pause = role.backoff.pause(failures, self._rng)
            self._told(self.name, f"{reason}; starting again in {pause:.1f} s")
            log.warning("part.ended", part=self.name, reason=reason, failures=failures)
            self._stop.wait(pause)

    def _live_once(self) -> str:
        """From start to end; why it ended."""
        role = self._role
        process = subprocess.Popen(
            [sys.executable, "-m", "sparfuchs.entrypoints.leash", str(os.getpid()), *role.command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, **role.environment},
            start_new_session=True,  # Ctrl-C is for us alone, and its group can be killed whole
            pass_fds=() if self._lock is None else (self._lock,),
        )
        self._process = process
        assert process.stdout is not None
        reader = threading.Thread(
            target=self._read, args=(process.stdout,), name=f"{self.name} log"
        )
        reader.start()
        try:
            return self._watch(process)
        finally:
            if process.poll() is None:
                self._end(process)
            _kill_group(process.pid)
            process.wait()
            reader.join()
            process.stdout.close()

    def _watch(self, process: subprocess.Popen[bytes]) -> str:
        role, misses = self._role, 0
        started = asked = time.monotonic()
        ready = role.ready is None
        if ready:
            self._ready.set()
        while not self._stop.wait(_TICK):
            code = process.poll()
            if code is not None:
                return _how(code)
            now = time.monotonic()
            if not ready and role.ready is not None:
                if role.ready():
                    ready, asked = True, now
                    self._ready.set()
                elif now - started > role.start_within:
                    return f"it was not ready in {role.start_within:.0f} s"
            elif role.alive is not None and now - asked >= role.check_every:
                asked = now
                misses = 0 if role.alive() else misses + 1
                if misses >= role.misses:
                    return f"it did not answer {misses} times in a row"
        self._end(process)
        return "stopped"

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(self._role.grace)

    def _read(self, stream: IO[bytes]) -> None:
        for line in stream:
            self._log.write(line)
            if any(word in line for word in _LOUD):
                self._told(self.name, line.decode(errors="replace").rstrip())


class _Keeper:
    """One kept part, in a thread of its own."""

    def __init__(self, part: Kept, told: Told, rng: random.Random) -> None:
        self.name = part.name
        self._part = part
        self._told = told
        self._rng = rng
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=part.name)

    def start(self) -> None:
        # The first time in the caller's thread: what is wrong then is for the caller to say.
        self._part.keep()
        self._thread.start()

    def wait_until_ready(self, stopping: threading.Event) -> None:
        """It is ready once `start` returns."""

    def stop(self) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
            self._part.stop()

    def _run(self) -> None:
        part, failures = self._part, 0
        while not self._stop.wait(
            part.backoff.pause(failures, self._rng) if failures else part.check_every
        ):
            began = time.monotonic()
            try:
                part.keep()
            except (SparfuchsError, OSError) as error:
                failures += 1
                log.warning("part.not_kept", part=self.name, error=str(error))
                self._told(self.name, str(error))
            else:
                if failures:
                    took = time.monotonic() - began
                    self._told(self.name, f"there again after {took:.1f} s")
                failures = 0


def _how(code: int) -> str:
    if code >= 0:
        return f"it ended with exit code {code}"
    try:
        return f"it was killed by {signal.Signals(-code).name}"
    except ValueError:  # a number without a name
        return f"it was killed by signal {-code}"


def _cannot(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the disk is full"
    return f"it cannot be started ({error})"


def _kill_group(leader: int) -> None:
    """What a program started and left behind goes with it."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


@contextmanager
def sole(data_dir: Path) -> Iterator[int]:
    """One supervisor a data folder; gives the handle of the lock, which its programs inherit.

    After a supervisor that was killed its programs are ending and still hold the lock: they are
    waited for. Raises Conflict while another supervisor lives.
    """
    path = data_dir / ".up.lock"
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + _TAKE_OVER_WITHIN
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = path.read_text().strip()
                if _alive(holder) or time.monotonic() > deadline:
                    raise Conflict(
                        f"Sparfuchs already runs on {data_dir} (process {holder}): stop it with "
                        "Ctrl-C where it was started, or choose another folder with --data-dir",
                        data_dir=str(data_dir),
                        process=holder,
                    ) from None
                time.sleep(_TICK)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield handle
    finally:
        os.close(handle)


def _alive(pid: str) -> bool:
    if not pid.isdecimal():
        return True  # just made: its owner has not yet said who it is
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return False
    else:
        return state not in {"Z", "X"}
    try:  # systems without /proc
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


def free_port(host: str, port: int) -> None:
    """Raises Conflict when somebody else listens there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise
            why = (
                "is taken by another program"
                if error.errno == errno.EADDRINUSE
                else "may not be opened by this account"
            )
            raise Conflict(f"Port {port} {why}; choose another with --port", port=port) from error
