"""Evaluation gives the rule book's own examples full marks, and names what a table has wrong."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pricing.build import Seen, T, daily
from sparfuchs.kernel.errors import NotFound, UsageError
from sparfuchs.pricing.evaluate import evaluate_verdicts, read_labelled

Case = tuple[list[Seen], str, str, str, str]  # history, claim, verdict, claim verdict, percentage

CASES: dict[str, Case] = {
    "bananas": (
        [*daily(-60, -7, 129), *daily(-7, 0, 169), (0, 129)],
        "23,169,previous",
        "NO_REDUCTION",
        "CLAIM_INFLATED",
        "0",
    ),
    "steps": (
        [*daily(-54, -14, 10000), *daily(-14, -7, 8000), *daily(-7, 0, 7000), (0, 5000)],
        "50,,previous",
        "GENUINE",
        "CLAIM_OK",
        "50",
    ),
    "sold out": (
        [*daily(-60, -20, 10000), *daily(-20, -17, None), *daily(-17, 0, 10000), (0, 7000)],
        "",
        "GENUINE",
        "CLAIM_NONE",
        "30",
    ),
    "thin": ([(-30, 10000), (-1, 9999), (0, 5000)], "", "INSUFFICIENT", "CLAIM_NONE", ""),
}


def write(folder: Path, cases: dict[str, Case]) -> None:
    seen, claims, truth = (
        ["series,seen_at,price_minor,currency,available"],
        ["series,at,percent,reference_minor,kind"],
        ["series,at,verdict,claim_verdict,honest_pct"],
    )
    for name, (history, claim, verdict, claim_verdict, percent) in cases.items():
        for day, price in history:
            at = (T + timedelta(days=day)).isoformat()
            seen.append(f"{name},{at},{price or 4000},EUR,{str(price is not None).lower()}")
        if claim:
            claims.append(f"{name},{T.isoformat()},{claim}")
        truth.append(f"{name},{T.isoformat()},{verdict},{claim_verdict},{percent}")
    for table, lines in (("observations", seen), ("claims", claims), ("truth", truth)):
        (folder / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_examples_of_the_rule_book_are_all_met(tmp_path: Path) -> None:
    write(tmp_path, CASES)
    found = evaluate_verdicts(tmp_path)
    assert (found.rows, found.macro_f1, found.claim_macro_f1) == (4, 1.0, 1.0)
    assert found.honest_pct_exact == 1.0
    assert not found.confused


def test_a_wrong_verdict_costs_its_classes_and_is_named(tmp_path: Path) -> None:
    seen, claim, _, claim_verdict, percent = CASES["steps"]
    write(tmp_path, {**CASES, "steps": (seen, claim, "small", claim_verdict, percent)})
    found = evaluate_verdicts(tmp_path)
    assert found.confused == {"small as genuine": 1}
    assert found.classes["genuine"].precision == 0.5
    assert found.classes["small"].recall == 0.0
    # Over the classes of the truth: genuine 2/3, no_reduction 1, insufficient 1, small 0.
    assert found.macro_f1 == pytest.approx((2 / 3 + 2) / 4)


def test_a_series_nobody_observed_is_not_enough_data(tmp_path: Path) -> None:
    write(tmp_path, {**CASES, "unseen": ([], "", "insufficient", "claim_none", "")})
    assert evaluate_verdicts(tmp_path).classes["insufficient"].f1 == 1.0


def test_what_is_dropped_turns_to_not_enough_data_and_the_same_seed_drops_the_same(
    tmp_path: Path,
) -> None:
    write(tmp_path, CASES)
    whole = read_labelled(tmp_path)
    thinned = whole.thinned(0.5, 3)
    share = thinned.observations.height / whole.observations.height
    assert 0.35 < share < 0.65
    assert thinned.observations.equals(whole.thinned(0.5, 3).observations)
    assert not thinned.observations.equals(whole.thinned(0.5, 4).observations)
    found = evaluate_verdicts(tmp_path, drop=0.9, seed=1)
    assert found.classes["genuine"].given == 0
    assert found.classes["insufficient"].given >= 3
    with pytest.raises(UsageError, match="share to drop"):
        evaluate_verdicts(tmp_path, drop=1.0)


def test_the_order_of_the_file_does_not_decide_what_is_dropped(tmp_path: Path) -> None:
    write(tmp_path, CASES)
    whole = read_labelled(tmp_path)
    turned = replace(whole, observations=whole.observations.reverse())
    kept = whole.thinned(0.3, 7).observations
    assert turned.thinned(0.3, 7).observations.equals(kept)


def test_what_cannot_be_read_is_named_with_file_line_and_value(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"observations\.csv"):
        evaluate_verdicts(tmp_path)
    write(tmp_path, CASES)
    table = tmp_path / "observations.csv"
    table.write_text(table.read_text().replace("129,EUR", "viel,EUR", 1))
    with pytest.raises(UsageError, match=r"line 2: price_minor is 'viel'"):
        evaluate_verdicts(tmp_path)
    table.write_text("series,seen_at\n")
    with pytest.raises(UsageError, match="lacks the columns price_minor"):
        evaluate_verdicts(tmp_path)
    write(tmp_path, {"x": ([(0, 1)], "", "splendid", "claim_none", "")})
    with pytest.raises(UsageError, match="'splendid', not one of"):
        evaluate_verdicts(tmp_path)
