"""What is understood of an offer's words."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.offers import offered
from sparfuchs.kernel.text import fold
from sparfuchs.matching.model import READ
from sparfuchs.matching.normalise import normalise


def read(title: str, **more: Any) -> dict[str, Any]:
    return normalise(offered({"title": title, **more})).row(0, named=True)


@pytest.mark.parametrize(
    ("title", "models"),
    [
        ("Sony WH-1000XM5 Kopfhörer", ["wh1000xm5"]),
        ("Sony WH1000XM5/B Kopfhörer", ["wh1000xm5b"]),
        ("HP 637414-B21 Prozessor", ["637414b21"]),
        ("Samsung 980 SSD 500 GB", []),
        ("Samsung 980 SSD 500GB 2er Pack", []),
        ("Lego 75192 Falke", ["75192"]),
        ("Kaffee 1,5 kg", []),
    ],
)
def test_a_model_number_is_read_squashed_and_a_measure_is_none(
    title: str, models: list[str]
) -> None:
    assert read(title)["models"] == models


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Reis 500 g", "Reis 0,5 kg"),
        ("Reis 500g", "Reis 500 Gramm"),
        ('Monitor 24"', "Monitor 24 Zoll"),
        ("Monitor 24-inch", "Monitor 24 ''"),
        ("SSD 1 TB", "SSD 1000GB"),
        ("Wasser 1,5 l", "Wasser 1500 ml"),
        ("Wasser 1.5 Liter", "Wasser 150 cl"),
        ("CPU 3.1GHz", "CPU 3100 MHz"),
    ],
)
def test_the_same_measure_in_other_units_is_the_same(one: str, two: str) -> None:
    assert read(one)["measures"] == read(two)["measures"] != []


@pytest.mark.parametrize(
    ("title", "pack"),
    [
        ("Shampoo 2er-Pack", 2),
        ("Shampoo 6er Set", 6),
        ("Batterien AA 24 Stück", 24),
        ("batteries pack of 8", 8),
        ("Müsli 3 x 500 g", 3),
        ("Office 5 user", 5),
        ("Shampoo", None),
        ("Packung groß", None),
    ],
)
def test_how_many_are_in_a_pack_is_read(title: str, pack: int | None) -> None:
    assert read(title)["pack"] == pack


def test_colours_are_one_in_both_languages_and_when_cut_short() -> None:
    titles = ("Jacke schwarz", "Jacket black", "Jacke Schwa.", "Jacke SCHWARZ")
    assert {tuple(read(title)["colours"]) for title in titles} == {("black",)}


def test_the_condition_is_read_from_its_column_and_from_the_title() -> None:
    assert read("Kamera", condition="refurbished")["markers"] == ["condition:refurbished"]
    assert read("Kamera generalüberholt")["markers"] == ["condition:refurbished"]
    assert read("Kamera", condition="new")["markers"] == []


def test_stated_colour_and_size_count_as_words_of_the_title() -> None:
    row = read("Hemd", colour="Blau", size="XXL")
    assert row["colours"] == ["blue"]
    assert row["sizes"] == ["2xl"]


def test_what_is_not_said_is_null_or_empty_and_never_guessed() -> None:
    row = read("", brand="  ")
    assert row["brand"] is row["mpn"] is row["pack"] is None
    assert row["words"] == row["models"] == row["measures"] == []


@settings(max_examples=40)
@given(st.lists(st.text(max_size=40), min_size=1, max_size=4))
def test_any_text_is_read_and_an_offer_is_read_alone_as_among_others(titles: list[str]) -> None:
    together = normalise(offered(*({"title": title} for title in titles)))
    assert together.schema == pl.Schema(READ)
    apart = [normalise(offered({"title": title})) for title in titles]
    # Sets come in any order.
    sets = ["measures", "colours", "sizes", "markers"]
    ordered = [
        frame.drop("offer").with_columns(pl.col(sets).list.sort())
        for frame in (together, pl.concat(apart))
    ]
    assert ordered[0].equals(ordered[1])


@settings(max_examples=60)
@given(st.text(alphabet="abcÄÖÜßéñ ø\t½ﬁ", max_size=30))
def test_titles_are_folded_as_all_texts_are(text: str) -> None:
    words = read(text)["title"].split()
    assert words == fold(text).split()
