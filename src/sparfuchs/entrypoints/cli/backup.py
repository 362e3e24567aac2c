"""`sparfuchs backup` and `sparfuchs restore`: an installation into a folder and out of it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from sparfuchs import migrations
from sparfuchs.entrypoints.cli.console import (
    DataDir,
    Json,
    err,
    out,
    print_json,
    reporting,
    said,
)
from sparfuchs.entrypoints.wiring import connected, for_a_person, installation
from sparfuchs.flows.backup import Step, back_up, bring_back, empty_database, verify
from sparfuchs.flows.subscriptions import rebuild_index
from sparfuchs.kernel.clock import system_clock
from sparfuchs.kernel.errors import Conflict, UsageError
from sparfuchs.plumbing import postgres
from sparfuchs.plumbing.logging import configure
from sparfuchs.plumbing.settings import Settings


def backup(
    to: Annotated[Path, typer.Argument(metavar="DEST", help="A new folder.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Takes a backup of database, files and keys, while everything may go on running."""
    with reporting(as_json=as_json), installation(data_dir) as here:
        began = time.perf_counter()
        revision = migrations.current(here.database.dsn)
        assert revision is not None
        with steps(quiet=as_json) as step:
            made = back_up(here, to, revision, now=system_clock(), step=step)
        seconds = time.perf_counter() - began
    if as_json:
        rows = sum(made.rows.values())
        print_json(
            {
                "path": str(to),
                "bytes": made.size,
                "rows": rows,
                "files": len(made.files),
                "missing": list(made.missing),
                "seconds": round(seconds, 3),
            }
        )
        return
    out.print(
        f"{sum(made.rows.values()):,} rows and {len(made.files):,} files, {decimal(made.size)} in "
        f"{said(to)}, {seconds:.1f} s",
        soft_wrap=True,
    )
    for name in made.missing:
        out.print(f"[yellow]missing already before the backup:[/] {said(name)}", soft_wrap=True)


def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="The folder of a backup.")],
    data_dir: DataDir = None,
    as_json: Json = False,
) -> None:
    """Brings a backup back, into an installation that has nothing yet."""
    with reporting(as_json=as_json):
        began = time.perf_counter()
        settings = Settings.load(data_dir)
        configure(for_a_person(settings))
        with steps(quiet=as_json) as step:
            manifest = verify(source, step=step)
            if not migrations.known(manifest.revision):
                raise UsageError(
                    f"The backup was taken by Sparfuchs {manifest.version} at revision "
                    f"{manifest.revision}, which this version does not know; restore with that one",
                    version=manifest.version,
                )
            _nothing_there(settings)
            dsn = postgres.ensure_running(settings)
            if migrations.current(dsn) is None:
                migrations.upgrade(dsn, manifest.revision)
            with connected(settings, dsn) as here:
                empty_database(here.database)
                bring_back(
                    here.database, here.files, settings.data_dir, source, manifest, step=step
                )
            migrations.upgrade(dsn)
            with connected(settings, dsn) as here:
                rebuild_index(here, progress=lambda name, rows: step(name, rows, rows))
        seconds = time.perf_counter() - began
    if as_json:
        rows = sum(manifest.rows.values())
        print_json(
            {
                "data_dir": str(settings.data_dir),
                "rows": rows,
                "files": len(manifest.files),
                "taken_at": manifest.taken_at,
                "seconds": round(seconds, 3),
            }
        )
    else:
        out.print(
            f"The installation of {manifest.taken_at} is in {said(settings.data_dir)}: "
            f"{sum(manifest.rows.values()):,} rows, {len(manifest.files):,} files, {seconds:.1f} s",
            soft_wrap=True,
        )


def _nothing_there(settings: Settings) -> None:
    """Raises Conflict for a folder that holds an installation already."""
    files = settings.data_dir / "files"
    ours = settings.data_dir / "postgres"
    if (files.exists() and any(files.iterdir())) or ours.exists():
        raise Conflict(
            f"{settings.data_dir} holds an installation; restore into a folder that is not there "
            "yet, by --data-dir",
            data_dir=str(settings.data_dir),
        )


@contextmanager
def steps(*, quiet: bool) -> Iterator[Step]:
    """A bar on stderr for work whose extent is known."""
    bar = Progress(
        TextColumn("{task.description:<24}"),
        BarColumn(bar_width=30),
        TextColumn("{task.completed:,} of {task.total:,.0f}"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    )
    with bar:
        task = bar.add_task("begin", total=1)

        def step(name: str, done: int, everything: int) -> None:
            bar.update(task, description=name, completed=done, total=everything)

        yield step
