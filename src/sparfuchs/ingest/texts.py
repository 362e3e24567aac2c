"""Plain text out of titles and descriptions: entities decoded twice, mark-up removed."""

import html
import re
from typing import Final

import polars as pl

# What was cut in the middle of a style sheet or comment is one until the end.
_DROPPED: Final = re.compile(
    r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|<!doctype[^<>]*>",
    re.DOTALL | re.IGNORECASE,
)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_INLINE: Final = re.compile(
    r"</?(?:b|i|u|em|strong|span|a|sup|sub|font|small|mark)\b[^<>]*>", re.IGNORECASE
)
_BLANKS: Final = re.compile(r"\s+")
# UTF-8 read as cp1252: ä ö ü ß € in their broken form (domain.md 2.6).
_MOJIBAKE: Final = "Ã¤|Ã¶|Ã¼|ÃŸ|Ã„|Ã–|Ãœ|â‚¬"


def plain_text(text: str) -> str:
    """One text without mark-up. Feeds escape HTML once or twice, so entities are decoded twice."""
    decoded = html.unescape(html.unescape(text))
    if "<" in decoded:
        decoded = _TAG.sub(" ", _INLINE.sub("", _DROPPED.sub(" ", decoded)))
    return _BLANKS.sub(" ", decoded).strip()


def plain_texts(column: pl.Series) -> pl.Series:
    """A column of texts without mark-up and doubled blanks; empty ones are null."""
    if column.null_count() == len(column):
        return column
    marked = column.str.contains(r"<|&[#A-Za-z]").fill_null(value=False)
    blank = (
        column.str.contains("  |\t|\n|\r|\u00a0")
        | column.str.starts_with(" ")
        | column.str.ends_with(" ")
    ).fill_null(value=False)
    clean = column
    if (blank & ~marked).any():
        spaced = column.str.replace_all(r"[\s\x{a0}]+", " ").str.strip_chars(" ")
        clean = pl.select(pl.when(blank).then(spaced).otherwise(column)).to_series()
    if marked.any():
        # A loop over the texts that hold mark-up or entities: the HTML table of 2,231 names is in
        # Python's library, and a wrong text is worse than a slow one.
        found = column.filter(marked).unique()
        plain = pl.Series([plain_text(text) for text in found], dtype=pl.String)
        clean = pl.select(
            pl.when(marked)
            .then(column.replace_strict(found, plain, default=None, return_dtype=pl.String))
            .otherwise(clean)
        ).to_series()
    return pl.select(pl.when(clean != "").then(clean).alias(column.name)).to_series()


def count_mojibake(titles: pl.Series, descriptions: pl.Series) -> int:
    """Rows whose title or description shows UTF-8 that somebody read as cp1252."""
    broken = titles.str.contains(_MOJIBAKE).fill_null(value=False)
    if descriptions.null_count() < len(descriptions):
        broken = broken | descriptions.str.contains(_MOJIBAKE).fill_null(value=False)
    return int(broken.sum())
