import pytest

from ingest.feeds import Folder, awin, item, rss, shopify, tsv
from sparfuchs.ingest.api import FeedSettings, detect, from_path
from sparfuchs.ingest.detect import Detected
from sparfuchs.kernel.errors import FeedUnreadable, NotFound


def found(folder: Folder, content: str | bytes, **settings: str) -> Detected:
    return detect(from_path(folder.write(content)), FeedSettings.from_pairs(settings))


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (rss(item()), "google-rss"),
        ("\n  " + rss(item()).replace('<?xml version="1.0"?>', ""), "google-rss"),
        (tsv({}), "google-tsv"),
        (awin({}), "awin-csv"),
        (shopify({}), "shopify-json"),
        ("[]", "shopify-json"),
    ],
)
def test_the_format_is_found_by_the_content(folder: Folder, content: str, name: str) -> None:
    assert found(folder, content).format == name


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|", "^", "~", "\x01"])
def test_any_delimiter_is_found_in_the_header(folder: Folder, delimiter: str) -> None:
    rows = {"title": "Ding: groß; klein|mittel" if delimiter not in ";|" else "Ding"}
    result = folder.read(tsv(rows, delimiter=delimiter))
    assert result.reading.detected.delimiter == delimiter
    assert result.offers.height == 1


def test_the_header_is_understood_in_many_spellings(folder: Folder) -> None:
    feed = "sep=;\n\nID;Title;g:price;Image Link;GTIN\n1;Ding;5.00 EUR;https://i.example/1.jpg;\n"
    offer = folder.read("\ufeff" + feed).only
    assert offer["image_urls"] == ["https://i.example/1.jpg"]
    assert offer["line"] == 4


@pytest.mark.parametrize(
    ("prices", "decimal"),
    [
        (["1.299,00 EUR", "5 EUR"], ","),
        (["1,299.00 EUR", "5 EUR"], "."),
        (["19,99 EUR", "19,99 EUR", "19.99 EUR"], ","),
        (["19.99 EUR"], "."),
        (["5 EUR"], "."),
        (["1.299 EUR"], "."),
    ],
)
def test_the_decimal_sign_is_that_of_most_prices(
    folder: Folder, prices: list[str], decimal: str
) -> None:
    rows = [{"price": price} for price in prices]
    assert found(folder, tsv(*rows)).decimal == decimal
    assert found(folder, rss(*(item(price=price) for price in prices))).decimal == decimal


def test_a_german_feed_and_an_english_one_mean_the_same_money(folder: Folder) -> None:
    german = folder.read(tsv({"price": "1.234,56 EUR"}, {"price": "7,00 EUR"}))
    english = folder.read(tsv({"price": "1,234.56 EUR"}, {"price": "7.00 EUR"}))
    assert german.offers["regular_minor"].to_list() == [123456, 700]
    assert english.offers["regular_minor"].to_list() == [123456, 700]


def test_what_is_set_is_not_argued_with(folder: Folder) -> None:
    detected = found(folder, tsv({}), decimal=",", delimiter="tab", format="google-tsv")
    assert (detected.decimal, detected.delimiter) == (",", "\t")
    assert found(folder, tsv({"price": "5.00"}), currency="CHF").currency == "CHF"
    assert found(folder, tsv({"price": "5.00 USD"}), currency="CHF").currency == "USD"


def test_own_names_of_columns_are_understood(folder: Folder) -> None:
    feed = "Artikelnummer;Bezeichnung;Brutto;Ziel-URL\nA1;Ding;19,99;https://shop.example/a1\n"
    settings = {
        "id_column": "Artikelnummer",
        "title_column": "Bezeichnung",
        "price_column": "Brutto",
        "link_column": "Ziel-URL",
        "currency": "EUR",
    }
    offer = folder.read(feed, **settings).only
    assert (offer["source_offer_id"], offer["regular_minor"]) == ("A1", 1999)
    assert offer["landing_url"] == "https://shop.example/a1"
    own = rss(item(id="", sku="A7"))
    assert folder.read(own, id_column="sku").only["source_offer_id"] == "A7"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty: there are no rows"),
        (" \n\t ", "is empty: there are no rows"),
        ("<!DOCTYPE html><html><title>404 Not Found</title>", 'web page titled "404 Not'),
        ("\n<HTML><body>weg</body></HTML>", "is a web page"),
        ("<products><product><id>1</id></product></products>", "root <products>"),
        ('{"error": "unauthorised"}', "no complete list of products"),
        ("Bitte erst anmelden.", "no feed that we know"),
        ("spalte1;spalte2\n1;2\n", "no feed that we know"),
    ],
)  # fmt: skip
def test_what_is_no_feed_is_refused_with_a_sentence_that_says_what_it_is(
    folder: Folder, content: str, says: str
) -> None:
    with pytest.raises(FeedUnreadable, match=says):
        found(folder, content)


def test_a_path_where_nothing_is_says_so(folder: Folder) -> None:
    with pytest.raises(NotFound, match="no file or folder"):
        from_path(folder.path / "weg.csv")
    with pytest.raises(NotFound, match="no feed files"):
        from_path(folder.path)


def test_facts_hold_what_must_not_change_between_runs(folder: Folder) -> None:
    assert found(folder, tsv({})).facts() == {
        "format": "google-tsv",
        "encoding": "utf-8",
        "compression": "none",
        "delimiter": "\t",
        "decimal": ".",
        "currency": "EUR",
    }
