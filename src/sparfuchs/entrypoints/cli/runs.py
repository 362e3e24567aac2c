"""`sparfuchs run …`: what readings said, what was rejected, and the decision on a held run."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import polars as pl
import typer

from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    money,
    out,
    print_json,
    progress,
    reporting,
    said,
    show_remedy,
    table,
    when,
)
from sparfuchs.entrypoints.cli.ingest import show
from sparfuchs.entrypoints.cli.sources import run_table
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.facts import run_facts
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.flows.rejections import rejected_rows, rejection_items, rejections_csv
from sparfuchs.flows.release import discard_run, find_run, release_run
from sparfuchs.flows.replay import replay
from sparfuchs.flows.sources import find_source
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import UsageError
from sparfuchs.kernel.ids import public_id

app = typer.Typer(help="Readings of sources, and the decision on held ones.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="RUN", help="merchant/source:number")]
MOST_SHOWN: Final = 20


class Keep(StrEnum):
    """The signs of `catalog.Sign`, as a person names them."""

    URL = "url"
    MPN = "mpn"
    GTIN = "gtin"


@app.command("list")
def list_runs(
    source: Annotated[str | None, typer.Option("--source", help="Of one source.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000)] = 20,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """The newest runs."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        chosen = find_source(here, source) if source else None
        with here.database.reading() as work:
            found = catalog.runs(work, chosen.id if chosen else None, limit)
            names = {one.id: one.path for one in catalog.all_sources(work)}
        if as_json:
            print_json(
                {"runs": [run_facts(run, names.get(run.source_id, "removed")) for run in found]}
            )
        elif chosen:
            out.print(run_table(found))
        else:
            rows = table("run", "seen at (UTC)", "kind", "status", "read#", "rejected#", "changed#")
            for run in found:
                rows.add_row(
                    f"{names.get(run.source_id, 'removed')}:{run.number}",
                    when(run.at),
                    run.kind.value,
                    run.status.value,
                    f"{run.counts.read:,}",
                    f"{run.counts.rejected_total:,}",
                    f"{run.counts.changed:,}",
                )
            out.print(rows if found else "No runs yet.")


