"""The program as a person or a script calls it, on the database of the test."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from flows.market import Rows, feed
from sparfuchs.entrypoints.cli import app


@dataclass(frozen=True)
class Program:
    """`sparfuchs` with one folder of an installation."""

    folder: Path

    def run(self, *words: str, told: int = 0, given: str | None = None) -> Result:
        """One call; `told` is the exit code that it must have."""
        result = CliRunner().invoke(app, list(words), input=given)
        assert result.exit_code == told, f"{result.output}\n{result.stderr}\n{result.exception!r}"
        return result

    def json(self, *words: str, told: int = 0) -> dict[str, Any]:
        """The one JSON object in the last line of stdout."""
        result = self.run(*words, "--json", told=told)
        answer = json.loads(result.stdout.splitlines()[-1])
        assert isinstance(answer, dict)
        return answer

    def write(self, rows: Rows | str, name: str = "feed.tsv") -> str:
        path = self.folder / name
        path.write_text(rows if isinstance(rows, str) else feed(rows))
        return str(path)

    def ingest(
        self, rows: Rows | str, *words: str, at: str | None = None, told: int = 0
    ) -> dict[str, Any]:
        when = () if at is None else ("--seen-at", at)
        path = self.write(rows)
        return self.json("ingest", path, "--merchant", "Laden", *when, *words, told=told)


@pytest.fixture
def program(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setenv("SPARFUCHS_DATABASE__URL", dsn)
    monkeypatch.setenv("SPARFUCHS_DATA_DIR", str(tmp_path / "installation"))
    monkeypatch.setenv("COLUMNS", "80")
    return Program(tmp_path)
