"""`sparfuchs evaluate groups`: are the products of many offers the true ones?"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sparfuchs.entrypoints.cli.console import Json, out, print_json, progress, reporting, table
from sparfuchs.entrypoints.cli.evaluate_matching import scorer_of
from sparfuchs.matching import api as matching


def evaluate_groups(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    model: Annotated[
        str, typer.Option("--model", metavar="shipped|FILE", help="Which model judges pairs.")
    ] = "shipped",
    hide: Annotated[
        list[str] | None,
        typer.Option("--hide", metavar="COLUMN", help="Not shown to the matcher; may be repeated."),
    ] = None,
    varied: Annotated[
        int | None,
        typer.Option(
            "--varied",
            metavar="SEED",
            help="Offers as other merchants might state them: columns missing, titles rewritten.",
            show_default=False,
        ),
    ] = None,
    other_brands: Annotated[
        bool, typer.Option("--other-brands", help="Under brands that no model has seen.")
    ] = False,
    other_prices: Annotated[
        int | None,
        typer.Option(
            "--other-prices",
            metavar="SEED",
            help="Each offer at another price, from half to twice its own.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Products against a folder with offers.csv, as `market export --what groups` writes it."""
    with reporting(as_json=as_json):
        scorer = scorer_of(model)
        with progress(quiet=as_json) as step:
            found = matching.evaluate_groups(
                folder,
                scorer,
                hide=tuple(hide or ()),
                varied=varied,
                other_brands=other_brands,
                other_prices=other_prices,
                progress=step,
            )
        if as_json:
            print_json(asdict(found))
        else:
            _show(found)


def _show(found: matching.GroupsFigures) -> None:
    rows = table("offers", "#", "pairs#", "precision#", "at least#", "recall#", "B³ P#", "B³ R#")
    for name, one in {"all": found.whole, **found.slices}.items():
        if not one.offers:
            continue
        rows.add_row(
            name,
            f"{one.offers:,}",
            f"{one.pairs:,}",
            *(
                f"{value:.2%}"
                for value in (
                    one.precision,
                    one.precision_low,
                    one.recall,
                    one.bcubed_precision,
                    one.bcubed_recall,
                )
            ),
        )
    out.print(rows)
    out.print(
        f"\n{found.groups:,} products, {found.over_merged:.2%} of those with several offers hold "
        f"two; {found.links:,} automatic links, {found.link_precision:.2%} right (at least "
        f"{found.link_precision_low:.2%}), {found.review:,} pairs for review; offers seen twice: "
        f"precision {found.merged_precision:.2%}, recall {found.merged_recall:.2%}"
    )
    out.print(
        f"{found.candidates_per_offer:.1f} candidates and {found.scored_per_offer:.1f} scored "
        f"pairs an offer, {found.candidate_recall:.2%} of offers with a partner were compared with "
        f"one; {found.seconds:.1f} s"
    )
