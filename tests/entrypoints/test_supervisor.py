"""Parts that die come back, parts that are told to stop end, and one supervisor has a folder."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sparfuchs
from sparfuchs.entrypoints.supervisor import (
    Backoff,
    Kept,
    Role,
    Supervisor,
    free_port,
    http_ready,
    sole,
)
from sparfuchs.kernel.errors import Conflict, StoreUnavailable

QUICK = Backoff(first=0.05, most=0.2)
STAYS = "import time; print('here', flush=True); time.sleep(60)"


def python(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


def until(holds: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


@contextmanager
def running(tmp_path: Path, *parts: Role | Kept) -> Iterator[tuple[Supervisor, list[str]]]:
    told: list[str] = []
    supervisor = Supervisor(
        parts,
        logs=tmp_path / "logs",
        max_bytes=64 * 1024,
        keep_logs=1,
        told=lambda part, line: told.append(f"{part}: {line}"),
        rng=random.Random(1),
    )
    try:
        supervisor.start(stopping=threading.Event())
        yield supervisor, told
    finally:
        supervisor.stop()


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_killed_part_is_started_again_and_the_others_are_left_alone(tmp_path: Path) -> None:
    parts = [Role(name, python(STAYS), backoff=QUICK) for name in ("one", "two")]
    with running(tmp_path, *parts) as (supervisor, told):
        before = supervisor.pids()
        os.kill(before["one"], signal.SIGKILL)
        until(lambda: supervisor.pids().get("one", before["one"]) != before["one"])
        assert supervisor.pids()["two"] == before["two"]
        until(lambda: told)
        assert told[0].startswith("one: it was killed by SIGKILL; starting again in 0.")
    assert not any(map(alive, before.values()))
    assert supervisor.pids() == {}


def test_a_part_that_ignores_the_request_is_killed_with_all_that_it_started(
    tmp_path: Path,
) -> None:
    stubborn = (
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with running(tmp_path, Role("stubborn", python(stubborn), grace=0.3)) as (supervisor, _):
        log = tmp_path / "logs" / "stubborn.log"
        until(lambda: log.exists() and log.read_text().strip())
        family = [supervisor.pids()["stubborn"], int(log.read_text())]
        assert all(map(alive, family))
    until(lambda: not any(map(alive, family)))


def test_a_part_that_no_longer_answers_is_started_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    serves_once = (
        "import http.server\n"
        "class Once(http.server.BaseHTTPRequestHandler):\n"
        "    left = 2\n"
        "    def do_GET(self):\n"
        "        Once.left -= 1\n"
        "        self.send_response(200 if Once.left >= 0 else 503)\n"
        "        self.end_headers()\n"
        f"http.server.HTTPServer(('127.0.0.1', {port}), Once).serve_forever()\n"
    )
    ask = http_ready(f"http://127.0.0.1:{port}/")
    role = Role(
        "web", python(serves_once), ready=ask, alive=ask, check_every=0.1, misses=2, backoff=QUICK
    )
    with running(tmp_path, role) as (supervisor, told):
        before = supervisor.pids()["web"]
        until(lambda: supervisor.pids().get("web", before) != before)
        assert any("did not answer 2 times" in line for line in told)


def test_a_part_that_cannot_start_is_told_with_what_it_said_last(tmp_path: Path) -> None:
    broken = Role("broken", python("raise SystemExit('no such thing')"), backoff=QUICK)
    never = Role(
        "mute", python(STAYS), ready=lambda: False, start_within=0.3, grace=1.0, backoff=QUICK
    )
    # Ready as soon as it is there, it dies again and again: that is told, and it is tried on.
    with running(tmp_path, broken) as (_, told):
        until(lambda: len(told) > 2)
        assert "exit code 1" in told[0]
    with (
        pytest.raises(StoreUnavailable, match=r"(?s)mute did not start: it was not ready.*here"),
        running(tmp_path, never),
    ):
        pytest.fail("it cannot be ready")


def test_what_is_kept_is_brought_about_again_and_trouble_with_it_is_told(tmp_path: Path) -> None:
    asked: list[int] = []

    def keep() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise StoreUnavailable("The database does not answer")

    ended: list[bool] = []
    part = Kept("db", keep, lambda: ended.append(True), check_every=0.05, backoff=QUICK)
    with running(tmp_path, part) as (_, told):
        until(lambda: len(asked) >= 4)
        assert told[0] == "db: The database does not answer"
        assert told[1].startswith("db: there again")
    assert ended == [True]


@given(st.integers(1, 200), st.integers())
def test_pauses_double_stay_within_their_spread_and_never_grow_beyond_the_most(
    failures: int, seed: int
) -> None:
    policy = Backoff(first=0.5, most=30.0, jitter=0.25)
    plain = min(0.5 * 2 ** (failures - 1), 30.0)
    assert 0.75 * plain <= policy.pause(failures, random.Random(seed)) <= 1.25 * plain


def test_programs_end_when_their_supervisor_is_killed_and_the_next_one_takes_over(
    tmp_path: Path,
) -> None:
    text = (
        "import random, sys, threading\n"
        "from pathlib import Path\n"
        "from sparfuchs.entrypoints.supervisor import Role, Supervisor, sole\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "with sole(folder) as lock:\n"
        f"    role = Role('part', (sys.executable, '-c', {STAYS!r}))\n"
        "    s = Supervisor([role], logs=folder, max_bytes=10**6, keep_logs=1,\n"
        "                   told=print, rng=random.Random(), lock=lock)\n"
        "    s.start(stopping=threading.Event())\n"
        "    while 'here' not in (folder / 'part.log').read_text(): pass\n"
        "    print(s.pids()['part'], flush=True)\n"
        "    threading.Event().wait()\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(sparfuchs.__file__).parents[1])}
    with subprocess.Popen(python(text), stdout=subprocess.PIPE, env=environment) as supervisor:
        assert supervisor.stdout is not None
        part = int(supervisor.stdout.readline())
        with (
            pytest.raises(Conflict, match=f"already runs .*process {supervisor.pid}"),
            sole(tmp_path),
        ):
            pytest.fail("two supervisors on one folder")
        supervisor.kill()
        supervisor.wait()
        with sole(tmp_path):
            assert not alive(part)


def test_a_taken_port_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Conflict, match=rf"Port {port} is taken .*--port"):
            free_port("127.0.0.1", port)
    free_port("127.0.0.1", port)
