"""`sparfuchs evaluate matching`: are the same things found to be the same?"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sparfuchs.entrypoints.cli.console import Json, out, print_json, progress, reporting, table
from sparfuchs.matching import api as matching


def evaluate_matching(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    seeds: Annotated[
        int, typer.Option("--seeds", min=1, help="How often to train; figures are means.")
    ] = 5,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="shipped|FILE",
            help="Judge this model instead of training one on DIR.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Pairs of offers against a folder of two tables and pairs, or of two titles and a label."""
    with reporting(as_json=as_json):
        scorer = None if model is None else scorer_of(model)
        with progress(quiet=as_json) as step:
            found = matching.evaluate_matching(folder, seeds=seeds, model=scorer, progress=step)
        if as_json:
            print_json(asdict(found.judged) | asdict(found))
        else:
            _show(found)


def scorer_of(model: str) -> matching.Scorer:
    """The model that came with the program, or that of a file. Raises UsageError for another."""
    return matching.shipped() if model == "shipped" else matching.Scorer.load(Path(model))


def _show(found: matching.MatchingFigures) -> None:
    rows = table("judged by", "F1#", "± sd#", "precision#", "recall#", "accuracy#")
    ways = {"the model, pair alone": found.alone}
    if found.candidate_recall is not None:
        ways |= {"the model, among rivals": found.judged}
    ways |= {"… threshold from valid": found.tuned} if found.model != "evaluated" else {}
    for name, one in (ways | found.controls).items():
        rows.add_row(
            name,
            f"{one.f1:.1%}",
            f"{one.f1_sd * 100:.1f}",
            *(f"{value:.1%}" for value in (one.precision, one.recall, one.accuracy)),
        )
    out.print(rows)
    out.print(
        f"\n{found.data}: {found.train:,} pairs to learn from, {found.tune:,} to tune, "
        f"{found.test:,} judged ({found.matches:,} matches), {found.seeds} seeds"
    )
    if found.candidate_recall is not None and found.candidate_recall_both is not None:
        out.print(
            f"candidates: {found.candidate_recall:.2%} of matches among 20 of each offer, "
            f"{found.candidate_recall_both:.2%} where each names 10 "
            f"({found.candidates_per_offer:.1f} pairs an offer); end to end F1 "
            f"{found.end_to_end:.1%}"
        )
    out.print(f"{found.pairs_per_second:,.0f} pairs a second")
