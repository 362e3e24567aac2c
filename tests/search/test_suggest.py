"""Suggestions: what begins so, in any word, mended, counted, and never two generations mixed."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparfuchs.kernel.frames import conform
from sparfuchs.search.model import LISTING
from sparfuchs.search.suggest import MOST_SHOWN, Suggestion, Suggestions
from sparfuchs.search.suggest_build import ENTRY, Kind, keyed, keyed_text, write

ROWS = [
    ("Oktavion Kopfhörer TX-610", "Oktavion", "Audio > Kopfhörer", "tonhafen", "Tonhafen", True),
    ("Oktavion Kopfhörer TX-620", "Oktavion", "Audio > Kopfhörer", "tonhafen", "Tonhafen", False),
    ("Quarnil Over-Ear-Kopfhörer", "Quarnil", "Audio > Kopfhörer", "bitlager", "Bitlager", False),
    ("Löffelholm Gläserset", "Löffelholm", "Küche > Gläser", "tonhafen", "Tonhafen", True),
]


def listings() -> pl.DataFrame:
    columns = ["title", "brand", "path", "merchant", "merchant_name", "deal"]
    rows = pl.DataFrame(ROWS, schema=columns, orient="row").with_row_index("offer_id")
    levels = pl.col("path").str.split(" > ")
    shelf = pl.concat_list(levels.list.first(), pl.col("path"))
    return conform(
        rows.with_columns(offer_id=pl.col("offer_id").cast(pl.Int64), category=shelf), LISTING
    )


@pytest.fixture
def known(tmp_path: Path) -> Suggestions:
    made = Suggestions(tmp_path / "suggestions")
    with made.renewing() as entries:
        entries.add(listings()[:2])
        entries.add(listings()[2:])
    return made


def texts(found: list[Suggestion], kind: Kind) -> list[str]:
    return [one.text for one in found if one.kind is kind]


def test_without_suggestions_there_are_none(tmp_path: Path) -> None:
    assert Suggestions(tmp_path).ask("kopf") == []


def test_every_kind_is_suggested_with_its_listings_and_deals(known: Suggestions) -> None:
    (category,) = (one for one in known.ask("kopf") if one.kind is Kind.CATEGORY)
    assert category == Suggestion(Kind.CATEGORY, "Kopfhörer", "Audio > Kopfhörer", 3, 1)
    (brand,) = (one for one in known.ask("okta") if one.kind is Kind.BRAND)
    assert brand == Suggestion(Kind.BRAND, "Oktavion", "Oktavion", 2, 1)
    (merchant,) = (one for one in known.ask("tonh") if one.kind is Kind.MERCHANT)
    assert merchant == Suggestion(Kind.MERCHANT, "Tonhafen", "tonhafen", 3, 2)
    assert texts(known.ask("oktavion"), Kind.QUERY) == ["Oktavion Kopfhörer"]
    assert "Oktavion Kopfhörer TX-610" in texts(known.ask("tx610"), Kind.PRODUCT)


@pytest.mark.parametrize(
    "typed", ["kopfhörer", "KOPFHOER", "kopfhor", "hörer", "kofphörer", "kopfhöhrer", "Kopfhörer "]
)
def test_umlauts_the_end_of_compounds_and_one_slip_are_no_hindrance(
    known: Suggestions, typed: str
) -> None:
    assert texts(known.ask(typed), Kind.CATEGORY) == ["Kopfhörer"]


def test_words_may_come_in_any_order(known: Suggestions) -> None:
    for typed in ("oktavion kopf", "kopf okta"):
        assert texts(known.ask(typed), Kind.QUERY) == ["Oktavion Kopfhörer"]


def test_nothing_is_suggested_for_what_begins_nothing(known: Suggestions) -> None:
    for typed in ("", " ", "xyzzy", "💥", "tx-699", "\x00"):
        assert known.ask(typed) == []


def test_new_suggestions_take_the_place_of_the_old_as_a_whole(
    known: Suggestions, tmp_path: Path
) -> None:
    other = Suggestions(tmp_path / "suggestions")
    assert other.ask("quarnil")
    with known.renewing() as entries:
        entries.add(listings()[:1])
    assert other.ask("quarnil") == []
    assert other.ask("oktavion")
    folders = [one for one in (tmp_path / "suggestions").iterdir() if one.is_dir()]
    assert len(folders) == 1


def test_a_renewal_that_fails_leaves_what_was(known: Suggestions) -> None:
    def failing() -> None:
        with known.renewing():
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        failing()
    assert known.ask("quarnil")


@settings(deadline=None)
@given(st.text(alphabet="aeouäöüß x19-", max_size=20))
def test_what_is_typed_is_looked_up_as_it_was_written(text: str) -> None:
    assert keyed(pl.Series([text])).to_list() == [keyed_text(text).strip()]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.text(alphabet="abcdhkoprt ", min_size=1, max_size=14),
        min_size=1,
        max_size=30,
        unique=True,
    ),
    st.integers(1, 6),
)
def test_every_entry_is_found_by_the_beginning_of_each_of_its_words(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], letters: int
) -> None:
    folder = tmp_path_factory.mktemp("suggestions")
    entries = pl.DataFrame({"text": names}).select(
        kind=pl.lit("product"), text="text", value=None, listings=1, deals=0
    )
    (folder / "v1-x").mkdir()
    write(conform(entries, ENTRY), folder / "v1-x")
    (folder / "current").write_text("v1-x")
    made = Suggestions(folder)
    keys = {" ".join(name.split()) for name in names if name.split()}
    for key in keys:
        for word in key.split():
            begun = word[:letters]
            wanted = {one for one in keys if any(w.startswith(begun) for w in one.split())}
            found = {" ".join(one.text.split()) for one in made.ask(begun)}
            assert found <= keys
            if len(wanted) <= MOST_SHOWN and len(wanted) >= 3:
                assert wanted <= found
