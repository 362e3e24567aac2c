"""`sparfuchs up`: everything on this machine, in the foreground, until Ctrl-C."""

import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Annotated, Final

import typer

from sparfuchs import migrations
from sparfuchs.catalog import api as catalog
from sparfuchs.entrypoints import demo as demo_market
from sparfuchs.entrypoints import parts
from sparfuchs.entrypoints.cli.console import (
    DataDir,
    err,
    full_disk_said,
    out,
    reporting,
    said,
)
from sparfuchs.entrypoints.supervisor import Kept, Role, Supervisor, free_port, sole
from sparfuchs.entrypoints.wiring import connected, for_a_person
from sparfuchs.kernel.errors import StoreUnavailable
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.disk import disk_state
from sparfuchs.plumbing.logging import configure
from sparfuchs.plumbing.settings import Settings

DEFAULT_PORT: Final = 8080

Phase = tuple[str, Callable[[], object]]


@dataclass(frozen=True)
class Demo:
    """What makes an empty installation a living one.

    `make` fills it once, until it is told to stop; `roles` are the programs that the demo needs
    while it runs, such as its shops; `is_one` says of an installation whether it was made by it,
    `is_unfinished` whether making it was broken off.
    """

    make: Callable[[Settings, threading.Event], object]
    roles: Callable[[Settings], Sequence[Role]]
    is_one: Callable[[Settings], bool]
    is_unfinished: Callable[[Settings], bool]


def up(
    demo: Annotated[
        bool, typer.Option("--demo/--no-demo", help="Fill a new installation with a demo market.")
    ] = True,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65_535, help="Port of the API on this machine.")
    ] = DEFAULT_PORT,
    data_dir: DataDir = None,
) -> None:
    """Starts everything on this machine and keeps it running until Ctrl-C."""
    with reporting(as_json=False), full_disk_said():
        settings = Settings.load(data_dir)
        configure(for_a_person(settings))
        run(settings, port=port, demo=DEMO if demo else None)


def run(settings: Settings, *, port: int, demo: Demo | None) -> None:
    """Starts, tells the address, and stays until SIGINT or SIGTERM; then everything is stopped.

    Raises Conflict for a taken port or folder, StoreUnavailable when something does not start.
    """
    with stopped_by_signals() as stopping:
        room(settings)
        database = parts.database(settings)
        if not settings.data_dir.exists():
            in_phases([("data folder", lambda: make_folder(settings, database))], stopping)
        with sole(settings.data_dir) as lock:
            try:
                began = time.monotonic()
                free_port(parts.HOST, port)
                in_phases(
                    [("database", database.keep), *prepare(settings, demo, stopping)], stopping
                )
                supervisor = Supervisor(
                    parts_of(settings, port, demo, database),
                    logs=settings.data_dir / "logs",
                    max_bytes=settings.log.max_bytes,
                    keep_logs=settings.log.keep,
                    told=tell,
                    rng=random.Random(),  # noqa: S311 - spreads restarts, guards nothing
                    lock=lock,
                )
                try:
                    in_phases([("services", lambda: supervisor.start(stopping=stopping))], stopping)
                    if not stopping.is_set():
                        welcome(settings, port, seconds=time.monotonic() - began)
                    stopping.wait()
                    err.print("Stopping…")
                finally:
                    supervisor.stop()
            finally:
                database.stop()
    err.print("Stopped.")


def make_folder(settings: Settings, database: Kept) -> None:
    """The data folder; beside our own database by its starter, who knows whose it must be."""
    if settings.database.url is None:
        database.keep()
    else:
        settings.data_dir.mkdir(mode=0o700, parents=True)


def parts_of(settings: Settings, port: int, demo: Demo | None, database: Kept) -> list[Role | Kept]:
    """In the order of their start."""
    shops = demo.roles(settings) if demo is not None and demo.is_one(settings) else ()
    return [database, *shops, parts.api(settings, port), parts.worker(settings)]


def prepare(settings: Settings, demo: Demo | None, stopping: threading.Event) -> list[Phase]:
    """What is done before the services start: cheap where it is done already."""
    phases: list[Phase] = [
        ("schema", lambda: migrations.upgrade(postgres.ensure_running(settings)))
    ]
    if demo is not None:
        phases.append(("demo market", lambda: fill(settings, demo, stopping)))
    return phases


def fill(settings: Settings, demo: Demo, stopping: threading.Event) -> None:
    """Makes the demo in an installation that has nothing yet."""
    dsn = postgres.ensure_running(settings)
    with connected(settings, dsn) as here, here.database.reading() as work:
        empty = not catalog.totals(work)["sources"]
    if empty or demo.is_unfinished(settings):
        demo.make(settings, stopping)


def in_phases(phases: Sequence[Phase], stopping: threading.Event) -> None:
    """Goes through phases and tells the seconds of each, unless it is told to stop."""
    for name, act in phases:
        if stopping.is_set():
            return
        began = time.monotonic()
        act()
        err.print(f"  {name:<14}{time.monotonic() - began:6.1f} s")


def room(settings: Settings) -> None:
    """A disk without room is said at once: reading will wait, and a first start cannot succeed."""
    state = disk_state(settings.data_dir, settings.disk)
    if state.reason is None:
        return
    if settings.database.url is None and not (settings.data_dir / "postgres").exists():
        raise StoreUnavailable(f"Too little room to begin: {state.reason}", free=state.free)
    err.print(f"[yellow]Nothing will be read: {said(state.reason)}[/]", soft_wrap=True)


def welcome(settings: Settings, port: int, *, seconds: float) -> None:
    """The address, and what to do next."""
    address = f"http://{parts.HOST}:{port}"
    dsn = postgres.ensure_running(settings)
    with connected(settings, dsn) as here, here.database.reading() as work:
        totals = catalog.totals(work)
    out.print(f"Sparfuchs runs at [bold]{address}[/]  ({seconds:.1f} s)", soft_wrap=True)
    if totals["sources"]:
        out.print(f"{totals['offers']:,} offers, {totals['deals']:,} deals. Ask:", soft_wrap=True)
        out.print(f"  curl '{address}/api/v1/search?q=rucksack&deals_only=true'", soft_wrap=True)
    else:
        out.print("There is nothing in it yet. Begin with a feed of a shop, in another terminal:")
        out.print(
            f"  sparfuchs ingest PATH_OR_URL --merchant NAME --data-dir {settings.data_dir}",
            soft_wrap=True,
        )
    out.print(f"Logs: {settings.data_dir / 'logs'}   Stop: Ctrl-C", soft_wrap=True)


def tell(part: str, line: str) -> None:
    """What a person at the terminal should see of a part."""
    err.print(f"[dim]{part}[/] {said(line[:300])}", soft_wrap=True)


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Set by SIGINT and SIGTERM; a second one changes nothing, for stopping is under way."""
    stopping = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        stopping.set()

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


DEMO: Final = Demo(
    make=demo_market.make_apart,
    roles=demo_market.roles,
    is_one=demo_market.is_one,
    is_unfinished=demo_market.is_unfinished,
)
