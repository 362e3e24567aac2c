"""A price that leaps waits for a second observation (R-F-7)."""

import polars as pl

from flows.market import NOW, Rows, Shop, day, recorded
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.flows.release import release_run

# Others beside it, so that one price that leaps is no reason to hold the whole run.
OTHERS: Rows = {f"p{n}": 10.0 + 3.7 * n for n in range(9)}


def at(price: float | dict[str, str]) -> Rows:
    return {**OTHERS, "a": price}


def test_R_F_7_a_price_that_leaps_is_unknown_until_a_run_an_interval_later_repeats_it(
    shop: Shop,
) -> None:
    shop.read(0, at(20.0))
    shop.read(1, at(1.99))
    shop.read(1.5, {**at(1.99), "p1": 9.0})
    offer = shop.offer("a")
    assert offer["price"] is None
    assert not offer["verdict"]["badge"]
    assert shop.history("a") == [("first", 0, 2000), ("hold", 1, None)]
    assert shop.read(2, {**at(1.99), "p1": 8.0}).run.counts.changed == 2
    assert shop.history("a")[2:] == [("price", 2, 199)]
    assert shop.offer("a")["price"]["minor"] == 199


def test_R_F_7_the_same_bytes_an_interval_later_repeat_it_too(shop: Shop) -> None:
    shop.read(0, at(20.0))
    shop.read(1, at(999.0))
    assert shop.offer("a")["price"] is None
    shop.read(1.5)
    assert shop.offer("a")["price"] is None
    report = shop.read(2)
    assert report.run.kind is catalog.RunKind.UNCHANGED
    assert shop.history("a") == [("first", 0, 2000), ("hold", 1, None), ("price", 2, 99900)]


def test_R_F_7_a_slip_that_is_mended_never_was_a_price(shop: Shop) -> None:
    for number in range(3):
        shop.read(number, at(20.0))
    shop.read(3, at(0.2))
    shop.read(4, at(20.0))
    assert shop.history("a") == [("first", 0, 2000), ("hold", 3, None), ("price", 4, 2000)]
    offer = shop.offer("a")
    assert [low["price"]["minor"] for low in offer["lowest"]] == [2000] * 4
    assert offer["verdict"]["verdict"] == "insufficient"


def test_R_F_7_another_price_that_leaps_begins_to_wait_anew(shop: Shop) -> None:
    shop.read(0, at(20.0))
    shop.read(1, at(1.0))
    shop.read(2, at(1.1))
    assert shop.history("a") == [("first", 0, 2000), ("hold", 1, None), ("hold", 2, None)]
    shop.read(3)
    assert shop.history("a")[-1] == ("price", 3, 110)


def test_R_F_7_ten_times_is_no_leap_and_a_currency_is_not_compared(shop: Shop) -> None:
    shop.read(0, {**at(20.0), "b": 30.0})
    shop.read(1, {**at(200.0), "b": {"price": "990.00 CZK"}})
    assert shop.history("a")[-1] == ("price", 1, 20000)
    assert shop.history("b")[-1] == ("price", 1, 99000)


def test_R_F_7_a_leap_is_measured_over_a_row_that_was_rejected_and_over_absence(
    shop: Shop,
) -> None:
    shop.read(0, {**at(20.0), "b": 20.0})
    shop.read(1, at({"price": "viel"}))
    shop.read(2, at({"price": "auch viel"}))
    shop.read(3, {**at(1.0), "b": 1.0})
    assert shop.history("a")[-1] == ("hold", 3, None)
    assert [kind for kind, *_ in shop.history("b")] == ["first", "gone", "unseen", "back"]
    assert (shop.offer("a")["price"], shop.offer("b")["price"]) == (None, None)


def test_R_F_7_a_sale_that_leaps_waits_when_it_begins(shop: Shop) -> None:
    sale = {
        "price": "20.00 EUR",
        "sale_price": "1.00 EUR",
        "sale_price_effective_date": "2026-01-02T00:00+00:00/2026-02-01T00:00+00:00",
    }
    shop.read(0, at(sale))
    shop.read(1)
    assert shop.history("a") == [("first", 0, 2000), ("hold", 1, None)]
    shop.read(2)
    assert shop.history("a")[-1] == ("price", 2, 100)


def test_R_F_7_a_state_that_was_lost_remembers_what_waits(shop: Shop) -> None:
    shop.read(0, at(20.0))
    shop.read(1, at(1.0))
    name = shop.source.state_file
    assert name is not None
    shop.here.files.path(name).unlink()
    shop.read(2, {**at(1.0), "p1": 9.0})
    assert shop.history("a")[-1] == ("price", 2, 100)


def test_R_F_7_a_leap_in_a_reading_of_the_past_counts_where_the_next_sighting_repeats_it(
    shop: Shop,
) -> None:
    shop.read(0, {**at(20.0), "b": 20.0})
    shop.read(4, {**at(20.0), "b": 30.0})
    shop.read(2, {**at(1.0), "b": 30.0}, backfill=True)
    assert shop.history("a") == [("first", 0, 2000), ("hold", 2, None), ("price", 4, 2000)]
    assert shop.history("b")[1] == ("price", 2, 3000)


def test_R_F_7_a_leap_in_a_recorded_past_waits_for_the_reading_that_repeats_it() -> None:
    def told(price: str) -> dict[str, dict[str, str]]:
        return {"a": {"price": f"{price} EUR"}, "b": {"price": "10.00 EUR"}}

    past = recorded(
        [told(p) for p in ("20.00", "1.00", "20.00", "1.00", "1.00", "1.00")],
        [day(n) for n in range(6)],
    )
    ids = pl.DataFrame({"source_offer_id": ["a", "b"], "offer_id": [1, 2]})
    rows = catalog.recorded_prices(past, ids)
    mine = rows.filter(pl.col("offer_id") == 1)
    assert mine.select("reading", "price_minor").rows() == [
        (0, 2000),
        (1, None),
        (2, 2000),
        (3, None),
        (4, 100),
    ]


def test_R_F_7_what_a_person_released_with_its_run_is_believed_at_once(shop: Shop) -> None:
    shop.read(0, at(20.0))
    report = shop.read(1, dict.fromkeys((*OTHERS, "a"), 900.0))
    assert report.held
    judge(shop.here, release_run(shop.here, f"{shop.source.path}:{report.run.number}", now=NOW))
    assert shop.history("a") == [("first", 0, 2000), ("price", 1, 90000)]
