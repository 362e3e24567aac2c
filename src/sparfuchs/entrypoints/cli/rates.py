"""`sparfuchs rates …`: exchange rates, for showing and sorting prices of several currencies."""

from typing import Annotated

import typer

from sparfuchs.entrypoints.cli.console import DataDir, Json, out, print_json, reporting, table
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.rates import load_rates, show_rates
from sparfuchs.kernel.clock import system_clock

app = typer.Typer(
    help="Exchange rates, for showing and sorting alone: no verdict converts.",
    no_args_is_help=True,
)


@app.command("load")
def load(
    location: Annotated[
        str,
        typer.Argument(metavar="FILE_OR_URL", help="eurofxref as CSV or XML, also zip or gzip."),
    ],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Takes in the rates of a file of the European Central Bank; nothing is fetched unasked."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        done = load_rates(here, location, now=system_clock())
        if as_json:
            print_json(done.as_json())
        else:
            out.print(
                f"{done.rates:,} rates from {done.first} to {done.last}, {done.new:,} of them new."
            )


@app.command("show")
def show(data_dir: DataDir = None, as_json: Json = False) -> None:
    """The newest rate of each currency, and its day."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = show_rates(here)
        if as_json:
            print_json({"rates": found})
            return
        rows = table("currency", "for one euro#", "day")
        for one in found:
            rows.add_row(one["currency"], one["per_euro"], one["day"])
        out.print(rows if found else "No rates yet: sparfuchs rates load …")
