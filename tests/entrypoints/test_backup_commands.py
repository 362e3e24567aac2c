"""`sparfuchs backup`, `restore` and `run replay`, as a person or a script calls them."""

from pathlib import Path

import pytest

from entrypoints.conftest import Program

PRICES = {f"p{n}": 10.0 + 3.7 * n for n in range(10)}
EARLY, LATER = "2026-01-01T06:00:00Z", "2026-01-02T06:00:00Z"


def test_a_backup_is_restored_into_an_empty_folder_and_no_other(
    program: Program, empty_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.ingest(PRICES, at=EARLY)
    program.ingest({**PRICES, "p0": 5.0}, at=LATER)
    offer = program.json("offer", "laden/feed:p0")
    to = str(tmp_path / "backup")
    made = program.json("backup", to)
    assert made["files"] == len(list((tmp_path / "backup" / "files").rglob("*.*")))
    assert made["missing"] == []
    assert made["bytes"] > 0
    assert "not empty" in program.json("backup", to, told=1)["error"]
    assert "holds an installation" in program.json("restore", to, told=1)["error"]
    assert (
        "not empty"
        in program.json("restore", to, "--data-dir", str(tmp_path / "fresh"), told=1)["error"]
    )
    monkeypatch.setenv("SPARFUCHS_DATABASE__URL", empty_dsn)
    monkeypatch.setenv("SPARFUCHS_DATA_DIR", str(tmp_path / "fresh"))
    back = program.json("restore", to)
    assert back["rows"] == made["rows"]
    assert program.json("offer", "laden/feed:p0") == offer
    assert program.json("status")["totals"]["offers"] == 10
    assert "no backup" in program.json("restore", str(tmp_path), told=2)["error"]


def test_a_source_is_replayed_and_says_what_came_of_it(program: Program) -> None:
    rows = {name: {"price": "77 EUR", "gross": f"{price} EUR"} for name, price in PRICES.items()}
    program.ingest(rows, at=EARLY)
    program.ingest(rows, at=LATER)
    assert "0 offers have another past" in program.run("run", "replay", "laden/feed").stdout
    path = program.write(rows)
    program.json("source", "add", path, "--merchant", "Laden", "--set", "price_column=gross")
    done = program.json("run", "replay", "laden/feed:1")
    assert (done["runs"], done["offers"], done["unknown"]) == (2, 10, 0)
    assert program.json("offer", "laden/feed:p0")["price"]["minor"] == 1000
    program.json("run", "replay", "laden/feed:9", told=2)
