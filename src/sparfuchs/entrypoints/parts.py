"""The parts that `sparfuchs up` keeps running on one machine, as a table of values."""

import sys
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


def api(settings: Settings, port: int) -> Role:
    """Started until it is ready to serve; watched by whether it lives, so that a database that is
    away for a moment does not bring it down.
    """
    folder = str(settings.data_dir)
    return Role(
        "api",
        sparfuchs("api", "--port", str(port), "--data-dir", folder),
        ready=http_ready(f"http://{HOST}:{port}/health/ready"),
        alive=http_ready(f"http://{HOST}:{port}/health/live", within=5.0),
        environment=_talking(settings),
    )


def worker(settings: Settings) -> Role:
    return Role(
        "worker",
        sparfuchs("worker", "--data-dir", str(settings.data_dir)),
        grace=30.0,  # a reading under way may end; killed, it is simply read again
        environment=_talking(settings),
    )


def _talking(settings: Settings) -> dict[str, str]:
    """A command logs only what went wrong; a part that runs for weeks says what it does."""
    if "level" in settings.log.model_fields_set:
        return {}
    return {"SPARFUCHS_LOG__LEVEL": "info"}
