"""Tables of past prices: what is read, and what is wrong with a row."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sparfuchs.ingest.api import PastPrices, read_past_prices
from sparfuchs.kernel.errors import FeedUnreadable


def read(tmp_path: Path, text: str | bytes, *, decimal: str = ".") -> PastPrices:
    path = tmp_path / "past.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_past_prices(path, zone="Europe/Berlin", currency="EUR", decimal=decimal)


def test_a_table_is_read_with_its_times_in_the_zone_of_the_market(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "source_offer_id,seen_at,price,currency,available\n"
        "a,2026-07-01,12.99,EUR,1\n"
        "a,2026-07-02T10:00:00Z,11.50 CHF,,no\n",
    )
    assert found.rows.drop("by", "audience").rows() == [
        (2, "a", datetime(2026, 6, 30, 22, tzinfo=UTC), 1299, "EUR", "in_stock"),
        (3, "a", datetime(2026, 7, 2, 10, tzinfo=UTC), 1150, "CHF", "out_of_stock"),
    ]
    assert found.read == 2


def test_bad_rows_name_line_field_value_and_rule(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        "id;date;price;audience\n"
        'a;2026-07-01;"1,5";\n'
        ";2026-07-01;2,00;\n"
        "b;gestern;2,00;\n"
        "b;2026-07-01;ab 3,00;\n"
        "b;2026-07-01;2,00;vip\n"
        "b;2026-07-01\n"
        "c;2026-07-01;3,00;;\n"
        "b;2026-07-02;2,00 XXQ;\n",
        decimal=",",
    )
    assert found.rows["sign"].to_list() == ["a", "c"]
    assert found.rejections.select("line", "field", "value", "reason", "rule").rows() == [
        (3, "source_offer_id", None, "id_missing", "R-F-8"),
        (4, "seen_at", "gestern", "time_unreadable", "R-G-2"),
        (5, "price", "ab 3,00", "price_ambiguous", "R-F-5"),
        (6, "audience", "vip", "audience_unknown", "4.2"),
        (7, "row", "b;2026-07-01", "row_malformed", "R-F-1"),
        (9, "price", "2,00 XXQ", "currency_unknown", "R-F-5"),
    ]


def test_offers_may_be_named_by_gtin_and_prices_by_minor_units(tmp_path: Path) -> None:
    rows = "4006381333931,2026-07-01,199\n123,2026-07-01,0\n4006381333931,2026-07-02,\n"
    found = read(tmp_path, f"ean,seen_at,price_minor\n{rows}")
    assert found.by == "gtin"
    assert found.rows.select("sign", "price_minor").rows() == [("04006381333931", 199)]
    assert found.rejections["reason"].to_list() == ["id_missing", "price_missing"]


def test_a_packed_table_in_an_older_encoding_is_read(tmp_path: Path) -> None:
    text = "mpn\tseen_at\tprice\nMÜ-1\t2026-07-01\t3.00\n".encode("cp1252")
    assert read(tmp_path, gzip.compress(text)).rows["sign"].to_list() == ["MÜ-1"]


@pytest.mark.parametrize("text", ["", "price,seen_at\n1,2026-01-01\n", "id,price\na,1\n"])
def test_a_table_without_what_is_needed_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FeedUnreadable, match="must name the columns"):
        read(tmp_path, text)
