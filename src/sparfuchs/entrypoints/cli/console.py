"""What all commands share: options, tables, progress, and how an error leaves the program."""

import errno
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from sparfuchs.kernel.clock import aware_utc
from sparfuchs.kernel.errors import SparfuchsError, StoreUnavailable, UsageError
from sparfuchs.kernel.money import Money

# How a merchant's reference price is called in a table.
REFERENCE: Final = {
    "uvp": "UVP",
    "previous": "formerly",
    "lowest_30d": "30-day low",
    "unspecified": "instead of",
}

# Words between colons are words: a feed that writes `:star:` means these letters.
out: Final = Console(highlight=False, emoji=False)
err: Final = Console(stderr=True, highlight=False, emoji=False)

# Control signs but for line ends and tabs, and those that turn the direction of writing.
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="SPARFUCHS_DATA_DIR",
        help="The one folder of the installation.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object as the last line of stdout.")]
Pairs = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A setting of the source; may be repeated."),
]


@contextmanager
def reporting(*, as_json: bool) -> Iterator[None]:
    """Turns our errors into one sentence and the exit code of their kind."""
    try:
        yield
    except SparfuchsError as error:
        err.print(f"[bold red]Error:[/] {said(error.message)}", soft_wrap=True)
        if as_json:
            print_json({"error": error.message, **error.facts})
        raise typer.Exit(error.exit_code) from error


def print_json(answer: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def pairs(given: list[str] | None) -> dict[str, str]:
    """`key=value` texts as a mapping. Raises UsageError for one without an equals sign."""
    answer: dict[str, str] = {}
    for text in given or []:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set wants KEY=VALUE, not {text!r}", value=text)
        answer[key.strip()] = value.strip()
    return answer


def moment(text: str) -> datetime:
    """An ISO time with a zone, in UTC. Raises UsageError otherwise."""
    try:
        return aware_utc(datetime.fromisoformat(text))
    except ValueError:
        raise UsageError(
            f"{text!r} is no ISO time; write it like 2026-11-01T06:00:00Z", value=text
        ) from None


def said(text: object) -> str:
    """What somebody else has written, to be shown letter by letter.

    Square brackets are no markup in it, and signs that steer a terminal are shown as what they are.
    """
    return escape(_STEERING.sub(lambda found: repr(found[0])[1:-1], str(text)))


def show_remedy(german: str, english: str) -> None:
    """What to do about a kind of rejected rows, in both languages, as wide as the terminal."""
    out.print(Padding(said(german), (0, 0, 0, 2)))
    out.print(Padding(f"[dim]{said(english)}[/]", (0, 0, 0, 2)))


def money(minor: int | None, currency: str | None) -> str:
    return "–" if minor is None or currency is None else Money(minor, currency).german()


def when(at: datetime | None) -> str:
    return "–" if at is None else at.strftime("%Y-%m-%d %H:%M")


def table(*columns: str, title: str | None = None) -> Table:
    made = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        right = column.endswith("#")
        made.add_column(
            column.rstrip("#"),
            justify="right" if right else "left",
            overflow="fold",
            no_wrap=column in {"offer", "run", "source"},
        )
    return made


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str, int], None]]:
    """A line on stderr that moves while rows are read; nothing where nobody looks."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.completed:,} rows"),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    )
    with bar:
        task = bar.add_task("read", total=None)

        def step(name: str, rows: int) -> None:
            bar.update(task, description=name, completed=rows)

        yield step


@contextmanager
def full_disk_said() -> Iterator[None]:
    """A disk that fills up meanwhile is a sentence as well."""
    try:
        yield
    except OSError as error:
        if isinstance(error, SparfuchsError) or error.errno != errno.ENOSPC:
            raise
        where = f" while writing {error.filename}" if error.filename else ""
        raise StoreUnavailable(f"The disk is full{where}; make room and start again") from error
