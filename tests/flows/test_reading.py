"""One feed through the whole line, reading after reading."""

from datetime import UTC, datetime

import polars as pl
import pytest

from flows.market import Shop, day
from ingest.feeds import tsv
from sparfuchs.catalog import api as catalog
from sparfuchs.flows.read_and_judge import read_and_judge
from sparfuchs.kernel.errors import FeedUnreadable, NotFound

PRICES = {"a": 10.0, "b": 20.0, "c": 30.0}


def offer_rows(shop: Shop) -> list[tuple[object, ...]]:
    """What would differ if an offer were written: PostgreSQL's own place of each row."""
    hot = shop.rows("SELECT id, ctid::text, xmin::text FROM offers ORDER BY id")
    return hot + shop.rows("SELECT id, ctid::text, xmin::text FROM offer_texts ORDER BY id")


def events(shop: Shop) -> int:
    waiting = shop.rows("SELECT count(*) FROM event_outbox WHERE topic = 'feed'")[0][0]
    done = shop.rows("SELECT count(*) FROM event_log WHERE topic = 'feed'")[0][0]
    return int(waiting + done)


def test_a_first_reading_is_stored_with_texts_history_verdict_and_rating(shop: Shop) -> None:
    report = shop.read(0, {"a": {"price": "10.00 EUR", "brand": "Acme", "gtin": "4006381333931"}})
    assert (report.run.number, report.run.kind, report.run.status) == (1, "full", "published")
    assert (report.run.counts.read, report.run.counts.new) == (1, 1)
    offer = shop.offer("a")
    assert (offer["title"], offer["brand"], offer["gtin"]) == (
        "Angebot a",
        "Acme",
        "04006381333931",
    )
    assert offer["price"] == {"minor": 1000, "currency": "EUR"}
    assert shop.history("a") == [("first", 0, 1000)]
    assert [span["price"]["minor"] for span in offer["spans"]] == [1000]
    assert offer["verdict"]["verdict"] == "insufficient"
    assert 0 <= offer["rating"]["score"] <= 100
    assert offer["provenance"]["source_offer_id"] == "a"


def test_R_F_4_the_same_bytes_again_are_one_row_and_no_event(shop: Shop) -> None:
    shop.read(0, PRICES)
    before, told = offer_rows(shop), events(shop)
    report = shop.read(1)
    assert (report.run.kind, report.run.counts.unchanged) == ("unchanged", 3)
    assert (report.run.counts.read, report.run.counts.accepted) == (3, 3)
    assert shop.count("feed_runs") == 2
    assert (offer_rows(shop), events(shop)) == (before, told)
    assert shop.source.head_at == day(1)
    assert shop.history("a") == [("first", 0, 1000)]


def test_R_F_4_the_same_offers_in_other_bytes_write_no_offer_row(shop: Shop) -> None:
    shop.read(0, PRICES)
    before, told = offer_rows(shop), events(shop)
    report = shop.read(1, dict(reversed(PRICES.items())))
    assert (report.run.kind, report.run.counts.unchanged, report.run.segment) == ("full", 3, None)
    assert (offer_rows(shop), events(shop)) == (before, told)


def test_a_changed_price_is_history_offer_segment_and_a_new_verdict(shop: Shop) -> None:
    shop.read(0, PRICES)
    judged = shop.offer("a")["verdict"]["evidence"]["judged_at"]
    report = shop.read(1, {**PRICES, "a": 9.0})
    assert (report.run.counts.changed, report.run.counts.unchanged) == (1, 2)
    assert shop.history("a") == [("first", 0, 1000), ("price", 1, 900)]
    assert shop.history("b") == [("first", 0, 2000)]
    assert report.run.segment is not None
    segment = pl.read_ipc(shop.here.files.path(report.run.segment))
    assert segment.select("kind", "before_minor", "price_minor").rows() == [("price", 1000, 900)]
    offer = shop.offer("a")
    assert offer["price"]["minor"] == 900
    assert offer["verdict"]["evidence"]["judged_at"] == day(1).isoformat() != judged
    assert [span["price"]["minor"] for span in offer["spans"]] == [1000, 900]
    written = shop.rows("SELECT changed_run FROM offers ORDER BY id")
    assert written == [(2,), (1,), (1,)]


def test_a_real_reduction_becomes_a_deal_and_ceases_to_be_one(shop: Shop) -> None:
    shop.settings = {"interval": "36h"}  # each reading holds for three days
    for number in range(0, 40, 3):
        shop.read(number, PRICES)
    report = shop.read(41, {**PRICES, "a": 7.0})
    assert report.run.counts.changed == 1
    offer = shop.offer("a")
    assert (offer["verdict"]["verdict"], offer["verdict"]["honest_pct"]) == ("genuine", 30)
    assert offer["deal"]["open"]
    assert shop.offer("b")["deal"] is None
    shop.read(42, PRICES)
    assert not shop.offer("a")["deal"]["open"]
    shop.read(43, {**PRICES, "a": 7.0})
    assert shop.count("deals") == 1


def test_R_F_9_a_gtin_of_four_brands_is_stored_for_none_of_them(shop: Shop) -> None:
    gtin = "4006381333931"
    rows = {
        f"x{n}": {"price": f"{n + 5}.00 EUR", "brand": f"Marke {n}", "gtin": gtin} for n in range(4)
    }
    other = {"y": {"price": "9.00 EUR", "brand": "Andere", "gtin": "4260000000004"}}
    shop.read(0, {**rows, **other})
    stored = dict(shop.rows("SELECT source_offer_id, gtin14 FROM offer_texts"))
    assert [stored[name] for name in rows] == [None] * 4
    shop.read(1, {**rows, **other, "x9": {**rows["x0"], "brand": "Marke 9"}})
    assert shop.offer("x9")["gtin"] is None


