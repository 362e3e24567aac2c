"""Promotions from their documents to the offers they are for, without touching a price (R-G-7)."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.market import NOW, Shop, day
from sparfuchs.events.feed import PromotionsChanged
from sparfuchs.flows.release import release_run
from sparfuchs.flows.show_promotions import list_promotions, show_promotion
from sparfuchs.flows.sources import remove_source
from sparfuchs.kernel.errors import NotFound

RUNNING = "2026-01-01/2026-02-01"
WHOLE = {
    "promotion_id": "P1",
    "long_title": "10 Euro weniger",
    "product_applicability": "all_products",
    "offer_type": "generic_code",
    "generic_redemption_code": "ZEHN",
    "coupon_value_type": "money_off",
    "money_off_amount": "10.00 EUR",
    "minimum_purchase_amount": "50.00 EUR",
    "promotion_effective_dates": RUNNING,
}


def document(*promotions: dict[str, str]) -> str:
    items = "".join(
        "<item>"
        + "".join(
            f"<g:{name}>{text}</g:{name}>"
            for name, texts in {**WHOLE, **each}.items()
            for text in texts.split("|")
            if text
        )
        + "</item>"
        for each in promotions
    )
    return (
        '<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">'
        f"<channel><title>x</title>{items}</channel></rss>"
    )


@pytest.fixture
def grants(shop: Shop, tmp_path: Path) -> Shop:
    """The source of the same shop's promotions."""
    return Shop(shop.here, tmp_path / "aktionen.xml", "aktionen")


def applied(shop: Shop, offer: str, number: float = 5) -> dict[str, str]:
    """Promotions of an offer at a day, and why each applies."""
    found = shop.offer(offer, now=day(number))["promotions"]
    return {one["source_promotion_id"]: one["applies"] for one in found}


def stated(shop: Shop, number: float = 5, *, everything: bool = False) -> list[dict[str, Any]]:
    return list_promotions(shop.here, "laden", now=day(number), everything=everything, limit=100)


def told(shop: Shop) -> list[PromotionsChanged]:
    logged = shop.here.log.read("test", PromotionsChanged.topic, 100)
    return [
        PromotionsChanged.from_event(one.event)
        for one in logged
        if one.event.type == PromotionsChanged.type
    ]


def test_R_G_7_a_promotion_stands_beside_the_price_and_never_in_it(
    shop: Shop, grants: Shop
) -> None:
    shop.read(0, {"a": 80.0})
    before = (shop.history("a"), shop.offer("a")["price"])
    report = grants.read(1, document({}, {"promotion_id": "B", "coupon_value_type":
        "buy_m_get_n_percent_off", "money_off_amount": "", "percent_off": "100"}))  # fmt: skip
    assert (report.run.counts.read, report.run.counts.accepted, report.run.counts.new) == (2, 2, 2)
    shop.read(2, {"a": 80.0, "b": 9.0})
    assert (shop.history("a"), shop.offer("a")["price"]) == before
    (coupon, bundle) = shop.offer("a", now=day(5))["promotions"]
    assert (coupon["code"], coupon["applies"], coupon["kind"]) == ("ZEHN", "merchant", "money_off")
    assert coupon["minimum_spend"] == {"minor": 5000, "currency": "EUR"}
    assert coupon["money_off"] == {"minor": 1000, "currency": "EUR"}
    assert bundle["kind"] == "buy_get"
    assert shop.count("side_prices") == 0
    assert told(shop) == [PromotionsChanged(grants.source.id, 1, begun=2, changed=0, ended=0)]


@pytest.mark.parametrize(
    ("number", "shown", "status"),
    [(-1, False, "to_come"), (0, True, "valid"), (31, True, "valid"), (32, False, "over")],
)
def test_R_G_7_only_what_is_valid_now_is_shown(
    shop: Shop,
    grants: Shop,
    number: float,
    shown: bool,  # noqa: FBT001 - a case
    status: str,
) -> None:
    shop.read(0, {"a": 80.0})
    grants.read(0, document({}))
    assert bool(applied(shop, "a", number)) is shown
    assert bool(stated(shop, number)) is shown
    assert [one["status"] for one in stated(shop, number, everything=True)] == [status]


