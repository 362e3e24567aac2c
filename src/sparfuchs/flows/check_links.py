"""Do the addresses of offers answer? Some of each source are looked at every night.

A dead link costs a shopper more than a bad title, and no feed says so of itself. Few addresses a
source and night are enough for a share, and are asked for as politely as any feed: by the rules of
its robots.txt and at its pace. Only what is surely gone counts as dead; a host that is slow, asleep
or forbids the question says nothing.
"""

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.plumbing.fetched import Failed, Failure, Fetched, Outcome
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.quality import api as quality

log = get_logger(__name__)

LOCK_SPACE: Final = 6
_GONE: Final = frozenset({404, 410})
# The host has answered, with more than we wanted of it.
_ANSWERED: Final = frozenset({Failure.TOO_LARGE, Failure.RATIO, Failure.CORRUPT})


@dataclass(frozen=True)
class Looked:
    """How many addresses answered, were dead, or told nothing; and of how many sources."""

    sources: int
    alive: int
    dead: int
    unknown: int

    def as_json(self) -> dict[str, int]:
        return dataclasses.asdict(self)


def check_links(here: Installation, *, now: datetime) -> Looked:
    """Looks at some addresses of each source, those first that were not looked at for longest, for
    as long as the settings allow. Nothing when another process is at it.
    """
    settings = here.settings.links
    told = {"sources": 0, "alive": 0, "dead": 0, "unknown": 0}
    until = time.monotonic() + settings.minutes * 60
    with here.database.hold_lock(LOCK_SPACE, 0) as held:
        if not held or not settings.per_night:
            return Looked(**told)
        with here.database.reading() as work:
            active = {
                int(one.id): one
                for one in catalog.all_sources(work)
                if one.status is catalog.SourceStatus.ACTIVE and one.head_at is not None
            }
            order = quality.by_links_looked_at(work, sorted(active))
        for source_id in order:
            if time.monotonic() > until:
                break
            with here.database.reading() as work:
                links = catalog.some_links(
                    work, source_id, settings.per_night, int(now.timestamp())
                )
            answers = [_alive(here, link) for link in links]
            good, bad = answers.count(True), answers.count(False)
            with here.database.unit_of_work() as work:
                quality.note_links(work, source_id, good, bad, at=now)
            told["sources"] += 1
            told["alive"] += good
            told["dead"] += bad
            told["unknown"] += answers.count(None)
    found = Looked(**told)
    log.info("links.looked_at", **found.as_json())
    return found


def _alive(here: Installation, link: str) -> bool | None:
    """Whether there is a page; None: that was not to be found out."""
    with _room(here) as folder:
        outcome = here.fetcher.get(
            link, into=folder / "page", limits=here.fetcher.page_limits, obey_robots=True
        )
    return _said(outcome)


def _said(outcome: Outcome) -> bool | None:
    if isinstance(outcome, Fetched):
        return True
    if isinstance(outcome, Failed):
        if outcome.reason in _ANSWERED:
            return True
        if outcome.status in _GONE or outcome.reason is Failure.UNRESOLVABLE:
            return False
    return None


@contextmanager
def _room(here: Installation) -> Iterator[Path]:
    here.scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="link-", dir=here.scratch) as folder:
        yield Path(folder)
