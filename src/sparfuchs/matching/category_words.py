"""What is said of a category, as weighted words, and a word as a row of numbers.

A word's row is the word itself and its pieces of three to five letters: German writes things
together, and `Tomatenkonserven` has to meet `Konserven`. Works on all words at once.
"""

from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from sparfuchs.kernel.frames import Schema
from sparfuchs.matching.normalise import folded

Rows = Any  # scipy publishes no types: a csr_array of float32

# A million columns: a strange word meets one of the 30,000 pieces that a model knows by chance once
# in thirty times. With 65,536 it was every third time, and nonsense was sure of its shelf.
COLUMNS: Final = 1 << 20
_LONGEST: Final = 24  # letters of a word that are looked at
_PIECES: Final = (3, 4, 5)
_SHORTEST: Final = 2
# What a whole word weighs against all of its pieces together.
_WHOLE: Final = 1.0
# Each level up the path counts half as much as the one below it.
_LEVEL: Final = 0.5
# Words of a title against those of the lowest level of a path; a maker says a little.
TITLE: Final = 0.6
BRAND: Final = 0.3
_TITLE_WORDS: Final = 12
_DEEPEST: Final = 6
# What merchants write between the levels of a path.
SEPARATOR: Final = r"\s*(?:->|>|›|»|/|\||\x1f)\s*"
# Words that say nothing of what a thing is.
_SILENT: Final = (
    "und", "and", "fuer", "for", "mit", "with", "ohne", "der", "die", "das", "von", "of", "the",
    "co", "alle", "alles", "all", "sonstige", "sonstiges", "weitere", "mehr", "andere", "other",
    "misc", "diverse", "produkte", "artikel", "produkt", "sortiment", "kategorie", "kategorien",
    "angebote", "angebot", "neu", "neuheiten", "sale", "shop", "zum", "zur", "im", "in", "aus",
    "auf", "an", "bei", "et", "home", "startseite", "aktion",
)  # fmt: skip

# One word of one text: `text` is the number of the text's row.
WORD: Final[Schema] = {"text": pl.UInt32(), "word": pl.String(), "weight": pl.Float32()}


def path_words(paths: pl.Series) -> pl.DataFrame:
    """WORD of merchants' paths; the lowest level weighs most."""
    levels = (
        pl.DataFrame({"path": paths})
        .with_row_index("text")
        .with_columns(
            pl.col("path")
            .fill_null("")
            .str.replace_all(SEPARATOR, "\x1f")
            .str.split("\x1f")
            .list.eval(pl.element().filter(pl.element().str.strip_chars() != ""))
            .list.tail(_DEEPEST)
            .list.reverse()
            .alias("level")
        )
        .select("text", "level", up=pl.int_ranges(pl.col("level").list.len()))
        .explode("level", "up")
        .drop_nulls("level")
    )
    return _words(
        levels.select("text", weight=pl.lit(_LEVEL) ** pl.col("up"), said=pl.col("level")),
        most=_TITLE_WORDS,
    )


def title_words(titles: pl.Series, weight: float, *, most: int = _TITLE_WORDS) -> pl.DataFrame:
    """WORD of titles, or of makers: the first words, all of the same weight."""
    rows = pl.DataFrame({"said": titles}).with_row_index("text").drop_nulls("said")
    return _words(rows.select("text", weight=pl.lit(weight), said="said"), most=most)


def _words(rows: pl.DataFrame, *, most: int) -> pl.DataFrame:
    """Letters only: numbers and sizes do not tell what a thing is."""
    return (
        rows.with_columns(
            # A compound also speaks by its parts: `Sport- & Energydrinks`, `T-Shirt`.
            word=folded(pl.col("said")).str.extract_all(r"[a-z]{2,}").list.head(most)
        )
        .explode("word")
        .filter(pl.col("word").is_not_null() & ~pl.col("word").is_in(_SILENT))
        .select("text", "word", pl.col("weight").cast(pl.Float32))
    )


def scaled(words: pl.DataFrame) -> pl.DataFrame:
    """WORD, each word of a text once, the squares of a text's weights adding up to one."""
    once = words.group_by("text", "word").agg(pl.col("weight").max())
    return once.with_columns(
        pl.col("weight") / (pl.col("weight") ** 2).sum().sqrt().over("text")
    ).sort("text", "word")


def rows_of(words: pl.Series) -> Rows:
    """One row a word, of length one: the word itself and its pieces by the columns of their hash.

    Works on the bytes of all words at once; only letters a to z are expected.
    """
    count = len(words)
    joined = "".join(words.str.head(_LONGEST).str.pad_end(_LONGEST, " ").to_list())
    letters = np.frombuffer(joined.encode(), dtype=np.uint8).reshape(count, _LONGEST)
    # A blank before the word, so that its beginning tells more than its middle.
    block = np.full((count, _LONGEST + 2), ord(" "), dtype=np.uint64)
    block[:, 1:-1] = letters
    sizes = np.minimum(words.str.len_bytes().to_numpy().astype(np.int64), _LONGEST)
    rows, columns, values = [], [], []
    everything = np.arange(count)
    whole = np.zeros(count, dtype=np.uint64)
    for place in range(_LONGEST):
        whole = (whole * np.uint64(1_099_511_628_211)) ^ block[:, place + 1]
    rows.append(everything)
    columns.append(_column(whole, 1))
    pieces = np.maximum(sum(np.maximum(sizes + 2 - long + 1, 0) for long in _PIECES), 1)
    values.append(np.full(count, _WHOLE))
    share = 1.0 / np.sqrt(pieces)
    for long in _PIECES:
        for start in range(_LONGEST + 2 - long + 1):
            inside = np.flatnonzero(start + long <= sizes + 2)
            if not len(inside):
                break
            code = np.zeros(len(inside), dtype=np.uint64)
            for place in range(start, start + long):
                code = (code << np.uint64(8)) | block[inside, place]
            rows.append(inside)
            columns.append(_column(code, long))
            values.append(share[inside])
    made = sparse.csr_array(
        (
            np.concatenate(values).astype(np.float32),
            (np.concatenate(rows), np.concatenate(columns)),
        ),
        shape=(count, COLUMNS),
    )
    made.sum_duplicates()
    length = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).ravel())
    return sparse.csr_array(sparse.diags_array(1.0 / np.maximum(length, 1e-9)) @ made)


def _column(code: NDArray[np.uint64], long: int) -> NDArray[np.int64]:
    mixed = (code + np.uint64(long)) * np.uint64(0x9E3779B97F4A7C15)
    return ((mixed ^ (mixed >> np.uint64(29))) >> np.uint64(40)).astype(np.int64) & (COLUMNS - 1)


def texts_of(words: pl.DataFrame, count: int) -> tuple[Rows, pl.Series]:
    """A matrix text by distinct word of WORD rows, and those words."""
    names = words["word"].unique().sort()
    places = words.join(
        pl.DataFrame({"word": names}).with_row_index("column"), on="word", how="left"
    )
    matrix = sparse.csr_array(
        (
            places["weight"].to_numpy(),
            (places["text"].to_numpy().astype(np.int64), places["column"].to_numpy()),
        ),
        shape=(count, len(names)),
    )
    return matrix, names
