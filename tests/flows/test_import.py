"""Past prices out of a table become part of the history, with where they came from."""

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from flows.market import START, Rows, Shop, day
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.import_history import Imported, import_history
from sparfuchs.flows.price_history import price_history
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.kernel.errors import FeedUnreadable, UsageError
from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.pricing import api as pricing

OTHERS: Rows = {f"p{n}": 10.0 + 3.7 * n for n in range(9)}
Line = tuple[str, float, float | None]


def table(shop: Shop, rows: list[Line], name: str = "past.csv") -> Path:
    path = shop.path.with_name(name)
    lines = ["source_offer_id,seen_at,price,available"]
    for offer, number, price in rows:
        stated = "" if price is None else f"{price:.2f}"
        lines.append(f"{offer},{day(number).isoformat()},{stated},{int(price is not None)}")
    path.write_text("\n".join(lines) + "\n")
    return path


def brought_in(shop: Shop, path: Path, *, through: datetime | None = None) -> Imported:
    """With `through` the table lists changes alone."""
    done = import_history(
        shop.here,
        shop.source.path,
        path,
        origin="Preisarchiv Nord",
        until_next=through is not None,
        through=through,
        currency="EUR",
    )
    if not done.repeated:
        judge(shop.here, done.report)
    return done


def judged(shop: Shop, name: str = "a") -> dict[str, object]:
    found = shop.offer(name)["verdict"]
    evidence = found["evidence"]
    names = ("coverage", "coverage_since", "first_seen", "lowest_30_days", "price_since")
    return {"verdict": found["verdict"], "pct": found["honest_pct"]} | {
        each: evidence[each] for each in names
    }


def test_an_imported_past_is_judged_like_one_that_was_read(shop: Shop) -> None:
    prices = [90.0 if 14 <= number < 17 else 100.0 for number in range(40)]
    read = Shop(shop.here, shop.path.with_name("read.tsv"), merchant="Gelesen")
    for number in range(40):
        read.read(number, {"a": prices[number]})
    read.read(40, {"a": 70.0})
    shop.read(40, {"a": 70.0})
    assert judged(shop)["verdict"] == "insufficient"
    done = brought_in(shop, table(shop, [("a", n, price) for n, price in enumerate(prices)]))
    assert (done.read, done.accepted, done.offers, done.moments) == (40, 40, 1, 40)
    assert judged(shop) == judged(read)
    assert judged(shop)["verdict"] == "genuine"
    assert shop.history("a") == read.history("a")
    low = shop.offer("a")["verdict"]["evidence"]["lowest_30_days_source"]
    assert (low["kind"], low["origin"], low["until_next"]) == ("import", "Preisarchiv Nord", False)
    spans = price_history(shop.here, f"{shop.source.path}:a")["spans"]
    assert [span["source"]["kind"] for span in spans] == ["import", "import", "import", "reading"]
    # What is read from now on goes on from it.
    assert shop.read(41).run.counts.changed == 0
    assert shop.read(42, {"a": 71.0}).run.counts.changed == 1


def test_R_RUN_2_a_table_of_changes_holds_until_the_next_and_says_so(shop: Shop) -> None:
    shop.read(40, {"a": 70.0, "b": 5.0})
    rows: list[Line] = [("a", 0, 100.0), ("b", 3, 5.0), ("a", 14, 90.0), ("a", 17, 100.0)]
    done = brought_in(shop, table(shop, rows), through=day(40))
    assert (done.moments, done.written) == (4, 5)
    found = judged(shop)
    assert (found["verdict"], found["pct"], found["coverage"]) == ("genuine", 22, 1.0)
    low = shop.offer("a")["verdict"]["evidence"]["lowest_30_days_source"]
    assert (low["kind"], low["until_next"]) == ("import", True)
    # Without that word each row holds for its CARRY alone.
    plain = Shop(shop.here, shop.path.with_name("plain.tsv"), merchant="Einzeln")
    plain.read(40, {"a": 70.0, "b": 5.0})
    brought_in(plain, table(plain, rows))
    assert judged(plain)["verdict"] == "insufficient"


def test_the_same_table_again_is_nothing_and_what_is_recorded_stands(shop: Shop) -> None:
    shop.read(40, {"a": 70.0})
    path = table(shop, [("a", n, 100.0) for n in range(10)])
    first = brought_in(shop, path)
    before = shop.history("a")
    again = brought_in(shop, path)
    assert (first.repeated, again.repeated) == (False, True)
    other = table(shop, [("a", n, 50.0) for n in range(5, 15)], "more.csv")
    more = brought_in(shop, other)
    assert more.rejected == {"already_recorded": 5}
    assert shop.history("a") == [*before[:1], ("price", 10, 5000), ("price", 40, 7000)]


