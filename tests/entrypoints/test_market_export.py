"""`sparfuchs market export` as a person calls it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from sparfuchs.entrypoints.cli import app


def test_the_market_is_exported_by_seed_and_says_what_it_wrote(tmp_path: Path) -> None:
    arguments = ["market", "export", str(tmp_path), "--seed", "5", "--offers", "3000"]
    chosen = ["--what", "search", "--opened", "2026-11-25T00:00:00Z", "--json"]
    done = CliRunner().invoke(app, [*arguments, *chosen])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout.splitlines()[-1])
    assert set(said["files"]) == {str(path) for path in tmp_path.iterdir()}
    assert all(rows > 0 for rows in said["files"].values())


def test_a_moment_without_a_zone_is_wrong_use(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["market", "export", str(tmp_path), "--opened", "gestern"])
    assert done.exit_code == 2
    assert "is no ISO time" in done.output
