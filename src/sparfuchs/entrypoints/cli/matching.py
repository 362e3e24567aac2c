"""`sparfuchs matching`: models that say which offers are the same thing."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import polars as pl
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
from sparfuchs.flows.group_offers import group_waiting, regroup, regroup_touched
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.flows.train_matching import list_models, roll_back, train_here
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict, StoreUnavailable, UsageError
from sparfuchs.market import api as market
from sparfuchs.matching import api as matching

app = typer.Typer(
    name="matching",
    help="Which offers are the same thing: compare, look at doubtful pairs, train.",
    no_args_is_help=True,
)

_LIVE: Final = "live"
_MARKET: Final = "market"
# A market is made at a moment of its own, so that the same seed gives the same model.
_OPENED: Final = datetime(2026, 11, 1, tzinfo=UTC)


@app.callback()
def matching_group() -> None:
    """Which offers are the same thing: compare, look at doubtful pairs, train."""


@app.command("run")
def run(
    anew: Annotated[
        bool, typer.Option("--anew", help="Compare all offers again, not only what is new.")
    ] = False,
    touched: Annotated[
        bool, typer.Option("--touched", help="Look at products that changed again, as a whole.")
    ] = False,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Compares the offers that runs brought and groups them into products.

    The worker does so as runs come, and looks at changed products again at night; this does it now.
    """
    if anew and touched:
        raise typer.BadParameter("--anew compares all that --touched would")
    with reporting(as_json=as_json), installation(data_dir) as here:
        now = system_clock()
        with progress(quiet=as_json) as step:
            if anew:
                compared = regroup(here, now=now, step=step, model=None)
            elif touched:
                compared = regroup_touched(here, now=now, step=step)
            else:
                compared = group_waiting(here, now=now, step=step)
        if compared is None:
            raise Conflict("Another process compares offers; try again when it is done")
        catch_up(here)
        with here.database.reading() as work:
            facts = {"compared": compared, **matching.extent(work)}
        if as_json:
            print_json(facts)
            return
        out.print(
            f"{compared:,} offers compared; {facts['products']:,} products of "
            f"{facts['offers']:,} offers, {facts['reviews']:,} pairs to look at"
        )


@app.command("train")
def train(
    source: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="DIR|live|market",
            help="A folder with offers.csv, this installation (live), or the simulated market.",
        ),
    ] = "market",
    out_file: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Where the model is written; live keeps it itself.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which market, which trees.")] = 101,
    offers: Annotated[
        int, typer.Option("--offers", min=1, help="About how many offers the market has.")
    ] = 20_000,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Trains a model on offers whose products are known.

    From `live` it learns from this installation's offers whose GTINs agree and from answers to the
    review, beside the simulated market, and takes over only if it is better on products held back.
    """
    with reporting(as_json=as_json), progress(quiet=as_json) as step:
        if source == _LIVE:
            with installation(data_dir) as here:
                told = _market(seed, offers)
                facts = train_here(here, told, seed=seed, now=system_clock(), step=step)
                catch_up(here)
        else:
            facts = _to_file(source, out_file, seed, offers, step)
    if as_json:
        print_json(facts)
    elif source == _LIVE:
        _print_judged(facts)
    else:
        out.print(
            f"{facts['file']}: model {facts['model']} from {facts['pairs']:,} pairs, tuned on "
            f"{facts['held']:,} of other products"
        )


@app.command("models")
def models(data_dir: DataDir = None, as_json: Json = False) -> None:
    """Models of this installation, the one in force first, with what each was judged by."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        found = list_models(here)
    if as_json:
        print_json({"models": found})
        return
    if not found:
        out.print("The shipped model; none was trained here: sparfuchs matching train --from live")
        return
    rows = table("model", "", "made", "precision#", "recall#")
    for one in found:
        judged = one["figures"].get("new")
        state = "in force" if one["in_force"] else "" if one["promoted"] else "not promoted"
        shares = [f"{judged[name]:.2%}" if judged else "–" for name in ("precision", "recall")]
        rows.add_row(said(one["name"]), state, one["made_at"][:16].replace("T", " "), *shares)
    out.print(rows)


@app.command("rollback")
def rollback(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[MODEL]", help="The one before the present if not given.", show_default=False
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Goes back to an earlier model and compares all offers again with it."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        with progress(quiet=as_json) as step:
            facts = roll_back(here, name, now=system_clock(), step=step)
        catch_up(here)
    if as_json:
        print_json(facts)
    else:
        out.print(f"{said(facts['model'])} is in force; {facts['compared']:,} offers compared")


def _to_file(
    source: str, out_file: Path | None, seed: int, offers: int, step: Callable[[str, int], None]
) -> dict[str, Any]:
    if out_file is None:
        raise UsageError("--out says where the model is written", field="out")
    folder = None if source == _MARKET else Path(source)
    told = matching.read_offers(folder / "offers.csv") if folder else _market(seed, offers)
    name = folder.name if folder else f"market-{seed}"
    made = matching.train(told, version=name, seed=seed, step=step)
    try:
        out_file.write_text(made.scorer.to_text(), "utf-8")
    except OSError as error:
        raise StoreUnavailable(
            f"{out_file} cannot be written: {error.strerror}", path=str(out_file)
        ) from error
    return {
        "model": made.scorer.version,
        "file": str(out_file),
        "bytes": out_file.stat().st_size,
        "pairs": made.pairs,
        "held": made.held,
    }


def _print_judged(facts: dict[str, Any]) -> None:
    rows = table("model", "links#", "precision#", "recall#", "F½#", title="Products held back")
    for label, key in ((facts["model"], "new"), (facts["present_model"], "present")):
        one = facts[key]
        shares = [f"{one[name]:.2%}" for name in ("precision", "recall", "f_half")]
        rows.add_row(said(label), f"{one['links']:,}", *shares)
    out.print(rows)
    if facts["promoted"]:
        out.print(f"It takes over: {facts['compared']:,} offers compared again.")
    else:
        out.print("It is not better and does not take over; it is kept: sparfuchs matching models")


def _market(seed: int, offers: int) -> pl.DataFrame:
    world = market.make_world(seed, offers=offers, opened=_OPENED)
    with tempfile.TemporaryDirectory() as place:
        market.export(world, market.What.GROUPS, Path(place))
        return matching.read_offers(Path(place) / "offers.csv")
