"""`sparfuchs evaluate`: how good is what we say, measured on a folder of labelled data."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from sparfuchs.entrypoints.cli.console import Json, out, print_json, progress, reporting, table
from sparfuchs.entrypoints.cli.evaluate_categories import evaluate_categories
from sparfuchs.entrypoints.cli.evaluate_groups import evaluate_groups
from sparfuchs.entrypoints.cli.evaluate_matching import evaluate_matching
from sparfuchs.kernel.errors import UsageError
from sparfuchs.pricing import api as pricing
from sparfuchs.search.api import evaluate_search

app = typer.Typer(
    help="How good is what we say, measured on labelled data.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def evaluate() -> None:
    """How good is what we say, measured on labelled data."""


@app.command("verdicts")
def verdicts(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    carry_hours: Annotated[
        float, typer.Option(help="How long an observation asserts its price.")
    ] = 48.0,
    drop: Annotated[
        float,
        typer.Option(min=0.0, max=0.99, help="Share of the observations that is left out first."),
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="Which observations are left out.")] = 0,
    as_json: Json = False,
) -> None:
    """Verdicts against a folder with observations.csv, claims.csv and truth.csv."""
    with reporting(as_json=as_json):
        if carry_hours <= 0:
            raise UsageError("--carry-hours must be above zero", value=carry_hours)
        with progress(quiet=as_json) as step:
            found = pricing.evaluate_verdicts(
                folder, carry=timedelta(hours=carry_hours), drop=drop, seed=seed, progress=step
            )
        if as_json:
            print_json(asdict(found))
        else:
            _show(found)


@app.command("search")
def search(folder: Annotated[Path, typer.Argument(metavar="DIR")], as_json: Json = False) -> None:
    """Search against a folder with products.jsonl and ratings.csv, or with judged.csv."""
    with reporting(as_json=as_json):
        with progress(quiet=as_json) as step:
            found = evaluate_search(folder, progress=step)
        if as_json:
            told = asdict(found)
            names = {"ndcg": "ndcg@10", "condensed": "condensed@10", "judged": "judged@10"}
            names |= {f"plain_{name}": f"plain_{said}" for name, said in names.items()}
            print_json({names.get(name, name): value for name, value in told.items()})
            return
        rows = table("of the first ten", "NDCG@10#", "of the judged#", "judged#")
        for name, figures in (
            ("Sparfuchs", (found.ndcg, found.condensed, found.judged)),
            ("plain BM25", (found.plain_ndcg, found.plain_condensed, found.plain_judged)),
        ):
            score, condensed, judged = figures
            rows.add_row(name, f"{score:.3f}", f"{condensed:.3f}", f"{judged:.1%}")
        out.print(rows)
        out.print(
            f"{found.queries:,} queries over {found.products:,} products, {found.found_nothing:,} "
            f"found nothing; p50 {found.p50_ms:.1f} ms, p95 {found.p95_ms:.1f} ms. "
            f"{found.hopeless:,} more have nothing good to find.",
            soft_wrap=True,
        )


def _show(found: pricing.VerdictFigures) -> None:
    for title, classes in (("Verdict", found.classes), ("Claim", found.claim_classes)):
        rows = table("class", "precision#", "recall#", "F1#", "true#", "given#", title=title)
        for name, one in classes.items():
            rows.add_row(
                name,
                f"{one.precision:.3f}",
                f"{one.recall:.3f}",
                f"{one.f1:.3f}",
                f"{one.support:,}",
                f"{one.given:,}",
            )
        out.print(rows)
        out.print()
    out.print(
        f"{found.rows:,} rows: macro-F1 {found.macro_f1:.3f}, of claims "
        f"{found.claim_macro_f1:.3f}, percentage exact {found.honest_pct_exact:.1%}"
    )
    for pair, number in list(found.confused.items())[:10]:
        out.print(f"  {number:,} × {pair}")


app.command("matching")(evaluate_matching)
app.command("groups")(evaluate_groups)
app.command("categories")(evaluate_categories)
