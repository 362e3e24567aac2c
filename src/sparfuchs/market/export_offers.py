"""The truth of every offer of the market: what it is, how its price is made, is its deal real."""

from collections.abc import Callable
from pathlib import Path

import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.market.judged_past import true_verdicts
from sparfuchs.market.truth import OFFER_TRUTH, truth_of
from sparfuchs.market.world import World


def export_offers(
    world: World, folder: Path, progress: Callable[[str, int], None]
) -> dict[str, int]:
    """offers.csv: OFFER_TRUTH, with the verdicts at the moment the market opened."""
    rows = 0
    with (folder / "offers.csv").open("wb") as out:
        for shop in world.shops:
            for own in world.parts(shop):
                found = true_verdicts(world, own, world.opened)
                frame = truth_of(shop, own).with_columns(
                    pl.Series("verdict", [one and one.verdict for one in found], pl.String),
                    pl.Series(
                        "claim_verdict", [one and one.claim_verdict for one in found], pl.String
                    ),
                    pl.Series("honest_pct", [one and one.honest_pct for one in found], pl.Int16),
                )
                conform(frame, OFFER_TRUTH).write_csv(out, include_header=not rows)
                rows += frame.height
            progress("offers", rows)
    return {"offers.csv": rows}
