"""Which words of a title say what the thing is, and which only what it is for.

`Notebook 15,6" schwarz` is one, `Notebook Halterung` and `Tasche für Notebook` are none. A title
says what a thing is in the last word before something that is no word of that kind: a number, a
colour, a sign, the end; and what comes after `für` is said of something else.
"""

from typing import Final

import polars as pl

from sparfuchs.search.language.spelling import folded

_AFTER: Final = (
    r"\b(?:fuer|for|passend|geeignet|kompatibel|compatible|mit|with|inkl|inklusive|incl|including|von|of|"
    r"replaces|ersetzt|w)\b.*$"
)
_COLOURS: Final = (
    "schwarz|weiss|grau|blau|rot|gruen|gelb|braun|beige|rosa|pink|lila|violett|orange|silber|gold|tuerkis|"
    "anthrazit|bordeaux|transparent|bunt|black|white|grey|gray|blue|red|green|yellow|brown|purple|violet|"
    "silver|clear|multi|multicolour|multicolor|titanium"
)
_BREAKS: Final = (
    r"[a-z]*[-/.]?[a-z]*[0-9][a-z0-9/.,-]*",  # whatever has a digit
    rf"\b(?:{_COLOURS}|und|and|in|set|xs|s|m|l|xl|xxl)\b",
    r"""[,;:()\[\]{}|"”″+&®™–_!?*]+""",
)
_LAST: Final = r"([a-z]{2,})[^a-z|]*(?:\||$)"


def things(titles: pl.Series) -> pl.Series:
    """The words of each title that say what it is, folded and parted by blanks."""
    plain = pl.select(folded(titles.alias("title"))).to_series()
    # A title that begins with what else it is for has nothing left: then it counts as a whole.
    before = plain.str.replace(_AFTER, " ")
    cut = pl.select(pl.when(before.str.contains("[a-z]")).then(before).otherwise(plain)).to_series()
    for sign in _BREAKS:
        cut = cut.str.replace_all(sign, " | ")
    return (
        cut.str.extract_all(_LAST).list.join(" ").str.replace_all(r"[^a-z]+", " ").str.strip_chars()
    )
