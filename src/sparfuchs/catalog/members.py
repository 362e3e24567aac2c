"""Members: what a run says that members pay, which is no price of everybody (domain.md 4.2)."""

import polars as pl

from sparfuchs.catalog.gather import Gathering
from sparfuchs.catalog.identify import Identified
from sparfuchs.catalog.model import Source


def member_prices(run: Gathering, found: Identified, source: Source) -> pl.DataFrame:
    """What members pay for the offers that a run found new or changed in price: `offer_id`,
    `price_minor` (null: nothing of their own), `currency`.
    """
    wanted = pl.concat(
        [
            found.new.select("ordinal", "piece", "row"),
            found.changed.filter("hot").select("ordinal", "piece", "row"),
        ]
    )
    parts = [
        run.piece(number)
        .select("member_minor", "currency")[part["row"].to_numpy()]
        .select(
            offer_id=part["ordinal"].cast(pl.Int64) + (source.id << 32),
            price_minor="member_minor",
            currency="currency",
        )
        for number, part in run.offers_of(wanted)
    ]
    schema = {"offer_id": pl.Int64(), "price_minor": pl.Int64(), "currency": pl.String()}
    return pl.concat([pl.DataFrame(schema=schema), *parts])
