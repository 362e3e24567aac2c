"""Merchants as a person asks for them: who they are, and how much there is of each."""

from typing import Any

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.kernel.errors import NotFound
from sparfuchs.plumbing.db import Work
from sparfuchs.quality import api as quality

Answer = dict[str, Any]


def list_merchants(here: Installation, *, after: str, limit: int) -> list[Answer]:
    """The next merchants by slug, as plain JSON values."""
    with here.database.reading() as work:
        found = catalog.merchant_figures(work, after=after, limit=limit)
        return [_answer(work, row) for row in found]


def show_merchant(here: Installation, slug: str) -> Answer:
    """One merchant. Raises NotFound."""
    with here.database.reading() as work:
        found = catalog.merchant_figures(work, only=slug, limit=1)
        if not found:
            raise NotFound(f"There is no merchant {slug!r}", merchant=slug)
        return _answer(work, found[0])


def _answer(work: Work, row: dict[str, Any]) -> Answer:
    read = row["read"] or 0
    accepted = row["accepted"] or 0
    standing = quality.standing(work, row["source_ids"])
    return {
        "slug": row["slug"],
        "name": row["name"],
        "offers": row["offers"],
        "deals": row["deals"],
        "sources": row["sources"],
        "claims": {"judged": row["claims_judged"], "inflated": row["claims_inflated"]},
        "rows": {"read": read, "rejected": read - accepted},
        "reputation": _reputation(
            {
                "rows": (accepted, read - accepted),
                "claims": (standing.claims_good, standing.claims_bad),
                "links": (standing.links_good, standing.links_bad),
            }
        ),
        "last_read_at": row["last_read_at"] and row["last_read_at"].isoformat(),
    }


def _reputation(signals: dict[str, tuple[int, int]]) -> Answer:
    """What is known of a merchant, signal by signal: good and bad ones, the share of good ones that
    it surely reaches (the lower 5 % bound of the posterior, in percent), and its points.
    """
    parts = {
        name: {
            "good": good,
            "bad": bad,
            "at_least_percent": int(quality.reliable_share(good, bad) * 100),
            "points": quality.signal_points(name, good, bad),
            "most": quality.SIGNALS[name],
        }
        for name, (good, bad) in signals.items()
    }
    return {
        "points": sum(part["points"] for part in parts.values()),
        "most": sum(part["most"] for part in parts.values()),
        "parts": parts,
    }
