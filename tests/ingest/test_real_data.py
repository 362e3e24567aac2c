"""What the measuring scripts find on the reference data, where it is beside the checkout."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingest.feeds import REAL

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there")


def run(script: str) -> Any:
    command = [sys.executable, str(ROOT / "benchmarks" / script), "--json"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(found.stdout)


def test_R_F_2_each_row_of_each_real_file_is_accounted_for() -> None:
    result = run("real_feeds.py")
    assert result["unaccounted"] == []
    assert result["files"] > 40
    for row in result["rows"]:
        assert row["read"] == row["accepted"] + sum(row["rejected"].values()), row["file"]
        if row["counted"] is not None:
            assert row["read"] == row["counted"], row["file"]
    # One file is two documents in one, and no reader could tell where the second begins.
    assert [row["file"] for row in result["rows"] if row["refused"]] == [
        "feeds-misc/rewe_rawitem.json"
    ]


def test_R_F_5_no_labelled_price_is_read_wrong() -> None:
    result = run("price_strings.py")
    assert result["human"]["right"] + result["human"]["deliberately_different"] == 791
    assert result["human"]["deliberately_different"] < 60
    # `16.00 ft` is a length; a column of prices has no lengths, and forints are written so.
    assert result["machine_grammar"]["wrong"] == 1
