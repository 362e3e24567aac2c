"""The example feeds, read as if over weeks: what the whole line makes of ordinary shops.

`readings.toml` in the folder says which file a shop served from when to when; each is read at the
hours in between, through the same stages as any feed.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sparfuchs.catalog import api as catalog
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.flows.report import Report
from sparfuchs.flows.sources import add_source
from sparfuchs.kernel.clock import aware_utc
from sparfuchs.kernel.errors import NotFound, UsageError


@dataclass(frozen=True)
class Example:
    """One file of one shop, served from `first` to `last`, read every `every`."""

    merchant: str
    source: str
    path: Path
    settings: dict[str, str]
    times: tuple[datetime, ...]


def examples(folder: Path) -> list[Example]:
    """The readings of a folder, in order of time. Raises NotFound or UsageError."""
    plan = folder / "readings.toml"
    if not plan.exists():
        raise NotFound(f"{folder} has no readings.toml", path=str(folder))
    with plan.open("rb") as file:
        given = tomllib.load(file)["reading"]
    made = []
    for entry in given:
        path = folder / entry["file"]
        if not path.exists():
            raise UsageError(f"{plan} names {entry['file']}, which is not there", path=str(path))
        settings = {key: str(value) for key, value in entry.get("set", {}).items()}
        times = tuple(
            _times(entry["first"], entry["last"], timedelta(hours=entry.get("every_hours", 24)))
        )
        made.append(Example(entry["merchant"], entry["source"], path, settings, times))
    return sorted(made, key=lambda one: one.times[0])


def _times(first: datetime, last: datetime, every: timedelta) -> Iterator[datetime]:
    at = aware_utc(first)
    while at <= aware_utc(last):
        yield at
        at += every


def read_example(here: Installation, example: Example, *, now: datetime) -> Iterator[Report]:
    """Reads one file at each of its times that is not read yet, and judges what changed."""
    source = add_source(
        here, example.merchant, example.source, str(example.path), example.settings, now=now
    )
    with here.database.reading() as work:
        newest = catalog.runs(work, source.id, 1)
    for at in example.times:
        if newest and at <= newest[0].at:
            continue
        yield read_and_judge(here, source, at=at, now=now)
