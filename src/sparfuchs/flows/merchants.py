"""Merchants as a person asks for them: who they are, and how much there is of each."""

from typing import Any

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.kernel.errors import NotFound

Answer = dict[str, Any]


def list_merchants(here: Installation, *, after: str, limit: int) -> list[Answer]:
    """The next merchants by slug, as plain JSON values."""
    with here.database.reading() as work:
        found = catalog.merchant_figures(work, after=after, limit=limit)
    return [_answer(row) for row in found]


def show_merchant(here: Installation, slug: str) -> Answer:
    """One merchant. Raises NotFound."""
    with here.database.reading() as work:
        found = catalog.merchant_figures(work, only=slug, limit=1)
    if not found:
        raise NotFound(f"There is no merchant {slug!r}", merchant=slug)
    return _answer(found[0])


def _answer(row: dict[str, Any]) -> Answer:
    read = row["read"] or 0
    return {
        "slug": row["slug"],
        "name": row["name"],
        "offers": row["offers"],
        "deals": row["deals"],
        "sources": row["sources"],
        "claims": {"judged": row["claims_judged"], "inflated": row["claims_inflated"]},
        "rows": {"read": read, "rejected": read - (row["accepted"] or 0)},
        "last_read_at": row["last_read_at"] and row["last_read_at"].isoformat(),
    }
