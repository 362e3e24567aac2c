"""`sparfuchs status`: is everything well, and if not, where to look."""

from rich.filesize import decimal

from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    out,
    print_json,
    reporting,
    said,
    table,
)
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows import status as flow
from sparfuchs.kernel.clock import system_clock

_ADVICE = {
    "held": "sparfuchs run list --source {path}",
    "failing": "sparfuchs run list --source {path}",
    "late": "sparfuchs source run {path}",
}


def status(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Sources fresh, late and failing; consumers; database and disk."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = flow.status(here, now=system_clock())
    if as_json:
        print_json(found)
        return
    out.print(f"[bold]Sparfuchs {found['version']}[/]  {said(found['data_dir'])}", soft_wrap=True)
    totals = found["totals"]
    out.print(
        f"{totals['merchants']:,} merchants, {totals['sources']:,} sources, "
        f"{totals['offers']:,} offers, {totals['deals']:,} deals"
    )
    states = [f"{number} {name}" for name, number in found["sources"].items() if number]
    out.print("sources: " + (", ".join(states) or "none yet"))
    rows = table("what", "state")
    for name, consumer in found["consumers"].items():
        rows.add_row(f"consumer {name}", f"{consumer['lag']:,} events behind")
    database = found["database"]
    kind = "embedded" if database["embedded"] else "given"
    rows.add_row(
        "database", f"PostgreSQL {database['version']} ({kind}), {decimal(database['bytes'])}"
    )
    history = found["history"]
    told = f"{decimal(history['row_bytes'])} as rows, {decimal(history['block_bytes'])} folded"
    waits = history["months_to_fold"]
    rows.add_row("price history", told + (f", {waits} months to fold" if waits else ""))
    rows.add_row("files", decimal(found["files"]["bytes"]))
    products = found["products"]
    lag = found["consumers"]["grouping"]["lag"]
    told = f"{products['products']:,} of {products['offers']:,} offers"
    if lag:
        told += ", being compared" if products["version"] else ", not compared yet"
    if products["reviews"]:
        told += f", {products['reviews']:,} pairs to look at: sparfuchs matching review list"
    rows.add_row("products", told)
    index = found["index"]
    told = f"{index['listings']:,} listings, {decimal(index['bytes'])}"
    rows.add_row("index", told if index["there"] else "none yet: sparfuchs index rebuild")
    disk = found["disk"]
    rows.add_row("disk", f"{decimal(disk['free'])} free of {decimal(disk['total'])}")
    out.print(rows)
    if not disk["reading"]:
        out.print(f"[yellow]nothing is read[/]: {said(disk['reason'])}")
    for path, state in found["attention"].items():
        out.print(f"[yellow]{path} is {state}[/]: {_ADVICE[state].format(path=path)}")
