"""The parts that `sparfuchs up` keeps running on one machine, as a table of values."""

import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from sparfuchs.entrypoints.supervisor import Kept, Role, http_ready
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.settings import Settings

HOST: Final = "127.0.0.1"
_PROGRAM: Final = "from sparfuchs.entrypoints.cli import app; app(prog_name='sparfuchs')"


def sparfuchs(*words: str) -> tuple[str, ...]:
    """A call of this program by the interpreter that runs us, wherever its script lies."""
    return (sys.executable, "-c", _PROGRAM, *words)


def database(settings: Settings) -> Kept:
    """PostgreSQL: started where nobody has, started again when it was killed."""
    return Kept(
        "postgres",
        keep=lambda: postgres.ensure_running(settings),
        stop=lambda: postgres.stop(settings),
    )


def api(
    settings: Settings, port: int, environment: Mapping[str, str] = MappingProxyType({})
) -> Role:
    """Asked whether it lives and not whether it is ready: a full disk or a database that is away is
    no reason to start it again, and what it can serve it goes on serving.
    """
    lives = f"http://{HOST}:{port}/health/live"
    return Role(
        "api",
        sparfuchs("api", "--port", str(port), "--data-dir", str(settings.data_dir)),
        ready=http_ready(lives),
        alive=http_ready(lives, within=5.0),
        environment={**_talking(settings), **environment},
    )


def worker(settings: Settings) -> Role:
    return Role(
        "worker",
        sparfuchs("worker", "--data-dir", str(settings.data_dir)),
        grace=30.0,  # a reading under way may end; killed, it is simply read again
        environment=_talking(settings),
    )


def shops(settings: Settings, *, seed: int, offers: int, opened: str, port: int) -> Role:
    """The shops of a simulated market, from this port on."""
    healthy = f"http://{HOST}:{port}/health"
    return Role(
        "shops",
        sparfuchs(
            *("market", "serve", "--seed", str(seed), "--offers", str(offers)),
            *("--opened", opened, "--port-base", str(port)),
            *("--data-dir", str(settings.data_dir)),
        ),
        ready=http_ready(healthy),
        alive=http_ready(healthy, within=5.0),
        environment=_talking(settings),
    )


def _talking(settings: Settings) -> dict[str, str]:
    """A command logs only what went wrong; a part that runs for weeks says what it does."""
    if "level" in settings.log.model_fields_set:
        return {}
    return {"SPARFUCHS_LOG__LEVEL": "info"}
