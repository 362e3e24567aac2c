"""Recorded prices and rates as the program tells them."""

from pathlib import Path

from entrypoints.conftest import Program

PRICES = {f"p{n}": 10.0 + 3.7 * n for n in range(10)}
EARLY, LATER, LAST = "2026-03-01T06:00:00Z", "2026-03-02T06:00:00Z", "2026-03-03T06:00:00Z"


def test_past_prices_are_imported_shown_and_corrected(program: Program, tmp_path: Path) -> None:
    program.ingest(PRICES, at=EARLY)
    past = tmp_path / "past.csv"
    past.write_text(
        "id;date;price\np0;2026-02-20;20,00\np0;2026-02-21;8,00\np0;heute;1,00\nzz;2026-02-20;1,00\n"
    )
    command = ("history", "import", str(past), "--source", "laden/feed", "--decimal", ",")
    done = program.json(*command, "--origin", "Kaufladen", "--currency", "EUR")
    assert (done["read"], done["accepted"], done["offers"]) == (4, 2, 1)
    assert done["rejected"] == {"time_unreadable": 1, "unknown_today": 1}
    assert "imported before" in program.run(*command, "--origin", "Kaufladen").stdout
    refused = program.run("run", "show", f"laden/feed:{done['run']}", "--rejections").stdout
    assert "heute" in refused
    shown = program.json("history", "show", "laden/feed:p0")
    assert [(s["price"] or {}).get("minor") for s in shown["spans"]] == [2000, 800, 1000]
    assert shown["spans"][0]["source"]["origin"] == "Kaufladen"
    edit = ("history", "correct", "laden/feed:p0", "--from", "2026-02-20T23:00:00Z")
    assert "either" in program.json(*edit, "--reason", "slip", told=2)["error"]
    assert program.json(*edit, "--reason", "slip", "--price", "18.00")["written"] >= 1
    shown = program.json("history", "show", "laden/feed:p0")
    assert [(s["price"] or {}).get("minor") for s in shown["spans"]] == [2000, 1800, 1000]
    text = program.run("history", "show", "laden/feed:p0").stdout
    assert "Kaufladen" in text
    assert "slip" in text
    program.json(*edit, "--reason", "slip", "--price", "viel", told=2)


def test_a_price_that_waits_is_listed_and_released(program: Program) -> None:
    program.ingest(PRICES, at=EARLY)
    program.ingest({**PRICES, "p1": 999.0}, at=LATER)
    (one,) = program.json("history", "held")["held"]
    assert (one["last"]["minor"], one["held"]["minor"]) == (1370, 99900)
    assert "999,00" in program.run("history", "held", "--source", "laden/feed").stdout
    assert "not believed" in program.run("offer", "laden/feed:p1").stdout
    program.json("history", "release", "laden/feed:p1", "--reason", "true")
    assert program.json("offer", "laden/feed:p1")["price"]["minor"] == 99900
    assert "No price waits" in program.run("history", "held").stdout
    assert (
        "waits"
        in program.json("history", "release", "laden/feed:p1", "--reason", "true", told=1)["error"]
    )


def test_rates_are_loaded_from_a_file_and_shown_beside_a_price(
    program: Program, tmp_path: Path
) -> None:
    program.ingest(PRICES, at=EARLY)
    assert "No rates" in program.run("rates", "show").stdout
    assert program.json("offer", "laden/feed:p0", "--in", "CHF")["about"] is None
    file = tmp_path / "eurofxref.csv"
    file.write_text("Date, USD, CHF\n30 October 2026, 1.1172, 0.9194\n")
    loaded = program.json("rates", "load", str(file))
    assert (loaded["rates"], loaded["new"], loaded["last"]) == (2, 2, "2026-10-30")
    assert program.json("rates", "show")["rates"][0] == {
        "currency": "CHF", "per_euro": "0.9194", "day": "2026-10-30",
    }  # fmt: skip
    about = program.json("offer", "laden/feed:p0", "--in", "chf")["about"]
    assert about == {"minor": 919, "currency": "CHF", "rate_day": "2026-10-30"}
    assert "2026-10-30" in program.run("offer", "laden/feed:p0", "--in", "CHF").stdout
    file.write_text("nothing of the kind")
    program.json("rates", "load", str(file), told=1)
    program.json("rates", "load", str(tmp_path / "none.csv"), told=2)
