"""Sweep: files that nothing names are taken after a day; what a crash left behind goes this way.

Payloads of runs that are decided and states that were replaced are named by nobody any more.
"""

import shutil
from datetime import datetime, timedelta
from typing import Final

from sparfuchs.flows.installation import Installation
from sparfuchs.flows.matcher import named_files

LOCK_SPACE: Final = 3
GRACE: Final = timedelta(days=1)


def sweep(here: Installation, *, now: datetime) -> int:
    """Removes unnamed files older than a day (R-RUN-6). Gives how many went; none while a backup
    is being taken, for it copies files that may be unnamed by now (R-RUN-8).
    """
    with here.database.hold_lock(LOCK_SPACE, 0) as held:
        if not held:
            return 0
        with here.database.reading() as work:
            named = named_files(work)
        gone = here.files.sweep(older_than=now - GRACE, keep=named)
    return gone + _scratch(here, now)


def _scratch(here: Installation, now: datetime) -> int:
    """Folders of runs that were killed: no run lasts a day."""
    if not here.scratch.exists():
        return 0
    old = [
        folder
        for folder in here.scratch.iterdir()
        if folder.stat().st_mtime < (now - GRACE).timestamp()
    ]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)
