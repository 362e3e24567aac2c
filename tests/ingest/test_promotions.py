import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.feeds import EXAMPLES, Folder, item, rss
from sparfuchs.ingest.api import FeedSettings, Promotions, from_path, read_promotions
from sparfuchs.kernel.errors import FeedUnreadable

WHOLE = {
    "promotion_id": "P1",
    "long_title": "10 Euro weniger",
    "product_applicability": "all_products",
    "offer_type": "no_code",
    "coupon_value_type": "money_off",
    "money_off_amount": "10.00 EUR",
    "promotion_effective_dates": "2026-11-01/2026-11-30",
}


def found(folder: Folder, *promotions: dict[str, str], **settings: str) -> Promotions:
    items = [
        "".join(f"<g:{name}>{text}</g:{name}>" for name, text in {**WHOLE, **each}.items() if text)
        for each in promotions
    ]
    path = folder.write(rss(*items))
    return read_promotions(from_path(path), FeedSettings.from_pairs(settings))


def only(folder: Folder, **changed: str) -> dict[str, Any]:
    read = found(folder, changed)
    assert read.promotions.height == 1, read.rejections
    return read.promotions.row(0, named=True)


def test_the_example_feed_reads_as_it_says() -> None:
    read = read_promotions(from_path(EXAMPLES / "teehaus-aktionen.xml"), FeedSettings())
    assert read.detected.format == "google-promotions"
    first, second = read.promotions.rows(named=True)
    assert (first["code"], first["kind"], first["percent"]) == ("HERBST10", "percent_off", 10)
    assert (first["minimum_minor"], first["currency"]) == (3000, "EUR")
    assert first["all_products"]
    assert first["starts_at"] == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert json.loads(first["terms"]) == {"redemption_channel": "online"}
    assert (second["kind"], second["code"], second["percent"]) == ("buy_get", None, None)
    assert not second["all_products"]
    assert second["ends_at"] == datetime(2026, 11, 29, 23, tzinfo=UTC)
    assert json.loads(second["terms"])["item_id"] == ["T-1", "T-2"]
    (bad,) = read.rejections.rows(named=True)
    assert (bad["line"], bad["reason"], bad["value"]) == (3, "dates_unreadable", "bald")


def test_R_G_7_a_promotion_is_no_offer_and_is_refused_as_a_feed_of_them(folder: Folder) -> None:
    found(folder, {})
    with pytest.raises(FeedUnreadable, match="promotions, no offers"):
        folder.read((folder.path / "feed").read_bytes())


def test_R_G_7_an_offer_names_its_promotions_and_keeps_its_price(folder: Folder) -> None:
    more = "<g:promotion_id>P1</g:promotion_id><g:promotion_id>P2</g:promotion_id>"
    offer = folder.read(rss(item() + more)).only
    assert (offer["promotion_ids"], offer["regular_minor"]) == (["P1", "P2"], 1999)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"promotion_id": ""}, "id_missing"),
        ({"long_title": ""}, "title_missing"),
        ({"offer_type": "generic_code"}, "code_missing"),
        ({"promotion_effective_dates": ""}, "dates_unreadable"),
        ({"promotion_effective_dates": "2026-11-30/2026-11-01"}, "dates_unreadable"),
        ({"money_off_amount": ""}, "price_missing"),
        ({"money_off_amount": "viel"}, "price_unreadable"),
        ({"money_off_amount": "10"}, "currency_missing"),
        ({"money_off_amount": "10.005 EUR"}, "price_too_precise"),
        ({"coupon_value_type": "percent_off", "percent_off": "120"}, "price_unreadable"),
    ],
)
def test_what_lacks_a_needed_term_is_rejected_with_its_reason(
    folder: Folder, changed: dict[str, str], reason: str
) -> None:
    read = found(folder, changed, {"promotion_id": "P2"})
    assert read.promotions["source_promotion_id"].to_list() == ["P2"]
    assert read.rejections["reason"].to_list() == [reason]


def test_a_code_that_is_not_needed_is_none(folder: Folder) -> None:
    assert only(folder, generic_redemption_code="X1")["code"] is None
    coded = only(folder, offer_type="generic_code", generic_redemption_code="X1")
    assert coded["code"] == "X1"


def test_one_promotion_twice_counts_once(folder: Folder) -> None:
    read = found(folder, {}, {})
    assert read.promotions.height == 1
    assert read.rejections["reason"].to_list() == ["id_duplicate"]


def test_R_F_1_a_broken_promotion_costs_no_other(folder: Folder) -> None:
    path = folder.write(
        rss(*("".join(f"<g:{n}>{t}</g:{n}>" for n, t in WHOLE.items()), "<g:promotion_id>"))
    )
    read = read_promotions(from_path(path), FeedSettings())
    assert read.promotions.height == 1
    assert read.rejections["reason"].to_list() == ["row_malformed"]


def test_a_table_says_the_same_as_elements(folder: Folder) -> None:
    names = "\t".join(WHOLE)
    path = folder.write(f"{names}\n" + "\t".join(WHOLE.values()) + "\nP2\tkurz\n", "table")
    read = read_promotions(from_path(path), FeedSettings())
    same = only(folder)
    (row,) = read.promotions.rows(named=True)
    assert {**row, "line": 1} == same
    assert read.rejections["reason"].to_list() == ["row_malformed"]


def test_the_currency_of_an_amount_can_be_said(folder: Folder) -> None:
    read = found(folder, {"money_off_amount": "10"}, currency="CHF")
    assert read.promotions["currency"].to_list() == ["CHF"]
