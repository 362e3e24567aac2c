"""How a pair stands against the other pairs of its offers."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparfuchs.matching.rivals import standing


def pairs(*rows: tuple[int, int, float]) -> pl.DataFrame:
    return pl.DataFrame(
        list(rows),
        schema={"left": pl.UInt32(), "right": pl.UInt32(), "value": pl.Float64()},
        orient="row",
    )


def test_the_lead_is_the_distance_to_the_best_rival_of_either_end() -> None:
    known = pairs((0, 0, 0.9), (0, 1, 0.6), (1, 0, 0.2))
    found = standing(known, known, "x").row(0, named=True)
    assert found["x_lead_low"] == pytest.approx(0.3)
    assert found["x_lead_high"] == pytest.approx(0.7)
    assert found["x_rivals_ahead_high"] == 0
    assert standing(known, known, "x")["x_rivals_ahead_high"].to_list() == [0, 1, 1]


def test_a_pair_that_no_search_found_is_set_among_those_that_were() -> None:
    known = pairs((0, 0, 0.9))
    found = standing(pairs((0, 1, 0.5)), known, "x").row(0, named=True)
    assert found["x_lead_low"] == pytest.approx(-0.4)
    assert found["x_rivals_ahead_high"] == 1


_some = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)),
    st.floats(0.01, 0.99).map(lambda x: round(x, 2)),
    min_size=1,
    max_size=15,
)


@settings(max_examples=60)
@given(_some)
def test_it_equals_the_plain_reckoning_over_all_rivals(
    given_: dict[tuple[int, int], float],
) -> None:
    known = pairs(*((one, two, value) for (one, two), value in given_.items()))
    found = standing(known, known, "x")
    for place, ((one, two), value) in enumerate(given_.items()):
        rivals = [
            [v for (a, b), v in given_.items() if a == one and b != two],
            [v for (a, b), v in given_.items() if b == two and a != one],
        ]
        best = sorted(max(side, default=0.0) for side in rivals)
        ahead = sorted(sum(v > value for v in side) for side in rivals)
        total = sorted(sum(side) for side in rivals)
        row = found.row(place, named=True)
        ends = ("low", "high")
        np.testing.assert_allclose([row[f"x_rival_{end}"] for end in ends], best, rtol=1e-5)
        np.testing.assert_allclose([row[f"x_rivals_ahead_{end}"] for end in ends], ahead)
        np.testing.assert_allclose(
            [row[f"x_rivals_total_{end}"] for end in ends], total, rtol=1e-5, atol=1e-6
        )
