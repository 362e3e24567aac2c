"""`sparfuchs ingest` and `sparfuchs check`: reports, exit codes, what is refused."""

import re
from datetime import timedelta

import pytest

from entrypoints.conftest import Program
from flows.market import Rows
from ingest.feeds import EXAMPLES
from sparfuchs.kernel.clock import system_clock

PRICES = {f"p{n}": 10.0 + 3.7 * n for n in range(10)}
EARLY, LATER, LAST = "2026-01-01T06:00:00Z", "2026-01-02T07:00:00+01:00", "2026-01-03T06:00:00Z"
PROMISED = {
    "read",
    "accepted",
    "rejected",
    "new",
    "unchanged",
    "changed",
    "gone",
    "held",
    "seconds",
}


def test_ingest_reports_what_was_read_in_one_json_line(program: Program) -> None:
    report = program.ingest(PRICES, at=EARLY)
    assert report.keys() >= PROMISED
    assert (report["read"], report["accepted"], report["new"], report["held"]) == (
        10,
        10,
        10,
        False,
    )
    assert report["rejected"] == {}
    assert report["seen_at"] == "2026-01-01T06:00:00+00:00"
    assert report["source"] == "laden/feed"
    assert report["seconds"] > 0


def test_ingest_counts_each_reason_and_read_is_what_was_accepted_and_rejected(
    program: Program,
) -> None:
    report = program.ingest({**PRICES, "x": {"price": "viel"}, "": {"price": "3.00 EUR"}}, at=EARLY)
    assert report["read"] == 12
    assert report["accepted"] + sum(report["rejected"].values()) == report["read"]
    assert len(report["rejected"]) == 2


def test_ingest_of_the_same_and_of_changed_bytes(program: Program) -> None:
    program.ingest(PRICES, at=EARLY)
    same = program.ingest(PRICES, at=LATER)
    assert (same["kind"], same["unchanged"], same["new"]) == ("unchanged", 10, 0)
    assert same["seen_at"] == "2026-01-02T06:00:00+00:00"
    changed = program.ingest({**PRICES, "p0": 9.0}, at=LAST)
    assert (changed["changed"], changed["unchanged"], changed["run"]) == (1, 9, 3)


def test_R_F_2_a_held_run_ends_with_1_and_its_reasons(program: Program) -> None:
    program.ingest(PRICES, at=EARLY)
    report = program.ingest({"p0": 10.0}, at=LATER, told=1)
    assert report["held"] is True
    assert [one["code"] for one in report["reasons"]] == ["shrunk"]
    told = program.run("ingest", program.write({"p0": 10.0}), "--merchant", "Laden", told=1)
    assert "sparfuchs run release laden/feed:3" in told.stdout


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--seen-at", "2026-01-01T06:00:00"), "zone"),
        (("--seen-at", "gestern"), "no ISO time"),
        (("--seen-at", (system_clock() + timedelta(days=1)).isoformat()), "future"),
        (("--set", "colour=red"), "no feed setting"),
        (("--set", "currency"), "KEY=VALUE"),
        (("--set", "currency=EURO"), "ISO 4217"),
        (("--format", "excel"), "no feed format"),
    ],
)
def test_wrong_use_ends_with_2_and_says_what_is_wrong(
    program: Program, words: tuple[str, ...], sentence: str
) -> None:
    answer = program.ingest(PRICES, *words, told=2)
    assert sentence in answer["error"]
    assert program.json("status")["totals"]["sources"] == 0


def test_R_RUN_1_a_time_not_newer_than_the_last_ends_with_2(program: Program) -> None:
    program.ingest(PRICES, at=LATER)
    assert "newer" in program.ingest({"p0": 1.0}, at=EARLY, told=2)["error"]


def test_a_missing_file_and_a_missing_merchant_end_with_2(program: Program) -> None:
    answer = program.json("ingest", "/nowhere/feed.xml", "--merchant", "Laden", told=2)
    assert "/nowhere/feed.xml" in answer["error"]
    program.run("ingest", program.write(PRICES), told=2)
    program.run("ingest", program.write(PRICES), "--merchant", " ", told=2)


def test_a_file_that_is_no_feed_ends_with_1(program: Program) -> None:
    assert "error" in program.ingest("<html><body>Wartung</body></html>", at=EARLY, told=1)


def test_ingest_folds_the_past_in_when_asked_to(program: Program) -> None:
    program.ingest(PRICES, at=LAST)
    report = program.ingest({**PRICES, "p0": 5.0}, "--backfill", at=EARLY)
    assert report["kind"] == "backfill"
    spans = program.json("offer", "laden/feed:p0")["spans"]
    assert spans[0]["price"]["minor"] == 500
    assert spans[-1]["price"]["minor"] == 1000