@app.command("show")
def show_run(
    name: Name,
    rejections: Annotated[
        bool, typer.Option("--rejections", help="All rejected rows, not only the first.")
    ] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """One run: counts, why it was held, rejected rows and what changed."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source, run = find_run(here, name)
        refused = rejected_rows(here, run)
        changes = pl.read_ipc(here.files.path(run.segment)) if run.segment else None
        if as_json:
            print_json(
                {
                    **run_facts(run, source.path),
                    "rejections": rejection_items(refused),
                }
            )
            return
        out.print(f"[bold]{source.path}:{run.number}[/]  {run.kind}, {run.status}")
        out.print(run_table([run]))
        for doubt in run.doubts:
            out.print(f"[yellow]{doubt.code}:[/] {said(doubt.text)}")
        if run.difference is not None:
            _show_difference(run.difference)
        if refused.height:
            _show_rejections(refused, everything=rejections)
        if changes is not None:
            _show_changes(changes)


def _show_rejections(refused: pl.DataFrame, *, everything: bool) -> None:
    shown = refused if everything else refused.head(MOST_SHOWN)
    rows = table("line#", "id", "field", "value", "reason", "rule", title="Rejected rows")
    for row in shown.iter_rows(named=True):  # a person reads them one by one
        rows.add_row(
            str(row["line"]),
            said(row["source_offer_id"] or "–"),
            said(row["field"]),
            said((row["value"] or "–")[:60]),
            row["reason"],
            row["rule"],
        )
    out.print(rows)
    if shown.height < refused.height:
        out.print(f"[dim]… {refused.height - shown.height:,} more with --rejections[/]")
    for reason, number in refused["reason"].value_counts(sort=True).iter_rows():  # a row a reason
        if (remedy := ingest.remedy_of(reason)) is not None:
            out.print(f"[bold]{number:,}[/] {reason}")
            show_remedy(remedy.de, remedy.en)


def _show_difference(found: Mapping[str, Any]) -> None:
    """What a held run would have changed, so that a person can decide."""
    rows, offers = found["rows"], found["offers"]
    before = "none" if rows["before"] is None else f"{rows['before']:,}"
    out.print(
        f"Rows {rows['now']:,} (last full run {before}), offers {offers['now']:,} "
        f"(known {offers['before']:,}): {found['missing']:,} missing ({found['lost_share']:.1%}), "
        f"{found['new']:,} new, {found['moved']:,} with another price"
    )
    told = table("what", "id", "title", "before#", "after#", title="Examples")
    for kind, examples in found["examples"].items():
        for one in examples:
            told.add_row(
                kind,
                said(one["source_offer_id"]),
                said(one["title"] or "–"),
                money(one["before"], one["currency"]),
                money(one["after"], one["currency"]),
            )
    out.print(told)


def _show_changes(changes: pl.DataFrame) -> None:
    counted = changes["kind"].value_counts(sort=True)
    # One row a kind.
    out.print("Changes: " + ", ".join(f"{n:,} {kind}" for kind, n in counted.iter_rows()))
    shown = ["first", "price", "back", "gone", "hold", "correction"]
    told = changes.filter(pl.col("kind").is_in(shown))
    # What differs most first: a person looks for the large move.
    moved = (pl.col("price_minor") / pl.col("before_minor") - 1).abs()
    told = told.sort(moved, descending=True, nulls_last=True).head(MOST_SHOWN)
    rows = table("offer", "kind", "before#", "after#")
    for row in told.iter_rows(named=True):  # a person reads them one by one
        rows.add_row(
            public_id(row["offer_id"]),
            row["kind"],
            money(row["before_minor"], row["currency"]),
            money(row["price_minor"], row["currency"]),
        )
    out.print(rows)


@app.command("rejections")
def rejections(
    name: Name,
    to: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE", help="Write all of them as CSV; - for stdout."),
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="Only those of one.")] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """The rejected rows of a run, each with how to mend it."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source, run = find_run(here, name)
        rows = rejected_rows(here, run)
        if reason is not None:
            rows = rows.filter(pl.col("reason") == reason)
        if to is not None:
            _write(to, rejections_csv(rows))
        if as_json:
            print_json({"run": f"{source.path}:{run.number}", "rejections": rejection_items(rows)})
        elif to is None:
            _show_rejections(rows, everything=True)
        elif str(to) != "-":
            out.print(f"Wrote {rows.height:,} rows to [bold]{said(to)}[/].")


def _write(to: Path, content: bytes) -> None:
    """Raises UsageError where nothing can be written."""
    if str(to) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        to.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{to} cannot be written: {error.strerror}", path=str(to)) from error


@app.command("release")
def release(
    name: Name,
    keep: Annotated[
        Keep | None,
        typer.Option("--keep-by", help="Find offers under new ids again by a unique sign."),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Applies a held run after all: it is read again as of its time and published."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        with progress(quiet=as_json) as step:
            sign = catalog.Sign[keep.name] if keep else None
            report = release_run(here, name, now=system_clock(), keep=sign, progress=step)
            judge(here, report, progress=step)
        if as_json:
            print_json(report.as_json())
        else:
            show(report)


@app.command("replay")
def replay_runs(
    name: Annotated[
        str, typer.Argument(metavar="RUN", help="merchant/source, or merchant/source:number.")
    ],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Reads kept documents again, from a run on to the newest, after a parser was mended."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        with progress(quiet=as_json) as step:
            done = replay(here, name, progress=step)
            judge(here, done.report, progress=step)
        if as_json:
            print_json(done.as_json())
            return
        out.print(
            f"Read {done.runs:,} runs of [bold]{done.report.source.path}[/] again: "
            f"{done.offers:,} offers have another past, {done.voided:,} rows voided, "
            f"{done.written:,} written, {done.report.run.seconds:.2f} s",
            soft_wrap=True,
        )
        if done.unknown:
            out.print(f"{done.unknown:,} offers are new to it and come with the next reading.")


@app.command("discard")
def discard(name: Name, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Throws a held run away: nothing of it is ever applied."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source, run = discard_run(here, name)
        if as_json:
            print_json({"run": f"{source.path}:{run.number}", "status": "discarded"})
        else:
            out.print(f"Discarded [bold]{source.path}:{run.number}[/].")
