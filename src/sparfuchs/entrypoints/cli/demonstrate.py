"""`sparfuchs examples`: reads the example feeds and shows what came of them."""

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.cli.console import (
    REFERENCE,
    DataDir,
    Json,
    money,
    out,
    print_json,
    progress,
    reporting,
    said,
    table,
)
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.demonstrate import examples as plan
from sparfuchs.flows.demonstrate import read_example
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.show_offer import show_offer
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.ids import public_id


def examples(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder with feeds and a readings.toml.")
    ] = Path("examples"),
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Reads the example feeds as if over weeks, and shows the verdict on each offer."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        now = system_clock()
        readings = 0
        with progress(quiet=as_json) as step:
            for example in plan(folder):
                for report in read_example(here, example, now=now):
                    readings += 1
                    step(f"read {report.source.path}", readings)
        found = [show_offer(here, public_id(number), now=now) for number in _offers(here)]
    if as_json:
        print_json({"readings": readings, "offers": found})
        return
    out.print(f"{readings} readings of the example feeds" if readings else "Nothing new to read.")
    rows = table("offer", "title", "price#", "the shop says", "verdict", "claim")
    for one in found:
        price, claim = one["price"], one["claim"]["reference"]
        verdict = one["verdict"]
        rows.add_row(
            one["id"],
            f"{said(one['title'][:30])}\n[dim]{said(one['merchant'])}[/]",
            money(price["minor"], price["currency"]) if price else "–",
            f"{money(claim['minor'], claim['currency'])}\n"
            f"[dim]{REFERENCE.get(one['claim']['kind'], '')}[/]"
            if claim
            else "–",
            _verdict(verdict),
            verdict["claim_verdict"].removeprefix("claim_") if verdict else "–",
        )
    out.print(rows)
    if found:
        out.print("\nWhy? sparfuchs offer " + found[0]["id"] + "    All: sparfuchs status")


def _verdict(verdict: dict[str, object] | None) -> str:
    if verdict is None:
        return "not judged"
    share = f" {verdict['honest_pct']} %" if verdict["honest_pct"] is not None else ""
    return f"{verdict['verdict']}{share}"


def _offers(here: Installation) -> list[int]:
    """Every offer of every source, in the order in which sources and offers came."""
    found: list[int] = []
    with here.database.reading() as work:
        sources = catalog.all_sources(work)
    for source in sorted(sources, key=lambda one: one.id):
        if source.state_file is not None:
            state = catalog.SourceState.read(here.files.path(source.state_file)).frame
            live = state.filter(pl.col("status") == catalog.LIVE)["ordinal"].sort()
            found.extend((source.id << 32) + ordinal for ordinal in live)
    return found
