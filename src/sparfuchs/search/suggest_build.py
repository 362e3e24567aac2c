"""The entries of suggestions from listings, and the files in which they are looked up.

An entry is a brand, a category, a merchant, a brand with a category (as one would search for it), a
product, or a query of people; each with how many listings and deals there are. A key is a place in
an entry's text at which a word begins; keys are sorted by the text from there on.
"""

import re
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from sparfuchs.kernel.frames import Schema, conform
from sparfuchs.kernel.text import fold
from sparfuchs.search.language.compounds import Lexicon
from sparfuchs.search.language.spelling import folded

VERSION: Final = 1


class Kind(StrEnum):
    QUERY = "query"
    CATEGORY = "category"
    BRAND = "brand"
    MERCHANT = "merchant"
    PRODUCT = "product"


# One row an entry: `text` is shown and put into the field, `value` is what a filter takes (a
# category's path, a merchant's slug, a brand), null for what is searched by its text.
ENTRY: Final[Schema] = {
    "kind": pl.String(),
    "text": pl.String(),
    "value": pl.String(),
    "listings": pl.Int64(),
    "deals": pl.Int64(),
}
MOST_WORDS: Final = 8  # of an entry from which it is found
_MOST_LETTERS: Final = 80
_EIGHT: Final = 8
# What a kind is worth beside the number of its listings (as a logarithm): there are few categories
# and many products.
_WORTH: Final = {"query": 1.0, "category": 2.0, "brand": 1.5, "merchant": 1.0, "product": 0.0}
_GATHERED: Final = 2_000_000  # rows that wait before they are added up


class Entries:
    """Entries counted from listings that come in blocks. `merchant_name` is what is shown."""

    def __init__(self) -> None:
        self._waiting: list[pl.DataFrame] = []
        self._rows = 0

    def add(self, listings: pl.DataFrame) -> None:
        """More listings (LISTING)."""
        self._waiting += [_counted(listings)]
        self._rows += self._waiting[-1].height
        if self._rows > _GATHERED:
            self._waiting = [_summed(pl.concat(self._waiting))]
            self._rows = self._waiting[0].height // 2

    def all(self, queries: pl.DataFrame | None = None) -> pl.DataFrame:
        """ENTRY; `queries` are what people search for, as entries of their own."""
        parts = [*self._waiting, *([queries] if queries is not None else [])]
        return _summed(pl.concat([conform(pl.DataFrame(), ENTRY), *parts]))


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    leaf = pl.col("category").list.last()
    named = rows.select(
        "title",
        "brand",
        "merchant",
        merchant_name=pl.coalesce("merchant_name", "merchant"),
        deal=pl.col("deal").fill_null(value=False).cast(pl.Int64),
        leaf=leaf,
        shelf=leaf.str.split(" > ").list.last(),
    )
    levels = rows.select(
        path=pl.col("category"), deal=pl.col("deal").fill_null(value=False).cast(pl.Int64)
    ).explode("path", empty_as_null=True)
    both = pl.concat_str("brand", "shelf", separator=" ")
    return pl.concat(
        [
            _entries(named, Kind.PRODUCT, pl.col("title"), pl.lit(None, pl.String)),
            _entries(named, Kind.BRAND, pl.col("brand"), pl.col("brand")),
            _entries(named, Kind.MERCHANT, pl.col("merchant_name"), pl.col("merchant")),
            _entries(named, Kind.QUERY, both, pl.lit(None, pl.String)),
            _entries(
                levels, Kind.CATEGORY, pl.col("path").str.split(" > ").list.last(), pl.col("path")
            ),
        ]
    )


def _entries(rows: pl.DataFrame, kind: Kind, text: pl.Expr, value: pl.Expr) -> pl.DataFrame:
    return (
        rows.select(text=text, value=value, deal="deal")
        .filter(pl.col("text").is_not_null() & (pl.col("text").str.strip_chars() != ""))
        .group_by("text", "value")
        .agg(listings=pl.len().cast(pl.Int64), deals=pl.col("deal").sum())
        .select(pl.lit(kind.value).alias("kind"), "text", "value", "listings", "deals")
    )


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("kind", "text", "value").agg(
        pl.col("listings").sum(), pl.col("deals").sum()
    )


# Each in turn: dots off umlauts, letters and digits parted, nothing else but blanks between.
_KEYED: Final = (
    ("ae", "a"),
    ("oe", "o"),
    (r"(^|[^aeq])ue", "${1}u"),
    (r"[^a-z0-9]+", " "),
    ("([a-z])([0-9])", "${1} ${2}"),
    ("([0-9])([a-z])", "${1} ${2}"),
)


