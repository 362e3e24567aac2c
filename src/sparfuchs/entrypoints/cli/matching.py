"""`sparfuchs matching`: models that say which offers are the same thing."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import polars as pl
import typer

from sparfuchs.entrypoints.cli.console import Json, out, print_json, progress, reporting
from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.market import api as market
from sparfuchs.matching import api as matching

app = typer.Typer(
    name="matching",
    help="Models that say which offers are the same thing.",
    no_args_is_help=True,
)

# A market is made at a moment of its own, so that the same seed gives the same model.
_OPENED: Final = datetime(2026, 11, 1, tzinfo=UTC)


@app.callback()
def matching_group() -> None:
    """Models that say which offers are the same thing."""


@app.command("train")
def train(
    out_file: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Where the model is written.")
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="A folder with offers.csv; the simulated market if not given.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Which market, which trees.")] = 101,
    offers: Annotated[
        int, typer.Option("--offers", min=1, help="About how many offers the market has.")
    ] = 20_000,
    as_json: Json = False,
) -> None:
    """Trains a model on offers whose products are known, and writes it as text."""
    with reporting(as_json=as_json), progress(quiet=as_json) as step:
        told = matching.read_offers(folder / "offers.csv") if folder else _market(seed, offers)
        name = folder.name if folder else f"market-{seed}"
        made = matching.train(told, version=name, seed=seed, step=step)
        try:
            out_file.write_text(made.scorer.to_text(), "utf-8")
        except OSError as error:
            raise StoreUnavailable(
                f"{out_file} cannot be written: {error.strerror}", path=str(out_file)
            ) from error
        facts = {
            "model": made.scorer.version,
            "file": str(out_file),
            "bytes": out_file.stat().st_size,
            "pairs": made.pairs,
            "held": made.held,
        }
    if as_json:
        print_json(facts)
    else:
        out.print(
            f"{out_file}: model {made.scorer.version} from {made.pairs:,} pairs, tuned on "
            f"{made.held:,} of other products"
        )


def _market(seed: int, offers: int) -> pl.DataFrame:
    world = market.make_world(seed, offers=offers, opened=_OPENED)
    with tempfile.TemporaryDirectory() as place:
        market.export(world, market.What.GROUPS, Path(place))
        return matching.read_offers(Path(place) / "offers.csv")
