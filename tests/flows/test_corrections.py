"""An operator corrects recorded prices; the version before stays, and the verdict follows."""

import polars as pl
import pytest

from flows.market import Rows, Shop, day
from sparfuchs.flows.correct import correct_price, release_price
from sparfuchs.flows.price_history import held_prices, price_history
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.kernel.errors import Conflict, UsageError

OTHERS: Rows = {f"p{n}": 10.0 + 3.7 * n for n in range(9)}


def slipped(shop: Shop) -> None:
    """Forty days at 100, but for two days at 60; then a sale at 70."""
    for number in range(0, 41, 2):
        price = 60.0 if number == 30 else 70.0 if number == 40 else 100.0
        shop.read(number, {**OTHERS, "a": price})


def correct(shop: Shop, price: int | None, start: float, end: float | None = None) -> None:
    done = correct_price(
        shop.here,
        f"{shop.source.path}:a",
        start=day(start),
        end=None if end is None else day(end),
        price=price,
        reason="the shop told us of its slip",
    )
    judge(shop.here, done.report)


def verdict(shop: Shop) -> tuple[str, int | None]:
    found = shop.offer("a")["verdict"]
    return found["verdict"], found["honest_pct"]


@pytest.mark.parametrize(("price", "expected"), [(10000, ("genuine", 30)), (None, ("genuine", 30))])
def test_a_corrected_price_is_judged_anew_and_the_version_before_stays(
    shop: Shop, price: int | None, expected: tuple[str, int]
) -> None:
    slipped(shop)
    assert verdict(shop) == ("no_reduction", 0)
    correct(shop, price, 30)
    assert verdict(shop) == expected
    (one,) = price_history(shop.here, f"{shop.source.path}:a")["revisions"]
    assert (one["cause"], one["reason"]) == ("operator", "the shop told us of its slip")
    kinds = [kind for kind, *_ in shop.history("a")]
    assert kinds == ["first", "price", "correction", "price", "price"]
    assert shop.history("a")[1:3] == [("price", 30, 6000), ("correction", 30, price)]
    # Nobody is told of a change of a price: the segment names a correction.
    (name,) = shop.rows("SELECT segment FROM feed_runs WHERE status = 'corrected'")[0]
    assert pl.read_ipc(shop.here.files.path(name))["kind"].to_list() == ["correction"]
    spans = price_history(shop.here, f"{shop.source.path}:a")["spans"]
    if price is None:
        assert spans[1]["price"] is None
        assert spans[1]["source"]["kind"] == "correction"
    else:
        assert [span["price"]["minor"] for span in spans] == [10000, 7000]


def test_a_correction_of_a_part_leaves_the_rest_as_it_was(shop: Shop) -> None:
    slipped(shop)
    correct(shop, 9000, 10, 12)
    spans = [(span["price"]["minor"]) for span in shop.offer("a")["spans"]]
    assert spans == [10000, 9000, 10000, 6000, 10000, 7000]
    correct(shop, 9500, 10, 12)
    spans = [(span["price"]["minor"]) for span in shop.offer("a")["spans"]]
    assert spans == [10000, 9500, 10000, 6000, 10000, 7000]
    first, second = price_history(shop.here, f"{shop.source.path}:a")["revisions"]
    assert first["voided"] == []
    assert [row["price"]["minor"] for row in second["voided"]] == [9000]


def test_a_price_of_today_that_is_voided_stays_unknown_until_the_shop_says_another(
    shop: Shop,
) -> None:
    shop.read(0, {**OTHERS, "a": 100.0})
    shop.read(1, {**OTHERS, "a": 50.0})
    with pytest.raises(UsageError, match="still states"):
        correct(shop, 9000, 1)
    correct(shop, None, 1)
    offer = shop.offer("a")
    assert (offer["price"], offer["held_price"]["price"]["minor"]) == (None, 5000)
    for number in (2, 3):  # other bytes, then another text of the same offer
        shop.read(number, {**OTHERS, "p1": 9.0, "a": {"price": "50.00 EUR", "title": f"T{number}"}})
        assert shop.offer("a")["price"] is None
    shop.read(4, {**OTHERS, "a": 60.0})
    assert shop.offer("a")["price"]["minor"] == 6000
    assert shop.history("a")[-1] == ("price", 4, 6000)


def test_R_F_7_an_operator_believes_a_price_that_waits_from_when_it_was_stated(shop: Shop) -> None:
    shop.read(0, {**OTHERS, "a": 100.0})
    shop.read(1, {**OTHERS, "a": 5.0})
    (one,) = held_prices(shop.here, None, 10)
    assert (one["last"]["minor"], one["held"]["minor"]) == (10000, 500)
    shop.read(1.5, {**OTHERS, "a": 5.0, "p1": 9.0})
    done = release_price(shop.here, f"{shop.source.path}:a", reason="asked the shop")
    judge(shop.here, done.report)
    assert shop.offer("a")["price"]["minor"] == 500
    assert shop.history("a") == [("first", 0, 10000), ("correction", 1, 500)]
    assert held_prices(shop.here, shop.source.path, 10) == []
    with pytest.raises(Conflict, match="waits"):
        release_price(shop.here, f"{shop.source.path}:a", reason="again")
    # The next reading finds it as it is.
    assert shop.read(2, {**OTHERS, "a": 5.0, "p1": 8.0}).run.counts.changed == 1


def test_a_correction_says_what_it_cannot_do(shop: Shop) -> None:
    shop.read(1, {**OTHERS, "a": 100.0})
    with pytest.raises(UsageError, match="Nothing is recorded"):
        correct(shop, None, 0)
    with pytest.raises(UsageError, match="last read before"):
        correct(shop, None, 3)
    with pytest.raises(UsageError, match="not after"):
        correct(shop, None, 1, 0.5)
