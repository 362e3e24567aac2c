import csv
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.corpus_deals import DEALS, Seen
from ingest.feeds import REAL, Folder, example
from sparfuchs.ingest.deal_text import read_deal
from sparfuchs.ingest.human_prices import find_prices, one_price
from sparfuchs.ingest.prices import Amount
from sparfuchs.kernel.outcome import Reason


def said(price: Amount | Reason) -> str | Reason:
    if isinstance(price, Reason):
        return price
    number = f"{price.whole}.{price.fraction}" if price.fraction else price.whole
    return f"{number} {price.token}"


@pytest.mark.parametrize("seen", DEALS, ids=lambda seen: f"{seen.title} {seen.body}"[:50])
def test_R_F_5_a_deal_of_the_corpus_means_one_price_or_none(seen: Seen) -> None:
    deal = read_deal(seen.title, seen.body, seen.field, style=seen.style)
    assert said(deal.price) == seen.price
    assert deal.codes == seen.codes


@given(st.text(alphabet="0123456789.,'€$£ -–abFürstat%/x", max_size=40))
def test_no_text_raises_and_one_amount_is_never_of_two(text: str) -> None:
    find_prices(text)
    read = one_price(text)
    if isinstance(read, Amount):
        assert read.whole.isdigit()
        assert read.fraction == "" or read.fraction.isdigit()


def post(title: str, more: str = "", guid: str = "1") -> str:
    return f"<item><title>{title}</title><guid>{guid}</guid>{more}</item>"


def feed(*posts: str, names: str = "", language: str = "<language>en</language>") -> str:
    return (
        f'<?xml version="1.0"?><rss version="2.0" {names}><channel><title>Deals</title>{language}'
        f"{''.join(posts)}</channel></rss>"
    )


PEPPER = 'xmlns:pepper="http://other.example/any"'
OZB = 'xmlns:ozb="https://www.ozbargain.example"'


def test_the_example_feed_reads_as_it_says() -> None:
    result = example("schnaeppchen-deals.xml")
    assert result.reading.detected.format == "deal-rss"
    assert result.reasons == {"price_ambiguous": 1, "price_unreadable": 1}
    kettle = result.offer("freunde-1")
    assert kettle["title"] == "Wasserkocher Siede 1,7 l für 1.024,90€ bei Kesselflicker"
    assert (kettle["regular_minor"], kettle["currency"]) == (102490, "EUR")
    assert (kettle["ref_price_minor"], kettle["shipping_minor"]) == (119900, 495)
    assert (kettle["audience"], kettle["landing_url"]) == ("coupon_public", None)
    assert kettle["description"] is None
    told = json.loads(kettle["attributes"])
    assert (told["merchant"], told["codes"]) == ("Kesselflicker", ["SIEDE10"])
    pot = result.offer("https://freunde.example/deals/topf-3")
    assert (pot["regular_minor"], pot["ref_price_minor"]) == (1990, 2990)
    assert (pot["audience"], pot["flags"]) == ("public", ["price_from_text"])


def test_the_namespace_of_a_community_may_be_any(folder: Folder) -> None:
    content = feed(post("Ding", '<pepper:merchant name="Anker" price="£1,150"/>'), names=PEPPER)
    offer = folder.read(content).only
    assert (offer["regular_minor"], offer["currency"]) == (115000, "GBP")


def test_the_page_of_the_shop_is_the_landing_page_where_it_is_named(folder: Folder) -> None:
    meta = (
        '<ozb:meta url="https://shop.example/ding?utm_source=oz" link="https://oz.example/go/1"/>'
    )
    offer = folder.read(feed(post("Ding $20 @ Anker", meta), names=OZB), currency="AUD").only
    assert (offer["landing_url"], offer["regular_minor"]) == ("https://shop.example/ding", 2000)


def test_a_sign_of_several_countries_is_no_currency_until_it_is_said(folder: Folder) -> None:
    posts = [post(f"Ding $2{n} at Anker", guid=str(n)) for n in range(3)]
    assert folder.read(feed(*posts)).reasons == {"currency_missing": 3}
    assert folder.read(feed(*posts), currency="USD").offers["regular_minor"].to_list() == [
        2000, 2100, 2200,
    ]  # fmt: skip


def test_R_F_1_a_broken_post_costs_no_other(folder: Folder) -> None:
    content = feed(post("A 5€"), "<item><title>B</item>", post("C 7€ &nbsp;", guid="3"))
    result = folder.read(content)
    assert result.offers["regular_minor"].to_list() == [500, 700]
    assert result.reasons == {"row_malformed": 1}


@pytest.mark.skipif(not REAL.exists(), reason=f"{REAL} is not there")
class TestRealPosts:
    """Posts of a German community, whose own price field judges what is read."""

    def posts(self) -> list[dict[str, str]]:
        with gzip.open(REAL / "deals-mydealz-de" / "mydealz.csv.gz") as file:
            return list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))

    def test_every_price_field_is_read_or_is_none(self) -> None:
        unread = {
            post["price"]
            for post in self.posts()
            if not isinstance(one_price(post["price"], style=","), Amount)
        }
        assert unread == {"NaN", "KOSTENLOS", "-19%", "-16%", "-10%", "-4%"}

    def test_a_price_read_out_of_a_title_is_mostly_that_of_the_field(self) -> None:
        right = other = 0
        for post in self.posts():
            field = one_price(post["price"], style=",")
            title = read_deal(post["title"], style=",").price
            if isinstance(field, Amount) and isinstance(title, Amount):
                same = (field.whole, field.fraction.rstrip("0")) == (
                    title.whole, title.fraction.rstrip("0"),
                )  # fmt: skip
                right, other = right + same, other + (not same)
        # The rest are posts whose title names another price than their field (without postage, with
        # a voucher): they are flagged, because nothing in the text shows it.
        assert right >= 480
        assert right / (right + other) > 0.92

    def test_codes_are_found_and_hold_no_words(self) -> None:
        codes = {
            code
            for post in self.posts()
            for code in read_deal(post["title"], post["description"], style=",").codes
        }
        assert {"POWERFRIDAY", "PREISWERT5", "SHOOPJBL10", "NUXYUV"} <= codes
        assert len(codes) < 40
