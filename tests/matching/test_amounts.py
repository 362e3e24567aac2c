"""Amounts that tell variants apart, however much else two titles share."""

import polars as pl
import pytest

from matching.offers import offered
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.model import PAIR
from sparfuchs.matching.normalise import normalise
from sparfuchs.matching.veto import vetoes


def veto(one: str, two: str) -> str | None:
    corpus = Corpus.of(offered(one, two))
    pairs = pl.DataFrame({"left": [0], "right": [1]}, schema=PAIR)
    found = vetoes(corpus, corpus, pairs).to_list()
    return None if found[0] is None else str(found[0])


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Handy 500 g 256 GB", "Handy 500 g 1 TB"),
        ("SSD bis 7.000 MB/s 128 GB", "SSD bis 7.000 MB/s 512 GB"),
        ("Kaffee 2 l Kanne 500 g", "Kaffee 2 l Kanne 1 kg"),
    ],
)
def test_a_shared_amount_of_another_kind_hides_no_difference(one: str, two: str) -> None:
    assert veto(one, two) == "measure"


def test_what_agrees_in_each_kind_that_both_state_is_compared() -> None:
    assert veto("Handy 8 GB 256 GB schwarz", "Handy 256 GB schwarz 190 g") is None


def test_a_network_is_no_weight_and_a_speed_no_storage() -> None:
    read = normalise(offered("5G-Handy 128 GB", "SSD 7000 MB/s 1 TB", "Safran 5 g"))
    assert read["measures"].list.sort().to_list() == [
        ["mb:128000.0"],
        ["mb:1000000.0", "mbit:7000.0"],
        ["g:5.0"],
    ]
