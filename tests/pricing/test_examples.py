"""The worked examples of the rule book, by name. T is midnight in Berlin unless said."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from pricing.build import BERLIN, CARRY, T, ago, daily, observed, runs, seen_by, verdict_of
from sparfuchs.pricing.fold import timeline_of
from sparfuchs.pricing.judge import judge


def said(found: dict[str, Any]) -> tuple[Any, ...]:
    return found["verdict"], found["claim_verdict"], found["honest_pct"]


def test_E1_bananas_back_at_their_old_price_are_no_reduction() -> None:
    seen = [*daily(-60, -7, 129), *daily(-7, 0, 169), (0, 129)]
    found = verdict_of(seen, reference=169, percent=23)
    assert said(found) == ("no_reduction", "claim_inflated", 0)
    assert (found["l30_minor"], found["claim_pct"]) == (129, 23)


def test_E2_a_pineapple_above_its_low_is_no_reduction() -> None:
    seen = [*daily(-60, -20, 139), *daily(-20, 0, 169), (0, 149)]
    found = verdict_of(seen, reference=169)
    assert said(found) == ("no_reduction", "claim_inflated", 0)
    assert (found["l30_minor"], found["claim_pct"]) == (139, 11)


def test_E3_no_reduction_is_certain_even_with_half_of_the_window_unknown() -> None:
    seen = [*daily(-14, -7, 444), *daily(-7, 0, 699), (0, 444)]
    found = verdict_of(seen, reference=699)
    assert said(found) == ("no_reduction", "claim_overstated", 0)
    assert found["claim_pct"] == 36
    assert found["coverage"] == pytest.approx(14 / 30)


def test_E4_a_short_promotion_lowers_the_reference() -> None:
    seen = [*daily(-60, -21, 10000), *daily(-21, -18, 8000), *daily(-18, 0, 10000), (0, 7000)]
    found = verdict_of(seen, reference=10000)
    assert said(found) == ("genuine", "claim_overstated", 12)
    assert found["badge"]


def test_E5_a_reduction_in_steps_may_name_the_price_before_the_first() -> None:
    seen = [*daily(-54, -14, 10000), *daily(-14, -7, 8000), *daily(-7, 0, 7000), (0, 5000)]
    found = verdict_of(seen, percent=50)
    assert said(found) == ("genuine", "claim_ok", 50)
    assert "stepwise" in found["flags"]
    assert (found["chain_start"], found["chain_steps"]) == (ago(-14), 3)
    assert (found["l30_minor"], found["window_start"]) == (10000, ago(-44))


def test_E6_a_broken_chain_counts_the_lowest_price() -> None:
    seen = [
        *daily(-40, -14, 10000),
        *daily(-14, -7, 8000),
        *daily(-7, -3, 7000),
        *daily(-3, 0, 7500),
        (0, 5000),
    ]
    assert said(verdict_of(seen, percent=50)) == ("genuine", "claim_overstated", 28)


def test_E7_a_gap_is_unknown_after_its_carry() -> None:
    seen = [*daily(-60, -19, 10000), *daily(-12, 0, 9000), (0, 7000)]
    found = verdict_of(seen, reference=10000)
    assert said(found) == ("genuine", "claim_overstated", 22)
    assert found["coverage"] == pytest.approx(0.8)


def test_E8_two_observations_are_too_thin_to_say_anything() -> None:
    found = verdict_of([(-30, 10000), (-1, 9999), (0, 5000)])
    assert said(found) == ("insufficient", "claim_none", None)
    assert found["at_most_pct"] == 49
    assert found["coverage"] == pytest.approx(0.1)


def test_E9_raising_first_is_seen() -> None:
    seen = [*daily(-60, -10, 8000), *daily(-10, 0, 12000), (0, 9000)]
    found = verdict_of(seen, reference=12000)
    assert said(found) == ("no_reduction", "claim_inflated", 0)
    assert "recent_raise" in found["flags"]


def test_E10_a_cent_less_is_small() -> None:
    found = verdict_of([*daily(-40, 0, 10000), (0, 9999)])
    assert said(found) == ("small", "claim_none", 0)
    assert not found["badge"]


def test_E11_a_new_good_is_young_and_its_claim_not_refuted() -> None:
    found = verdict_of([*daily(-12, 0, 5000), (0, 4000)], percent=20)
    assert said(found) == ("insufficient", "claim_ok", None)
    assert found["flags"] == ["young", "all_time_low"]
    assert found["coverage"] == pytest.approx(0.4)


def test_E12_each_variant_is_judged_by_its_own_history() -> None:
    red = verdict_of(daily(-30, 1, 5000))
    blue = verdict_of([*daily(-30, 0, 8000), (0, 6000)])
    assert (red["honest_pct"], blue["honest_pct"]) == (None, 25)


def test_E13_a_new_pack_is_a_new_variant_without_a_history() -> None:
    assert said(verdict_of([(0, 269)], percent=10)) == ("insufficient", "claim_unjudged", None)


def test_E14_a_change_of_currency_ends_the_series() -> None:
    euros, francs = daily(-20, 0, 10000), [(0, 9500)]
    line = runs([*euros, *francs])
    changes = pl.concat([observed(euros), observed(francs, currency="CHF")])
    offers = pl.DataFrame({"offer_id": [1 << 32]})
    found = judge(changes, offers, {1: line}, seen_by(line), at=T, zone=BERLIN).row(0, named=True)
    assert (found["verdict"], found["currency"]) == ("insufficient", "CHF")
    assert found["l30_minor"] is None
    assert verdict_of(euros, at=T)["verdict"] == "insufficient"
    assert verdict_of(francs)["verdict"] == "insufficient"


def test_E15_the_window_counts_local_days_over_the_end_of_summer_time() -> None:
    at = datetime(2026, 11, 9, 23, 0, tzinfo=UTC)  # 10 November, midnight in Berlin

    def day(moment: datetime) -> float:
        return (moment - T).total_seconds() / 86_400

    seen = [
        (day(datetime(2026, 8, 9, 23, 0, tzinfo=UTC)), 10000),
        (day(datetime(2026, 10, 10, 22, 10, tzinfo=UTC)), 6000),
        (day(datetime(2026, 10, 10, 22, 40, tzinfo=UTC)), 10000),
        *((day(at) - n, 10000) for n in range(29, 0, -1)),
        (day(at), 7000),
    ]
    found = verdict_of(seen, at=at)
    assert found["window_start"] == datetime(2026, 10, 10, 22, 0, tzinfo=UTC)
    assert (found["verdict"], found["l30_minor"]) == ("no_reduction", 6000)


def test_E16_a_price_that_ended_at_the_start_of_the_window_is_outside() -> None:
    seen = [*daily(-60, -30, 6000), *daily(-30, 0, 10000), (0, 7000)]
    assert said(verdict_of(seen)) == ("genuine", "claim_none", 30)


def test_E17_a_price_shown_while_sold_out_is_no_price() -> None:
    seen = [*daily(-60, -20, 10000), *daily(-20, -17, None), *daily(-17, 0, 10000), (0, 7000)]
    found = verdict_of(seen)
    assert said(found) == ("genuine", "claim_none", 30)
    assert found["coverage"] == pytest.approx(0.9)


def test_E18_a_code_for_everybody_lowers_the_reference_and_is_no_price_of_the_series() -> None:
    seen = [*daily(-60, 0, 10000), (0, 7500)]
    code = [*daily(-12, -10, 8000), (-10, None)]
    strict = verdict_of(seen, reference=10000, percent=25, codes=code)
    assert said(strict) == ("genuine", "claim_overstated", 6)
    assert (strict["l30_minor"], strict["t0"], strict["coverage"]) == (8000, T, 1.0)
    assert "code_low" in strict["flags"]
    lenient = verdict_of(seen, reference=10000, percent=25)
    assert said(lenient) == ("genuine", "claim_ok", 25)
    assert "code_low" not in lenient["flags"]


def test_E18_a_code_also_lowers_what_stood_before_the_first_of_several_steps() -> None:
    seen = [*daily(-60, -14, 10000), *daily(-14, -7, 8000), *daily(-7, 0, 7000), (0, 5000)]
    code = [*daily(-20, -18, 9000), (-18, None)]
    assert said(verdict_of(seen, percent=50)) == ("genuine", "claim_ok", 50)
    found = verdict_of(seen, percent=50, codes=code)
    assert said(found) == ("genuine", "claim_overstated", 44)
    assert set(found["flags"]) >= {"stepwise", "code_low"}


def test_E18_a_code_makes_nothing_known_that_was_not() -> None:
    code = [*daily(-12, -10, 8000), (-10, None)]
    found = verdict_of(daily(-60, 1, 10000), codes=code)
    assert (found["verdict"], found["l30_minor"]) == ("no_reduction", None)
    dear = verdict_of([*daily(-60, 0, 10000), (0, 7500)], codes=[(-12, 12000), (-10, None)])
    assert (dear["l30_minor"], dear["honest_pct"]) == (10000, 25)


def test_E19_a_price_for_members_is_a_series_of_its_own() -> None:
    public = verdict_of([*daily(-60, 0, 10000), (0, 8000)])
    members = verdict_of(daily(-60, 1, 8000))
    assert (public["l30_minor"], public["honest_pct"]) == (10000, 20)
    assert (members["verdict"], members["reason"]) == ("no_reduction", "steady")


def test_E20_perishable_goods_are_exempt() -> None:
    seen = [*daily(-40, 0, 99), (0, 49)]
    found = verdict_of(seen, percent=50, perishable=True)
    assert (found["verdict"], found["honest_pct"]) == ("exempt", None)


def test_E21_an_old_cut_is_the_normal_price_now() -> None:
    seen = [*daily(-90, -45, 10000), *daily(-45, 1, 8000)]
    found = verdict_of(seen, percent=20)
    assert said(found) == ("genuine", "claim_ok", 20)
    assert "stale" in found["flags"]
    assert not found["badge"]


def test_E22_an_old_low_before_the_first_step_leaves_the_plain_rule() -> None:
    seen = [
        *daily(-60, -45, 10000),
        *daily(-45, -43, 4000),
        *daily(-43, -20, 10000),
        *daily(-20, -14, 9000),
        *daily(-14, -7, 8000),
        *daily(-7, 1, 7000),
    ]
    found = verdict_of(seen)
    assert said(found) == ("genuine", "claim_none", 12)
    assert found["l30_minor"] == 8000
    assert "stepwise" not in found["flags"]


def test_a_chain_that_began_more_than_thirty_days_ago_leaves_the_plain_rule() -> None:
    seen = [*daily(-80, -31, 10000), *daily(-31, -10, 8000), *daily(-10, 0, 7000), (0, 5000)]
    assert said(verdict_of(seen)) == ("genuine", "claim_none", 28)
    later = [*daily(-80, -30, 10000), *daily(-30, -10, 8000), *daily(-10, 0, 7000), (0, 5000)]
    found = verdict_of(later)
    assert said(found) == ("genuine", "claim_none", 50)
    # The next midnight it is too old, and the verdict is due then.
    assert found["next_at"] == ago(1)
    assert said(verdict_of([*later, (1, 5000)], at=ago(1)))[2] == 28


def test_a_chain_with_a_hole_in_a_step_leaves_the_plain_rule() -> None:
    seen = [*daily(-60, -14, 10000), *daily(-14, -11, 8000), *daily(-7, -4, 8000)]
    seen += [*daily(-4, 0, 7000), (0, 5000)]
    assert "stepwise" not in verdict_of(seen)["flags"]
    whole = [*daily(-60, -14, 10000), *daily(-14, -4, 8000), *daily(-4, 0, 7000), (0, 5000)]
    assert "stepwise" in verdict_of(whole)["flags"]


def test_a_hole_that_ends_at_the_moment_of_judging_breaks_a_chain_as_well() -> None:
    before = [*daily(-60, -20, 10000), *daily(-20, -10, 8000), *daily(-10, -4, 7000)]
    assert "stepwise" not in verdict_of([*before, (0, 7000)])["flags"]
    assert "stepwise" in verdict_of([*before, (-2, 7000), (0, 7000)])["flags"]


def test_E23_a_price_that_never_moved_is_steady() -> None:
    found = verdict_of(daily(-60, 1, 8000), reference=10000, percent=20)
    assert said(found) == ("no_reduction", "claim_unjudged", None)
    assert found["reason"] == "steady"


def test_E24_an_outage_inside_a_sale_does_not_make_it_its_own_reference() -> None:
    seen = [*daily(-40, -10, 10000), *daily(-10, -6, 7000), *daily(-3, 1, 7000)]
    found = verdict_of(seen, reference=10000)
    assert said(found) == ("genuine", "claim_ok", 30)
    assert found["coverage_since"] == pytest.approx(0.8)
    assert found["coverage"] == pytest.approx(0.8)


def test_the_test_timeline_has_a_run_at_each_observation() -> None:
    assert len(runs(daily(-10, 0, 1)).t) == 10
    assert timeline_of(np.array([5, 1, 5]), CARRY).t.tolist() == [1, 5]
