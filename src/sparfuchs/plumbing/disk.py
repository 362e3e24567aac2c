"""How much room the data folder's disk has, and whether it is enough to go on reading."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sparfuchs.plumbing.settings import DiskSettings


@dataclass(frozen=True, slots=True)
class DiskState:
    """`reason` says why nothing is read; None while there is room."""

    total: int
    free: int
    reason: str | None

    @property
    def enough(self) -> bool:
        return self.reason is None


def disk_state(folder: Path, settings: DiskSettings) -> DiskState:
    """The disk under a folder, or under the nearest one above it that is there."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    usage = shutil.disk_usage(there)
    return judged(usage.total, usage.free, settings, there)


def judged(total: int, free: int, settings: DiskSettings, folder: Path) -> DiskState:
    least = max(settings.min_free_bytes, int(total * settings.min_free_percent / 100))
    if free >= least:
        return DiskState(total, free, None)
    return DiskState(
        total,
        free,
        f"only {free / 1e9:.2f} GB are free on the disk of {folder}, and {least / 1e9:.2f} GB must "
        "be: make room, or change SPARFUCHS_DISK__MIN_FREE_BYTES or "
        "SPARFUCHS_DISK__MIN_FREE_PERCENT",
    )
