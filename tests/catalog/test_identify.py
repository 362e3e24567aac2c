"""What a run says against the state of its source."""

from pathlib import Path

import polars as pl
import pytest

from catalog.shop import Shop, day
from sparfuchs.catalog.adopt import Sign
from sparfuchs.catalog.model import RunKind


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def test_the_first_run_finds_everything_new_and_gives_dense_ordinals(shop: Shop) -> None:
    found = shop.run(day(0), {"a": 1000, "b": 2000})
    assert (found.counts.new, found.counts.read, found.counts.accepted) == (2, 2, 2)
    assert found.new["ordinal"].to_list() == [0, 1]
    assert shop.changes("a") == [("first", day(0), 1000)]


def test_the_same_records_change_nothing_and_leave_the_state_file_alone(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    found = shop.run(day(1), {"b": 2000, "a": 1000})
    assert (found.counts.unchanged, found.counts.changed, found.changes.height) == (2, 0, 0)
    assert found.all_live


def test_R_RUN_2_a_run_without_a_new_state_file_still_counts_as_a_sighting(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    for number in range(1, 10):
        assert shop.run(day(number), {"a": 1000, "b": 2000}, parse_all=False).changes.height == 0
    shop.run(day(10), {"a": 1000})
    found = shop.run(day(10.5), {"a": 1000})
    assert found.counts.gone == 1
    assert [kind for kind, _, _ in shop.changes("b")] == ["first", "gone"]


def test_the_same_offers_in_other_bytes_cost_no_row(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    found = shop.run(day(1), {"a": 1000, "b": 2000}, parse_all=True)
    assert (found.counts.unchanged, found.changed.height, found.changes.height) == (2, 0, 0)


def test_a_changed_price_is_a_price_row_with_the_price_before(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    found = shop.run(day(1), {"a": 900, "b": 2000})
    assert (found.counts.changed, found.counts.unchanged) == (1, 1)
    row = found.changes.row(0, named=True)
    assert (row["kind"], row["before_minor"], row["price_minor"]) == ("price", 1000, 900)
    assert row["run"] == 2


def test_a_changed_title_is_an_identity_change_and_no_price_change(shop: Shop) -> None:
    shop.run(day(0), {"a": {"regular_minor": 1000}})
    found = shop.run(day(1), {"a": {"regular_minor": 1000, "title": "Other"}})
    assert found.changes["kind"].to_list() == ["identity"]
    assert found.changed.select("hot", "texts").row(0) == (False, True)


def test_a_changed_availability_and_a_changed_claim_are_told_apart(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000, "b": 1000})
    found = shop.run(
        day(1),
        {
            "a": {"regular_minor": 1000, "availability": "out_of_stock"},
            "b": {"regular_minor": 1000, "ref_price_minor": 1500, "ref_kind": "uvp"},
        },
    )
    assert found.changes["kind"].to_list() == ["availability", "claim"]
    assert found.changes["ref_price_minor"].to_list() == [None, 1500]


def test_R_F_3_an_offer_is_gone_after_two_full_runs_without_it_dated_at_the_first(
    shop: Shop,
) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    assert shop.run(day(1), {"a": 1000}).counts.gone == 0
    assert shop.run(day(2), {"a": 1000}).counts.gone == 1
    assert [(k, at) for k, at, _ in shop.changes("b")] == [
        ("first", day(0)),
        ("gone", day(1)),
        ("unseen", day(2)),
    ]


def test_R_F_3_one_missing_run_expires_nothing(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    shop.run(day(1), {"a": 1000})
    shop.run(day(1.5), {"a": 1000, "b": 2000})
    shop.run(day(2), {"a": 1000})
    assert [kind for kind, _, _ in shop.changes("b")] == ["first"]


def test_R_RUN_4_a_partial_run_counts_towards_no_expiry_and_breaks_none(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    shop.run(day(0.5), {"a": 1000})
    found = shop.run(day(1), {"a": 1000}, kind=RunKind.PARTIAL)
    assert found.counts.gone == 0
    assert shop.run(day(1.5), {"a": 1000}).counts.gone == 1


def test_R_RUN_4_the_return_of_a_gone_offer_is_read_although_its_bytes_are_the_same(
    shop: Shop,
) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    shop.run(day(1), {"a": 1000})
    shop.run(day(2), {"a": 1000})
    found = shop.run(day(3), {"a": 1000, "b": 2000})
    assert (found.counts.changed, found.counts.new) == (1, 0)
    assert [kind for kind, _, _ in shop.changes("b")][-1] == "back"
    assert found.live == 2


def test_R_RUN_4_a_rejected_row_with_a_readable_id_is_present_with_its_price_unknown(
    shop: Shop,
) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    found = shop.run(day(1), {"a": 1000}, rejected=["b"])
    assert (found.counts.read, found.counts.accepted, found.missing) == (2, 1, 0)
    assert shop.changes("b")[-1] == ("price", day(1), None)
    back = shop.run(day(2), {"a": 1000, "b": 2000})
    assert back.counts.changed == 1
    assert shop.changes("b")[-1] == ("price", day(2), 2000)


def test_R_RUN_4_of_two_rows_with_one_id_the_first_counts(shop: Shop) -> None:
    found = shop.run(day(0), {"a": 1000}, again={"a": 900})
    assert (found.counts.read, found.counts.accepted) == (2, 1)
    assert found.counts.rejected == {"id_duplicate": 1}
    assert shop.changes("a") == [("first", day(0), 900)]


def test_R_RUN_4_of_two_rows_with_one_id_the_known_record_wins(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000})
    found = shop.run(day(1), {"a": 1000}, again={"a": 900})
    assert found.counts.rejected == {"id_duplicate": 1}
    assert (found.counts.unchanged, found.counts.changed) == (1, 0)
    assert found.rejections["source_offer_id"].to_list() == ["a"]


def test_R_RUN_3_a_sale_begins_and_ends_without_a_byte_changing(shop: Shop) -> None:
    sale = {
        "a": {
            "regular_minor": 1000,
            "sale_minor": 800,
            "sale_from": day(1.5),
            "sale_to": day(3.5),
        }
    }
    shop.run(day(1), sale)
    during = shop.repeat(day(2))
    assert (during.counts.changed, during.woken["price_minor"].to_list()) == (1, [800])
    assert during.changes["ref_price_minor"].to_list() == [1000]
    shop.repeat(day(3))
    after = shop.repeat(day(4))
    assert after.woken["price_minor"].to_list() == [1000]
    assert [(k, p) for k, _, p in shop.changes("a")] == [
        ("first", 1000),
        ("price", 800),
        ("price", 1000),
    ]


def test_R_RUN_3_an_expired_offer_is_out_of_stock_from_then_on(shop: Shop) -> None:
    shop.run(day(0), {"a": {"regular_minor": 1000, "expires_at": day(1.5)}})
    found = shop.repeat(day(2))
    assert found.changes["kind"].to_list() == ["availability"]
    assert found.changes["availability"].to_list() == ["out_of_stock"]


def test_R_C_4_an_unchanged_answer_repeats_the_absences_of_the_run_before(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    missing = shop.run(day(1), {"a": 1000})
    assert missing.pending
    found = shop.repeat(day(2))
    assert (found.counts.gone, found.pending) == (1, False)


def test_R_RUN_2_a_sighting_that_ran_out_is_unseen_from_then_and_seen_on_return(
    shop: Shop,
) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    shop.run(day(1), {"a": 1000}, kind=RunKind.PARTIAL)
    shop.run(day(3), {"a": 1000}, kind=RunKind.PARTIAL)
    shop.run(day(4), {"a": 1000, "b": 2000})
    assert [(k, at) for k, at, _ in shop.changes("b")] == [
        ("first", day(0)),
        ("unseen", day(2)),
        ("seen", day(4)),
    ]


def test_R_RUN_2_a_return_after_the_sighting_ran_out_between_two_runs_is_noted_too(
    shop: Shop,
) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    shop.run(day(1.5), {"a": 1000})
    shop.run(day(3), {"a": 1000, "b": 2000})
    assert [(k, at) for k, at, _ in shop.changes("b")] == [
        ("first", day(0)),
        ("unseen", day(2)),
        ("seen", day(3)),
    ]


def test_an_outage_of_the_whole_source_writes_no_row(shop: Shop) -> None:
    shop.run(day(0), {"a": 1000, "b": 2000})
    found = shop.run(day(20), {"a": 1000, "b": 2000})
    assert found.changes.height == 0


def test_known_ids_are_found_whatever_the_order_of_the_feed(shop: Shop) -> None:
    names = {f"sku-{n}": n + 100 for n in range(500)}
    shop.run(day(0), names)
    turned = dict(reversed([(name, price + 1) for name, price in names.items()]))
    found = shop.run(day(1), turned)
    assert (found.counts.changed, found.counts.new) == (500, 0)
    assert found.changes.filter(pl.col("price_minor") - pl.col("before_minor") != 1).height == 0


def test_R_F_2_offers_under_new_ids_keep_ordinal_and_history_where_the_address_is_unique(
    shop: Shop,
) -> None:
    def offer(price: int, url: str) -> dict[str, object]:
        return {"regular_minor": price, "landing_url": f"https://shop.example/{url}"}

    shop.run(day(0), {"a": offer(1000, "x"), "b": offer(2000, "y"), "c": offer(3000, "y")})
    found = shop.run(
        day(1), {"A": offer(900, "x"), "B": offer(2000, "y"), "N": offer(1, "z")}, keep=Sign.URL
    )
    assert (found.counts.new, found.counts.changed, found.missing) == (2, 1, 2)
    assert shop.ordinal("A") == 0
    assert [(k, p) for k, _, p in shop.changes("A")] == [
        ("first", 1000),
        ("price", 900),
        ("identity", 900),
    ]
    again = shop.run(day(2), {"A": offer(900, "x"), "B": offer(2000, "y"), "N": offer(1, "z")})
    assert (again.counts.unchanged, again.counts.gone) == (3, 2)
