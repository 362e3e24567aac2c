"""What is true of an offer and of its price, apart from what its shop says."""

from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.market.judged import Held, Judged, Said, judged
from sparfuchs.market.judged_past import histories, paid, true_verdicts
from sparfuchs.market.merchants import POLICIES, Policy
from sparfuchs.market.prices import asked
from sparfuchs.market.truth import narrowed, offers_of, taken, truth_of
from sparfuchs.market.world import World, expected_offers, make_world

OPENED: Final = datetime(2026, 11, 25, tzinfo=UTC)
T: Final = datetime(2026, 9, 20, 10, tzinfo=UTC)
SMALL: Final = make_world(7, offers=9_000, opened=OPENED)


def history(*parts: tuple[float, float, int]) -> list[Held]:
    return [
        Held(T + timedelta(days=start), T + timedelta(days=end), minor)
        for start, end, minor in parts
    ]


PREVIOUS: Final = "previous"


@pytest.mark.parametrize(
    ("parts", "said", "verdict", "claim", "percent"),
    [
        pytest.param(
            [(-60, -7, 129), (-7, 0, 169), (0, 0.1, 129)],
            Said(169, PREVIOUS),
            "no_reduction",
            "claim_inflated",
            0,
            id="E1 bananas",
        ),
        pytest.param(
            [(-60, -21, 10000), (-21, -18, 8000), (-18, 0, 10000), (0, 0.1, 7000)],
            Said(10000, PREVIOUS),
            "genuine",
            "claim_overstated",
            12,
            id="E4 short promotion",
        ),
        pytest.param(
            [(-54, -14, 10000), (-14, -7, 8000), (-7, 0, 7000), (0, 0.1, 5000)],
            Said(10000, PREVIOUS),
            "genuine",
            "claim_ok",
            50,
            id="E5 steps",
        ),
        pytest.param(
            [(-54, -14, 10000), (-14, -7, 8000), (-7, -3, 7000), (-3, 0, 7500), (0, 0.1, 5000)],
            Said(10000, PREVIOUS),
            "genuine",
            "claim_overstated",
            28,
            id="E6 broken chain",
        ),
        pytest.param(
            [(-60, -10, 8000), (-10, 0, 12000), (0, 0.1, 9000)],
            Said(12000, PREVIOUS),
            "no_reduction",
            "claim_inflated",
            0,
            id="E9 raised first",
        ),
        pytest.param(
            [(-60, 0, 10000), (0, 0.1, 9999)], None, "small", "claim_none", 0, id="E10 tiny"
        ),
        pytest.param(
            [(-60, -20, 10000), (-17, 0, 10000), (0, 0.1, 7000)],
            None,
            "genuine",
            "claim_none",
            30,
            id="E17 sold out",
        ),
        pytest.param(
            [(-12, 0, 5000), (0, 0.1, 4000)],
            Said(5000, PREVIOUS),
            "insufficient",
            "claim_ok",
            None,
            id="E11 new good",
        ),
        pytest.param(
            [(-60, 0, 8000)],
            Said(10000, PREVIOUS),
            "no_reduction",
            "claim_unjudged",
            None,
            id="E23 steady",
        ),
        pytest.param(
            [(-100, -45, 10000), (-45, 0, 8000)],
            Said(12000, "uvp"),
            "genuine",
            "claim_uvp",
            20,
            id="E21 old cut",
        ),
        pytest.param(
            [
                *[(-60, -43, 10000), (-43, -40, 4000), (-40, -18, 10000)],
                *[(-18, -12, 9000), (-12, -6, 8000), (-6, 0, 7000)],
            ],
            None,
            "genuine",
            "claim_none",
            12,
            id="E22 chain with old low",
        ),
    ],
)
def test_the_true_verdict_is_that_of_the_rule_book(
    parts: list[tuple[float, float, int]],
    said: Said | None,
    verdict: str,
    claim: str,
    percent: int | None,
) -> None:
    found = judged(history(*parts), said)
    assert (found.verdict, found.claim_verdict, found.honest_pct) == (verdict, claim, percent)


def test_an_old_cut_is_stale_and_no_deal() -> None:
    found = judged(history((-100, -45, 10000), (-45, 0, 8000)), None)
    assert found.stale
    assert not found.deal


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(100, 20_000)), min_size=2, max_size=12),
    st.integers(2, 50),
)
def test_the_verdict_knows_shares_and_no_amounts(steps: list[tuple[int, int]], factor: int) -> None:
    day = 0
    parts = []
    for length, minor in steps:
        parts.append((float(day), float(day + length), minor))
        day += length
    many = [(start, end, minor * factor) for start, end, minor in parts]
    assert judged(history(*parts), None) == judged(history(*many), None)