def test_a_table_for_a_person_fits_eighty_columns(program: Program) -> None:
    path = program.write({**PRICES, "bad": {"price": "viel"}})
    told = program.run("ingest", path, "--merchant", "Laden")
    assert "accepted" in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_check_reads_without_storing(program: Program) -> None:
    answer = program.json("check", program.write({**PRICES, "bad": {"price": "viel"}}))
    assert answer.keys() >= {"format", "encoding", "currency", "read", "accepted", "rejected"}
    assert (answer["format"], answer["read"], answer["accepted"]) == ("google-tsv", 11, 10)
    assert sum(answer["rejected"].values()) == 1
    assert answer["offers"][0]["price"] == {"minor": 1000, "currency": "EUR"}
    assert answer["problems"][0]["value"] == "viel"
    assert program.json("status")["totals"]["offers"] == 0


def test_check_says_2_for_no_file_and_1_for_no_feed(program: Program) -> None:
    program.json("check", "/nowhere/feed.xml", told=2)
    program.json("check", program.write("<html></html>", "x.html"), told=1)
    program.json("check", program.write(PRICES), "--set", "colour=red", told=2)


def test_check_shows_the_guessed_columns_and_what_is_in_doubt(program: Program) -> None:
    path = program.write("pid;Bezeichnung;Preis\n1;Ding;5,00 €\n2;Dong;6,00 €\n", "vergleich.csv")
    columns = program.json("check", path)["columns"]
    assert columns["title"] == {"from": ["bezeichnung"], "doubt": None}
    assert "'pid'" in columns["id"]["doubt"]
    shown = program.run("check", path).stdout
    assert "in doubt" in shown
    assert "id_column=" in _flat(shown)
    said = program.json("check", path, "--set", "id_column=pid")["columns"]
    assert said["id"] == {"from": ["pid"], "doubt": None}


def test_check_shows_promotions_which_are_no_offers(program: Program) -> None:
    feed = EXAMPLES / "teehaus-aktionen.xml"
    answer = program.json("check", str(feed))
    assert (answer["format"], answer["read"], answer["accepted"]) == ("google-promotions", 3, 2)
    assert answer["promotions"][0]["code"] == "HERBST10"
    assert answer["rejected"] == {"dates_unreadable": 1}
    assert "DREI-FUER-ZWEI" in program.run("check", str(feed)).stdout
    assert answer["would_hold"] == ["rejected"]
    assert program.json("ingest", str(feed), "--merchant", "Teehaus", told=1)["held"]


MARKUP = "[red]Rot[/] [/] [link=file:///x]da[/link] :star: \\"
STEERING = "Hal\x1b[31mlo"


def test_markup_in_a_feed_is_shown_as_it_is_written(program: Program) -> None:
    rows: Rows = {
        "[red]1[/]": {"price": "10.00 EUR", "title": MARKUP, "brand": "[/]"},
        "[/]": {"price": "[bold]viel[/]", "title": "x"},
        **{f"m{n}": 5.0 + n for n in range(8)},
    }
    path = program.write(rows)
    checked = _flat(program.run("check", path).stdout)
    assert MARKUP.replace(" ", "") in checked
    assert "[bold]viel[/]" in checked
    program.run("ingest", path, "--merchant", "[red]Laden[/]", "--source", "[/]")
    source = program.json("source", "list")["sources"][0]["source"]
    offer = _flat(program.run("offer", f"{source}:[red]1[/]").stdout)
    assert MARKUP.replace(" ", "") in offer
    assert "[red]Laden[/]" in offer
    shown = _flat(program.run("run", "show", f"{source}:1").stdout)
    assert "[bold]viel[/]" in shown
    assert "[red]Laden[/]" in _flat(program.run("source", "show", source).stdout)
    missing = program.run("offer", f"{source}:[/red]", told=2)
    assert "[/red]" in _flat(missing.stderr)


def test_signs_that_steer_a_terminal_do_not_reach_it(program: Program) -> None:
    rows: Rows = {
        "a": {"price": "10.00 EUR", "title": STEERING},
        "b": {"price": "vi\x1b[2Jel"},
        **{f"m{n}": 5.0 + n for n in range(8)},
    }
    path = program.write(rows)
    for words in (("check", path), ("ingest", path, "--merchant", "L"), ("offer", "l/feed:a")):
        assert "\x1b" not in program.run(*words).stdout
    assert "\x1b" not in program.run("run", "show", "l/feed:1").stdout


def _flat(text: str) -> str:
    """Without the blanks and line ends that a table puts into long words."""
    return re.sub(r"\s+", "", text)
