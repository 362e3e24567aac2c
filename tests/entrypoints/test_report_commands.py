"""What `promotions`, `run rejections`, `source rejections` and `run show` tell at the terminal."""

import csv
import io
from pathlib import Path

from entrypoints.conftest import Program
from ingest.feeds import EXAMPLES

PRICES = {f"p{n}": 10.0 + 3.7 * n for n in range(10)}
EARLY, LATER = "2026-01-01T06:00:00Z", "2026-01-02T07:00:00Z"


def test_promotions_are_read_listed_and_shown(program: Program) -> None:
    path = str(EXAMPLES / "teehaus-aktionen.xml")
    report = program.json(
        "ingest", path, "--merchant", "Teehaus", "--source", "aktionen", "--seen-at",
        "2026-11-01T00:00:00Z", told=1,
    )  # fmt: skip
    # One of three is unreadable: more than a fifth, so a person looks at it first.
    assert report["held"]
    held = f"{report['source']}:{report['run']}"
    assert program.json("run", "release", held)["accepted"] == 2
    found = program.json("promotions", "list", "--all")["promotions"]
    assert [one["source_promotion_id"] for one in found] == ["HERBST10", "DREI-FUER-ZWEI"]
    assert "HERBST10" in program.run("promotions", "list", "--all").stdout
    shown = program.run("promotions", "show", found[0]["id"]).stdout
    assert "HERBST10" in shown
    assert "30,00" in shown
    assert program.json("promotions", "show", found[0]["id"])["title"] == "10 % auf alles ab 30 €"
    program.json("promotions", "show", "nothing", told=2)


def test_rejected_rows_are_written_as_a_table_with_their_remedies(
    program: Program, tmp_path: Path
) -> None:
    program.ingest({**PRICES, "=x": {"price": "viel"}, "y": {"price": ""}}, at=EARLY)
    told = program.json("run", "rejections", "laden/feed:1")["rejections"]
    assert {one["reason"] for one in told} == {"price_unreadable", "price_missing"}
    to = tmp_path / "rejected.csv"
    program.run(
        "run", "rejections", "laden/feed:1", "--csv", str(to), "--reason", "price_unreadable"
    )
    (row,) = csv.DictReader(io.StringIO(to.read_text("utf-8")))
    assert (row["source_offer_id"], row["value"]) == ("'=x", "viel")
    assert row["mend_de"].startswith("Schreiben Sie")
    assert "Schreiben Sie" in program.run("run", "rejections", "laden/feed:1").stdout
    program.json("run", "rejections", "laden/feed:1", "--csv", "/nowhere/x.csv", told=2)


def test_a_held_run_is_shown_with_what_differs_and_the_source_day_by_day(program: Program) -> None:
    program.ingest(PRICES, at=EARLY)
    program.ingest({"p0": 10.0}, at=LATER, told=1)
    shown = program.run("run", "show", "laden/feed:2").stdout
    assert "9 missing (90.0%)" in shown
    assert "Angebot p1" in shown
    days = program.json("source", "rejections", "laden/feed", "--days", "400")["days"]
    assert [(one["day"], one["held"]) for one in days] == [("2026-01-01", 0), ("2026-01-02", 1)]
    assert "2026-01-02" in program.run("source", "rejections", "laden", "--days", "400").stdout
