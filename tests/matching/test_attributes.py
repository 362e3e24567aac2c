"""Colour, size, storage and energy class are taken from fields, and from titles where there are
none.
"""

from typing import Any

import polars as pl
import pytest

from sparfuchs.matching.attributes import STATED, attributes


def read(**stated: str | None) -> dict[str, Any]:
    row = {"offer": 1, **dict.fromkeys(("title", "colour", "size", "energy")), **stated}
    return attributes(pl.DataFrame([row], schema=STATED)).row(0, named=True)


def test_a_field_wins_over_the_title_and_the_title_speaks_where_there_is_none() -> None:
    assert read(title="Shirt L blau", size="48")["size"] == "48"
    assert read(title="Shirt Gr. XL, blau")["size"] == "XL"
    assert read(title="Shirt Gr. XL, blau")["colours"] == ["blue"]
    assert read(title="Shirt", colour="Schwarz")["colours"] == ["black"]
    assert read(title="Shirt")["colours"] is None
    assert read(title="Shirt")["size"] is None


@pytest.mark.parametrize(
    ("title", "gigabytes"),
    [
        ("Smartphone 8 GB RAM, 256GB", 256),
        ("SSD 1 TB", 1000),
        ("SSD 1,5 TB", 1500),
        ("Smartphone", None),
        ("Kaffee 500 g", None),
    ],
)
def test_the_largest_amount_of_memory_is_the_storage(title: str, gigabytes: float | None) -> None:
    assert read(title=title)["storage_gb"] == gigabytes


@pytest.mark.parametrize(
    ("title", "energy", "expected"),
    [
        ("Kühlschrank, Energieeffizienzklasse: C", None, "C"),
        ("Fernseher EEK G schwarz", None, "G"),
        ("Waschmaschine (Energieklasse A+++)", None, "A+++"),
        ("Lampe", "e", "E"),
        ("Lampe", "sehr gut", None),
        ("EEK Haus", None, None),
        ("Vitamin C", None, None),
    ],
)
def test_an_energy_class_is_read_only_where_it_is_called_so(
    title: str, energy: str | None, expected: str | None
) -> None:
    assert read(title=title, energy=energy)["energy_class"] == expected


def test_rows_keep_their_order() -> None:
    rows = pl.DataFrame(
        {"offer": [3, 1, 2], "title": ["a 1 TB", "b", "c 2 TB"]},
    )
    found = attributes(rows)
    assert found["offer"].to_list() == [3, 1, 2]
    assert found["storage_gb"].to_list() == [1000.0, None, 2000.0]
