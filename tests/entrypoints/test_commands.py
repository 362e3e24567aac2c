"""Sources, runs, offers, the state of the whole: as the program tells them."""

from datetime import timedelta

from entrypoints.conftest import Program
from sparfuchs.kernel.clock import system_clock

PRICES = {f"p{n}": 10.0 + 3.7 * n for n in range(10)}
EARLY, LATER, LAST = "2026-01-01T06:00:00Z", "2026-01-02T06:00:00Z", "2026-01-03T06:00:00Z"


def test_a_source_is_added_listed_shown_read_paused_resumed_and_removed(program: Program) -> None:
    path = program.write(PRICES)
    added = program.json(
        "source", "add", path, "--merchant", "Müller & Söhne", "--set", "interval=6h"
    )
    assert (added["source"], added["interval_seconds"]) == ("mueller-soehne/feed", 21_600)
    assert (added["offers"], added["last_run"]) == (0, None)
    (listed,) = program.json("source", "list")["sources"]
    assert listed == added
    assert program.json("source", "run", "mueller-soehne")["new"] == 10
    shown = program.json("source", "show", "mueller-soehne/feed")
    assert (shown["offers"], shown["last_run"]) == (10, 1)
    assert [(run["run"], run["new"]) for run in shown["runs"]] == [("mueller-soehne/feed:1", 10)]
    assert shown["location"] == path
    assert program.json("source", "pause", "mueller-soehne/feed")["status"] == "paused"
    assert "paused" in program.json("source", "run", "mueller-soehne/feed", told=1)["error"]
    assert program.json("status")["sources"]["paused"] == 1
    assert program.json("source", "resume", "mueller-soehne/feed")["status"] == "active"
    assert program.json("source", "run", "mueller-soehne/feed")["kind"] == "unchanged"
    assert program.json("source", "remove", "mueller-soehne/feed")["offers"] == 10
    assert program.json("source", "list")["sources"] == []
    assert "no source" in program.json("source", "show", "mueller-soehne/feed", told=2)["error"]


def test_a_removal_asks_first(program: Program) -> None:
    program.ingest(PRICES, at=EARLY)
    program.run("source", "remove", "laden/feed", given="n\n", told=1)
    assert program.json("source", "show", "laden/feed")["offers"] == 10
    told = program.run("source", "remove", "laden/feed", "--yes")
    assert "10 offers" in told.stdout


def test_a_held_run_is_shown_released_and_another_discarded(program: Program) -> None:
    program.ingest(PRICES, at=EARLY)
    program.ingest({"p0": 10.0, "bad": {"price": "viel"}}, at=LATER, told=1)
    shown = program.json("run", "show", "laden/feed:2")
    assert shown["status"] == "held"
    assert {one["code"] for one in shown["reasons"]} == {"rejected", "shrunk"}
    assert shown["rejections"][0]["source_offer_id"] == "bad"
    assert program.json("status")["attention"] == {"laden/feed": "held"}
    told = program.run("run", "show", "laden/feed:2", "--rejections").stdout
    assert "shrunk" in told
    assert "viel" in told
    released = program.json("run", "release", "laden/feed:2")
    assert (released["run"], released["status"], released["held"]) == (3, "published", False)
    assert "released" in program.json("run", "release", "laden/feed:2", told=1)["error"]
    program.ingest({"x": {"price": "viel"}, "y": 2.0}, at=LAST, told=1)
    assert program.json("run", "discard", "laden/feed:4")["status"] == "discarded"
    runs = program.json("run", "list", "--source", "laden/feed")["runs"]
    assert [(one["run"], one["status"]) for one in runs] == [
        ("laden/feed:4", "discarded"),
        ("laden/feed:3", "published"),
        ("laden/feed:2", "released"),
        ("laden/feed:1", "published"),
    ]
    assert program.json("run", "list", "--limit", "1")["runs"] == runs[:1]
    program.json("run", "show", "laden/feed:9", told=2)
    program.json("run", "show", "laden", told=2)


def test_an_offer_is_found_by_its_public_id_and_by_the_id_of_its_source(program: Program) -> None:
    program.ingest(PRICES, at=EARLY)
    by_source = program.json("offer", "laden/feed:p3")
    assert program.json("offer", by_source["id"]) == by_source
    assert by_source["price"] == {"minor": 2110, "currency": "EUR"}
    assert by_source["provenance"]["source"] == "laden/feed"
    assert {"claim", "spans", "verdict", "product", "rating"} <= by_source.keys()
    for unknown in ("laden/feed:nothing", "laden/none:p3", "0000000000000", "p3", ""):
        assert "error" in program.json("offer", unknown, told=2)


def test_an_id_with_a_colon_is_found(program: Program) -> None:
    program.ingest({"shop:de:1": 4.0}, at=EARLY)
    assert program.json("offer", "laden/feed:shop:de:1")["price"]["minor"] == 400


