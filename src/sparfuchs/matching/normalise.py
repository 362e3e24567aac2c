"""Normalise: what is said in an offer's words, as columns that can be compared.

Works on whole columns; an offer's reading depends on nothing but the offer, so it may be kept.
"""

import re
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import conform
from sparfuchs.matching.model import OFFERED, READ
from sparfuchs.matching.words import COLOURS, MARKERS, PACKS, SEATS, SIZES, UNITS

# Bounds the work of long descriptions; what tells two things apart mostly stands early. Not tuned.
MOST_DESCRIPTION: Final = 600

_UMLAUTS: Final = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe"}
UNIT: Final = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_SHORTEST_MODEL: Final = 3
# A chunk is what stands between blanks, without the signs around it.
_CHUNK: Final = r"[a-z0-9]+(?:[-./_+'#&][a-z0-9]+)*"
_MEASURE: Final = rf"\b{_NUMBER}(?:{UNIT})\b"


def normalise(offers: pl.DataFrame) -> pl.DataFrame:
    """READ of OFFERED rows (columns that are absent count as null), in their order."""
    rows = conform(offers, OFFERED)
    stated = pl.concat_str(
        [pl.col("title"), pl.col("colour"), pl.col("size")], separator=" ", ignore_nulls=True
    )
    read = rows.select(
        "offer",
        "gtin14",
        "price_minor",
        "currency",
        pl.col("condition").cast(pl.String),
        brand=_blank_is_null(folded(pl.col("brand"))),
        mpn=_blank_is_null(_squash(folded(pl.col("mpn")))),
        title=_glued(folded(stated.fill_null(""))),
        rest=_glued(folded(pl.col("description").str.head(MOST_DESCRIPTION).fill_null(""))),
    )
    read = read.with_columns(
        text=pl.concat_str(
            [pl.col("brand"), pl.col("title"), pl.col("rest")], separator=" ", ignore_nulls=True
        )
    )
    read = read.with_columns(
        chunks=pl.col("title").str.extract_all(_CHUNK),
        squashed=_squash(pl.concat_str(["text", "mpn"], separator=" ", ignore_nulls=True)),
        pack=_pack(pl.col("title")),
    )
    read = read.with_columns(
        words=_words(pl.col("title"), pl.col("chunks")),
        all_words=_words(pl.col("text"), pl.col("text").str.extract_all(_CHUNK)),
        models=_models(pl.col("chunks"), pl.col("mpn")),
        numbers=pl.col("title")
        .str.extract_all(r"\b\d+(?:\.\d+)?\b")
        .list.unique(maintain_order=True),
        measures=pl.col("title").str.extract_all(_MEASURE),
    )
    read = read.with_columns(
        measures=pl.col("measures").list.eval(_measure(pl.element())).list.unique(),
        colours=pl.col("words").list.eval(_known(COLOURS)).list.unique(),
        sizes=pl.col("words").list.eval(_known(SIZES)).list.unique(),
        markers=pl.concat_list(
            pl.col("words").list.eval(
                _known({word: f"{kind}:{name}" for word, (kind, name) in MARKERS.items()})
            ),
            pl.when(pl.col("condition") != "new").then("condition:" + pl.col("condition")),
        )
        .list.drop_nulls()
        .list.unique(),
    )
    return conform(read, READ)


def folded(text: pl.Expr) -> pl.Expr:
    """As `kernel.text.fold` does, over a column; tested against it."""
    lowered = (
        text.str.normalize("NFKC")
        .str.to_lowercase()
        .str.replace_many(list(_UMLAUTS), list(_UMLAUTS.values()))
    )
    plain = lowered.str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    return plain.str.replace_all(r"\s+", " ").str.strip_chars()


def _glued(text: pl.Expr) -> pl.Expr:
    """Numbers and their units as one word: `24 "`, `24-inch` -> `24in`; `1,5 l` -> `1.5l`."""
    return (
        # What passes in a second is a speed and no amount, `5G` a network and no weight.
        text.str.replace_all(r"(\d)\s?(kb|mb|gb|mbit|gbit)/(?:s|sek|sec)\b", "${1}${2}ps")
        .str.replace_all(r"\b([2-6])g(?:-|\b)", "${1}gnet ")
        .str.replace_all(r"(\d),(\d{1,2})\b", "${1}.${2}")
        .str.replace_all(r"(\d)\.0+\b", "${1}")
        .str.replace_all(r"""(\d)\s?(?:''|"+|”|″|-?\s?inch(?:es)?\b|-?\s?zoll\b)""", "${1}in ")
        .str.replace_all(rf"(\d)[ -]({UNIT})\b", "${1}${2}")
    )


def _squash(text: pl.Expr) -> pl.Expr:
    return text.str.replace_all(r"[^a-z0-9]+", "")


def _blank_is_null(text: pl.Expr) -> pl.Expr:
    return pl.when(text != "").then(text)


def _words(text: pl.Expr, chunks: pl.Expr) -> pl.Expr:
    """Each word once, in order; compounds also written together."""
    return (
        text.str.extract_all(r"\d+\.\d+[a-z]*|[a-z0-9]+")
        .list.concat(chunks.list.eval(pl.element().str.replace_all(r"[^a-z0-9]+", "")))
        .list.unique(maintain_order=True)
    )


def _models(chunks: pl.Expr, mpn: pl.Expr) -> pl.Expr:
    """Squashed chunks that may be model numbers: letters and digits, or at least five digits.

    Measures are none: `500gb` tells the size, not the model.
    """
    one = pl.element().str.replace_all(r"[^a-z0-9]+", "")
    mixed = (
        one.str.contains("[a-z]")
        & one.str.contains("[0-9]")
        & (one.str.len_bytes() >= _SHORTEST_MODEL)
        & ~one.str.contains(rf"^\d+(?:{UNIT})$")
        & ~one.str.contains(r"^\d+(?:er|st|nd|rd|th|x|pk|pack|user)$")
    )
    digits = one.str.contains(r"^\d{5,}$")
    found = chunks.list.eval(pl.when(mixed | digits).then(one)).list.drop_nulls()
    return found.list.concat(pl.concat_list(mpn).list.drop_nulls()).list.unique(maintain_order=True)


def _measure(one: pl.Expr) -> pl.Expr:
    """`1.5l` -> `ml:1500`."""
    unit = one.str.extract(rf"({UNIT})$")
    value = one.str.extract(rf"^({_NUMBER})").str.replace(",", ".").cast(pl.Float64)
    names = {word: base for word, (base, _) in UNITS.items()}
    factors = {word: float(factor) for word, (_, factor) in UNITS.items()}
    inside = value * unit.replace_strict(factors, default=1.0, return_dtype=pl.Float64)
    return pl.concat_str(
        unit.replace_strict(names, default=None, return_dtype=pl.String),
        pl.lit(":"),
        inside.round(3).cast(pl.String),
    )


def _known(table: dict[str, str]) -> pl.Expr:
    """The meanings of those words that a table knows; the others fall away."""
    return pl.element().replace_strict(table, default=None, return_dtype=pl.String).drop_nulls()


def _pack(title: pl.Expr) -> pl.Expr:
    """How many pieces or seats; null where nothing is said, which mostly means one."""
    return pl.coalesce(title.str.extract(pattern) for pattern in (*PACKS, SEATS)).cast(
        pl.Int32, strict=False
    )
