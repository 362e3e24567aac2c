"""Runs `sparfuchs ingest` as an operator would, and kills it or PostgreSQL under it on the way."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import sparfuchs

LONGEST: Final = 60.0  # seconds a process may take to end by itself, the server gone or not
_POLL: Final = 0.004
_PROGRAM: Final = "from sparfuchs.entrypoints.cli import app; app()"


class Kill(StrEnum):
    NOTHING = "nothing"
    PROCESS = "process"
    SERVER = "server"
    BOTH = "both"


@dataclass(frozen=True)
class Plan:
    """What is killed and when: so many seconds after the process was started or, with `at_stake`,
    after it began to lay something down, since before there is nothing to lose.
    """

    what: Kill = Kill.NOTHING
    after: float = 0.0
    at_stake: bool = False


@dataclass(frozen=True)
class Ended:
    """How a reading ended: `exit_code` is negative when it was killed, `started` the seconds until
    there was something at stake (0: not reached), `answer` its report, `killed_at` how far it was.
    """

    exit_code: int
    started: float
    seconds: float
    answer: dict[str, Any]
    errors: str
    killed_at: str | None


def read_as_process(order: list[str], data_dir: Path, plan: Plan) -> Ended:
    """`sparfuchs ingest` with these arguments in a process group of its own, killed as planned
    unless it has ended by then.
    """
    command = [sys.executable, "-c", _PROGRAM, "ingest", *order]
    command += ["--data-dir", str(data_dir), "--json"]
    clean = {
        name: value
        for name, value in os.environ.items()
        if name != "DATABASE_URL" and not name.startswith("SPARFUCHS_")
    }
    clean["PYTHONPATH"] = str(Path(sparfuchs.__file__).parents[1])
    trace = _Trace(data_dir)
    killed_at: str | None = None
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.monotonic()
        process = subprocess.Popen(
            command, env=clean, stdout=out, stderr=err, start_new_session=True
        )
        try:
            while process.poll() is None and (gone := time.monotonic() - began) < LONGEST:
                trace.look(gone)
                if killed_at is None and trace.due(plan, gone):
                    killed_at = trace.moment
                    _strike(plan.what, process.pid, data_dir / "postgres")
                time.sleep(_POLL)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        seconds = time.monotonic() - began
        out.seek(0)
        err.seek(0)
        lines = out.read().decode().splitlines()
        errors = err.read().decode()
    answer = json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {}
    return Ended(process.returncode, trace.started, seconds, answer, errors, killed_at)


class _Trace:
    """How far a reading has come, by what it has laid down in the folders of the installation."""

    def __init__(self, data_dir: Path) -> None:
        self._scratch = data_dir / "scratch"
        self._states = data_dir / "files" / "states"
        self._scratch_before = set(self._scratch.glob("*"))
        self._states_before = set(self._states.rglob("*.arrow"))
        self.started = 0.0

    def look(self, gone: float) -> None:
        if not self.started and set(self._scratch.glob("*")) - self._scratch_before:
            self.started = gone

    def due(self, plan: Plan, gone: float) -> bool:
        if plan.what is Kill.NOTHING or (plan.at_stake and not self.started):
            return False
        return gone >= plan.after + (self.started if plan.at_stake else 0.0)

    @property
    def moment(self) -> str:
        if set(self._states.rglob("*.arrow")) - self._states_before:
            return "files written"
        return "while reading" if self.started else "while starting"


def _strike(what: Kill, pid: int, data: Path) -> None:
    if what in {Kill.SERVER, Kill.BOTH}:
        kill_server(data)
    if what in {Kill.PROCESS, Kill.BOTH}:
        os.killpg(pid, signal.SIGKILL)


def kill_server(data: Path) -> bool:
    """Kills the postmaster of a data folder and all its children at once. False if none runs."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
        ours = os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return False
    if not ours:
        return False
    os.kill(pid, signal.SIGSTOP)  # or it would start others while we look
    for one in [pid, *_children(pid)]:
        os.kill(one, signal.SIGKILL)
    return True


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):  # ended while we looked
            continue
        if int(parent) == pid:
            found.append(int(entry.name))
    return found
