"""A corpus: offers that were read, with their words as sparse rows, ready to be compared."""

from dataclasses import dataclass, fields, replace
from typing import Self

import polars as pl

from sparfuchs.matching.normalise import normalise
from sparfuchs.matching.sparse import (
    Rows,
    Weights,
    grams_of,
    learn_weights,
    normed,
    rows_of,
)

# Storage, weight, volume, screen: a variant is told by these (see `cluster.FACTS`).
_AMOUNT = r"^(?:mb|g|ml|in):"


@dataclass(frozen=True)
class Corpus:
    """READ rows and their matrices, row for row; weighted rows under one set of weights."""

    read: pl.DataFrame
    weights: Weights
    words: Rows
    all_words: Rows
    grams: Rows  # of length one
    models: Rows
    model_grams: Rows  # threes of signs of the squashed models
    numbers: Rows
    measures: Rows
    units: Rows
    amounts: Rows  # the measures that make another product, and their units
    amount_kinds: Rows
    colours: Rows
    sizes: Rows
    markers: Rows
    marker_kinds: Rows
    conditions: pl.Series  # used, refurbished and the like; empty for new

    @classmethod
    def of(cls, offers: pl.DataFrame, weights: Weights | None = None) -> Self:
        """A corpus of OFFERED rows; without weights it learns its own from these rows."""
        return cls.of_read(normalise(offers), weights)

    @classmethod
    def of_read(cls, read: pl.DataFrame, weights: Weights | None = None) -> Self:
        words, all_words = rows_of(read["words"]), rows_of(read["all_words"])
        grams = grams_of(read["title"])
        amounts = read["measures"].list.eval(
            pl.element().filter(pl.element().str.contains(_AMOUNT))
        )
        known = learn_weights(all_words, grams) if weights is None else weights
        return cls(
            read=read,
            weights=known,
            words=known.of_words(words),
            all_words=known.of_words(all_words),
            grams=normed(known.of_grams(grams)),
            models=known.of_words(rows_of(read["models"])),
            model_grams=grams_of(read["models"].list.join(" ")),
            numbers=rows_of(read["numbers"]),
            measures=rows_of(read["measures"]),
            units=rows_of(_heads(read["measures"])),
            amounts=rows_of(amounts),
            amount_kinds=rows_of(_heads(amounts)),
            colours=rows_of(read["colours"]),
            sizes=rows_of(read["sizes"]),
            markers=rows_of(read["markers"]),
            marker_kinds=rows_of(_heads(read["markers"])),
            conditions=_conditions(read["markers"]),
        )

    def head(self, count: int) -> Self:
        """The first rows."""
        return replace(
            self,
            **{
                field.name: getattr(self, field.name)[:count]
                for field in fields(self)
                if field.name != "weights"
            },
        )

    @property
    def height(self) -> int:
        return self.read.height


def _conditions(markers: pl.Series) -> pl.Series:
    said = pl.element().filter(pl.element().str.starts_with("condition:"))
    return markers.list.eval(said).list.sort().list.join(",").fill_null("")


def _heads(tagged: pl.Series) -> pl.Series:
    """`unit:value` -> `unit`, each once."""
    head = pl.element().str.extract(r"^([^:]*):")
    return tagged.list.eval(head).list.unique()
