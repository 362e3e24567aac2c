"""`sparfuchs market serve` as a supervisor starts it: a process of its own, told to stop."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from sparfuchs.entrypoints.cli import app
from sparfuchs.kernel.clock import system_clock
from sparfuchs.market.api import SHOPS

PROGRAM = Path(sys.executable).with_name("sparfuchs")
SMALL = ("--offers", "1", "--port-base", "0", "--faults", "0")


@contextmanager
def started(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """The command on its own, ended whatever happens."""
    process = subprocess.Popen(
        [PROGRAM, "market", "serve", *SMALL, *words, "--data-dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "80"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def get(address: str) -> Any:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 - of our own server
        return answer.read()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_shops_say_that_they_are_ready_and_close_when_told(
    tmp_path: Path, number: signal.Signals
) -> None:
    with started(tmp_path) as process:
        assert process.stdout is not None
        word, address = process.stdout.readline().split()
        assert word == "ready"
        health = json.loads(get(address))
        assert health["status"] == "ready"
        assert {one["slug"] for one in health["shops"]} == {shop.slug for shop in SHOPS}
        rss = next(one["feed"] for one in health["shops"] if one["feed"].endswith(".xml"))
        assert b"<item>" in get(rss)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 0
        assert out == ""
        assert err.endswith("The shops are closed.\n")
    assert list(tmp_path.iterdir()) == []


def test_ready_as_json_says_where_every_feed_is(tmp_path: Path) -> None:
    with started(tmp_path, "--json") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["ready"].endswith("/health")
        assert told["feeds"].keys() == {shop.slug for shop in SHOPS}


def refused(folder: Path, *words: str) -> Result:
    words = ("market", "serve", "--offers", "1", *words, "--data-dir", str(folder))
    return CliRunner().invoke(app, list(words))


def test_a_taken_port_ends_it_with_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = refused(tmp_path, "--port-base", str(port))
    assert told.exit_code == 1
    assert f"Port {port} on 127.0.0.1 is taken" in " ".join(told.stderr.split())


def test_a_market_that_opens_in_the_future_is_refused(tmp_path: Path) -> None:
    later = (system_clock() + timedelta(days=1)).isoformat()
    told = refused(tmp_path, "--opened", later)
    assert told.exit_code == 2
    assert "future" in told.stderr
