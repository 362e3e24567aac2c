"""Suggestions follow the listings once a night, and whenever the index is made anew.

They say what there is much of, which changes slowly; what is new today is found by searching today
and suggested tomorrow.
"""

from typing import Any

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.listings import BLOCK, projected
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.search import api as search

log = get_logger(__name__)


def suggest(here: Installation, text: str, *, limit: int = search.MOST_SHOWN) -> dict[str, Any]:
    """What may be meant by the beginning of a text, as plain JSON values."""
    return {
        "items": [
            {
                "kind": one.kind.value,
                "text": one.text,
                "value": one.value,
                "listings": one.listings,
                "deals": one.deals,
            }
            for one in here.suggestions.ask(text, limit=limit)
        ]
    }


def make_suggestions(here: Installation) -> int:
    """New suggestions from all that is listed. Gives how many listings were looked at."""
    after, total = 0, 0
    with here.suggestions.renewing() as entries:
        while True:
            with here.database.reading() as work:
                ids = catalog.live_ids(work, after, BLOCK)
                if not len(ids):
                    break
                listings = projected(work, ids)
            entries.add(listings)
            after, total = int(ids[-1]), total + listings.height
    log.info("suggestions.made", listings=total)
    return total
