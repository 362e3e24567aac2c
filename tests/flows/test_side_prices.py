"""Prices of members and with a code are series of their own, from the feed to the verdict."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows.market import Shop, day, feed
from sparfuchs.flows.import_history import import_history
from sparfuchs.flows.read_and_judge import judge
from sparfuchs.plumbing.settings import PricingSettings

TIER = "loyalty_program(program_label:tier_label:price)"


def test_E19_a_price_for_members_in_a_feed_never_touches_the_public_series(shop: Shop) -> None:
    def stated(public: float, member: str) -> dict[str, dict[str, str]]:
        price = f"{public:.2f} EUR"
        return {"a": {"price": price, TIER: member}, "b": {"price": "5.00 EUR", TIER: ""}}

    for number in range(0, 40, 2):
        shop.read(number, stated(100.0, "club:basic:80.00 EUR,club:gold:75.00 EUR"))
    shop.read(40, stated(80.0, "club:basic:80.00 EUR"))
    offer = shop.offer("a")
    assert (offer["verdict"]["verdict"], offer["verdict"]["honest_pct"]) == ("genuine", 20)
    assert offer["verdict"]["evidence"]["lowest_30_days"]["minor"] == 10000
    (member,) = offer["other_prices"]
    assert (member["audience"], member["price"]["minor"]) == ("member", 8000)
    assert shop.history("a") == [("first", 0, 10000), ("price", 40, 8000)]
    assert shop.count("side_prices") == 1
    assert shop.offer("b")["other_prices"] == []
    # It ends with the feed that states it no more.
    shop.read(42, stated(80.0, ""))
    assert shop.offer("a")["other_prices"] == []


def test_a_price_for_members_is_read_from_xml_as_well(shop: Shop, tmp_path: Path) -> None:
    item = (
        "<item><g:id>a</g:id><title>A</title><link>https://shop.example/a</link>"
        "<g:price>10.00 EUR</g:price><g:availability>in_stock</g:availability>"
        "<g:loyalty_program><g:program_label>club</g:program_label><g:price>9.00 EUR</g:price>"
        "</g:loyalty_program></item>"
    )
    text = (
        '<?xml version="1.0"?><rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">'
        f"<channel><title>x</title>{item}</channel></rss>"
    )
    xml = Shop(shop.here, tmp_path / "feed.xml", merchant="Xml")
    xml.read(0, text)
    assert xml.offer("a")["price"]["minor"] == 1000
    assert xml.offer("a")["other_prices"][0]["price"]["minor"] == 900


@pytest.mark.parametrize(
    ("reading", "expected"),
    [("strict", ("genuine", 6, "claim_overstated")), ("lenient", ("genuine", 25, "claim_ok"))],
)
def test_E18_a_code_for_everybody_counts_as_the_setting_says(
    shop: Shop, reading: str, expected: tuple[str, int, str]
) -> None:
    settings = shop.here.settings.model_copy(
        update={"pricing": PricingSettings(public_codes=reading)}
    )
    here = replace(shop.here, settings=settings)
    mine = Shop(here, shop.path)
    for number in range(0, 40, 2):
        mine.read(number, {"a": 100.0})
    cut = {
        "a": {"price": "100.00 EUR", "sale_price": "75.00 EUR"},
    }
    mine.read(40, feed(cut))
    past = shop.path.with_name("codes.csv")
    rows = [
        f"a,{day(n).isoformat()},{price},{who}"
        for n, price, who in (
            (28, "80.00", "coupon_public"),
            (29, "80.00", "coupon_public"),
            (27.5, "100.00", "public"),
            (35, "1.00", "member"),
        )
    ]
    past.write_text("\n".join(["source_offer_id,seen_at,price,audience", *rows]) + "\n")
    done = import_history(here, mine.source.path, past, origin="codes", currency="EUR")
    judge(here, done.report)
    assert done.accepted == 4
    verdict = mine.offer("a")["verdict"]
    found = (verdict["verdict"], verdict["honest_pct"], verdict["claim_verdict"])
    assert found == expected
    assert ("code_low" in verdict["flags"]) == (reading == "strict")
    assert mine.history("a")[-1] == ("price", 40, 7500)
