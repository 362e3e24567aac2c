"""How one shop writes what it states, and what a writer gives."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import numpy as np
import xxhash

from sparfuchs.ingest.api import Format


class CurrencyPlace(StrEnum):
    """Where the currency of a price stands."""

    AFTER = "after"  # 19.99 EUR
    BEFORE = "before"  # EUR 19.99
    SIGN = "sign"  # 19.99 €
    COLUMN = "column"  # 19.99, and EUR in a column of its own


class Words(StrEnum):
    """How availability and condition are called."""

    CODES = "codes"  # in_stock
    SPACED = "spaced"  # in stock
    SCHEMA = "schema"  # https://schema.org/InStock
    GERMAN = "german"  # sofort lieferbar


@dataclass(frozen=True, slots=True)
class Style:
    """One shop's way of writing. What a format has no room for is passed over by its writer.

    grouped: thousands are set apart (1.299,00).
    prefixed: elements of RSS are `g:title`, not `title`.
    nested_shipping: a block of country and price instead of `DE::Standard:4.90 EUR`.
    encoding: utf-8 or cp1252; a sign that cp1252 lacks becomes a question mark in text.
    zone: in which the ends of a sale are written.
    zipped: the document itself is gzip, with `.gz` in its name.
    stamped: each row says when the feed was made, so that no two feeds have equal rows.
    """

    decimal: Literal[".", ","] = "."
    grouped: bool = False
    currency: CurrencyPlace = CurrencyPlace.AFTER
    prefixed: bool = True
    nested_shipping: bool = True
    words: Words = Words.CODES
    delimiter: str = "\t"
    encoding: Literal["utf-8", "cp1252"] = "utf-8"
    zone: str = "UTC"
    zipped: bool = False
    stamped: bool = False


@dataclass(frozen=True, slots=True)
class Shop:
    """Whose feed is written. `origin` (scheme, host, port) leads its links; None: as stated."""

    name: str
    origin: str | None = None
    currency: str = "EUR"
    style: Style = Style()


@dataclass(frozen=True, slots=True)
class Page:
    """One document of a feed. `path` is its address below the shop's, from the slash on."""

    path: str
    body: bytes
    content_type: str


_DELIMITERS: Final = {Format.GOOGLE_TSV: ("\t", "\t", ";", "|"), Format.AWIN_CSV: (",", "|", ";")}


def style_of(slug: str, format: Format) -> Style:  # noqa: A002 - the word for it
    """A style of its own for each shop: the same slug writes the same way for ever."""
    seed = xxhash.xxh3_64_intdigest(f"style|{slug}|{format}".encode())
    draw = np.random.default_rng(seed)
    decimal: Literal[".", ","] = "," if draw.random() < 0.4 else "."  # noqa: PLR2004 - a share
    places = list(CurrencyPlace)
    return Style(
        decimal=decimal,
        grouped=bool(draw.random() < 0.25),  # noqa: PLR2004 - a share
        currency=places[int(draw.choice(len(places), p=[0.5, 0.15, 0.15, 0.2]))],
        prefixed=bool(draw.random() < 0.75),  # noqa: PLR2004 - a share
        nested_shipping=bool(draw.random() < 0.6),  # noqa: PLR2004 - a share
        words=list(Words)[int(draw.integers(len(Words)))],
        delimiter=str(draw.choice(_DELIMITERS.get(format, ("\t",)))),
        encoding="cp1252" if draw.random() < 0.2 else "utf-8",  # noqa: PLR2004 - a share
        zone="Europe/Berlin" if draw.random() < 0.5 else "UTC",  # noqa: PLR2004 - a share
        zipped=format is Format.AWIN_CSV or bool(draw.random() < 0.2),  # noqa: PLR2004 - a share
        stamped=format is Format.AWIN_CSV and bool(draw.random() < 0.3),  # noqa: PLR2004 - a share
    )
