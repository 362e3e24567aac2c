"""Sources and runs as machines read them: the same over HTTP and at the terminal."""

from datetime import datetime
from typing import Any

from sparfuchs.catalog import api as catalog


def source_facts(source: catalog.Source) -> dict[str, Any]:
    """A source as plain JSON values; its address without what is secret in it."""
    return {
        "id": source.id,
        "source": source.path,
        "merchant": {"slug": source.merchant.slug, "name": source.merchant.name},
        "location": source.shown_location,
        "status": source.status.value,
        "interval_seconds": int(source.interval.total_seconds()),
        "offers": source.live,
        "last_run": source.head_run or None,
        "last_seen_at": source.head_at.isoformat() if source.head_at else None,
        "wait_seconds": int(source.wait.total_seconds()),
        "next_try_at": _moment(next_try(source)),
        "being_read": source.taken_until is not None,
        "failing": None
        if source.failing_since is None
        else {
            "since": source.failing_since.isoformat(),
            "readings": source.failures,
            "why": source.trouble,
        },
        "health": health(source),
        "credential": source.credential_kind,
        "detected": dict(source.detected),
        "settings": dict(source.settings),
    }


def next_try(source: catalog.Source) -> datetime | None:
    """When it is read next; None for one that is not read by itself or is due at once."""
    if source.status is not catalog.SourceStatus.ACTIVE:
        return None
    if source.next_due is None and source.head_at is not None:
        return source.head_at + source.interval
    return source.next_due


def health(source: catalog.Source) -> str:
    """One line: does it work, else since when not and why; and when it is tried next."""
    following = next_try(source)
    then = f"next try {_told(following)}" if following else "next try at once"
    if source.status is not catalog.SourceStatus.ACTIVE:
        then = "not read until it is resumed"
    if source.failing_since is not None:
        readings = "1 reading" if source.failures == 1 else f"{source.failures} readings"
        return f"failing since {_told(source.failing_since)}, {readings}: {source.trouble}; {then}"
    if source.status is not catalog.SourceStatus.ACTIVE:
        return f"{source.status.value}; {then}"
    if source.head_at is None:
        return f"not read yet; {then}"
    return f"well, last read {_told(source.head_at)}; {then}"


def _told(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def run_facts(run: catalog.FeedRun, source: str) -> dict[str, Any]:
    """A run of a source (its path) as plain JSON values."""
    counts = run.counts
    return {
        "run": f"{source}:{run.number}",
        "kind": run.kind.value,
        "status": run.status.value,
        "seen_at": run.at.isoformat(),
        "read": counts.read,
        "accepted": counts.accepted,
        "rejected": dict(counts.rejected),
        "new": counts.new,
        "unchanged": counts.unchanged,
        "changed": counts.changed,
        "gone": counts.gone,
        "reasons": [{"code": doubt.code, "text": doubt.text} for doubt in run.doubts],
        "difference": None if run.difference is None else dict(run.difference),
        "detected": dict(run.detected),
        "settings": dict(run.settings),
        "slow_rows": run.slow_rows,
        "seconds": round(run.seconds, 3),
    }
