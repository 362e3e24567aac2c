"""Rules of the house that no linter can say, each beside a proof that it finds what it forbids."""

import ast
import io
import tokenize
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "sparfuchs"

Rule = Callable[[str, Path], list[str]]  # text of a module, its path inside the package -> findings

ROW_LOOPS = {"iter_rows", "to_dicts", "iter_slices", "map_elements", "rows"}
NO_NAMES = {"utils", "util", "common", "helpers", "helper", "manager", "service", "misc", "base"}
DOMAINS = {"catalog", "ingest", "matching", "pricing", "quality"}
SQL_LIBRARIES = {"sqlalchemy", "psycopg", "psycopg_pool"}
MOST_LINES = 500


def modules() -> list[Path]:
    return sorted(path.relative_to(SOURCES) for path in SOURCES.rglob("*.py"))


def findings(rule: Rule) -> list[str]:
    return [
        finding for path in modules() for finding in rule((SOURCES / path).read_text("utf-8"), path)
    ]


def calls(tree: ast.AST, names: set[str]) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in names
        ):
            yield node


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def comments(text: str) -> set[int]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {
        token.start[0]
        for token in tokens
        if token.type == tokenize.COMMENT and not token.string.startswith(("# noqa", "# type:"))
    }


def commits_inside(text: str, path: Path) -> list[str]:
    """Only plumbing/db.py commits: one request, job or batch is one transaction.

    Engines of search commit an index, which is no transaction of ours: it is derived.
    """
    if path.as_posix() == "plumbing/db.py" or path.parts[:2] == ("search", "engines"):
        return []
    return [f"{path}:{call.lineno} commits" for call in calls(ast.parse(text), {"commit"})]


def loops_without_a_reason(text: str, path: Path) -> list[str]:
    """A Python loop over the rows of a frame says in a comment why an expression would not do.

    The comment stands between the line before the statement and the end of the call.
    """
    tree, said = ast.parse(text), comments(text)
    starts = sorted({node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)})
    found = []
    for call in calls(tree, ROW_LOOPS):
        start = max(line for line in starts if line <= call.lineno)
        end = call.end_lineno or call.lineno
        if not said & set(range(start - 1, end + 1)):
            found.append(f"{path}:{call.lineno} goes through rows and does not say why")
    return found


def swallowed_errors(text: str, path: Path) -> list[str]:
    """An error of any kind is never turned into silence."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.ExceptHandler):
            continue
        kinds = (
            {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)} if node.type else {""}
        )
        silent = all(
            isinstance(step, ast.Pass | ast.Continue)
            or (isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant))
            or (isinstance(step, ast.Return) and _says_nothing(step.value))
            for step in node.body
        )
        if silent and kinds & {"", "Exception", "BaseException"}:
            found.append(f"{path}:{node.lineno} swallows every error")
    return found


def _says_nothing(value: ast.expr | None) -> bool:
    if isinstance(value, ast.List | ast.Tuple):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    return value is None or (isinstance(value, ast.Constant) and not value.value)


def names_without_meaning(_text: str, path: Path) -> list[str]:
    """A file is named for the step it takes."""
    return [
        f"{path} is named for nothing" for part in path.with_suffix("").parts if part in NO_NAMES
    ]


def too_long(text: str, path: Path) -> list[str]:
    lines = text.count("\n")
    return [f"{path} has {lines} lines"] if lines > MOST_LINES else []


def packages_without_a_story(text: str, path: Path) -> list[str]:
    """The docstring of a package says what it owns and what it never does."""
    if path.name != "__init__.py" or ast.get_docstring(ast.parse(text)):
        return []
    return [f"{path} does not say what the package is for"]


def sql_outside_the_store(text: str, path: Path) -> list[str]:
    """SQL stands in store.py (or store/) and tables.py of a domain, in plumbing and migrations."""
    if path.parts[0] in {"plumbing", "migrations", "testing"} or path.parts[1:2] == ("store",):
        return []
    if path.name in {"store.py", "tables.py"}:
        return []
    return [
        f"{path}:{line} imports {name}"
        for line, name in imports(ast.parse(text))
        if name.split(".")[0] in SQL_LIBRARIES
    ]


def past_the_front_door(text: str, path: Path) -> list[str]:
    """Other packages import a domain's api.py and nothing else of it."""
    here = path.parts[0]
    if here in {"migrations", "testing"}:
        return []
    found = []
    for line, name in imports(ast.parse(text)):
        parts = name.split(".")
        foreign = parts[0] == "sparfuchs" and parts[1:2] and parts[1] in DOMAINS - {here}
        if foreign and parts[2:3] != ["api"]:
            found.append(f"{path}:{line} imports {name}")
    return found


RULES: dict[Rule, tuple[str, str]] = {
    commits_inside: ("catalog/x.py", "def f(c):\n    c.commit()\n"),
    loops_without_a_reason: (
        "pricing/x.py",
        "def f(d):\n\n    for r in d.iter_rows():\n        r\n",
    ),
    swallowed_errors: ("ingest/x.py", "try:\n    f()\nexcept Exception:\n    return []\n"),
    names_without_meaning: ("ingest/utils.py", ""),
    too_long: ("ingest/x.py", "x = 1\n" * (MOST_LINES + 1)),
    packages_without_a_story: ("ingest/__init__.py", "import os\n"),
    sql_outside_the_store: ("catalog/publish.py", "from sqlalchemy import select\n"),
    past_the_front_door: ("pricing/x.py", "from sparfuchs.catalog.store import find\n"),
}


def name_of(rule: object) -> str:
    return getattr(rule, "__name__", "")


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_the_sources_keep_the_rule(rule: Rule) -> None:
    assert findings(rule) == []


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_planted_offence_is_found(rule: Rule) -> None:
    path, text = RULES[rule]
    assert len(rule(text, Path(path))) == 1


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (commits_inside, "plumbing/db.py", "def f(c):\n    c.commit()\n"),
        (
            loops_without_a_reason,
            "x.py",
            "def f(d):\n    # a row is a source\n    for r in d.iter_rows():\n        r\n",
        ),
        (loops_without_a_reason, "x.py", "x = dict(d.iter_rows())  # a row a reason\n"),
        (swallowed_errors, "x.py", "try:\n    f()\nexcept OSError:\n    pass\n"),
        (swallowed_errors, "x.py", "try:\n    f()\nexcept Exception:\n    log()\n    raise\n"),
        (names_without_meaning, "catalog/publish.py", ""),
        (packages_without_a_story, "ingest/__init__.py", '"""Sources in, clean offers out."""\n'),
        (sql_outside_the_store, "catalog/store.py", "from sqlalchemy import select\n"),
        (past_the_front_door, "pricing/x.py", "from sparfuchs.catalog.api import Timeline\n"),
        (past_the_front_door, "pricing/x.py", "from sparfuchs.pricing.model import Verdict\n"),
    ],
)
def test_what_the_rules_allow_is_left_alone(rule: Rule, path: str, text: str) -> None:
    assert rule(text, Path(path)) == []


def test_a_silenced_linter_is_no_reason_for_a_loop() -> None:
    text = "def f(d):\n\n    for r in d.iter_rows():  # noqa: PERF401\n        r\n"
    assert loops_without_a_reason(text, Path("x.py"))


def test_there_are_modules_to_judge() -> None:
    assert Path("kernel/money.py") in modules()
