"""What is committed: the lock, words that belong to one machine, and that CI is `make check`."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Put together here, so that this file does not find itself.
MACHINE_PATHS = [f"/{folder}/" for folder in ("work", "root", "home")]
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("repo", "maven"),
        ("proxy", "golang"),
    )
]
FORBIDDEN = re.compile(
    "|".join([rf"(?<![\w.>}}]){re.escape(path)}" for path in MACHINE_PATHS])
    + "|"
    + "|".join(re.escape(host) for host in REGISTRY_HOSTS)
)


def committed() -> list[Path]:
    """Files under version control, or, in an unpacked archive, all that are not hidden."""
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode == 0 and listing.stdout:
        paths = [ROOT / name for name in listing.stdout.splitlines()]
        return [path for path in paths if path.is_file()]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(ROOT).parts)
    ]


def offences(text: str) -> list[str]:
    return [f"{text.count(chr(10), 0, m.start()) + 1}: {m[0]}" for m in FORBIDDEN.finditer(text)]


def text_of(path: Path) -> str:
    """The text of a file, empty for one that is none (an archive, a feed in an old encoding)."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def test_no_file_names_a_folder_of_one_machine_or_a_host_of_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{offence}"
        for path in committed()
        for offence in offences(text_of(path))
    ]
    assert found == []


@pytest.mark.parametrize("word", MACHINE_PATHS + REGISTRY_HOSTS)
def test_a_planted_word_is_found(word: str) -> None:
    assert offences(f"first line\nsee {word}x") == [f"2: {word}"]


def test_a_path_of_an_address_is_no_machine_path() -> None:
    for path in MACHINE_PATHS:
        for before in ("https://shop.example", "{base}", "."):
            assert offences(f"{before}{path}x") == []


def lock_faults(text: str) -> list[str]:
    """Packages without a fixed version or a hash, and addresses of any kind."""
    faults = [f"address in {line!r}" for line in text.splitlines() if "://" in line]
    for block in re.split(r"\n(?=[^ \n#])", text):
        head = block.split("\n", 1)[0]
        if not head or head.startswith("#"):
            continue
        if not re.match(r"[A-Za-z0-9._-]+(\[[a-z,-]+\])?==[^ ]+", head):
            faults.append(f"no version in {head!r}")
        if "--hash=sha256:" not in block:
            faults.append(f"no hash for {head!r}")
    return faults


def test_the_lock_has_a_version_and_a_hash_for_each_package_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert lock_faults(text) == []
    assert text.count("--hash=sha256:") > 100


def test_a_fault_planted_into_a_lock_is_found() -> None:
    good = "rich==15.0.0 \\\n    --hash=sha256:00\n    # via typer\n"
    assert lock_faults(good) == []
    assert lock_faults("rich>=15 \\\n    --hash=sha256:00\n") == ["no version in 'rich>=15 \\\\'"]
    assert lock_faults(good + "typer==0.29.2\n    # via us\n") == ["no hash for 'typer==0.29.2'"]
    assert lock_faults("--index-url https://mirror.example\n" + good)


def test_the_lock_holds_everything_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = project["project"]["dependencies"] + [
        name for group in project["dependency-groups"].values() for name in group
    ]
    wanted += project["build-system"]["requires"]
    names = {re.split(r"[\[<>=;~! ]", requirement)[0].lower() for requirement in wanted}
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = set(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==", lock, re.MULTILINE))
    assert names <= locked


def test_the_lock_of_the_site_has_hashes_and_no_addresses_of_packages() -> None:
    packages = json.loads((ROOT / "web" / "package-lock.json").read_text("utf-8"))["packages"]
    named = {name: facts for name, facts in packages.items() if name and not facts.get("inBundle")}
    assert len(named) > 20
    assert [name for name, facts in named.items() if "resolved" in facts] == []
    assert [name for name, facts in named.items() if "integrity" not in facts] == []
    config = (ROOT / "web" / ".npmrc").read_text("utf-8")
    assert "omit-lockfile-registry-resolved=true" in config.splitlines()


def test_continuous_integration_is_make_check_word_for_word() -> None:
    steps = [
        line
        for line in (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert steps[0] == "set -euo pipefail"
    assert steps[-1] == "make check"
    assert len(steps) == 3  # between them only the way to the root


def test_every_target_of_the_makefile_says_what_it_does() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z-]+):(?!=)", text, re.MULTILINE)
    described = re.findall(r"^([a-z-]+):.* ## \S", text, re.MULTILINE)
    assert targets == described
    assert {"up", "install", "test", "check", "lock", "docs", "soak"} <= set(targets)


def test_every_script_that_the_makefile_runs_is_there() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    scripts = set(re.findall(r"(?:benchmarks|\.ci)/[a-z_]+(?:\.py)?", text))
    assert len(scripts) > 2
    assert [name for name in sorted(scripts) if not (ROOT / name).exists()] == []
