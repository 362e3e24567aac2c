"""`sparfuchs ingest`: one feed, now (or as of a moment), through the whole line."""

from typing import Annotated

import typer

from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    Pairs,
    moment,
    out,
    pairs,
    print_json,
    progress,
    reporting,
    said,
    table,
)
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.report import Report
from sparfuchs.flows.sources import add_source
from sparfuchs.flows.subscriptions import ensure_index
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import UsageError

DEFAULT_SOURCE = "feed"


def ingest(
    location: Annotated[
        str, typer.Argument(metavar="PATH_OR_URL", help="A file, a folder of pages, an address.")
    ],
    merchant: Annotated[str, typer.Option("--merchant", help="Name of the shop.")],
    source: Annotated[
        str, typer.Option("--source", help="Name of this way to its offers.")
    ] = DEFAULT_SOURCE,
    form: Annotated[
        str, typer.Option("--format", help="The format, or auto to find it out.")
    ] = "auto",
    given: Pairs = None,
    seen_at: Annotated[
        str | None,
        typer.Option("--seen-at", metavar="ISO-TIME", help="When the feed was read; default: now."),
    ] = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Fold a reading of the past into the history.")
    ] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Reads one feed now and says what came of it. Exit code 1 when the run was held."""
    with reporting(as_json=as_json):
        now = system_clock()
        at = moment(seen_at) if seen_at else None
        if at is not None and at > now:
            raise UsageError(f"{at.isoformat()} lies in the future", seen_at=at.isoformat())
        settings = pairs(given)
        if form != "auto":
            settings["format"] = form
        with installation(data_dir) as here:
            chosen = add_source(here, merchant, source, location, settings, now=now)
            with progress(quiet=as_json) as step:
                report = read_and_judge(
                    here, chosen, at=at, now=now, progress=step, backfill=backfill
                )
                ensure_index(here, progress=step)
        if as_json:
            print_json(report.as_json())
        else:
            show(report)
        if report.held:
            raise typer.Exit(1)


def show(report: Report) -> None:
    """The report as a person reads it: what was found, counted, held, and what to do next."""
    run, counts = report.run, report.run.counts
    name = f"{report.source.path}:{run.number}"
    if report.repeated_nothing:
        out.print(f"[bold]{name}[/] has these very bytes as of this time already: nothing to do.")
        return
    facts = {key: "tab" if value == "\t" else value for key, value in run.detected.items()}
    what = ", ".join(f"{key} {value}" for key, value in facts.items() if value)
    out.print(f"[bold]{report.source.path}[/]  run {run.number}, {run.kind}, {run.status}")
    if what:
        out.print(f"[dim]{said(what)}[/]")
    rows = table("read#", "accepted#", "rejected#", "new#", "unchanged#", "changed#", "gone#")
    figures = (counts.read, counts.accepted, counts.rejected_total)
    effect = (counts.new, counts.unchanged, counts.changed, counts.gone)
    rows.add_row(*(f"{n:,}" for n in (*figures, *effect)))
    out.print(rows)
    for reason, number in counts.rejected.items():
        out.print(f"  rejected {number:,}: {reason}")
    rate = counts.read / run.seconds if run.seconds else 0
    out.print(f"[dim]{run.seconds:.2f} s, {rate:,.0f} offers/s[/]")
    if report.held:
        out.print("[bold yellow]Held:[/] nothing of this run was applied, because")
        for doubt in run.doubts:
            out.print(f"  - {said(doubt.text)} [dim]({doubt.code})[/]")
        out.print(f"Look: sparfuchs run show {name}")
        out.print(f"Then: sparfuchs run release {name}   or   sparfuchs run discard {name}")
    elif counts.new or counts.changed or counts.gone or counts.rejected:
        out.print(f"[dim]What changed: sparfuchs run show {name}[/]")
