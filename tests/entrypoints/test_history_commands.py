"""Folding as an operator asks for it."""

from entrypoints.conftest import Program

PRICES = {f"p{n}": 10.0 + n for n in range(5)}


def test_old_history_is_folded_verified_and_made_rows_again(program: Program) -> None:
    for month in (1, 2, 3):
        prices = {**PRICES, "p0": 20.0 + month}
        program.ingest(prices, "--set", "interval=31d", at=f"2026-{month:02}-01T06:00:00Z")
    before = program.json("offer", "laden/feed:p0")
    # What is old enough depends on the clock; these three months ended long ago.
    done = program.json("history", "fold")
    assert (done["rows"], done["blocks"], done["skipped"]) == (7, 1, [])
    assert done["months"] >= 3  # other tests may have left empty ones
    assert program.json("history", "verify") == {"blocks": 1}
    assert program.json("offer", "laden/feed:p0") == before
    told = program.json("status")["history"]
    assert told["months_to_fold"] == 0
    assert "folded" in program.run("status").stdout
    assert "0 changes" in program.run("history", "fold").stdout
    assert program.json("history", "unfold", "laden/feed") == {"rows": 7}
    assert program.json("history", "verify") == {"blocks": 0}
    assert program.json("status")["history"]["months_to_fold"] >= 3
    assert program.json("offer", "laden/feed:p0") == before
    assert "no source" in program.json("history", "unfold", "laden/nichts", told=2)["error"]
