"""Analysis: what an engine is given to index, as columns of words parted by blanks.

Every different word is looked at once, in Python, and its stem and parts are put in its place by
columns: of a corpus the words are few, whatever the number of its listings.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from sparfuchs.search.language.compounds import Lexicon
from sparfuchs.search.language.measures import (
    MEASURE,
    MODEL,
    is_mixed,
    is_model,
    measure_term,
    pieces,
    squashed,
)
from sparfuchs.search.language.spelling import folded, spelled
from sparfuchs.search.language.stems import stem


class Analysis:
    """Words as an index has them, by one lexicon. An index and its queries share one."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def stems(self, texts: pl.Series) -> pl.Series:
        """The stems of every word of spelled texts, in their order."""
        words = texts.str.split(" ")
        changed = {word: own for word in _different(words) if (own := stem(word)) != word}
        return _replaced(words, changed).list.join(" ")

    def parts(self, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Of the compounds among the words of spelled texts what they are, and their other parts:
        stems parted by blanks; empty where no word is one.
        """
        words = texts.str.split(" ")
        parted = {word: self.lexicon.parts(word) for word in _different(words)}
        parted = {word: parts for word, parts in parted.items() if parts.heads}
        return (
            _only(words, {word: " ".join(parts.heads) for word, parts in parted.items()}),
            _only(words, {word: " ".join(parts.others) for word, parts in parted.items()}),
        )


def without_pieces(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Texts as words parted by blanks, and the few letters of their models apart from them, which
    are no words. The digits of models stay among the words.
    """
    tokens = pl.select(folded(texts.alias("text"))).to_series().str.extract_all(MODEL)
    words: dict[str, str] = {}
    letters: dict[str, str] = {}
    for token in _different(tokens):
        if is_mixed(token):
            runs = pieces(token)
            apart = [one for run in runs if len(run) > 1 for one in run if one.isalpha()]
            words[token] = " ".join(
                one for run in runs for one in run if len(run) == 1 or one.isdigit()
            )
            letters[token] = " ".join(apart)
    text = _replaced(tokens, words).list.join(" ")
    return pl.select(spelled(text.alias("text"))).to_series(), _only(tokens, letters)


def exact_terms(titles: pl.Series, mpns: pl.Series) -> pl.Series:
    """What of titles and makers' numbers is looked up as it is: models squashed, amounts as
    `=500g`. A list a row.
    """
    plain = pl.select(folded(titles.alias("title"))).to_series()
    amounts = plain.str.extract_all(MEASURE)
    terms = {word: measure_term(word) for word in _different(amounts)}
    words = plain.str.extract_all(MODEL)
    made = {word: short for word in _different(words) if is_model(short := squashed(word))}
    number = pl.select(folded(mpns.alias("mpn"))).to_series()
    whole = number.str.replace_all(r"[^a-z0-9]+", "")
    # `HX-420/03` is of the model HX-420.
    head = number.str.extract(r"^([a-z0-9][a-z0-9.-]+)[/ ]").str.replace_all(r"[^a-z0-9]+", "")
    return (
        pl.DataFrame(
            {
                "amounts": _kept(amounts, terms),
                "models": _kept(words, made),
                "whole": whole.fill_null(""),
                "head": head.fill_null(""),
            }
        )
        .select(
            pl.concat_list(
                "amounts", "models", pl.concat_list("whole"), pl.concat_list("head")
            ).list.unique()
        )
        .to_series()
    )


_NOTHING: Final = pl.Series([], dtype=pl.String)


def _different(lists: pl.Series) -> list[str]:
    found = lists.list.explode(keep_nulls=False, empty_as_null=False).unique()
    return [word for word in found.to_list() if word]


def _replaced(lists: pl.Series, by: Mapping[str, str]) -> pl.Series:
    if not by:
        return lists
    told = pl.element().replace(list(by), list(by.values()))
    return lists.to_frame("words").select(pl.col("words").list.eval(told)).to_series()


def _kept(lists: pl.Series, by: Mapping[str, str]) -> pl.Series:
    """Of every list what is known, as it is known."""
    if not by:
        return pl.select(
            pl.repeat(_NOTHING.to_list(), len(lists), dtype=pl.List(pl.String))
        ).to_series()
    told = pl.element().replace_strict(
        list(by), list(by.values()), default=None, return_dtype=pl.String
    )
    column = pl.col("words").list.eval(told).list.drop_nulls()
    return lists.to_frame("words").select(column).to_series()


def _only(lists: pl.Series, by: Mapping[str, str]) -> pl.Series:
    return _kept(lists, by).list.join(" ")


def spelled_texts(texts: pl.Series) -> pl.Series:
    """A column as words parted by single blanks (`spelled`)."""
    return pl.select(spelled(texts.alias("text"))).to_series()
