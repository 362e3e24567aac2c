"""What came of one reading, as it is said to whoever asked for it."""

from dataclasses import dataclass

from sparfuchs.catalog import api as catalog


@dataclass(frozen=True)
class Report:
    """What came of one reading: the published, held or repeated run, and what was detected."""

    source: catalog.Source
    run: catalog.FeedRun
    repeated_nothing: bool = False

    @property
    def held(self) -> bool:
        return self.run.status is catalog.RunStatus.HELD

    def as_json(self) -> dict[str, object]:
        """The report of `sparfuchs ingest --json` (docs/commands.md)."""
        counts = self.run.counts
        applied = self.run.status is catalog.RunStatus.PUBLISHED and not self.repeated_nothing
        return {
            "source": self.source.path,
            "run": self.run.number,
            "kind": self.run.kind.value,
            "status": self.run.status.value,
            "seen_at": self.run.at.isoformat(),
            "read": counts.read,
            "accepted": counts.accepted,
            "rejected": dict(counts.rejected),
            "new": counts.new if applied else 0,
            "unchanged": counts.unchanged if applied else 0,
            "changed": counts.changed if applied else 0,
            "gone": counts.gone if applied else 0,
            "held": self.held,
            "reasons": [{"code": d.code, "text": d.text} for d in self.run.doubts],
            "detected": dict(self.run.detected),
            "slow_rows": self.run.slow_rows,
            "seconds": round(self.run.seconds, 3),
        }
