"""`sparfuchs worker` and `sparfuchs stop`: the processes that outlive a command."""

from typing import Annotated

import typer

from sparfuchs.entrypoints.cli.console import DataDir, Json, out, print_json, reporting
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.entrypoints.worker import run
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.settings import Settings


def worker(
    data_dir: DataDir = None,
    once: Annotated[bool, typer.Option("--once", help="Do what waits, then end.")] = False,
    as_json: Json = False,
) -> None:
    """Reads sources that are due, judges what changed, and sweeps, until it is told to stop."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        run(here, once=once)


def stop(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Stops the embedded PostgreSQL of this installation."""
    with reporting(as_json=as_json):
        stopped = postgres.stop(Settings.load(data_dir))
        if as_json:
            print_json({"stopped": stopped})
        else:
            out.print("PostgreSQL is stopped." if stopped else "PostgreSQL was not running.")
