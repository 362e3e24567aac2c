"""The SQL of what is let go: pointers to files are taken, and the sweeper takes the files."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text

from sparfuchs.plumbing.db import Work


def drop_payloads(work: Work, keep: int) -> int:
    """Documents of published runs but those of the newest of each source; gives how many runs.

    Counted are runs that have documents: a reading of the same bytes has none of its own.
    """
    done = work.execute(
        text(
            "UPDATE feed_runs f SET payload = '[]' FROM ("
            "SELECT source_id, number, "
            "row_number() OVER (PARTITION BY source_id ORDER BY at DESC) AS place "
            "FROM feed_runs WHERE status = 'published' AND payload <> '[]'"
            ") AS old WHERE f.source_id = old.source_id AND f.number = old.number "
            "AND old.place > :keep"
        ),
        {"keep": keep},
    )
    return int(done.rowcount)


def drop_segments(work: Work, before: datetime, needed: Collection[str]) -> int:
    """Files of what runs changed, but those that a consumer still has before it."""
    done = work.execute(
        text(
            "UPDATE feed_runs SET segment = NULL WHERE at < :before AND segment IS NOT NULL "
            "AND segment <> ALL(CAST(:needed AS text[]))"
        ),
        {"before": before, "needed": list(needed)},
    )
    return int(done.rowcount)


def drop_rejections(work: Work, before: datetime) -> int:
    """Files of rejected rows, but those of runs that wait for a decision."""
    done = work.execute(
        text(
            "UPDATE feed_runs SET rejections = NULL WHERE at < :before "
            "AND rejections IS NOT NULL AND status <> 'held'"
        ),
        {"before": before},
    )
    return int(done.rowcount)


def discard_stale(work: Work, before: datetime) -> int:
    """Held runs that can only be discarded: something newer of their source is published."""
    done = work.execute(
        text(
            "UPDATE feed_runs f SET status = 'discarded' FROM sources s "
            "WHERE s.id = f.source_id AND f.status = 'held' AND f.at < :before "
            "AND s.head_at >= f.at"
        ),
        {"before": before},
    )
    return int(done.rowcount)
