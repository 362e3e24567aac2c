"""Groups in which all members agree, and products that keep their ids."""

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.offers import market, offered
from sparfuchs.matching.cluster import FACTS, cluster
from sparfuchs.matching.evaluate_groups import figures
from sparfuchs.matching.group import group
from sparfuchs.matching.identify_products import keep_ids
from sparfuchs.matching.scorer import shipped


def facts(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(
        [{name: row.get(name) for name in FACTS} for row in rows],
        schema=dict.fromkeys(FACTS, pl.String()),
    )


def compared(*rows: tuple[int, int, float]) -> pl.DataFrame:
    """Pairs with their probability; linked from 0.9 on."""
    frame = pl.DataFrame(
        list(rows),
        schema={"left": pl.UInt32(), "right": pl.UInt32(), "probability": pl.Float32()},
        orient="row",
    )
    return frame.with_columns(linked=pl.col("probability") >= 0.9)


def test_linked_offers_are_one_group_and_others_stay_alone() -> None:
    found = cluster(facts({}, {}, {}, {}), compared((0, 2, 0.99), (1, 3, 0.2)))
    assert found.tolist() == [0, 1, 0, 2]


def test_no_group_holds_two_gtins_although_each_is_like_a_third() -> None:
    rows = facts({"gtin14": "1"}, {}, {"gtin14": "2"})
    found = cluster(rows, compared((0, 1, 0.99), (1, 2, 0.95)))
    assert found.tolist() == [0, 0, 1]  # the likelier link holds


def test_a_chain_whose_ends_were_compared_and_are_no_match_is_no_group() -> None:
    chain = [(0, 1, 0.99), (1, 2, 0.95), (0, 2, 0.1), (2, 3, 0.97), (0, 3, 0.1), (1, 3, 0.1)]
    found = cluster(facts(*[{}] * 4), compared(*chain))
    assert found.tolist() == [0, 0, 1, 1]


def test_one_doubtful_pair_does_not_split_what_most_pairs_hold_together() -> None:
    ring = [(a, b, 0.95) for a in range(4) for b in range(a + 1, 4)]
    ring[5] = (2, 3, 0.5)
    assert cluster(facts(*[{}] * 4), compared(*ring)).tolist() == [0, 0, 0, 0]


_rows = st.lists(
    st.fixed_dictionaries(
        {"gtin14": st.sampled_from([None, "1", "2"]), "pack": st.sampled_from([None, "1", "6"])}
    ),
    min_size=2,
    max_size=9,
)


@settings(max_examples=80)
@given(_rows, st.data())
def test_whatever_is_linked_no_group_contradicts_itself(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    every = [(a, b) for a in range(len(rows)) for b in range(a + 1, len(rows))]
    drawn = data.draw(st.lists(st.sampled_from(every), unique=True, max_size=20))
    odds = data.draw(st.lists(st.sampled_from([0.1, 0.92, 0.99]), min_size=20, max_size=20))
    pairs = compared(*((a, b, p) for (a, b), p in zip(drawn, odds, strict=False)))
    found = cluster(facts(*rows), pairs)
    for number in set(found.tolist()):
        inside = [row for row, own in zip(rows, found.tolist(), strict=True) if own == number]
        for name in ("gtin14", "pack"):
            assert len({row[name] for row in inside} - {None}) <= 1
    # Numbered by first rows, and nobody is together with one to whom no links lead.
    assert [n for k, n in enumerate(found.tolist()) if n not in found[:k].tolist()] == list(
        range(len(set(found.tolist())))
    )


def belongs(**products: int) -> pl.DataFrame:
    return _named("product", products)


def grouped(**groups: int) -> pl.DataFrame:
    return _named("group", groups)


def _named(name: str, of: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        {"offer": [int(key[1:]) for key in of], name: list(of.values())},
        schema={"offer": pl.Int64(), name: pl.Int64()},
    )


@pytest.mark.parametrize(
    ("before", "groups", "after"),
    [
        ({}, {"o1": 0, "o2": 0, "o3": 1}, {1: 10, 2: 10, 3: 11}),
        ({"o1": 5}, {"o1": 0, "o2": 0}, {1: 5, 2: 5}),  # grows
        ({"o1": 5, "o2": 5, "o3": 5}, {"o1": 0, "o2": 1, "o3": 1}, {1: 10, 2: 5, 3: 5}),  # splits
        ({"o1": 5, "o2": 6, "o3": 6}, {"o1": 0, "o2": 0, "o3": 0}, {1: 6, 2: 6, 3: 6}),  # merges
        ({"o1": 5, "o2": 6}, {"o1": 0, "o2": 0}, {1: 5, 2: 5}),  # the older of equals
        ({"o1": 5, "o2": 5}, {"o1": 0, "o2": 1}, {1: 5, 2: 10}),
    ],
)
def test_a_product_keeps_its_id_while_its_larger_part_stays_together(
    before: dict[str, int], groups: dict[str, int], after: dict[int, int]
) -> None:
    found = keep_ids(grouped(**groups), belongs(**before), 10)
    assert dict(found.rows()) == after


@settings(max_examples=60)
@given(
    st.dictionaries(st.integers(0, 12), st.integers(0, 4), min_size=1),
    st.dictionaries(st.integers(0, 12), st.integers(100, 104)),
)
def test_ids_part_offers_as_the_groups_do_and_do_not_change_when_nothing_does(
    groups: dict[int, int], before: dict[int, int]
) -> None:
    now = grouped(**{f"o{key}": value for key, value in groups.items()})
    found = keep_ids(now, belongs(**{f"o{key}": value for key, value in before.items()}), 200)
    given_ = dict(found.rows())
    for one, own in groups.items():
        for two, other in groups.items():
            assert (given_[one] == given_[two]) == (own == other)
    assert keep_ids(now, found, 300).equals(found)


def test_bcubed_and_pairs_are_those_reckoned_by_hand() -> None:
    told = pl.DataFrame({"group": [0, 0, 0, 1, 2], "product": [7, 7, 8, 8, 9]})
    found = figures(told)
    # Pairs put together: 3, one of them right; belonging together: 2.
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == pytest.approx(1 / 2)
    # Offers' own shares: purity 2/3, 2/3, 1/3, 1, 1; completeness 1, 1, 1/2, 1/2, 1.
    assert found.bcubed_precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert found.bcubed_recall == pytest.approx((1 + 1 + 0.5 + 0.5 + 1) / 5)


def test_offers_of_several_shops_become_products_and_variants_stay_apart() -> None:
    left, right, _ = market(90, 3)
    offers = pl.concat(
        [
            left.with_columns(merchant=pl.lit("a")),
            right.with_columns(pl.col("offer") + 90, merchant=pl.lit("b")),
        ]
    )
    found = group(offers, shipped())
    told = found.groups.with_columns(product=pl.Series(np.tile(np.arange(90), 2)))
    judged = figures(told)
    assert judged.precision > 0.99
    assert judged.recall > 0.9
    assert found.judged.height < 8 * offers.height


def test_the_same_offer_seen_twice_is_merged_and_another_merchants_is_only_grouped() -> None:
    row = {"title": "Sony WH-1000XM5 Kopfhörer schwarz", "gtin14": "04006381333931"}
    offers = offered(
        row | {"merchant": "a", "url": "https://a.de/1?utm_source=x"},
        row | {"merchant": "a", "url": "https://a.de/1"},
        row | {"merchant": "b", "url": "https://b.de/1"},
        {"title": "Bosch Akkuschrauber GSR 12V-15", "merchant": "b"},
        {"title": "Lego 75192 Millennium Falcon", "merchant": "b"},
    )
    found = group(offers, shipped()).groups
    assert found["group"].to_list() == [0, 0, 0, 1, 2]
    assert found["merged"].to_list() == [0, 0, 2, 3, 4]
    thrice = group(pl.concat([offers[:1]] * 3 + [offers[2:]]), shipped()).groups
    assert thrice["merged"].to_list() == [0, 0, 0, 3, 4, 5]
    nobody = group(offers.clear(), shipped())
    assert nobody.groups.height == nobody.judged.height == 0
