"""`sparfuchs history …`: old price changes are folded, and what was folded is looked at."""

from typing import Annotated

import typer

from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    out,
    print_json,
    progress,
    reporting,
)
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.fold_history import fold_history, unfold_history, verify_history
from sparfuchs.flows.sources import find_source
from sparfuchs.kernel.clock import system_clock

app = typer.Typer(
    help="Recorded prices: where they came from, corrections, how they are kept for ever.",
    no_args_is_help=True,
)


@app.command("fold")
def fold(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Folds old price changes into compressed blocks; the worker does it every night."""
    with (
        reporting(as_json=as_json),
        installation(data_dir) as here,
        progress(quiet=as_json) as shown,
    ):
        found = fold_history(here, now=system_clock(), progress=shown)
    if as_json:
        print_json(found.as_json())
        return
    out.print(
        f"{found.rows:,} changes from before {found.until:%Y-%m-%d} in {found.blocks:,} blocks, "
        f"{found.months} months dropped, {found.seconds:.1f} s"
    )
    if found.skipped:
        out.print(f"being read, so left for the next time: {', '.join(found.skipped)}")


@app.command("verify")
def verify(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Reads every block to its end and compares its checksum."""
    with (
        reporting(as_json=as_json),
        installation(data_dir) as here,
        progress(quiet=as_json) as shown,
    ):
        blocks = verify_history(here, progress=shown)
    if as_json:
        print_json({"blocks": blocks})
    else:
        out.print(f"{blocks:,} blocks, all as they were written")


@app.command("unfold")
def unfold(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="merchant/source")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Makes rows again of the blocks of a source, before going back to an older version."""
    with (
        reporting(as_json=as_json),
        installation(data_dir) as here,
        progress(quiet=as_json) as shown,
    ):
        rows = unfold_history(here, find_source(here, source), progress=shown)
    if as_json:
        print_json({"rows": rows})
    else:
        out.print(f"{rows:,} changes are rows again")
