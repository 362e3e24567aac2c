"""Whether there is room to read: a full disk stops the reading, and serving goes on."""

from sparfuchs.plumbing.disk import DiskState
from sparfuchs.plumbing.disk import disk_state as measured
from sparfuchs.plumbing.logging import get_logger
from sparfuchs.plumbing.settings import Settings

log = get_logger(__name__)


def disk_state(settings: Settings) -> DiskState:
    """The disk of an installation, with the reason why nothing is read if there is one."""
    return measured(settings.data_dir, settings.disk)


def room_to_read(settings: Settings) -> bool:
    """False, and said in the log, while the disk is too full to read anything."""
    state = disk_state(settings)
    if state.reason is not None:
        log.warning("feed.not_read", reason=state.reason, free=state.free)
    return state.enough
