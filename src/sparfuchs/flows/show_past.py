"""The past of one offer for a chart: prices, where it was sold out, where nobody looked."""

from typing import Any

import numpy as np

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.show_offer import find_offer
from sparfuchs.kernel.ids import public_id
from sparfuchs.pricing import api as pricing

Answer = dict[str, Any]


def show_past(here: Installation, name: str) -> Answer:
    """The stretches of one offer's history, oldest first, the last one open. Raises NotFound."""
    number = find_offer(here, name)
    with here.database.reading() as work:
        if catalog.offer_row(work, number) is None:
            raise catalog.no_offer(name)
        changes = pricing.history(work, np.array([number], dtype=np.int64))
    return {
        "id": public_id(number),
        "stretches": [
            {
                "from": row["start"].isoformat(),
                "to": row["end"] and row["end"].isoformat(),
                "price": None
                if row["price_minor"] is None
                else {"minor": row["price_minor"], "currency": row["currency"]},
                "state": row["state"],
            }
            for row in pricing.past(changes).rows(named=True)  # one offer, as plain values
        ],
    }