def keyed(texts: pl.Series) -> pl.Series:
    """How texts are looked up: folded, umlauts without dots, words parted by single blanks."""
    plain = pl.select(folded(texts.alias("text"))).to_series()
    for sign, other in _KEYED:
        plain = plain.str.replace_all(sign, other)
    return plain.str.strip_chars().str.head(_MOST_LETTERS)


def keyed_text(text: str) -> str:
    """The same of what somebody typed; a blank at its end stays, for it ends a word."""
    plain = fold(text)
    for sign, other in _KEYED:
        plain = re.sub(sign, re.sub(r"\$\{(.)\}", r"\\\1", other), plain)
    plain = plain.strip()
    return f"{plain} " if plain and text[-1:].isspace() else plain


def write(entries: pl.DataFrame, folder: Path) -> None:
    """The files of suggestions, from ENTRY: one row a text, so that none is shown twice."""
    rows = (
        conform(entries, ENTRY)
        .with_columns(key=keyed(entries["text"]))
        .filter(pl.col("key") != "")
        .sort("listings", "deals", "text", "value", descending=[True, True, False, False])
        # Titles differ in their signs and letters' size: one of them stands for all.
        .group_by("kind", "key", "value", maintain_order=True)
        .agg(pl.first("text"), pl.col("listings").sum(), pl.col("deals").sum())
    )
    worth = pl.col("kind").replace_strict(_WORTH, return_dtype=pl.Float64)
    weights = rows.select(
        (worth + pl.col("listings").log1p() + 0.5 * pl.col("deals").log1p()).cast(pl.Float32)
    ).to_series()
    kinds = pl.Series("kind", [kind.value for kind in Kind])
    number = rows["kind"].replace_strict(kinds, pl.Series(range(len(kinds))), return_dtype=pl.UInt8)
    np.save(folder / "kinds.npy", number.to_numpy())
    np.save(folder / "counts.npy", rows.select("listings", "deals").to_numpy())
    _write_texts(rows["text"], folder, "shown")
    _write_texts(rows["value"].fill_null(""), folder, "values")
    np.save(folder / "weights.npy", weights.to_numpy())
    _write_keys(rows["key"], folder)


def _write_keys(texts: pl.Series, folder: Path) -> None:
    lengths = _write_texts(texts, folder, "texts")
    words = texts.str.split(" ")
    places = pl.DataFrame({"entry": np.arange(len(texts), dtype=np.int32), "words": words})
    # Within a compound the word that it ends with begins as well: `hörer` finds `Kopfhörer`.
    lexicon = Lexicon()
    inner = {
        word: word.rfind(parts.heads[0])
        for word in words.explode(keep_nulls=False, empty_as_null=False).unique().to_list()
        if (parts := lexicon.parts(word)).heads
    }
    begun = (
        places.with_columns(place=pl.int_ranges(pl.col("words").list.len().clip(0, MOST_WORDS)))
        .explode("place", empty_as_null=False, keep_nulls=False)
        .with_columns(tail=pl.col("words").list.slice("place").list.join(" "))
        .select("entry", "tail")
    )
    ends = (
        begun.with_columns(word=pl.col("tail").str.extract("^([a-z0-9]+)"))
        .with_columns(
            skip=pl.col("word").replace_strict(
                list(inner), list(inner.values()), default=0, return_dtype=pl.Int64
            )
        )
        .filter(pl.col("skip") > 0)
        .select("entry", pl.col("tail").str.slice(pl.col("skip")))
    )
    keys = pl.concat([begun, ends]).sort("tail", "entry")
    tails = keys["tail"]
    starts = lengths[keys["entry"].to_numpy()] - tails.str.len_bytes().to_numpy().astype(np.int64)
    np.save(folder / "keys.npy", keys["entry"].to_numpy())
    np.save(folder / "starts.npy", starts.astype(np.uint8))
    np.save(folder / "first.npy", _first_eight(tails))


def _write_texts(texts: pl.Series, folder: Path, name: str) -> "np.ndarray[Any, Any]":
    """Texts one after the other, and where each begins. Gives how long each is, in bytes."""
    lengths = texts.str.len_bytes().to_numpy().astype(np.int64)
    np.save(folder / f"{name}.npy", np.concatenate([[0], np.cumsum(lengths)]))
    (folder / f"{name}.bin").write_bytes("".join(texts.to_list()).encode())
    return lengths


def _first_eight(tails: pl.Series) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
    """The first eight letters of each as one number that sorts as they do."""
    padded = tails.str.head(_EIGHT).str.pad_end(_EIGHT, "\0").cast(pl.Binary)
    joined = b"".join(padded.to_list())
    return np.frombuffer(joined, dtype=">u8").astype(np.uint64)
