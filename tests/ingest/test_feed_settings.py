from datetime import timedelta

import pytest

from sparfuchs.ingest.api import FeedSettings, Format, allowed_keys, parser_salt
from sparfuchs.kernel.errors import UsageError


def test_settings_are_read_from_words() -> None:
    settings = FeedSettings.from_pairs(
        {
            "format": "awin-csv",
            "encoding": "ISO-8859-1",
            "delimiter": "semicolon",
            "decimal": "comma",
            "currency": "eur",
            "zone": "Europe/Vienna",
            "country": "at",
            "interval": "6h",
            "shop_url": "https://shop.example/",
            "gtin_column": "EAN-Nummer",
        }
    )
    assert settings.format is Format.AWIN_CSV
    assert (settings.encoding, settings.delimiter, settings.decimal) == ("cp1252", ";", ",")
    assert (settings.currency, settings.zone, settings.country) == ("EUR", "Europe/Vienna", "AT")
    assert settings.interval == timedelta(hours=6)
    assert (settings.shop_url, settings.columns) == (
        "https://shop.example", {"gtin": "EAN-Nummer"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "means"),
    [("90m", timedelta(minutes=90)), ("1d", timedelta(days=1)), ("3600", timedelta(hours=1))],
)
def test_an_interval_is_a_number_and_a_unit(text: str, means: timedelta) -> None:
    assert FeedSettings.from_pairs({"interval": text}).interval == means


def test_auto_leaves_it_to_the_content() -> None:
    pairs = dict.fromkeys(("format", "encoding", "delimiter", "decimal", "currency"), "auto")
    assert FeedSettings.from_pairs(pairs) == FeedSettings()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "xml"),
        ("encoding", "klingonisch"),
        ("delimiter", "ab"),
        ("delimiter", "x"),
        ("decimal", ";"),
        ("currency", "EURO"),
        ("zone", "Berlin"),
        ("country", "Deutschland"),
        ("interval", "oft"),
        ("interval", "0h"),
        ("shop_url", "shop.example"),
        ("max_rows", "viele"),
    ],
)
def test_a_value_that_cannot_be_meant_is_named(key: str, value: str) -> None:
    with pytest.raises(UsageError, match=value):
        FeedSettings.from_pairs({key: value})


def test_an_unknown_key_is_answered_with_those_that_exist() -> None:
    with pytest.raises(UsageError) as caught:
        FeedSettings.from_pairs({"colour": "x"})
    assert all(key in caught.value.message for key in ("colour", "currency", "id_column"))
    assert "delimiter" in allowed_keys()


def test_R_RUN_5_the_parsers_salt_follows_what_changes_the_reading_alone() -> None:
    plain = parser_salt(FeedSettings())
    assert parser_salt(FeedSettings.from_pairs({"interval": "1h"})) == plain
    assert parser_salt(FeedSettings.from_pairs({"currency": "EUR"})) != plain
    assert parser_salt(FeedSettings.from_pairs({"id_column": "sku"})) != plain
