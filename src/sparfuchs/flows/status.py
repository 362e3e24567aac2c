"""How the installation is: sources fresh, late and failing, consumers behind, what there is."""

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from sparfuchs import __version__
from sparfuchs.catalog import api as catalog
from sparfuchs.events.feed import RunPublished
from sparfuchs.flows.disk import disk_state
from sparfuchs.flows.fold_history import folded_until
from sparfuchs.flows.group_offers import GROUPING
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.subscriptions import SUBSCRIPTIONS
from sparfuchs.matching import api as matching
from sparfuchs.plumbing import postgres
from sparfuchs.pricing import api as pricing

__all__ = ["disk_state", "status"]


def status(here: Installation, *, now: datetime) -> dict[str, Any]:
    """The state of everything, as plain JSON values; `now` decides what is late."""
    with here.database.reading() as work:
        totals = dict(catalog.totals(work))
        sources = catalog.all_sources(work)
        newest = catalog.newest_statuses(work)
        size = catalog.database_size(work)
        history = pricing.extent(work)
        products = matching.extent(work)
        waiting = [one for one in pricing.months_with_rows(work) if one < folded_until(here, now)]
    states = {one.path: _state(one, newest.get(one.id), now) for one in sources}
    server = postgres.status(here.settings)
    disk = disk_state(here.settings)
    return {
        "version": __version__,
        "totals": totals,
        "sources": {
            name: sum(1 for state in states.values() if state == name)
            for name in ("fresh", "late", "failing", "held", "paused", "unread")
        },
        "attention": {
            path: state for path, state in states.items() if state in {"late", "failing", "held"}
        },
        "consumers": _lags(here),
        "products": products,
        "index": {
            "there": here.engine.exists(),
            "listings": here.engine.count(),
            "bytes": here.engine.size(),
        },
        "database": {"version": server.version, "embedded": server.ours, "bytes": size},
        "history": {
            "row_bytes": history.row_bytes,
            "block_bytes": history.block_bytes,
            "months": history.months,
            "months_to_fold": len(waiting),
        },
        "files": {"bytes": _folder_bytes(here.settings.data_dir / "files")},
        "disk": {
            "total": disk.total,
            "free": disk.free,
            "reading": disk.enough,
            "reason": disk.reason,
        },
        "data_dir": str(here.settings.data_dir),
    }


def _state(source: catalog.Source, newest: catalog.RunStatus | None, now: datetime) -> str:
    if source.status is catalog.SourceStatus.PAUSED:
        return "paused"
    if newest is None:
        return "unread"
    if newest is catalog.RunStatus.HELD:
        return "held"
    if newest is catalog.RunStatus.FAILED:
        return "failing"
    if source.head_at is None:
        return "unread"
    # Late: not read for longer than its readings assert their prices.
    return "late" if now - source.head_at > catalog.carry_of(source.interval) else "fresh"


def _lags(here: Installation) -> dict[str, dict[str, int]]:
    """Events that wait for each consumer, over all of its topics."""
    lags = {GROUPING: {"lag": here.log.lag(GROUPING, RunPublished.topic)}}
    for one in SUBSCRIPTIONS:
        waiting = lags.setdefault(one.consumer, {"lag": 0})
        waiting["lag"] += here.log.lag(one.consumer, one.topic)
    return lags


def _folder_bytes(folder: Path) -> int:
    return sum(
        (Path(root) / name).stat().st_size for root, _, names in os.walk(folder) for name in names
    )
