"""The lexicon of a generation: learnt from its first listings, kept beside them."""

from pathlib import Path
from typing import Final

import polars as pl

from sparfuchs.search.language.analysis import spelled_texts
from sparfuchs.search.language.compounds import Lexicon, learn

# So many listings teach which words there are. An index and its queries share what they taught,
# so it stays as it is until the index is made anew.
TAUGHT_BY: Final = 100_000
_FILE: Final = "words.txt"


def learnt(listings: list[pl.DataFrame]) -> Lexicon:
    """A lexicon with the words that stand alone in titles and names of shelves."""
    if not listings:
        return Lexicon()
    rows = pl.concat(listings)
    words = pl.concat(
        [
            spelled_texts(text).str.split(" ").explode(keep_nulls=False, empty_as_null=False)
            for text in (rows["title"], rows["category"].list.last())
        ]
    )
    seen = words.rename("word").value_counts()
    return Lexicon(learn(dict(zip(seen["word"], seen["count"], strict=True))))


def keep(lexicon: Lexicon, folder: Path) -> None:
    (folder / _FILE).write_text("\n".join(lexicon.learnt), "utf-8")


def lexicon_of(folder: Path) -> Lexicon:
    """The lexicon of a generation; our own list alone where nothing was learnt."""
    try:
        return Lexicon((folder / _FILE).read_text("utf-8").split())
    except FileNotFoundError:
        return Lexicon()
