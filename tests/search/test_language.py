"""Words that are the same, compounds, amounts, models, synonyms and slips."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparfuchs.kernel.errors import UsageError
from sparfuchs.search.language.analysis import Analysis, exact_terms, without_pieces
from sparfuchs.search.language.compounds import Lexicon, learn
from sparfuchs.search.language.measures import measures, models, pieces
from sparfuchs.search.language.spelling import words
from sparfuchs.search.language.stems import stem
from sparfuchs.search.language.synonyms import phrase, read_synonyms
from sparfuchs.search.language.things import things
from sparfuchs.search.language.typos import Vocabulary

OWN = Lexicon()


@pytest.mark.parametrize(
    "same",
    [
        "kopfhoerer kopfhorer",
        "topf toepfe toepfen topfe",
        "buch buecher buechern",
        "rad raeder",
        "hose hosen",
        "uhr uhren",
        "lampe lampen",
        "kamera kameras",
        "maschine maschinen",
        "battery batteries",
        "box boxes",
        "case cases",
        "shoe shoes",
    ],
)
def test_forms_of_one_word_have_one_stem(same: str) -> None:
    assert len({stem(word) for word in same.split()}) == 1


@pytest.mark.parametrize("other", ["leder led", "drucker druck", "toaster toast", "glas gla"])
def test_short_names_of_things_are_not_stemmed_into_others(other: str) -> None:
    one, two = other.split()
    assert stem(one) != stem(two)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", max_size=15))
def test_a_stem_is_short_of_its_word_and_never_empty(word: str) -> None:
    assert len(stem(word)) <= len(word)
    assert bool(stem(word)) == bool(word)


@pytest.mark.parametrize(
    ("word", "heads", "others"),
    [
        ("akkustaubsauger", "staubsauger sauger", "akku staub"),
        ("schuhregal", "regal", "schuh"),
        ("kaffeebecher", "becher", "kaffe"),
        ("katzenfutter", "futter", "katz"),
        ("arbeitsplatte", "platt", "arbeit"),
        ("waschmaschine", "maschin", "wasch"),
        ("olivenoel", "ol", "oliv"),
    ],
)
def test_a_compound_is_its_last_part_and_has_to_do_with_the_others(
    word: str, heads: str, others: str
) -> None:
    parts = OWN.parts(word)
    assert (" ".join(parts.heads), " ".join(parts.others)) == (heads, others)


@pytest.mark.parametrize("word", ["samsung", "kamera", "quarnil", "fernseher", "hx420", "tablet"])
def test_what_is_no_compound_has_no_parts(word: str) -> None:
    assert OWN.parts(word).heads == ()


def test_a_lexicon_learns_words_that_often_stand_alone() -> None:
    seen = {"zwitscher": 9, "kiste": 40, "selten": 1, "abc": 99, "12345": 99}
    assert learn(seen) == ("kiste", "zwitscher")
    assert OWN.parts("zwitscherkiste").heads == ()
    assert Lexicon(learn(seen)).parts("zwitscherkiste").heads == ("kist",)


@pytest.mark.parametrize(
    "same",
    [("500g", "500 g", "0,5 kg", "500 gramm"), ("1 l", "1000ml", "1 liter"), ('27"', "27 zoll")],
)
def test_an_amount_is_one_term_however_it_is_written(same: tuple[str, ...]) -> None:
    assert len({one.term for text in same for one in measures(text)}) == 1
    assert all(len(measures(text)) == 1 for text in same)


def test_thousands_are_no_decimals() -> None:
    assert [one.term for one in measures("5.000 mah, 1.5 kg, 0,750 l")] == [
        "=5000mah",
        "=1500g",
        "=750ml",
    ]


def test_a_model_is_the_same_with_and_without_what_parts_it() -> None:
    for text in ("WH-1000XM5", "wh1000xm5", "wh 1000xm5"):
        assert "wh1000xm5" in models(text)


def test_letters_of_a_model_are_no_words() -> None:
    assert pieces("tv-800") == (("tv", "800"),)
    assert pieces("5g-smartphone") == (("5", "g"), ("smartphone",))
    text, letters = without_pieces(pl.Series(["Badezusatz TV-800 für T-Shirts", "iPhone11", None]))
    assert text.to_list() == ["badezusatz 800 fuer t shirts", "iphone 11", ""]
    assert letters.to_list() == ["tv", "", ""]


def test_what_is_looked_up_as_it_is_are_models_amounts_and_makers_numbers() -> None:
    (found,) = exact_terms(pl.Series(["Sony WH-1000XM5 Case 0,5 l"]), pl.Series(["HX-420/03"]))
    assert {"wh1000xm5", "=500ml", "hx42003", "hx420"} <= set(found)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="abcdehirnostuäöü ", max_size=30), max_size=5))
def test_columns_have_the_stems_that_queries_have(texts: list[str]) -> None:
    titles, _ = without_pieces(pl.Series(texts, dtype=pl.String))
    stems = Analysis(OWN).stems(titles)
    assert [one.split() for one in stems] == [[stem(word) for word in words(t)] for t in texts]


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ('HP ProBook Notebook 39,6 cm (15,6") Schwarz', "notebook cm"),
        ("Notebook Halterung", "halterung"),
        ("Tasche für Notebook", "tasche"),
        ("Sony WH-1000XM5 kabellose Kopfhörer, schwarz", "sony kopfhoerer"),
    ],
)
def test_a_title_says_what_the_thing_is(title: str, said: str) -> None:
    assert things(pl.Series([title])).to_list() == [said]


def test_synonyms_are_ours_and_those_of_a_file(tmp_path: Path) -> None:
    own = tmp_path / "synonyms.txt"
    own.write_text("# unsere\nPott, Becher\nNutella => Nussnougatcreme\n", "utf-8")
    table = read_synonyms(own)
    assert ("becher", "Becher") in [(" ".join(p), w) for p, w in table.of(phrase("pott"))]
    assert table.of(phrase("Smartphones")) == read_synonyms().of(phrase("smartphone"))
    assert any(written == "smartphone" for _, written in table.of(phrase("Handy")))
    assert phrase("nussnougatcreme") in {p for p, _ in table.of(phrase("nutella"))}
    assert phrase("nutella") not in {p for p, _ in table.of(phrase("nussnougatcreme"))}


def test_a_line_of_synonyms_that_says_nothing_is_named(tmp_path: Path) -> None:
    own = tmp_path / "synonyms.txt"
    own.write_text("a, b\n\nallein\n", "utf-8")
    with pytest.raises(UsageError, match="Line 3"):
        read_synonyms(own)


def test_slips_are_mended_by_nearness_and_by_how_much_there_is() -> None:
    known = Vocabulary([("kopfhoerer", 500), ("smartphone", 90), ("hemd", 40), ("herd", 4)])
    assert known.near("kofphoerer")[0] == "kopfhoerer"
    assert known.near("smartfone")[0] == "smartphone"
    assert known.near("hetd")[0] == "hemd"
    assert known.near("h3md") == known.near("hem") == known.near("zeppelin") == []
