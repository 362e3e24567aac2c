import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from ingest.feeds import Folder, tsv, whole
from sparfuchs.ingest.api import FeedSettings, from_path
from sparfuchs.ingest.gtin import DefaultGtins, clean_gtins


def clean(text: str) -> str | None:
    kept: str | None = clean_gtins(pl.Series([text])).item()
    return kept


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("4006381333931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("96385074", "00000096385074"),
        (" 4006381-333931 ", "04006381333931"),
        ("14006381333938", "14006381333938"),
        ("9783161484100", "09783161484100"),
    ],
)
def test_R_F_8_a_valid_number_is_padded_to_fourteen_digits(text: str, means: str) -> None:
    assert clean(text) == means


@pytest.mark.parametrize(
    "text",
    [
        "4006381333932",
        "00000000",
        "0000000000000",
        "2000000000008",
        "0212345678904",
        "0412345678902",
        "0512345678900",
        "9812345678902",
        "9912345678909",
        "400638133393",
        "40063813339",
        "4,00638E+12",
        "+4006381333931",
        "n/a",
        "",
    ],
)
def test_R_F_8_what_is_no_identifier_of_the_world_is_dropped(text: str) -> None:
    assert clean(text) is None


@given(st.integers(0, 10**14 - 1), st.sampled_from([8, 12, 13, 14]))
def test_R_F_8_whatever_is_kept_is_valid_for_an_outside_implementation_too(
    number: int, length: int
) -> None:
    text = f"{number:0{length}d}"[:length]
    kept = clean(text)
    if kept is not None:
        assert ean.is_valid(text)
    elif ean.is_valid(text):
        assert int(text) == 0 or text.zfill(14)[1:3] in {
            "02", "04", "05", "98", "99", *map(str, range(20, 30)),
        }  # fmt: skip


def test_R_F_8_a_wrong_number_is_dropped_and_flagged_but_the_offer_stays(folder: Folder) -> None:
    result = folder.read(tsv({"gtin": "4006381333932"}, {"gtin": "4006381333931"}, {"gtin": ""}))
    assert result.offers["gtin14"].to_list() == [None, "04006381333931", None]
    assert result.offers["flags"].to_list() == [["bad_gtin"], [], []]


def test_R_F_9_a_number_of_more_than_three_brands_is_the_feeds_default(folder: Folder) -> None:
    brands = ["Anker", "anker ", "Fjäll", "Lumen", "Zirbel"]
    rows = [{"gtin": "4006381333931", "brand": brand} for brand in brands]
    rows += [{"gtin": "96385074", "brand": brand} for brand in brands[:4]]
    result = folder.read(tsv(*rows))
    assert result.reading.suspect_gtins == {"04006381333931"}


def test_R_F_9_a_default_that_is_known_is_dropped_at_once(folder: Folder) -> None:
    path = folder.write(tsv({"gtin": "4006381333931"}, {"gtin": "96385074"}))
    suspects = frozenset({"04006381333931"})
    result = whole(from_path(path), FeedSettings(), suspects=suspects)
    assert result.offers["gtin14"].to_list() == [None, "00000096385074"]
    assert result.offers["flags"].to_list() == [["default_gtin"], []]
    assert result.reading.suspect_gtins == suspects


def test_R_F_9_brands_are_counted_over_batches() -> None:
    defaults = DefaultGtins()
    for brand in ("A", "B", "C", "D"):
        defaults.add(pl.Series(["04006381333931"]), pl.Series([brand]))
        assert (defaults.found() != frozenset()) is (brand == "D")