def test_R_RUN_3_a_sale_begins_and_ends_while_the_bytes_stay_the_same(shop: Shop) -> None:
    shop.read(
        0,
        {
            "a": {
                "price": "10.00 EUR",
                "sale_price": "8.00 EUR",
                "sale_price_effective_date": f"{day(1.5).isoformat()}/{day(3.5).isoformat()}",
            },
            "b": {"price": "20.00 EUR"},
        },
    )
    prices = [shop.offer("a")["price"]["minor"]]
    kinds = []
    for number in range(1, 6):
        report = shop.read(number)
        prices.append(shop.offer("a")["price"]["minor"])
        kinds.append((report.run.kind.value, report.run.counts.changed))
        assert report.run.counts.read == 2
    assert prices == [1000, 1000, 800, 800, 1000, 1000]
    assert kinds == [("unchanged", n) for n in (0, 1, 0, 1, 0)]
    assert shop.history("a") == [("first", 0, 1000), ("price", 2, 800), ("price", 4, 1000)]
    assert shop.offer("a")["claim"]["reference"] is None
    assert shop.rows("SELECT id FROM offers WHERE changed_run > 1") == [(shop.id("a"),)]


def test_R_RUN_3_an_expired_offer_is_sold_out_while_the_bytes_stay_the_same(shop: Shop) -> None:
    shop.read(0, {"a": {"price": "10.00 EUR", "expiration_date": day(1.5).isoformat()}})
    shop.read(1)
    assert shop.offer("a")["availability"] == "in_stock"
    shop.read(2)
    assert shop.offer("a")["availability"] == "out_of_stock"


def test_R_F_3_an_offer_goes_after_two_full_runs_without_it_and_comes_back(shop: Shop) -> None:
    shop.read(0, PRICES)
    left = {name: PRICES[name] for name in ("a", "b")}
    assert shop.read(1, left).run.counts.gone == 0
    assert shop.offer("c")["status"] == "live"
    assert shop.read(2).run.counts.gone == 1  # the same bytes repeat the absence (R-C-4)
    assert shop.offer("c")["status"] == "gone"
    assert shop.history("c")[:2] == [("first", 0, 3000), ("gone", 1, 3000)]
    report = shop.read(3, PRICES)
    assert (report.run.counts.new, report.run.counts.changed) == (0, 1)
    assert shop.offer("c")["status"] == "live"
    assert shop.history("c")[-1] == ("back", 3, 3000)
    assert shop.source.live == 3


def test_R_RUN_4_a_rejected_row_with_an_id_stays_with_its_price_unknown(shop: Shop) -> None:
    many = {f"m{n}": 5.0 + n for n in range(9)}
    shop.read(0, {**many, "a": 10.0})
    report = shop.read(1, {**many, "a": {"price": "viel EUR"}})
    assert sum(report.run.counts.rejected.values()) == 1
    assert shop.offer("a")["status"] == "live"
    assert shop.offer("a")["price"] is None
    assert shop.history("a") == [("first", 0, 1000), ("price", 1, None)]
    shop.read(2, {**many, "a": 10.0})
    assert shop.offer("a")["price"]["minor"] == 1000


def test_rejected_rows_are_kept_with_line_field_value_and_rule(shop: Shop) -> None:
    many = {f"m{n}": 5.0 + n for n in range(9)}
    report = shop.read(0, {**many, "bad": {"price": "viel EUR"}})
    assert report.run.rejections is not None
    row = pl.read_ipc(shop.here.files.path(report.run.rejections)).row(0, named=True)
    assert (row["source_offer_id"], row["field"], row["value"]) == ("bad", "price", "viel EUR")
    assert row["line"] == 11
    assert row["reason"] in report.run.counts.rejected


def test_a_file_that_is_no_feed_leaves_a_failed_run_on_record(shop: Shop) -> None:
    shop.read(0, PRICES)
    with pytest.raises(FeedUnreadable):
        shop.read(1, "<html><body>Wartung</body></html>")
    with shop.here.database.reading() as work:
        failed = catalog.runs(work, shop.source.id, 1)[0]
    assert (failed.status, failed.number) == ("failed", 2)
    assert shop.source.head_run == 1
    assert shop.read(1, PRICES).run.kind == "unchanged"


def test_a_path_without_a_file_makes_no_source(shop: Shop) -> None:
    with pytest.raises(NotFound):
        shop.read(0)
    assert shop.count("sources") == 0


def test_an_empty_title_column_and_quotes_reach_the_store_as_they_are(shop: Shop) -> None:
    title = "Zoll \"27\" \\N \\. 'x', \u00fc\u4e2d; NULL"
    shop.read(0, tsv({"id": "q", "title": title.replace('"', "″"), "link": "https://s.example/q"}))
    assert shop.offer("q")["title"] == title.replace('"', "″")


def test_a_reading_of_now_has_the_second_that_has_begun_unless_the_newest_is_not_older(
    shop: Shop,
) -> None:
    moment = datetime(2026, 5, 1, 12, 0, 7, 654_321, tzinfo=UTC)
    shop.says({"a": 5.0})
    report = read_and_judge(shop.here, shop.add(), now=moment)
    assert report.run.at == moment.replace(microsecond=0)
    again = read_and_judge(shop.here, shop.source, now=moment)
    assert again.run.at == moment
