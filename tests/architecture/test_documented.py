"""Nothing that an operator can set, run, consume or measure is without its page."""

import dataclasses
import re
from pathlib import Path
from typing import Annotated

import pytest
import typer
from prometheus_client import CollectorRegistry, Counter, Gauge
from pydantic import BaseModel, Field

from sparfuchs.entrypoints.cli import app
from sparfuchs.ingest.settings import FeedSettings, allowed_keys
from sparfuchs.plumbing import metrics
from sparfuchs.testing import describe

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = describe.pages(ROOT)


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_says_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text("utf-8") == PAGES[name](), "run: make docs"


def test_every_setting_is_documented_and_says_what_it_is_for() -> None:
    page = (DOCS / "settings.md").read_text("utf-8")
    settings = dict(describe.settings_of())
    assert "data_dir" in settings
    assert [name for name in settings if f"`{name}`" not in page] == []
    assert [name for name, field in settings.items() if not field.description] == []


def test_every_setting_of_a_source_is_documented_and_explained() -> None:
    page = (DOCS / "settings.md").read_text("utf-8")
    assert [key for key in allowed_keys() if f"`{key}`" not in page] == []
    rows = re.findall(r"^\| (.*?) \|", page.partition("## Settings of a source")[2], re.MULTILINE)
    explained = set(re.findall(r"`(\w+)`", " ".join(rows)))
    assert {field.name for field in dataclasses.fields(FeedSettings)} <= explained


def test_every_command_is_documented_and_says_what_it_does() -> None:
    page = (DOCS / "commands.md").read_text("utf-8")
    commands = dict(describe.commands_of(app))
    assert "sparfuchs ingest" in commands
    headed = {name for name in commands if re.search(rf"^## `{name}[` ]", page, re.MULTILINE)}
    assert set(commands) - headed == set()
    assert [name for name, command in commands.items() if not command.help] == []


def test_every_event_is_documented_and_says_what_happened() -> None:
    page = (DOCS / "events.md").read_text("utf-8")
    classes = describe.event_classes()
    assert "RunPublished" in {event.__name__ for event in classes}
    assert [e.__name__ for e in classes if f".{e.__name__}`" not in page] == []
    assert [e.__name__ for e in classes if not e.__doc__] == []


def test_every_metric_is_documented() -> None:
    page = (DOCS / "operating.md").read_text("utf-8")
    (registry,) = (one for one in vars(metrics).values() if isinstance(one, CollectorRegistry))
    names = describe.metrics_of(registry)
    assert "sparfuchs_runs_total" in names
    assert [name for name in names if f"`{name}`" not in page] == []


def test_every_decision_has_a_number_of_its_own_and_all_four_parts() -> None:
    decisions = sorted((DOCS / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        text = path.read_text("utf-8")
        parts = re.findall(r"^## (\w+)", text, re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives"], path.name


def commands_named(text: str) -> set[str]:
    """First words of the commands that a page tells its reader to type."""
    return set(re.findall(r"(?:`|^|/bin/)sparfuchs ([a-z]+)", text, re.MULTILINE))


def test_no_page_names_a_command_that_is_not_there() -> None:
    there = {name.split()[1] for name, _ in describe.commands_of(app)}
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]
    named = {page.name: commands_named(page.read_text("utf-8")) - there for page in pages}
    assert {page: words for page, words in named.items() if words} == {}


def test_commands_are_found_in_sentences_and_in_blocks() -> None:
    text = "Run `sparfuchs dance now`.\n```\nsparfuchs sing X\n.venv/bin/sparfuchs rest\n```\n"
    assert commands_named(text + "The program `sparfuchs` is one.") == {"dance", "sing", "rest"}


def dead_links(page: Path) -> list[str]:
    """Links of a page to files that are not there."""
    targets = re.findall(r"\]\((?![a-z]+:)([^)#\s]+)", page.read_text("utf-8"))
    return [target for target in targets if not (page.parent / target).exists()]


def test_no_page_links_to_a_file_that_is_not_there() -> None:
    pages = [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    assert {str(p.relative_to(ROOT)): dead_links(p) for p in pages if dead_links(p)} == {}


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[here](page.md#part) [gone](gone.md) [far](https://shop.example/x)")
    assert dead_links(page) == ["gone.md"]


def test_settings_in_sections_are_found_with_their_variables() -> None:
    class Inner(BaseModel):
        depth: int = Field(default=3, description="How deep.")

    class Outer(BaseModel):
        inner: Inner = Inner()

    (found,) = describe.settings_of(Outer)
    assert found[0] == "inner.depth"
    assert describe.variable_of(found[0]) == "SPARFUCHS_INNER__DEPTH"


def test_commands_in_groups_are_found_with_their_options() -> None:
    program, group = typer.Typer(), typer.Typer()

    @group.command("add")
    def add(
        name: str,
        pairs: Annotated[list[str] | None, typer.Option("--set", help="One | other.")] = None,
    ) -> None:
        """Adds a thing."""

    @program.command("stop")
    def stop() -> None:
        """Stops."""

    program.add_typer(group, name="thing")
    assert [name for name, _ in describe.commands_of(program)] == [
        "sparfuchs stop",
        "sparfuchs thing add",
    ]
    page = describe.commands_page(program)
    assert "## `sparfuchs thing add NAME [options]`" in page
    assert "| `--set`, repeatable | One \\| other. |" in page


def test_rules_are_found_in_the_names_of_tests_and_ordered_by_number(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_x.py").write_text(
        "def test_R_F_10_a_thing_holds(): ...\n"
        "class TestY:\n    def test_R_RUN_2_sums_hold(self): ...\n"
        "def test_R_F_9_another_thing(): ...\ndef test_no_rule(): ...\n"
    )
    assert [(rule, claim) for rule, claim, _ in describe.rules_of(tmp_path)] == [
        ("R-F-9", "another thing"),
        ("R-F-10", "a thing holds"),
        ("R-RUN-2", "sums hold"),
    ]


def test_metrics_are_named_as_a_scraper_sees_them() -> None:
    registry = CollectorRegistry()
    Counter("sparfuchs_runs", "Runs.", registry=registry)
    Gauge("sparfuchs_lag", "Lag.", registry=registry)
    assert describe.metrics_of(registry) == ["sparfuchs_lag", "sparfuchs_runs_total"]
