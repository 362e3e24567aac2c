"""Sources and runs as machines read them: the same over HTTP and at the terminal."""

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
        "detected": dict(source.detected),
        "settings": dict(source.settings),
    }


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
