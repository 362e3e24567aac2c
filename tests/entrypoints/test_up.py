"""`sparfuchs up` as a person sees it: it starts, survives what is killed, stops without a trace.

The API is stood in for by a small server, so that this is about the parts and not about their work.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import sparfuchs
from flows.market import feed
from sparfuchs.entrypoints import parts
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.settings import Settings
from sparfuchs.testing.kill import kill_server


def until(holds: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can enter; pytest's own are closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="sparfuchs-up-"))
    folder.chmod(0o755)
    yield folder
    postgres.stop(Settings(data_dir=folder / "data"))
    shutil.rmtree(folder)


class Started:
    """One `sparfuchs up` on a folder."""

    def __init__(self, folder: Path, number: int, port: int, *words: str) -> None:
        self.data = folder / "data"
        self.port = port
        self.said = folder / f"said-{number}"
        command = parts.sparfuchs("up", "--no-demo", "--no-web", "--port", str(port), *words)
        with self.said.open("wb") as to:
            self.process = subprocess.Popen(
                [*command, "--data-dir", str(self.data)], env=clean(), stdout=to, stderr=to
            )

    @property
    def text(self) -> str:
        return self.said.read_text()

    def ready(self) -> bool:
        assert self.process.poll() is None, self.text
        return "runs at" in self.text

    def children(self) -> dict[str, int]:
        """Process ids of the programs by their part."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == self.process.pid:
                found["worker" if "worker" in words else "api"] = int(entry.name)
        return found

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


def clean() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "DATABASE_URL" and not name.startswith("SPARFUCHS_")
    }
    return {**kept, "PYTHONPATH": str(Path(sparfuchs.__file__).parents[1])}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def command(data: Path, *words: str) -> dict[str, object]:
    done = subprocess.run(
        [*parts.sparfuchs(*words), "--data-dir", str(data), "--json"],
        env=clean(),
        capture_output=True,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(answer, dict)
    return answer


def answers(data: Path) -> bool:
    found = postgres.status(Settings(data_dir=data))
    return found.running


def killed(up: Started, part: str) -> None:
    """Kills a part and waits until another process has its place."""
    before = up.children()[part]
    os.kill(before, signal.SIGKILL)
    until(lambda: up.children().get(part, before) != before)


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.timeout(240)
def test_everything_starts_survives_the_death_of_each_part_and_stops_cleanly(
    folder: Path,
) -> None:
    up = Started(folder, 1, free_port())
    until(up.ready)
    assert re.search(r"database +\d+\.\d s", up.text)
    assert "nothing in it yet" in up.text
    # Another one on the same folder, and another one on the same port.
    second = Started(folder, 2, free_port())
    assert second.process.wait(60) == 1
    assert f"already runs on {up.data} (process {up.process.pid})" in second.text
    # A source is read by the worker without anybody asking.
    path = folder / "feed.tsv"
    path.write_text(feed({"a": 10.0, "b": 20.0}))
    command(up.data, "source", "add", str(path), "--merchant", "Laden")

    def offers() -> object:
        return command(up.data, "status")["totals"]["offers"]  # type: ignore[index]

    until(lambda: offers() == 2)
    # Each part is killed.
    for part in ("api", "worker"):
        killed(up, part)
    assert kill_server(up.data / "postgres")
    until(lambda: answers(up.data))
    path.write_text(feed({"a": 10.0, "b": 20.0, "c": 30.0}))
    with psycopg.connect(postgres.ensure_running(Settings(data_dir=up.data))) as connection:
        connection.execute("UPDATE sources SET next_due = now()")
    until(lambda: offers() == 3)
    # The supervisor itself is killed: its programs end, and the next start takes over.
    left = up.children()
    up.process.kill()
    up.process.wait()
    third = Started(folder, 3, up.port)
    until(third.ready)
    assert all(map(gone, left.values()))
    until(lambda: len(third.children()) == 2)
    left = third.children()
    assert third.stop() == 0
    assert third.text.rstrip().endswith("Stopped.")
    assert all(map(gone, left.values()))
    assert not answers(up.data)
    assert "Traceback" not in third.text
    assert {path.name for path in (up.data / "logs").iterdir()} >= {"api.log", "worker.log"}


def test_a_taken_port_and_a_full_disk_are_a_sentence(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = Started(folder, 1, port)
        assert up.process.wait(60) == 1
        assert f"Port {port} is taken by another program; choose another with --port" in up.text
        assert "Traceback" not in up.text
    assert not answers(up.data)
    shutil.rmtree(up.data)
    done = subprocess.run(
        [*parts.sparfuchs("up", "--no-demo", "--port", str(port)), "--data-dir", str(up.data)],
        env={**clean(), "SPARFUCHS_DISK__MIN_FREE_BYTES": str(2**60)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Too little room to begin" in done.stderr
    assert not up.data.exists()