def test_a_row_that_cannot_be_used_is_named_with_its_reason(shop: Shop) -> None:
    shop.read(40, {"a": 70.0})
    rows: list[Line] = [("a", 1, 100.0), ("zzz", 2, 1.0), ("a", 40, 1.0), ("a", 1, 120.0)]
    done = brought_in(shop, table(shop, rows))
    assert done.rejected == {"unknown_today": 1, "not_past": 1, "id_duplicate": 1}
    assert done.read == done.accepted + sum(done.rejected.values())
    with pytest.raises(UsageError, match="No row"):
        brought_in(shop, table(shop, [("zzz", 2, 1.0)], "none.csv"))
    wrong = shop.path.with_name("wrong.csv")
    wrong.write_text("a,b\n1,2\n")
    with pytest.raises(FeedUnreadable):
        brought_in(shop, wrong)


def test_what_our_own_readings_saw_takes_over_again(shop: Shop) -> None:
    for number in (0, 1, 10, 11):
        shop.read(number, {"a": 100.0, "b": 5.0})
    known = seconds(shop, "b")
    brought_in(shop, table(shop, [("a", n, 80.0) for n in (4, 5, 6)]))
    assert shop.history("a") == [
        ("first", 0, 10000),
        ("price", 4, 8000),
        ("price", 10, 10000),
    ]
    # b was not in it: its sighting ran out on day 3, whatever was imported of another.
    assert shop.history("b") == [("first", 0, 500), ("unseen", 3, 500), ("seen", 10, 500)]
    # Of another offer no more is known than before.
    assert seconds(shop, "b") == known


def seconds(shop: Shop, name: str) -> int:
    """For how many seconds the price of an offer is known, by spans and runs."""
    with shop.here.database.reading() as work:
        spans = pricing.spans_of(pricing.history(work, np.array([shop.id(name)])))
        line = catalog.timeline(work, shop.source.id)
    spans = spans.drop_nulls("price_minor")
    end = spans["end"].fill_null(START + timedelta(days=11)).cast(UTC_TIME)
    known = line.known(spans["start"].to_physical().to_numpy(), end.to_physical().to_numpy())
    return int(known.sum()) // 1_000_000


def test_R_F_7_a_price_of_the_table_that_leaps_counts_only_where_a_later_row_repeats_it(
    shop: Shop,
) -> None:
    shop.read(40, {"a": 100.0, "b": 100.0})
    rows: list[Line] = [("a", 1, 100.0), ("a", 2, 1.0), ("a", 3, 100.0)]
    rows += [("b", 1, 100.0), ("b", 2, 1.0), ("b", 3, 1.0)]
    done = brought_in(shop, table(shop, rows))
    assert done.held == 2
    assert [row for row in shop.history("a") if row[0] in {"hold", "price"}] == [
        ("hold", 2, None),
        ("price", 3, 10000),
    ]
    assert ("price", 3, 100) in shop.history("b")


def test_offers_are_found_by_gtin_where_it_is_unique(shop: Shop) -> None:
    gtin = {"gtin": "4006381333931"}
    other = {"gtin": "4012345678901"}
    shop.read(
        40,
        {
            "a": {"price": "70.00 EUR", **gtin},
            "b": {"price": "5.00 EUR", **other},
            "c": {"price": "6.00 EUR", **other},
        },
    )
    path = shop.path.with_name("gtin.csv")
    path.write_text(
        "gtin,seen_at,price\n4006381333931,2026-02-01,100\n4012345678901,2026-02-01,9\n"
    )
    done = brought_in(shop, path)
    assert (done.accepted, done.rejected) == (1, {"ambiguous_today": 1})
    assert shop.history("a")[0][2] == 10000


def test_R_RUN_2_what_holds_for_long_in_a_table_bridges_no_outage_of_ours(shop: Shop) -> None:
    """A chain of reductions may rest for a CARRY between its steps, not for as long as a line."""
    for number in range(34, 62, 2):
        shop.read(number, {"a": 100.0 if number < 40 else 80.0})
    shop.read(66, {"a": 70.0})  # nobody knows what was in the four days before
    shop.read(67, {"a": 50.0})
    brought_in(shop, table(shop, [("a", 0, 100.0), ("a", 33, 100.0)]), through=day(34))
    verdict = shop.offer("a")["verdict"]
    assert "stepwise" not in verdict["flags"]
    assert (verdict["honest_pct"], verdict["evidence"]["lowest_30_days"]["minor"]) == (28, 7000)
