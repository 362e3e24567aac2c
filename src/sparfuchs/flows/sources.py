"""Stories about sources and their held runs: add, release, discard, remove."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.ingest import api as ingest
from sparfuchs.kernel.errors import NotFound
from sparfuchs.pricing import api as pricing
from sparfuchs.quality import api as quality


def add_source(
    here: Installation,
    merchant: str,
    name: str,
    location: str,
    settings: Mapping[str, str],
    *,
    now: datetime,
) -> catalog.Source:
    """The source of that merchant and name, made if need be; the settings stay with it.

    Raises UsageError for a setting that does not exist and NotFound for a path that does not.
    """
    chosen = ingest.FeedSettings.from_pairs(settings)
    if "://" not in location:
        path = Path(location).expanduser().resolve()
        if not path.exists():
            raise NotFound(f"There is no file or folder {location}", path=location)
        location = str(path)
    with here.database.unit_of_work() as work:
        return catalog.register(
            work,
            merchant,
            name,
            location,
            settings=settings,
            interval=chosen.interval if "interval" in settings else None,
            usual=timedelta(hours=here.settings.feeds.interval_hours),
            zone=settings.get("zone"),
            at=now,
        )


def find_source(here: Installation, name: str) -> catalog.Source:
    with here.database.reading() as work:
        return catalog.resolve(work, name)


def remove_source(here: Installation, source: catalog.Source, *, now: datetime) -> int:
    """Takes a source with its offers, their history, verdicts and ratings. Gives how many went."""
    with here.database.unit_of_work() as work:
        gone = catalog.remove(work, source, now)
        catalog.forget_categories(work, source.id)
        pricing.forget(work, source.id)
        quality.forget(work, source.id)
    return gone
