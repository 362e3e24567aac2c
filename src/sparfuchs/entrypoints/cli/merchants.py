"""`sparfuchs merchant` and `sparfuchs assay`: whom to trust, and why."""

from typing import Annotated, Any, Final

import typer

from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    out,
    print_json,
    progress,
    reporting,
    said,
    table,
)
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.assay import assay as run_assay
from sparfuchs.flows.merchants import list_merchants, show_merchant
from sparfuchs.flows.misleading import misleading_merchants
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict

app = typer.Typer(
    help="Merchants: how well they deliver, and how their stated reductions mislead.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Answer = dict[str, Any]

_MOST: Final = 10_000
_SIGNALS: Final = {
    "rows": "rows of the feed",
    "claims": "stated reductions",
    "links": "addresses",
}


@app.command("list")
def list_all(data_dir: DataDir = None, as_json: Json = False) -> None:
    """All merchants with their reputation and how many of their offers mislead."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = list_merchants(here, after="", limit=_MOST)
        shown = {
            one["merchant"]["slug"]: one["patterns"]
            for one in misleading_merchants(here, examples=0, limit=_MOST)
        }
        for one in found:
            one["patterns"] = {
                each["pattern"]: each["offers"] for each in shown.get(one["slug"], [])
            }
        if as_json:
            print_json({"merchants": found})
            return
        rows = table("merchant", "offers#", "deals#", "reputation#", "patterns")
        for one in found:
            told = ", ".join(f"{name} {count:,}" for name, count in one["patterns"].items())
            reputation = one["reputation"]
            points = f"{reputation['points']} of {reputation['most']}"
            rows.add_row(said(one["slug"]), f"{one['offers']:,}", f"{one['deals']:,}", points, told)
        out.print(rows)


@app.command("show")
def show(
    slug: Annotated[str, typer.Argument(metavar="SLUG")],
    examples: Annotated[int, typer.Option(min=0, max=50, help="Of each pattern.")] = 3,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """One merchant: what its reputation rests on, and patterns of its offers with examples."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = show_merchant(here, slug)
        [shown] = misleading_merchants(here, merchant=slug, examples=examples)
        found["patterns"] = shown["patterns"]
        if as_json:
            print_json(found)
        else:
            _show(found)


def _show(found: Answer) -> None:
    out.print(
        f"[bold]{said(found['name'])}[/]  {found['offers']:,} offers, {found['deals']:,} deals"
    )
    reputation = found["reputation"]
    rows = table(
        "signal",
        "good#",
        "bad#",
        "surely good#",
        "points#",
        title=f"\nReputation {reputation['points']} of {reputation['most']}",
    )
    for name, part in reputation["parts"].items():
        rows.add_row(
            _SIGNALS[name],
            f"{part['good']:,}",
            f"{part['bad']:,}",
            f"{part['at_least_percent']} %",
            f"{part['points']} of {part['most']}",
        )
    out.print(rows)
    for pattern in found["patterns"]:
        share = "" if pattern["share"] is None else f" ({pattern['share']:.0%} of its offers)"
        out.print(f"\n[bold]{pattern['name']['en']}[/]  {pattern['offers']:,} offers{share}")
        for example in pattern["examples"]:
            out.print(f"  {example['offer']}  {said(example['title'] or '')}", soft_wrap=True)
            out.print(f"  [dim]{said(example['text']['en'])}[/]", soft_wrap=True)


def assay(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Learns what offers cost, finds misleading patterns and rates anew what they change.

    The worker does so every night; this does it now.
    """
    with reporting(as_json=as_json), installation(data_dir) as here:
        with progress(quiet=as_json) as step:
            found = run_assay(here, now=system_clock(), progress=step)
        if found is None:
            raise Conflict("Another process is assaying the market; try again when it is done")
        catch_up(here)
        if as_json:
            print_json(found.as_json())
            return
        out.print(
            f"{found.offers:,} offers, {found.levels:,} price levels (version {found.version}), "
            f"{found.patterns:,} patterns, {found.rerated:,} ratings given anew"
        )
