"""The map of the packages, held by import-linter; see .importlinter."""

import configparser
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINTER = Path(sys.executable).with_name("lint-imports")


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-logo", "--no-cache"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def plant(root: Path, files: dict[str, str]) -> Path:
    """A copy of the map with a tiny tree of packages, to see what the contracts find."""
    for package in map_of(ROOT):
        folder = root / "src" / "sparfuchs" / package
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
    for domain in ("accounts", "catalog"):
        for module in ("store", "tables"):
            (root / "src" / "sparfuchs" / domain / f"{module}.py").touch()
    (root / "src" / "sparfuchs" / "__init__.py").touch()
    for name, text in files.items():
        (root / "src" / "sparfuchs" / name).write_text(text)
    (root / ".importlinter").write_text((ROOT / ".importlinter").read_text())
    return root


def map_of(root: Path) -> list[str]:
    config = configparser.ConfigParser()
    config.read(root / ".importlinter")
    lines = config["importlinter:contract:map"]["layers"].split()
    return [word for word in lines if word != "|"]


def test_the_packages_keep_to_the_map() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_package_is_on_the_map_and_every_name_of_the_map_is_a_package() -> None:
    packages = {p.parent.name for p in (ROOT / "src" / "sparfuchs").glob("*/__init__.py")}
    assert set(map_of(ROOT)) == packages


def test_a_clean_tree_passes_the_contracts(tmp_path: Path) -> None:
    result = lint_imports(plant(tmp_path, {}))
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_step_upwards_between_domains_or_into_foreign_tables_is_found(tmp_path: Path) -> None:
    planted = plant(
        tmp_path,
        {
            "kernel/money.py": "import sparfuchs.catalog\n",
            "ingest/read.py": "import sparfuchs.pricing\n",
            "pricing/record.py": "import sparfuchs.catalog.tables\n",
            "flows/story.py": "import sparfuchs.catalog.store\nimport sqlalchemy\n",
            "events/feed.py": "import pydantic\n",
        },
    )
    result = lint_imports(planted)
    assert result.returncode == 1
    broken = {line for line in result.stdout.splitlines() if line.endswith(" BROKEN")}
    assert {line.split(":")[0].removesuffix(" BROKEN") for line in broken} >= {
        "The map",
        "Flows and the command line knock at api.py",
        "Catalogue and accounts keep their tables to themselves",
        "Values and events know no framework",
        "Flows and the command line speak no SQL",
    }
    assert "sparfuchs.kernel is not allowed to import sparfuchs.catalog" in result.stdout
    assert "sparfuchs.ingest is not allowed to import sparfuchs.pricing" in result.stdout


def test_a_circle_inside_a_package_is_found(tmp_path: Path) -> None:
    planted = plant(
        tmp_path,
        {
            "pricing/judge.py": "import sparfuchs.pricing.baseline\n",
            "pricing/baseline.py": "import sparfuchs.pricing.judge\n",
        },
    )
    result = lint_imports(planted)
    assert result.returncode == 1
    assert "No circles, at any depth BROKEN" in result.stdout
