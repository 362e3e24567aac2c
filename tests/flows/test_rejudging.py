"""Verdicts change without a change of a price: because time passes, or more of it is known."""

from flows.market import Rows, Shop, day
from sparfuchs.flows.price_and_rate import judge_due
from sparfuchs.flows.subscriptions import catch_up


def reduced(shop: Shop, until: int = 30) -> None:
    for number in range(0, until, 2):
        shop.read(number, {"a": 100.0})
    shop.read(until, {"a": 70.0})


def badge(shop: Shop) -> bool:
    return bool(shop.offer("a")["verdict"]["badge"])


def test_a_badge_goes_off_by_itself_when_the_price_is_the_normal_one_now(shop: Shop) -> None:
    reduced(shop)
    cut: Rows = {"a": 70.0}
    for number in range(32, 61, 2):
        shop.read(number, cut if number == 32 else None)
    assert badge(shop)
    assert "stale" not in shop.offer("a")["verdict"]["flags"]
    shop.read(61.5)
    verdict = shop.offer("a")["verdict"]
    assert (verdict["verdict"], verdict["badge"]) == ("genuine", False)
    assert "stale" in verdict["flags"]
    assert not shop.offer("a")["deal"]["open"]
    assert shop.history("a") == [("first", 0, 10000), ("price", 30, 7000)]


def test_a_badge_goes_off_when_nobody_reads_the_shop_any_more_and_comes_back(shop: Shop) -> None:
    reduced(shop)
    assert badge(shop)
    source = shop.source.id
    assert judge_due(shop.here, source, now=day(31.9)) == 0
    assert badge(shop)
    assert judge_due(shop.here, source, now=day(32)) == 1
    verdict = shop.offer("a")["verdict"]
    assert (verdict["badge"], verdict["evidence"]["asserted_at"][:10]) == (False, "2026-02-02")
    told = shop.rows("SELECT type FROM event_outbox UNION ALL SELECT type FROM event_log")
    assert ("offer.OffersReviewed",) in told
    assert judge_due(shop.here, source, now=day(32.1)) == 0
    catch_up(shop.here)
    shop.read(32.2)
    assert badge(shop)
