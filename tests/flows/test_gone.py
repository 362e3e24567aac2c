"""What follows when an offer is gone: it is judged no more, and its deal ends."""

from flows.market import Rows, Shop, day
from sparfuchs.flows.price_and_rate import judge_due

REDUCED: Rows = {"a": {"price": "20.00 EUR", "sale_price": "10.00 EUR"}, "b": 5.0}


def reduced_after_two_months(shop: Shop) -> None:
    for number in range(0, 60, 2):
        shop.read(number, {"a": 20.0, "b": 5.0})
    shop.read(60, REDUCED)
    assert shop.offer("a")["deal"]["open"]


def test_a_deal_ends_with_its_offer(shop: Shop) -> None:
    reduced_after_two_months(shop)
    shop.read(61, {"b": 5.0})
    assert shop.offer("a")["deal"]["open"]  # missed once
    shop.read(62, {"b": 5.1})
    assert shop.offer("a")["status"] == "gone"
    assert not shop.offer("a")["deal"]["open"]
    assert shop.rows("SELECT closed_at FROM deals") == [(day(62),)]


def test_an_offer_that_is_gone_is_never_due_again(shop: Shop) -> None:
    reduced_after_two_months(shop)
    shop.read(61, {"b": 5.0})
    shop.read(62, {"b": 5.1})
    shop.read(80, {"b": 5.2})
    gone = shop.id("a")
    due = shop.rows("SELECT next_at FROM verdicts WHERE offer_id = :id", id=gone)
    assert due == [(None,)]
    assert judge_due(shop.here, shop.source.id) == 0
