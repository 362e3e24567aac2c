"""`sparfuchs market fill` and `export`: the simulated market as offers, and as labelled data."""

from datetime import datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from sparfuchs.entrypoints import demo
from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    full_disk_said,
    moment,
    out,
    print_json,
    progress,
    reporting,
    table,
)
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.kernel.clock import system_clock
from sparfuchs.market import api as market


def fill(
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which market.")] = demo.SEED,
    offers: Annotated[
        int, typer.Option("--offers", min=1, help="About how many offers all shops have.")
    ] = demo.OFFERS,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Fills an empty installation with a market and its year of readings, or goes on doing so."""
    with (
        reporting(as_json=as_json),
        full_disk_said(),
        installation(data_dir) as here,
        progress(quiet=as_json) as step,
    ):
        total = demo.make(here, step, seed=seed, offers=offers)
    if as_json:
        print_json({"offers": total})


class Wanted(StrEnum):
    MATCHING = "matching"
    VERDICTS = "verdicts"
    SEARCH = "search"
    RECOMMEND = "recommend"
    OFFERS = "offers"
    GROUPS = "groups"
    ALL = "all"


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which market.")] = 1,
    offers: Annotated[
        int, typer.Option("--offers", min=1, help="About how many offers all shops have.")
    ] = 30_000,
    what: Annotated[
        Wanted, typer.Option("--what", help="Which labelled data; `all`: a folder of each.")
    ] = Wanted.ALL,
    opened: Annotated[
        str | None,
        typer.Option(
            "--opened",
            metavar="ISO-TIME",
            help="When the market's past of a year ended. Midnight (UTC) if not given.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Writes what the simulated market knows to be true, in the shapes that `evaluate` reads."""
    with reporting(as_json=as_json):
        now = system_clock()
        at = datetime.combine(now, time(), now.tzinfo) if opened is None else moment(opened)
        world = market.make_world(seed, offers=offers, opened=at)
        every = wanted_of(what)
        written: dict[str, int] = {}
        with progress(quiet=as_json) as step:
            for one in every:
                place = folder / one.value if len(every) > 1 else folder
                found = market.export(world, one, place, progress=step)
                written |= {str(place / name): rows for name, rows in found.items()}
        if as_json:
            print_json({"seed": seed, "opened": at.isoformat(), "files": written})
        else:
            shown = table("file", "rows#")
            for name, rows in written.items():
                shown.add_row(name, f"{rows:,}")
            out.print(shown)


def wanted_of(what: Wanted) -> tuple[market.What, ...]:
    return tuple(market.What) if what is Wanted.ALL else (market.What(what.value),)
