"""How often is the verdict right, and what becomes of it when readings are lost?

Question: precision and recall of each class against the truth of the simulated market, all readings
kept and with a share of them dropped at random; how many GENUINE the plain reference would not give
on the very observations that were kept (must be none); how many GENUINE are none in truth.
Data: markets of the given seeds, as `sparfuchs market export --what verdicts` writes them.
Control, in the same run: the rule book said slowly (`tests/pricing/reference.py`), series by
series, asked wherever the columns said GENUINE and in every `--every`th row besides.

`unseen` counts the GENUINE that are no reduction in truth where the reading of the judged moment
itself was dropped and had another price: they speak of the price last seen, with its date.

Run: python benchmarks/verdict_loss.py --seeds 77 --rows 30000     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from _bench import market_of
from sparfuchs.kernel.clock import to_micros
from sparfuchs.market import api as market
from sparfuchs.pricing import api as pricing

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from pricing import reference  # beside the tests, not installed

OPENED = datetime(2026, 11, 20, tzinfo=UTC)
CARRY = timedelta(hours=48)
ZONE = "Europe/Berlin"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[77])
    parser.add_argument("--rows", type=int, default=30_000, help="offers of each market")
    parser.add_argument("--drop", type=float, nargs="+", default=[0.0, 0.1, 0.3, 0.5])
    parser.add_argument("--every", type=int, default=10, help="rows asked of the control besides")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = []
    for seed in given.seeds:
        with tempfile.TemporaryDirectory(prefix="sparfuchs-bench-") as folder:
            world = market_of(seed, given.rows, OPENED)
            market.export(world, market.What.VERDICTS, Path(folder))
            whole = pricing.read_labelled(Path(folder))
        found += [measured(whole, seed, drop, given.every) for drop in given.drop]
    if given.json:
        print(json.dumps({"benchmark": "verdict_loss", "results": found}))
        return
    for one in found:
        print(
            f"seed {one['seed']}, {one['dropped']:.0%} dropped: macro-F1 {one['macro_f1']:.3f}, "
            f"claims {one['claim_macro_f1']:.3f}, right {one['right']:.1%}; GENUINE "
            f"{one['genuine']}, lies {one['lies']} (of these unseen {one['unseen']}), beyond the "
            f"reference {one['beyond_reference']}, differing {one['differing']} of {one['asked']}"
        )
        for name, figures in one["classes"].items():
            print(f"    {name:13} {figures}")


def measured(whole: pricing.Labelled, seed: int, drop: float, every: int) -> dict[str, Any]:
    kept = whole.thinned(drop, seed)
    began = time.perf_counter()
    given = pricing.judge_labelled(kept, carry=CARRY, zone=ZONE)
    seconds = time.perf_counter() - began
    figures = pricing.compare(whole.truth, given)
    rows = whole.truth.join(given, on=["series", "at"], how="left", suffix="_given").with_columns(
        pl.col("verdict_given").fill_null("insufficient"),
        pl.col("claim_verdict_given").fill_null("claim_none"),
    )
    genuine = pl.col("verdict_given") == "genuine"
    lies = rows.filter(genuine & (pl.col("verdict") == "no_reduction"))
    lost = lies.join(
        kept.observations, left_on=["series", "at"], right_on=["series", "seen_at"], how="anti"
    )
    asked = rows.with_row_index("row").filter(genuine | (pl.col("row") % every == 0))
    answers = list(control(kept, asked))
    said = asked.with_columns(
        pl.Series("plain", [one["verdict"] for one in answers], dtype=pl.String),
        pl.Series("plain_claim", [one["claim_verdict"] for one in answers], dtype=pl.String),
    )
    differing = (pl.col("plain") != pl.col("verdict_given")) | (
        pl.col("plain_claim") != pl.col("claim_verdict_given")
    )
    return {
        "seed": seed,
        "dropped": drop,
        "rows": figures.rows,
        "seconds": round(seconds, 2),
        "macro_f1": round(figures.macro_f1, 4),
        "claim_macro_f1": round(figures.claim_macro_f1, 4),
        "honest_pct_exact": round(figures.honest_pct_exact, 4),
        "right": round(
            rows.filter(pl.col("verdict") == pl.col("verdict_given")).height / max(rows.height, 1),
            4,
        ),
        "genuine": rows.filter(genuine).height,
        "lies": lies.height,
        "unseen": lost.height,
        "beyond_reference": said.filter(genuine & (pl.col("plain") != "genuine")).height,
        "differing": said.filter(differing).height,
        "asked": said.height,
        "classes": {
            name: {
                "precision": round(one.precision, 4),
                "recall": round(one.recall, 4),
                "true": one.support,
                "given": one.given,
            }
            for name, one in figures.classes.items()
        },
        "confused": dict(figures.confused),
    }


def control(kept: pricing.Labelled, asked: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """The plain reference's answers, one a row of `asked`, in its order."""
    wanted = kept.observations.filter(pl.col("series").is_in(asked["series"].unique().implode()))
    seen = {
        str(name): list(zip(*columns, strict=True))
        for name, *columns in wanted.sort("seen_at")
        .group_by("series")
        .agg(
            pl.col("seen_at").to_physical(),
            pl.when(pl.col("available").fill_null(value=True)).then(pl.col("price_minor")),
        )
        .iter_rows()
    }
    stated = pricing.claims_at(kept.truth.select("series", "at").unique(), kept.claims)
    claims = {(one["series"], one["at"]): one for one in stated.iter_rows(named=True)}
    # A row at a time is what the control is for.
    for series, at in asked.select("series", "at").iter_rows():
        until = to_micros(at)
        claim = claims[series, at]
        yield reference.verdict(
            [one for one in seen.get(series, []) if one[0] <= until],
            at,
            carry=CARRY,
            zone=ZONE,
            reference=claim["reference_minor"],
            percent=claim["percent"],
            kind=claim["kind"] or "none",
        )


if __name__ == "__main__":
    main()
