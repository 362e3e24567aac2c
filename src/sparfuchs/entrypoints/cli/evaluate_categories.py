"""`sparfuchs evaluate categories`: are the categories of a shop found that nobody saw before?"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sparfuchs.entrypoints.cli.console import Json, out, print_json, reporting, table
from sparfuchs.matching import api as matching


def evaluate_categories(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    crosswalk: Annotated[
        Path | None,
        typer.Option(
            "--crosswalk",
            metavar="FILE",
            help="A CSV with tree, label, code: judges the shipped model by it as well.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Shops' categories laid on a common tree, one shop left out at a time."""
    with reporting(as_json=as_json):
        trees = matching.read_trees(folder)
        left_out = [one for tree in trees for one in matching.leave_one_shop_out(tree)]
        walked: list[matching.CrosswalkFigures] = []
        if crosswalk is not None:
            lines = matching.read_crosswalk(crosswalk)
            model, ours = matching.shipped_categories(), matching.taxonomy()
            for tree in trees:
                walked += matching.by_crosswalk(tree, lines, model, ours)
        if as_json:
            print_json(
                {
                    "shops": [asdict(one) for one in left_out],
                    "shipped": [asdict(one) for one in walked],
                }
            )
            return
        rows = table(
            "shop", "categories#", "top 1#", "top 3#", "unknown#", "right else#", "nearest 1#",
            "nearest 3#", "unseen labels#",
        )  # fmt: skip
        for one in left_out:
            rows.add_row(
                f"{one.tree}/{one.shop}",
                f"{one.categories:,}",
                *(
                    "" if share is None else f"{share:.1%}"
                    for share in (
                        one.top1,
                        one.top3,
                        one.unknown,
                        one.right_when_known,
                        one.control_top1,
                        one.control_top3,
                        one.unseen,
                    )
                ),
            )
        out.print(rows)
        if walked:
            shown = table(
                "shipped model", "categories#", "top 1#", "top 3#", "unknown#", "right else#"
            )
            for each in walked:
                shown.add_row(
                    f"{each.tree}/{each.shop}",
                    f"{each.categories:,}",
                    *(
                        "" if share is None else f"{share:.1%}"
                        for share in (each.top1, each.top3, each.unknown, each.right_when_known)
                    ),
                )
            out.print(shown)