def test_a_third_of_thirty_thousand_offers_are_true_deals_at_the_opening() -> None:
    world = make_world(1, offers=30_000, opened=OPENED)
    found = _verdicts(world, every=7)
    deals = sum(one.deal for one in found if one)
    assert deals * expected_offers(world) / len(found) >= 10_000


def test_who_lies_is_not_found_honest() -> None:
    own = SMALL.whole(SMALL.shop("bitlager"))
    lies = own.priced.policy == POLICIES.index(Policy.LIST_LIE)
    assert lies.sum() > 20
    found = [
        one
        for one, lie in zip(true_verdicts(SMALL, own, OPENED), lies.tolist(), strict=True)
        if one and lie
    ]
    claims = [one.claim_verdict for one in found]
    assert claims.count("claim_inflated") / len(claims) > 0.9


def test_who_pumps_first_gets_nothing_for_it() -> None:
    own = SMALL.whole(SMALL.shop("handyhof"))
    pumped = own.priced.policy == POLICIES.index(Policy.PUMP)
    now = asked(own.priced, np.full(len(pumped), SMALL.day(OPENED)))
    found = [
        one
        for one, lie in zip(
            true_verdicts(SMALL, own, OPENED), (pumped & now.campaign).tolist(), strict=True
        )
        if one and lie
    ]
    assert found
    assert {one.verdict for one in found} == {"no_reduction"}


def test_an_honest_sale_is_a_true_deal_whose_claim_holds() -> None:
    own = SMALL.whole(SMALL.shop("bergauf"))
    honest = own.priced.policy == POLICIES.index(Policy.HONEST)
    now = asked(own.priced, np.full(len(honest), SMALL.day(OPENED)))
    found = [
        one
        for one, sale in zip(
            true_verdicts(SMALL, own, OPENED), (honest & (now.sale > 0)).tolist(), strict=True
        )
        if one and sale
    ]
    assert len(found) > 10
    assert sum(one.deal and one.claim_verdict == "claim_ok" for one in found) / len(found) > 0.8


@pytest.mark.parametrize("slug", ["tonhafen", "klangkontor", "handyhof"])
def test_a_history_says_at_each_moment_what_the_shop_stated(slug: str) -> None:
    own = SMALL.whole(SMALL.shop(slug))
    told = histories(SMALL, own, OPENED)
    for days in (3.3, 100.7, 250.2, 364.9):
        at = SMALL.began + timedelta(days=days)
        prices = asked(own.priced, np.full(len(told), days))
        for parts, minor, here in zip(
            told, paid(prices).tolist(), prices.available.tolist(), strict=True
        ):
            held = [one.minor for one in parts if one.start <= at < one.end]
            assert held == ([minor] if here else [])


def test_variants_share_a_family_and_two_networks_an_offer() -> None:
    truth = pl.concat([part for shop in SMALL.shops for part in offers_of(SMALL, shop)])
    assert truth.group_by("product").agg(pl.col("family").n_unique())["family"].max() == 1
    assert truth.group_by("product").agg(pl.col("true_gtin").n_unique())["true_gtin"].max() == 1
    twice = truth.group_by("same_offer").agg(pl.col("shop").n_unique(), pl.len())
    assert twice["len"].max() == twice["shop"].max() == 2
    stated = SMALL.whole(SMALL.shop("bergauf"))
    families = truth_of(SMALL.shop("bergauf"), stated)["family"]
    groups = pl.DataFrame({"group": stated.words["group_id"], "family": families})
    assert groups.unique().height == groups["group"].n_unique() == groups["family"].n_unique()


def test_some_shops_state_numbers_that_are_not_the_products() -> None:
    truth = pl.concat([part for shop in SMALL.shops for part in offers_of(SMALL, shop)])
    stated = truth.drop_nulls("stated_gtin")
    assert 0 < (stated["stated_gtin"] != stated["true_gtin"]).mean() < 0.02  # type: ignore[operator] # a share


def test_a_smaller_part_of_a_market_of_fifty_millions_is_as_it_is_in_the_whole() -> None:
    whole = make_world(1, offers=50_000_000, opened=OPENED)
    part = narrowed(whole, 1_000)
    assert expected_offers(part) < 100_000
    there = next(part.parts(whole.shops[3])).words
    assert next(whole.parts(whole.shops[3])).words.head(there.height).equals(there)
    assert narrowed(SMALL, 10**9) == SMALL


def _verdicts(world: World, *, every: int) -> list[Judged | None]:
    """Of a part of the offers of every shop."""
    found: list[Judged | None] = []
    for shop in world.shops:
        own = world.whole(shop)
        some = taken(own, np.arange(shop.habits.outages, own.words.height, every))
        found += true_verdicts(world, some, OPENED)
    return found
