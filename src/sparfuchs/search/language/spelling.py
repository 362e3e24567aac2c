"""One spelling for what is written in titles and in queries, so that both meet.

Letters and digits are parted: `HX-420`, `HX420` and `hx 420` are the same two words, as are `500g`
and `500 g`. What is the same beyond the spelling is said in `stems.py` and `compounds.py`.
"""

import re
from typing import Final

import polars as pl

from sparfuchs.kernel.text import fold

_EDGES: Final = re.compile(r"(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])")
_NO_WORD: Final = re.compile(r"[^a-z0-9]+")
MOST_WORDS: Final = 24  # of a query; what comes after them is passed over
MOST_LETTERS: Final = 400

_FOLDED: Final = {
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "à": "a", "á": "a",
    "â": "a", "ã": "a", "å": "a", "ç": "c", "è": "e", "é": "e", "ê": "e", "ë": "e", "ì": "i",
    "í": "i", "î": "i", "ï": "i", "ñ": "n", "ò": "o", "ó": "o", "ô": "o", "õ": "o", "ù": "u",
    "ú": "u", "û": "u", "ý": "y", "ÿ": "y",
}  # fmt: skip


def words(text: str) -> list[str]:
    """The words of a query, folded, letters and digits parted."""
    plain = _NO_WORD.sub(" ", fold(text[:MOST_LETTERS]))
    return _EDGES.sub(" ", plain).split()[:MOST_WORDS]


def folded(column: pl.Expr | pl.Series) -> pl.Expr:
    """A column in lower case, umlauts written out, without accents; nothing where it is null."""
    said = pl.lit(column) if isinstance(column, pl.Series) else column
    return said.fill_null("").str.to_lowercase().str.replace_many(_FOLDED)


def spelled(column: pl.Expr | pl.Series) -> pl.Expr:
    """The same of a column of titles: words parted by single blanks."""
    parted = folded(column).str.replace_all(r"[^a-z0-9]+", " ")
    return (
        parted.str.replace_all(r"([a-z])([0-9])", "$1 $2")
        .str.replace_all(r"([0-9])([a-z])", "$1 $2")
        .str.strip_chars()
    )