def test_what_is_not_to_be_shown_yet_is_not_shown(shop: Shop, grants: Shop) -> None:
    grants.read(0, document({"promotion_display_dates": "2026-01-10/2026-01-20"}))
    assert stated(shop, 5) == []
    assert len(stated(shop, 12)) == 1


@pytest.mark.parametrize(
    ("terms", "offers"),
    [
        ({}, {}),
        ({"item_id": "a"}, {"a": "item"}),
        ({"item_id": "a,b"}, {"a": "item", "b": "item"}),
        ({"brand": "ACME"}, {"a": "brand", "b": "brand"}),
        ({"product_type": "Küche > Töpfe"}, {"a": "category"}),
        ({"product_type": "Küche"}, {"a": "category", "c": "category"}),
        ({"brand": "Acme", "product_type": "Küche"}, {"a": "brand"}),
        ({"product_type": "Kü"}, {}),
        ({"item_group_id": "G"}, {"b": "group"}),
        ({"brand": "Acme", "item_id_exclusion": "a"}, {"b": "brand"}),
    ],
)
def test_a_promotion_for_some_products_applies_to_these(
    shop: Shop, grants: Shop, terms: dict[str, str], offers: dict[str, str]
) -> None:
    plain = {"price": "80.00 EUR", "brand": "", "product_type": "", "item_group_id": "",
             "promotion_id": ""}  # fmt: skip
    shop.read(0, {
        "a": {**plain, "brand": "Acme", "product_type": "Küche > Töpfe > Stiel"},
        "b": {**plain, "brand": "Acme", "item_group_id": "G"},
        "c": {**plain, "product_type": "Küche"},
        "d": {**plain, "promotion_id": "P1"},
    })  # fmt: skip
    grants.read(1, document({"product_applicability": "specific_products", **terms}))
    found = {name: why for name in "abcd" for why in applied(shop, name).values()}
    assert found == {**offers, "d": "named"}


def test_an_exclusion_takes_a_part_of_everything(shop: Shop, grants: Shop) -> None:
    columns = {"price": "9.00 EUR", "brand": "Acme"}
    shop.read(0, {"a": columns, "b": {**columns, "brand": "Zett"}})
    grants.read(1, document({"brand_exclusion": "zett"}))
    assert (applied(shop, "a"), applied(shop, "b")) == ({"P1": "merchant"}, {})
    assert not stated(shop)[0]["for_everything"]


def test_a_promotion_is_for_no_other_merchant(shop: Shop, grants: Shop, tmp_path: Path) -> None:
    other = Shop(shop.here, tmp_path / "other.tsv", merchant="Nachbar")
    other.read(0, {"a": 80.0})
    grants.read(1, document({}))
    assert applied(other, "a") == {}
    with pytest.raises(NotFound, match="no merchant"):
        list_promotions(shop.here, "niemand", now=NOW, limit=1)


def test_R_G_7_a_promotion_that_vanished_ends_and_one_that_returns_begins_again(
    shop: Shop, grants: Shop
) -> None:
    grants.read(0, document({}, {"promotion_id": "P2"}))
    name = stated(shop)[1]["id"]
    again = grants.read(1, document({"long_title": "Zehn weniger"}))
    assert (again.run.counts.changed, again.run.counts.gone) == (1, 1)
    assert [one["title"] for one in stated(shop)] == ["Zehn weniger"]
    gone = show_promotion(shop.here, name, now=day(5))
    assert (gone["status"], gone["gone_at"]) == ("gone", day(1).isoformat())
    back = grants.read(2, document({"long_title": "Zehn weniger"}, {"promotion_id": "P2"}))
    assert (back.run.counts.new, back.run.counts.unchanged) == (1, 1)
    assert show_promotion(shop.here, name, now=day(5))["status"] == "valid"
    assert [(one.begun, one.changed, one.ended) for one in told(shop)] == [
        (2, 0, 0), (0, 1, 1), (1, 0, 0),
    ]  # fmt: skip


