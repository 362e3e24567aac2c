"""What makes a data folder a demo's: one file in it that says which market lives there.

The demo's shops have private addresses, so fetching from them is allowed in such a folder alone,
for exactly their ports, and never in production (domain.md 2.5).
"""

import json
import socket
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sparfuchs.kernel.errors import Conflict
from sparfuchs.plumbing.settings import Environment, Settings

HOST: Final = "127.0.0.1"
_FIRST_PORT: Final = 18_100
_LAST_PORT: Final = 28_000
_FILE: Final = "demo.json"


@dataclass(frozen=True)
class DemoMarket:
    """A market by which everything of it can be made again: `opened` is when its past ended.

    The port `base` answers for its health, the `shops` ports after it are its shops. Until it is
    `whole` some of its shops are still to be read.
    """

    seed: int
    offers: int
    opened: datetime
    base: int
    shops: int
    whole: bool = True

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(f"{HOST}:{self.base + 1 + place}" for place in range(self.shops))


def demo_of(settings: Settings) -> DemoMarket | None:
    """The market of an installation; None where there is none."""
    try:
        told = json.loads(_path(settings).read_text())
    except FileNotFoundError:
        return None
    return DemoMarket(**{**told, "opened": datetime.fromisoformat(told["opened"])})


def keep(settings: Settings, market: DemoMarket) -> None:
    """From now on this folder is that market's."""
    told = {**asdict(market), "opened": market.opened.isoformat()}
    fresh = _path(settings).with_suffix(".new")
    fresh.write_text(json.dumps(told))
    fresh.replace(_path(settings))


def opened_to_its_shops(settings: Settings) -> Settings:
    """Settings under which the demo's own shops may be read; any others are as they were."""
    market = demo_of(settings)
    if market is None or settings.environment is Environment.PRODUCTION:
        return settings
    allowed = settings.fetch.allow_private | market.addresses
    fetch = settings.fetch.model_copy(update={"allow_private": allowed})
    return settings.model_copy(update={"fetch": fetch})


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on. Raises Conflict for none."""
    base = _FIRST_PORT
    while base + count <= _LAST_PORT:
        taken = next((base + n for n in range(count) if not _free(base + n)), None)
        if taken is None:
            return base
        base = taken + 1
    raise Conflict(f"There are no {count} free ports in a row below {_LAST_PORT}")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _path(settings: Settings) -> Path:
    return settings.data_dir / _FILE
