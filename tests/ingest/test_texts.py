import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparfuchs.ingest.texts import plain_text, plain_texts

TEXTS = [
    ("Ding", "Ding"),
    ("  zwei   Blanks\n", "zwei Blanks"),
    ("<p>Griffig,<br>wasserdicht.</p>", "Griffig, wasserdicht."),
    ("&lt;b&gt;fett&lt;/b&gt;", "fett"),
    ("Kissen &amp;amp; Decke", "Kissen & Decke"),
    ("Gr&amp;ouml;&szlig;e", "Größe"),
    ("halb<b>fett</b>er Text", "halbfetter Text"),
    ("a<style>p{color:red}</style>b<script>alert('<p>')</script>c<!-- x -->d", "a b c d"),
    ("Größe < 5 cm, Länge > 3 cm", "Größe < 5 cm, Länge > 3 cm"),
    ("Anker & Tau", "Anker & Tau"),
    ("non\u00a0breaking", "non breaking"),
    ("<br/>", ""),
]


@pytest.mark.parametrize(("text", "plain"), TEXTS)
def test_mark_up_goes_and_words_stay(text: str, plain: str) -> None:
    assert plain_text(text) == plain
    assert plain_texts(pl.Series([text])).to_list() == [plain or None]


@given(st.lists(st.text(alphabet="ab <>&;/p\n\t\u00a0ü", max_size=20), min_size=1, max_size=4))
def test_a_column_of_texts_reads_as_each_of_them(texts: list[str]) -> None:
    assert plain_texts(pl.Series(texts)).to_list() == [plain_text(t) or None for t in texts]
