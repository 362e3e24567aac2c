"""Are patterns of misleading reductions found where they are, and only there?

Question: precision and recall of each pattern on the simulated market, whose truth knows how each
price is made (`sparfuchs.market.deceit`); seconds that the assay of all offers takes.
Data: a market of a seed with its year, folded in as the demo does; shops that move the ends of
their sales are read once a day for ten days more.
Control, in the same run: what the verdict on the claim alone would accuse (CLAIM_INFLATED), as
precision and recall of "misleads in any way".

Run: python benchmarks/fraud_patterns.py --rows 30000 --seed 5     (add --json for one JSON object)

Last result: see docs/numbers.md.
"""

import argparse
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from _bench import fresh_installation, market_of
from sparfuchs.flows.assay import assay
from sparfuchs.flows.installation import Installation
from sparfuchs.market import api as market
from sparfuchs.quality import api as quality
from sparfuchs.testing.settled import Settled

OPENED = datetime(2026, 11, 20, tzinfo=UTC)
DAYS = 10
# What the truth is asked for: a pattern is a matter of what was found at the last reading.
_KEY = ["shop", "source_offer_id"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--rows", type=int, default=30_000, help="offers of the market")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    world = market_of(given.seed, given.rows, OPENED)
    with fresh_installation() as (here, folder):
        settled = Settled(here, world, folder)
        offers = settled.settle()
        moving = [shop for shop in world.shops if shop.habits.restarts]
        for day in range(1, DAYS + 1):
            for shop in moving:
                settled.read(shop, OPENED + timedelta(days=day))
        began = time.perf_counter()
        found = assay(here, now=OPENED + timedelta(days=DAYS))
        seconds = time.perf_counter() - began
        assert found is not None
        result = {
            "benchmark": "fraud_patterns",
            "seed": given.seed,
            "offers": offers,
            "assay_seconds": round(seconds, 2),
            "assayed": found.as_json(),
            "patterns": compared(here, settled, world, moving),
        }
    print(json.dumps(result, indent=None if given.json else 1))


def compared(
    here: Installation,
    settled: Settled,
    world: market.World,
    moving: list[market.Storefront],
) -> dict[str, Any]:
    late = [shop.slug for shop in moving]
    then = market.deceits(world, OPENED).filter(~pl.col("shop").is_in(late))
    later = market.deceits(world, OPENED + timedelta(days=DAYS)).filter(pl.col("shop").is_in(late))
    truth = pl.concat([then, later])
    names = pl.DataFrame(
        [{"source": int(settled.source(shop).id), "shop": shop.slug} for shop in world.shops]
    )
    with here.database.reading() as work:
        texts = work.fetch_frame(
            "SELECT t.id, t.id >> 32, t.source_offer_id, v.claim_verdict FROM offer_texts t "
            "JOIN verdicts v ON v.offer_id = t.id",
            {},
            schema={
                "offer_id": pl.Int64(),
                "source": pl.Int64(),
                "source_offer_id": pl.String(),
                "claim": pl.Int16(),
            },
        ).join(names, on="source")
        ids = names["source"].to_list()
        said = pl.concat(
            [quality.pattern_examples(work, ids, one, limit=10**9) for one in quality.Pattern]
        ).select("offer_id", pl.col("pattern").cast(pl.String))
    said = said.join(texts, on="offer_id").select(*_KEY, "pattern")
    figures = {
        one.value: met(
            truth.filter(pl.col("pattern") == one.value),
            said.filter(pl.col("pattern") == one.value),
        )
        for one in quality.Pattern
    }
    figures["any"] = met(truth, said)
    inflated = texts.filter(pl.col("claim") == 4).select(_KEY)  # its place in ClaimVerdict
    figures["control: claim_inflated"] = met(truth, inflated)
    return figures


def met(truth: pl.DataFrame, said: pl.DataFrame) -> dict[str, float]:
    true, told = truth.select(_KEY).unique(), said.select(_KEY).unique()
    hits = true.join(told, on=_KEY, how="semi").height
    return {
        "precision": round(hits / told.height, 4) if told.height else 1.0,
        "recall": round(hits / true.height, 4) if true.height else 1.0,
        "true": true.height,
        "found": told.height,
    }


if __name__ == "__main__":
    main()
