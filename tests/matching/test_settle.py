"""What was compared and what people said, settled into products."""

import polars as pl

from matching.offers import offered
from sparfuchs.matching.known import known_rows
from sparfuchs.matching.normalise import normalise
from sparfuchs.matching.place import EDGE
from sparfuchs.matching.settle import LABEL, STANDING, settle

BEFORE = pl.DataFrame(schema={"offer": pl.Int64(), "product": pl.Int64()})


def rows(*offers: dict[str, str]) -> pl.DataFrame:
    told = offered(*offers)
    return known_rows(told, normalise(told))


def edges(*pairs: tuple[int, int, float]) -> pl.DataFrame:
    made = [
        {"left": one, "right": two, "score": 0.5, "alone": 0.5, "probability": p,
         "band": "automatic" if p > 0.9 else "separate"}
        for one, two, p in pairs
    ]  # fmt: skip
    return pl.DataFrame(made, schema=EDGE)


def labels(*pairs: tuple[int, int, bool]) -> pl.DataFrame:
    return pl.DataFrame(list(pairs), schema=LABEL, orient="row")


def products(found: pl.DataFrame) -> list[int]:
    return found["product"].to_list()


FIVE = rows(*({"title": f"Quarnil HX-700 Kopfhörer {n}", "merchant": f"m{n}"} for n in range(5)))
CHAIN = edges((0, 1, 0.99), (0, 2, 0.98), (1, 2, 0.97), (2, 3, 0.96), (1, 3, 0.95), (0, 3, 0.94))


def test_at_most_three_stand_for_a_product_and_those_who_stood_go_on() -> None:
    found = settle(FIVE, CHAIN, labels(), BEFORE, 1)
    assert products(found) == [1, 1, 1, 1, 2]
    assert found["standing"].sum() == STANDING + 1
    again = settle(FIVE, CHAIN, labels(), BEFORE, 1, pl.Series([3]))
    assert again["standing"][3]


def test_who_is_said_to_be_another_leaves_and_the_rest_stay_together() -> None:
    apart = labels((0, 3, False), (1, 3, False), (2, 3, False))
    found = settle(FIVE, CHAIN, apart, pl.DataFrame({"offer": [0, 3], "product": [7, 7]}), 20)
    assert products(found) == [7, 7, 7, 20, 21]


def test_one_rejected_pair_keeps_two_offers_apart_that_all_others_hold_together() -> None:
    found = settle(FIVE, CHAIN, labels((0, 3, False)), BEFORE, 1)
    assert products(found)[0] != products(found)[3]


def test_a_person_says_that_two_are_one_though_their_numbers_differ() -> None:
    told = rows(
        {"title": "Lampe", "gtin14": "04006381333931"},
        {"title": "Leuchte", "gtin14": "04012345123456"},
        {"title": "Lampe rund", "gtin14": "04006381333931"},
        {"title": "Leuchte rund", "gtin14": "04012345123456"},
    )
    links = edges((0, 2, 0.99), (1, 3, 0.99))
    assert products(settle(told, links, labels(), BEFORE, 1)) == [1, 2, 1, 2]
    found = settle(told, links, labels((0, 1, True)), BEFORE, 1)
    assert products(found) == [1, 1, 1, 1]
    assert found["how"].to_list()[:2] == ["person", "person"]


def test_one_merchants_offer_seen_twice_is_merged_and_stands_for_nothing() -> None:
    told = rows({"title": "Lampe", "merchant": "m"}, {"title": "Lampe", "merchant": "m"})
    found = settle(told, edges((0, 1, 0.99)), labels(), BEFORE, 1)
    assert found["same_as"].to_list() == [None, 0]
    assert found["standing"].to_list() == [True, False]