def test_status_tells_totals_consumers_database_and_what_needs_attention(
    program: Program,
) -> None:
    program.ingest(PRICES, at=EARLY)
    found = program.json("status")
    assert found["totals"]["offers"] == 10
    assert found["consumers"]["judging"]["lag"] == 0
    assert found["sources"]["late"] == 1
    assert found["attention"] == {"laden/feed": "late"}
    assert found["database"]["bytes"] > 0
    assert found["files"]["bytes"] > 0
    program.ingest(PRICES, at=(system_clock() - timedelta(hours=1)).isoformat())
    assert program.json("status")["sources"]["fresh"] == 1


def test_every_table_is_drawn_in_eighty_columns(program: Program) -> None:
    long = "x" * 120
    program.ingest({**PRICES, long: 3.0, "bad": {"price": long}}, at=EARLY)
    program.ingest({**PRICES, long: 2.0, "bad": {"price": long}}, at=LATER)
    offer = program.json("offer", "laden/feed:p0")["id"]
    for words in (
        ("source", "list"),
        ("source", "show", "laden/feed"),
        ("run", "list"),
        ("run", "list", "--source", "laden/feed"),
        ("run", "show", "laden/feed:2"),
        ("offer", offer),
        ("offer", f"laden/feed:{long}"),
        ("status",),
    ):
        told = program.run(*words).stdout
        assert told.strip()
        # A location or a name stays in one piece, so that it can be copied.
        drawn = [
            line
            for line in told.splitlines()
            if long not in line and str(program.folder) not in line
        ]
        assert max(map(len, drawn)) <= 80


def test_an_empty_installation_says_so(program: Program) -> None:
    assert "No sources yet" in program.run("source", "list").stdout
    assert "No runs yet" in program.run("run", "list").stdout
    assert "none yet" in program.run("status").stdout


def test_examples_are_read_as_if_over_time_and_not_twice(program: Program) -> None:
    folder = program.folder / "examples"
    folder.mkdir()
    program.write(PRICES, "examples/one.tsv")
    program.write({**PRICES, "p0": 5.0}, "examples/two.tsv")
    (folder / "readings.toml").write_text(
        """
        [[reading]]
        merchant = "Laden"
        source = "feed"
        file = "one.tsv"
        first = 2026-01-01T06:00:00Z
        last = 2026-01-03T06:00:00Z
        [[reading]]
        merchant = "Laden"
        source = "feed"
        file = "two.tsv"
        first = 2026-01-04T06:00:00Z
        last = 2026-01-04T06:00:00Z
        set = {country = "AT"}
        """
    )
    found = program.json("examples", str(folder))
    assert (found["readings"], len(found["offers"])) == (4, 10)
    assert found["offers"][0]["price"]["minor"] == 500
    assert program.json("examples", str(folder))["readings"] == 0
    assert "Laden" in program.run("examples", str(folder)).stdout
    (folder / "readings.toml").unlink()
    program.json("examples", str(folder), told=2)


def test_a_credential_is_read_from_stdin_and_never_shown(program: Program) -> None:
    feed = "https://netz.example/apikey/{credential}/feed.csv"
    secret = "geheim-0815"
    program.run(
        "source", "add", feed, "--merchant", "Netz", "--credential", "address", given=secret
    )
    said = program.run("source", "show", "netz/feed").stdout
    assert program.json("source", "show", "netz/feed")["credential"] == "address"
    wrong = program.run("source", "credential", "netz/feed", "bearer", told=2, given=secret)
    program.run("source", "credential", "netz/feed", told=2)
    program.run("source", "credential", "netz/feed", "passwort", told=2, given=secret)
    assert program.json("source", "rotate-key") == {"credentials": 1}
    assert program.json("source", "credential", "netz/feed", "--remove")["credential"] is None
    assert program.json("source", "rotate-key") == {"credentials": 0}
    for text in (said, wrong.output, wrong.stderr):
        assert secret not in text


def test_each_source_has_a_line_that_says_how_it_is(program: Program) -> None:
    program.ingest({"a": 10.0})
    program.write("no feed at all", "kaputt.tsv")
    program.run("ingest", str(program.folder / "kaputt.tsv"), "--merchant", "Kaputt", told=1)
    program.run("source", "add", "https://neu.example/feed.csv", "--merchant", "Neu")
    lines = program.run("source", "health").stdout.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("kaputt/feed  failing since ")
    assert "1 reading: " in lines[0]
    assert lines[1].startswith("laden/feed  well, last read ")
    assert lines[2] == "neu/feed  not read yet; next try at once"
    told = program.json("source", "health")["sources"]
    assert [f"{name}  {line}" for name, line in told.items()] == lines
