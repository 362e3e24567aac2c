"""`sparfuchs source …`: the ways to merchants' offers."""

import sys
from typing import Annotated

import typer

from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    Pairs,
    out,
    pairs,
    print_json,
    progress,
    reporting,
    said,
    table,
    when,
)
from sparfuchs.entrypoints.cli.ingest import DEFAULT_SOURCE, show
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.entrypoints.worker import queue_reading
from sparfuchs.flows.credentials import rotate_key, set_credential, take_credential
from sparfuchs.flows.facts import health, run_facts, source_facts
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.rejections import rejection_trend
from sparfuchs.flows.sources import add_source, find_source, remove_source
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict, UsageError
from sparfuchs.plumbing.credential import CredentialKind

app = typer.Typer(help="The ways to merchants' offers.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="SOURCE", help="merchant/source, or its number.")]


@app.command("add")
def add(
    location: Annotated[str, typer.Argument(metavar="PATH_OR_URL")],
    merchant: Annotated[str, typer.Option("--merchant")],
    source: Annotated[str, typer.Option("--source")] = DEFAULT_SOURCE,
    given: Pairs = None,
    credential: Annotated[
        str | None,
        typer.Option(
            metavar="KIND[:NAME]",
            help="Ask for its credential too, as `source credential` does: basic, bearer, address, "
            "header:NAME or query:NAME.",
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Remembers a source without reading it."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        kind, name = _kind(credential)
        value = _secret() if kind else ""
        added = add_source(here, merchant, source, location, pairs(given), now=system_clock())
        if kind is not None:
            set_credential(here, added, kind, value, name=name)
            added = find_source(here, added.path)
        if as_json:
            print_json(source_facts(added))
        else:
            out.print(f"Added [bold]{added.path}[/]. Read it: sparfuchs source run {added.path}")


@app.command("list")
def list_sources(data_dir: DataDir = None, as_json: Json = False) -> None:
    """All sources with their last run."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        with here.database.reading() as work:
            known = catalog.all_sources(work)
        if as_json:
            print_json({"sources": [source_facts(one) for one in known]})
            return
        if not known:
            out.print("No sources yet. Begin: sparfuchs ingest PATH_OR_URL --merchant NAME")
            return
        rows = table("source", "format", "status", "offers#", "runs#", "last seen (UTC)")
        for one in known:
            rows.add_row(
                one.path,
                one.detected.get("format", "–"),
                one.status.value,
                f"{one.live:,}",
                str(one.head_run),
                when(one.head_at),
            )
        out.print(rows)


@app.command("health")
def show_health(data_dir: DataDir = None, as_json: Json = False) -> None:
    """One line for each source: does it work, since when not and why, when it is tried next."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        with here.database.reading() as work:
            known = catalog.all_sources(work)
        if as_json:
            print_json({"sources": {one.path: health(one) for one in known}})
            return
        for one in known:
            colour = "red" if one.failing_since else "green" if one.head_at else "yellow"
            out.print(f"[{colour}]{one.path}[/]  {said(health(one))}", soft_wrap=True)


@app.command("show")
def show_source(name: Name, data_dir: DataDir = None, as_json: Json = False) -> None:
    """One source: where it is read, how, and its last runs."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source = find_source(here, name)
        with here.database.reading() as work:
            last = catalog.runs(work, source.id, 10)
        if as_json:
            print_json(
                {
                    **source_facts(source),
                    "runs": [run_facts(run, source.path) for run in last],
                }
            )
            return
        out.print(f"[bold]{source.path}[/]  {said(source.merchant.name)}, {source.status}")
        out.print(said(source.shown_location), soft_wrap=True)
        out.print(said(health(source)), soft_wrap=True)
        for title, held in (("settings", source.settings), ("detected", source.detected)):
            if held:
                told = ", ".join(f"{key}={value}" for key, value in held.items() if value)
                out.print(f"{title}: {said(told)}")
        out.print(run_table(last))


def run_table(found: list[catalog.FeedRun]) -> object:
    rows = table(
        "run#", "seen at (UTC)", "kind", "status", "read#", "rejected#", "new#", "changed#", "gone#"
    )
    for run in found:
        counts = run.counts
        figures = (counts.read, counts.rejected_total, counts.new, counts.changed, counts.gone)
        rows.add_row(
            str(run.number),
            when(run.at),
            run.kind.value,
            run.status.value,
            *(f"{n:,}" for n in figures),
        )
    return rows


@app.command("run")
def run_source(
    name: Name,
    later: Annotated[
        bool, typer.Option("--later", help="Leave it to a worker instead of waiting.")
    ] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Reads a source once, now or as soon as a worker has time."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source = find_source(here, name)
        if source.status is catalog.SourceStatus.PAUSED:
            raise Conflict(f"{source.path} is paused; sparfuchs source resume {source.path}")
        if later:
            queue_reading(here, source)
            _say(source, "queued", as_json=as_json)
            return
        now = system_clock()
        with progress(quiet=as_json) as step:
            report = read_and_judge(here, source, now=now, progress=step)
        if as_json:
            print_json(report.as_json())
        else:
            show(report)
        if report.held:
            raise typer.Exit(1)


@app.command("rejections")
def rejections(
    name: Name,
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="How many back.")] = 30,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """How many rows were rejected by day and reason."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source = find_source(here, name)
        found = rejection_trend(here, source, now=system_clock(), days=days)
        if as_json:
            print_json(found)
            return
        if not found["days"]:
            out.print(f"No readings of [bold]{source.path}[/] in {days} days.")
            return
        rows = table("day", "readings#", "held#", "read#", "share#", "rejected by the last", "most")
        for day in found["days"]:
            rows.add_row(
                day["day"],
                f"{day['readings']:,}",
                f"{day['held']:,}",
                f"{day['read']:,}",
                f"{day['share']:.1%}",
                _by_reason(day["rejected"]),
                _by_reason(day["most"]),
            )
        out.print(rows)


def _by_reason(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {reason}" for reason, number in counts.items()) or "–"


@app.command("pause")
def pause(name: Name, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Stops reading a source; its offers stay and grow stale."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source = find_source(here, name)
        with here.database.unit_of_work() as work:
            catalog.pause(work, source)
        _say(source, "paused", as_json=as_json)


@app.command("resume")
def resume(name: Name, data_dir: DataDir = None, as_json: Json = False) -> None:
    """Lets a paused source be read again."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source = find_source(here, name)
        with here.database.unit_of_work() as work:
            catalog.resume(work, source)
        _say(source, "active", as_json=as_json)


@app.command("credential")
def credential(
    name: Name,
    given: Annotated[
        str | None,
        typer.Argument(
            metavar="[KIND[:NAME]]",
            help="basic (user:password), bearer, header:NAME, query:NAME, or address for the place "
            "of {credential} in the source's address.",
        ),
    ] = None,
    take: Annotated[bool, typer.Option("--remove", help="Ask without it from now on.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Sets what a source's host asks for: typed unseen or read from stdin, kept encrypted."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source = find_source(here, name)
        kind, called = _kind(given)
        if (kind is None) != take:
            raise UsageError("Name the kind of the credential, or take it away with --remove")
        if kind is None:
            take_credential(here, source)
        else:
            set_credential(here, source, kind, _secret(), name=called)
        if as_json:
            print_json({"source": source.path, "credential": kind.value if kind else None})
        else:
            told = f"has a credential ({kind})" if kind else "is asked without a credential"
            out.print(f"[bold]{source.path}[/] {told}.")


@app.command("rotate-key")
def rotate(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Encrypts all credentials anew with a new key and forgets the old one."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        count = rotate_key(here)
        if as_json:
            print_json({"credentials": count})
        else:
            out.print(f"Encrypted with a new key: {count:,}")


def _kind(given: str | None) -> tuple[CredentialKind | None, str]:
    if given is None:
        return None, ""
    kind, _, name = given.partition(":")
    if kind not in list(CredentialKind):
        known = ", ".join(CredentialKind)
        raise UsageError(f"{kind!r} is no kind of credential; there are {known}")
    return CredentialKind(kind), name


def _secret() -> str:
    """From the keyboard without being shown, else the first line of stdin; never an argument, which
    other users of the machine could see.
    """
    if sys.stdin.isatty():
        return str(typer.prompt("Credential", hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")


@app.command("remove")
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Takes a source away, with its offers and their history."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        source = find_source(here, name)
        if not yes and not as_json:
            typer.confirm(f"Remove {source.path} with its {source.live:,} offers?", abort=True)
        gone = remove_source(here, source, now=system_clock())
        if as_json:
            print_json({"source": source.path, "status": "removed", "offers": gone})
        else:
            out.print(f"Removed [bold]{source.path}[/] with {gone:,} offers.")


def _say(source: catalog.Source, status: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"source": source.path, "status": status})
    else:
        out.print(f"[bold]{source.path}[/] is {status}.")
