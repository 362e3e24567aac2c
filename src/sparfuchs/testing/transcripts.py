"""What `sparfuchs offer` says of three offers of the simulated market, written to docs/offers.md.

Run: python -m sparfuchs.testing.transcripts     (half a minute; the same seed, the same page)
"""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints.wiring import installation
from sparfuchs.flows.assay import assay
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.subscriptions import catch_up
from sparfuchs.kernel.ids import public_id
from sparfuchs.market import api as market
from sparfuchs.plumbing import postgres
from sparfuchs.pricing import api as pricing
from sparfuchs.quality import api as quality
from sparfuchs.testing.settled import Settled

SEED: Final = 4
OFFERS: Final = 3_000
OPENED: Final = datetime(2026, 11, 20, tzinfo=UTC)
WIDE: Final = "100"

# A shop that was found only now: read for so many days, and no past.
NEW_SHOP: Final = "grillgott"
NEW_DAYS: Final = 12

_HONEST: Final = """An honest sale: the price was asked for long before the cut, the badge is
earned, and what the shop claims is borne out."""
_RAISED: Final = """Raised some weeks before, then “reduced” to the old price: no reduction, and a
claim that names a price hardly ever asked."""
_NEW: Final = f"""A shop that has been read for {NEW_DAYS} days. The bound that the known prices
give is not shown: it could only be too high."""
# What is looked for, and how the page introduces it: of each the first offer by id.
_WANTED: Final = {
    "Genuine": (pl.col("badge") & (pl.col("claim_verdict") == "claim_ok"), _HONEST),
    "Inflated": (
        (pl.col("claim_verdict") == "claim_inflated") & pl.col("pumped"),
        _RAISED,
    ),
    "Not enough data": (
        (pl.col("verdict") == "insufficient") & (pl.col("at_most_pct") > 0),
        _NEW,
    ),
}


def main() -> None:
    target = Path(__file__).parents[3] / "docs" / "offers.md"
    folder = Path(tempfile.mkdtemp(prefix="sparfuchs-transcripts-"))
    folder.chmod(0o755)  # the server may run under another account
    with installation(folder / "data") as here:
        try:
            target.write_text(page(here, folder), encoding="utf-8")
        finally:
            here.database.close()
            postgres.stop(here.settings)
    sys.stdout.write(f"{target} written; {folder} may be removed\n")


def page(here: Installation, folder: Path) -> str:
    """The page, from a market that is made in this installation, which must be empty."""
    world = market.make_world(SEED, offers=OFFERS, opened=OPENED)
    settled = Settled(here, world, folder / "shops")
    settled.settle([shop for shop in world.shops if shop.slug != NEW_SHOP])
    for day in range(NEW_DAYS):
        settled.read(world.shop(NEW_SHOP), OPENED + timedelta(days=day, hours=6))
    assay(here, now=OPENED)
    catch_up(here)
    lines = [
        "# Three offers, as the command line tells them",
        "",
        "<!-- Written by `python -m sparfuchs.testing.transcripts`. Change the code, not this. -->",
        "",
        f"The simulated market of seed {SEED}, opened {OPENED:%d %B %Y}, after its year.",
    ]
    found = _verdicts(here)
    for title, (condition, story) in _WANTED.items():
        chosen = public_id(int(found.filter(condition)["offer_id"][0]))
        lines += ["", f"## {title}", "", story, "", "```console", f"$ sparfuchs offer {chosen}"]
        lines += [*_told(chosen, folder / "data"), "```"]
    return "\n".join(lines) + "\n"


def _verdicts(here: Installation) -> pl.DataFrame:
    with here.database.reading() as work:
        ids = work.fetch_frame(
            "SELECT id FROM offers WHERE status = 0 ORDER BY id", {}, schema={"id": pl.Int64()}
        )["id"]
        found = pricing.verdicts_of(work, ids.to_numpy())
        sources = [int(one.id) for one in catalog.all_sources(work)]
        pumped = quality.pattern_examples(
            work, sources, quality.Pattern.PUMP_THEN_DROP, limit=OFFERS
        )["offer_id"]
    found = found.with_columns(pl.col("offer_id").is_in(pumped.implode()).alias("pumped"))
    return found.filter(pl.col("asserted_at").is_null() & ~pl.col("flags").list.contains("stale"))


def _told(name: str, data: Path) -> list[str]:
    """The lines of the command as a terminal shows them, without the spaces at their ends."""
    command = "from sparfuchs.entrypoints.cli import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", command, "offer", name, "--data-dir", str(data)],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "COLUMNS": WIDE, "NO_COLOR": "1", "TERM": "dumb"},
    )
    return [line.rstrip() for line in done.stdout.rstrip().splitlines()]


if __name__ == "__main__":
    main()
