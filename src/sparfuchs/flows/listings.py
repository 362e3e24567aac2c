"""Listings follow what is judged and rated: the index is kept up to date from the event log.

It may lag and never lead: what is indexed is read from the database after the event was committed.
An event heard twice puts the same listings in again.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sparfuchs.catalog import api as catalog
from sparfuchs.events.envelope import Event
from sparfuchs.events.feed import SourceRemoved
from sparfuchs.events.offer import OffersMatched, OffersRated, OffersReviewed
from sparfuchs.flows.categorise import shelves_of
from sparfuchs.flows.installation import Installation
from sparfuchs.matching import api as matching
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.pricing import api as pricing
from sparfuchs.quality import api as quality
from sparfuchs.search import api as search

log = get_logger(__name__)

# Listings projected at once: enough for columns to pay, few enough to stay in memory.
BLOCK: Final = 50_000

Progress = Callable[[str, int], None]


def silent(_step: str, _rows: int) -> None:
    """Progress for callers that show none."""


def index_offers(here: Installation, work: Work, events: Sequence[Event]) -> None:
    """Puts in the offers that runs touched, that were judged anew because time went by or that
    belong to another product than before, and takes out those that are gone: all of them at once,
    because a change of the index costs the same for one offer and for thousands.
    """
    parts = [_touched(here, work, event) for event in events]
    if parts:
        _put(here, work, np.unique(np.concatenate(parts)))


def _touched(here: Installation, work: Work, event: Event) -> NDArray[np.int64]:
    if event.type == OffersReviewed.type:
        told = OffersReviewed.from_event(event)
        return np.array(told.ordinals, dtype=np.int64) + (told.source << 32)
    if event.type == OffersMatched.type:
        return np.array(OffersMatched.from_event(event).offers, dtype=np.int64)
    rated = OffersRated.from_event(event)
    run = catalog.run(work, rated.source, rated.run)
    if run is None or run.segment is None or not here.files.exists(run.segment):
        log.info("listings.skipped", source=rated.source, run=rated.run)
        return np.empty(0, dtype=np.int64)
    found = pl.read_ipc(here.files.path(run.segment), columns=["offer_id"])
    return found["offer_id"].to_numpy().astype(np.int64)


def drop_sources(here: Installation, work: Work, events: Sequence[Event]) -> None:  # noqa: ARG001 - a handler
    """Takes out what was listed of sources that are removed."""
    for event in events:
        if here.engine.exists():
            here.engine.forget(SourceRemoved.from_event(event).source)


def _put(here: Installation, work: Work, ids: NDArray[np.int64]) -> None:
    """Brings the listings of these offers to what the database says of them now."""
    if not here.engine.exists():
        return  # there will be one: it is made from the database, with all of this in it
    for start in range(0, len(ids), BLOCK):
        part = ids[start : start + BLOCK]
        listings = projected(work, part)
        gone = np.setdiff1d(part, listings["offer_id"].to_numpy())
        with metrics.STEP_SECONDS.labels(step="index").time():
            here.engine.apply(listings, gone)
    log.info("listings.indexed", offers=len(ids))


def projected(work: Work, ids: NDArray[np.int64]) -> pl.DataFrame:
    """Listings; prices of other currencies are sorted and filtered by what they are in euros, and
    those without a rate come last. What is shown is read from the database.
    """
    offers = catalog.indexed(work, ids, letters=search.TEXT_LETTERS)
    if not offers["currency"].drop_nulls().eq(pricing.EURO).all():
        rates = pricing.rates_on(work, None)
        offers = offers.with_columns(pricing.in_euros(offers, rates).alias("price_minor"))
    belongs = matching.belonging(work, offers["offer_id"])
    offers = offers.join(belongs, on="offer_id", how="left", maintain_order="left")
    # What is one offer seen twice is found once.
    offers = offers.filter(pl.col("same_as").is_null())
    offers = offers.join(_per_unit(work, ids), on="offer_id", how="left", maintain_order="left")
    verdicts = pricing.verdicts_of(work, ids)
    return search.project(
        offers,
        verdicts.join(pricing.tagged(verdicts), on="offer_id"),
        quality.ratings_of(work, ids),
        shelves_of(work, ids),
    )


def _per_unit(work: Work, ids: NDArray[np.int64]) -> pl.DataFrame:
    """What is sold by amount: `offer_id`, `unit` (kg, l, ...) and `unit_minor` in cents of a euro;
    other currencies have none, as the rate of a day would move them past each other.
    """
    packs = pricing.packs_of(work, ids).filter(pl.col("currency") == pricing.EURO)
    names = {one.value: unit for one, unit in pricing.BASE_UNIT.items()}
    return packs.select(
        "offer_id",
        unit=pl.col("dimension").cast(pl.String).replace_strict(names, return_dtype=pl.String),
        unit_minor="unit_minor",
    ).drop_nulls()


def make_index(here: Installation, *, progress: Progress = silent) -> int:
    """A new index from all that is in the database, beside the one that answers meanwhile, and
    new suggestions with it.

    Gives how many listings it has. Nothing else may be indexed while it lasts (see
    `subscriptions.rebuild_index`), so what happens meanwhile is put in afterwards.
    """
    after, total = 0, 0
    with here.suggestions.renewing() as entries, here.engine.renewing() as renewal:
        while True:
            with here.database.reading() as work:
                ids = catalog.live_ids(work, after, BLOCK)
                if not len(ids):
                    break
                listings = projected(work, ids)
            renewal.add(listings)
            entries.add(listings)
            after, total = int(ids[-1]), total + listings.height
            progress("index", total)
    log.info("listings.index_made", listings=total)
    return total