def test_the_same_promotions_again_are_one_row_and_no_event(shop: Shop, grants: Shop) -> None:
    grants.read(0, document({}))
    repeated = grants.read(1)
    assert (repeated.run.kind, repeated.run.counts.unchanged) == ("unchanged", 1)
    other_bytes = grants.read(2, document({}) + "\n")
    assert (other_bytes.run.kind, other_bytes.run.counts.unchanged) == ("full", 1)
    assert len(told(shop)) == 1


def test_R_F_2_promotions_of_which_too_many_are_bad_are_held_and_can_be_released(
    shop: Shop, grants: Shop
) -> None:
    grants.read(0, document({}))
    bad = {"promotion_id": "P9", "promotion_effective_dates": "bald"}
    held = grants.read(1, document({"promotion_id": "P2"}, bad))
    assert held.held
    assert [one["source_promotion_id"] for one in stated(shop)] == ["P1"]
    done = release_run(shop.here, "laden/aktionen:2", now=NOW)
    assert (done.run.status, done.run.counts.rejected) == ("published", {"dates_unreadable": 1})
    assert [one["source_promotion_id"] for one in stated(shop)] == ["P2"]


def test_R_F_2_half_of_many_promotions_is_held_and_half_of_a_few_is_not(grants: Shop) -> None:
    def many(count: int) -> str:
        return document(*({"promotion_id": f"P{n}"} for n in range(count)))

    grants.read(0, many(4))
    assert not grants.read(1, many(1)).held
    grants.read(2, many(30))
    assert grants.read(3, many(14)).held


def test_a_removed_source_leaves_no_promotion(shop: Shop, grants: Shop) -> None:
    grants.read(0, document({}))
    remove_source(shop.here, grants.source, now=NOW)
    assert shop.count("promotions") == 0


def test_codes_in_posts_of_a_community_are_promotions_of_these_posts(
    shop: Shop, tmp_path: Path
) -> None:
    def post(name: str, text: str) -> str:
        return (
            f"<item><title>{name} für 19,99€</title><guid>{name}</guid>"
            f"<link>https://deals.example/{name}</link><description>{text}</description>"
            "<pubDate>Thu, 01 Jan 2026 08:00:00 +0100</pubDate>"
            f'<pepper:merchant name="Laden" price="19,99€"/></item>'
        )

    def community(*posts: str) -> str:
        return (
            '<?xml version="1.0"?><rss version="2.0" xmlns:pepper="http://deals.example/p">'
            f"<channel><language>de</language><title>x</title>{''.join(posts)}</channel></rss>"
        )

    with_code, without = post("Topf", "mit Gutscheincode SPAR20"), post("Pfanne", "so")
    deals = Shop(shop.here, tmp_path / "deals.xml", "posts", merchant="Gemeinde")
    deals.read(1, community(with_code, without))
    (coupon,) = deals.offer("Topf", now=day(5))["promotions"]
    assert (coupon["code"], coupon["applies"]) == ("SPAR20", "item")
    assert coupon["starts_at"] == datetime(2026, 1, 1, 7, tzinfo=UTC).isoformat()
    assert deals.offer("Pfanne", now=day(5))["promotions"] == []
    # The code ends with its post, which is gone after two readings without it.
    deals.read(2, community(without))
    assert [one["status"] for one in list_promotions(
        shop.here, "gemeinde", now=day(5), everything=True, limit=9)] == ["valid"]  # fmt: skip
    deals.read(3, community(without, post("Deckel", "auch")))
    assert [one["status"] for one in list_promotions(
        shop.here, "gemeinde", now=day(5), everything=True, limit=9)] == ["gone"]  # fmt: skip
