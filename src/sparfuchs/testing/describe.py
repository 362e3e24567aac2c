"""Writes the parts of docs/ that say what the code says: settings, commands, events, rules.

`make docs` writes them and tests/architecture/test_documented.py compares them, so that a setting,
a command, an event or a rule cannot change without its page.
"""

import importlib
import inspect
import json
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import typer
from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sparfuchs import events
from sparfuchs.ingest.settings import FeedSettings, allowed_keys
from sparfuchs.plumbing.rate import ProcessRateLimiter
from sparfuchs.plumbing.settings import HttpSettings, Settings

GENERATED: Final = "<!-- Written by `make docs`. Change the code, not this page. -->"

# A test named for a rule: `test_R_F_3_…` (domain rules), `test_E7_…` (worked examples of verdicts),
# `test_P4_…` (properties of verdicts).
_RULE_TEST: Final = re.compile(
    r"^ *(?:async )?def test_((?:R_[A-Z]+_\d+(?:_(?=R_))?)+|E\d+|P\d+)_(\w+)\(", re.MULTILINE
)


def settings_of(
    model: type[BaseModel] = Settings, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, FieldInfo]]:
    """Dotted name and field of every setting, sections opened, in the order of the code."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if inspect.isclass(kind) and issubclass(kind, BaseModel):
            yield from settings_of(kind, (*path, name))
        else:
            yield ".".join((*path, name)), field


def variable_of(setting: str) -> str:
    """`log.level` -> `SPARFUCHS_LOG__LEVEL`."""
    return "SPARFUCHS_" + setting.upper().replace(".", "__")


def settings_page() -> str:
    rows = [
        "| setting | environment variable | type | default | meaning |",
        "|---|---|---|---|---|",
    ]
    rows += [
        f"| `{name}` | `{variable_of(name)}` | {_type(field)} | {_default(field)} "
        f"| {_cell(field.description or '')} |"
        for name, field in settings_of()
    ]
    return _page(
        "Settings",
        "Everything that can be set for an installation, read from the environment. A section and "
        "its setting are parted by two underscores. `DATABASE_URL` counts as `database.url` when "
        "that is not set. A wrong value stops the program with exit code 2 and names the setting.",
        [*rows, "", *_feed_settings()],
    )


def _feed_settings() -> list[str]:
    """What `--set` takes, from the docstring of FeedSettings with its lines of `names: meaning`."""
    _, _, told = inspect.cleandoc(FeedSettings.__doc__ or "").partition("\n\n")
    lines = re.findall(r"^(\w+(?:, \w+)*): (.*(?:\n(?!\w+(?:, \w+)*: ).*)*)", told, re.MULTILINE)
    return [
        "## Settings of a source",
        "",
        "Given with `--set KEY=VALUE` and kept with the source. What is not said is found out.",
        "",
        "| key | meaning |",
        "|---|---|",
        *(f"| {_names(names)} | {_cell(meaning)} |" for names, meaning in lines),
        "",
        f"All keys: {_names(', '.join(allowed_keys()))}.",
    ]


def _names(names: str) -> str:
    return ", ".join(f"`{name}`" for name in names.split(", "))


def _type(field: FieldInfo) -> str:
    kind = field.annotation
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return ", ".join(f"`{member.value}`" for member in kind)
    return _type_of(kind)


def _type_of(kind: object) -> str:
    """A type as one writes it, without the modules that it comes from."""
    plain = inspect.isclass(kind) and not hasattr(kind, "__args__")
    text = str(getattr(kind, "__name__", kind)) if plain else str(kind)
    text = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Za-z])", "", text)
    return re.sub(r"Annotated\[([^,]+),.*?\]", r"\1", text).replace(" | None", ", optional")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default_factory is not None:
        return "depends on the machine"
    value = field.default.value if isinstance(field.default, Enum) else field.default
    if value is None or value in (frozenset(), (), "", {}):
        return "none"
    return (
        f"`{value:_}`" if isinstance(value, int) and not isinstance(value, bool) else f"`{value}`"
    )


# Typer's own kinds of command and parameter have no public type: hence Any from here to `_option`.


def commands_of(app: typer.Typer) -> Iterator[tuple[str, Any]]:
    """Full name and command of everything that `sparfuchs` can do, groups opened."""
    yield from _walk("sparfuchs", typer.main.get_command(app))


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    children: Mapping[str, Any] = getattr(command, "commands", {})
    if not children:
        yield name, command
    for child, inner in children.items():
        yield from _walk(f"{name} {child}", inner)


def commands_page(app: typer.Typer) -> str:
    lines: list[str] = []
    for name, command in commands_of(app):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option"]
        usage = " ".join([name, *map(_argument, arguments)] + ["[options]"] * bool(options))
        lines += [f"## `{usage}`", "", inspect.cleandoc(command.help or ""), ""]
        if options:
            lines += ["| option | meaning |", "|---|---|"]
            lines += [
                f"| {_option(o)} | {_cell(getattr(o, 'help', None) or '')} |" for o in options
            ]
            lines.append("")
    return _page(
        "Commands",
        "Exit code 0: done. 1: the work failed, or a run was held. 2: wrong use. With `--json` the "
        "last line of stdout is one JSON object; messages for people go to stderr.",
        lines[:-1],
    )


def _argument(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    many = "..." if argument.nargs == -1 else ""
    return f"{name}{many}" if argument.required else f"[{name}{many}]"


def _option(option: Any) -> str:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    required = ", required" if option.required else ""
    repeated = ", repeatable" if option.multiple else ""
    return f"{names}{required}{repeated}"


def event_classes(package: ModuleType = events) -> list[type]:
    """Every class of the published language: public, defined in a module named for its topic."""
    found: list[type] = []
    for module in pkgutil.iter_modules(package.__path__):
        if module.name == "envelope":
            continue
        loaded = importlib.import_module(f"{package.__name__}.{module.name}")
        found += [
            thing
            for name, thing in vars(loaded).items()
            if inspect.isclass(thing)
            and thing.__module__ == loaded.__name__
            and not name.startswith("_")
            and not issubclass(thing, Enum)
        ]
    return found


def events_page() -> str:
    lines: list[str] = []
    for event in event_classes():
        topic = event.__module__.rsplit(".", 1)[-1]
        lines += [f"## `{topic}.{event.__name__}`", "", inspect.getdoc(event) or "", ""]
        fields = inspect.get_annotations(event)
        lines += ["| field | type |", "|---|---|"]
        lines += [
            f"| `{name}` | {_type_of(kind)} |"
            for name, kind in fields.items()
            if "ClassVar" not in str(kind)
        ]
        lines.append("")
    return _page(
        "Events",
        "What happened, in the words that other systems may rely on. An event is written in the "
        "transaction that it tells of and gets its position in its topic after the commit. A "
        "consumer may see one twice and must not mind.",
        lines[:-1],
    )


def rules_of(root: Path) -> list[tuple[str, str, str]]:
    """Rule id, behaviour and file of every test that is named for a rule, in the order of rules.

    Looks at the tests and at the contract suites, whose tests are run by theirs.
    """
    suites = root / "src" / "sparfuchs" / "testing" / "contracts"
    found = [
        (match[1].replace("_", "-"), match[2].replace("_", " "), path.relative_to(root).as_posix())
        for path in [*(root / "tests").rglob("test_*.py"), *suites.glob("*.py")]
        for match in _RULE_TEST.finditer(path.read_text("utf-8"))
    ]
    return sorted(set(found), key=lambda row: (_rule_order(row[0]), row[1:]))


def _rule_order(rule: str) -> list[tuple[int, int | str]]:
    return [
        (1, int(part)) if part.isdecimal() else (0, part) for part in re.findall(r"\d+|\D+", rule)
    ]


def rules_page(root: Path) -> str:
    rows = ["| rule | what a test proves | in |", "|---|---|---|"]
    rows += [f"| {rule} | {claim} | [{path}](../{path}) |" for rule, claim, path in rules_of(root)]
    return _page(
        "Rules and their tests",
        "The id of a rule stands first in the name of each test that proves it. R-… are rules of "
        "feeds, fetching, runs and money; E… are worked examples of the verdict and P… properties "
        "that hold for any price history.",
        rows,
    )


def metrics_of(registry: CollectorRegistry) -> list[str]:
    """Names of all metrics under which a scraper sees them."""
    return sorted(
        metric.name + ("_total" if metric.type == "counter" else "")
        for metric in registry.collect()
    )


def pages(root: Path) -> dict[str, Callable[[], str]]:
    """File name in docs/ of each generated page and what makes it."""
    from sparfuchs.entrypoints.cli import app  # noqa: PLC0415 - the other pages do without it

    return {
        "settings.md": settings_page,
        "commands.md": lambda: commands_page(app),
        "events.md": events_page,
        "rules.md": lambda: rules_page(root),
        "openapi.json": openapi_page,
    }


def openapi_page() -> str:
    """The description of the HTTP API, as it is served at /api/v1/openapi.json."""
    from sparfuchs.entrypoints.http import app  # noqa: PLC0415 - the other pages do without it

    bare = app.bare_app(HttpSettings(), ProcessRateLimiter())
    return json.dumps(app.describe(bare), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _page(title: str, story: str, lines: list[str]) -> str:
    return "\n".join([f"# {title}", "", GENERATED, "", story, "", *lines, ""])


def main() -> None:
    root = Path(__file__).parents[3]
    for name, make in pages(root).items():
        page = root / "docs" / name
        text = make()
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")
            sys.stdout.write(f"docs/{name} written\n")


if __name__ == "__main__":
    main()
