"""Words of searching: the listing's columns, the query, the page that answers it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import UTC_TIME, Schema


class Sort(StrEnum):
    """The orders in which listings can be asked for."""

    RELEVANCE = "relevance"
    DISCOUNT = "discount"  # our own percentage, where it is vouched for first
    PRICE = "price"
    POPULAR = "popular"  # merchants offering it, then stated ratings
    NEWEST = "newest"
    ENDING_SOON = "ending_soon"  # what has no end comes last
    UNIT_PRICE = "unit_price"  # inside one unit alone; what has no unit price comes last (R-GP-1)


# What "most popular" means until there are clicks; an answer in this order says so.
POPULAR_MEANS: Final = {
    "de": "Zahl der Händler, die es anbieten, dann angegebene Bewertungen",
    "en": "number of merchants offering it, then stated ratings",
}

# Descriptions begin with what a thing is and end with what else the shop has.
TEXT_LETTERS: Final = 400

# Facets and their fields. Price and discount are counted in bands.
FACETS: Final = ("category", "merchant", "price", "discount", "verdict", "tag", "unit")
PRICE_BANDS: Final = (0, 1000, 2500, 5000, 10_000, 20_000, 50_000, 100_000)  # minor units
DISCOUNT_BANDS: Final = (5, 10, 20, 30, 40, 50)  # whole percent, from this on
MOST_VALUES: Final = 50  # of one facet
MOST_HITS: Final = 200  # of one page
# So far a person can leaf through what is most relevant; the other orders have an end of their own.
MOST_RELEVANT: Final = 1000

# Fewer that have all the words are too few, and the words are asked less of.
ENOUGH: Final = 3


class Met(StrEnum):
    """How many of the words of a query a listing must have: all, where enough have them."""

    ALL = "all"
    BUT_ONE = "but_one"
    ANY = "any"


# One row a listing: an offer, with the product that it belongs to (null: none yet); a page shows a
# product once. `category` is the path from the top down,
# each level with those above it ("A", "A > B"). `tags` are short words of the price's history.
# `honest_pct` is our percentage where it is printed; `vouched` says that it may stand as a badge.
# `unit` names what it is sold by (kg, l, ...; null: by the piece) and `unit_minor` what one costs.
# `text` is what the merchant says of it, so much as is searched (TEXT_LETTERS). Times in UTC, money
# in minor units.
LISTING: Final[Schema] = {
    "offer_id": pl.Int64(),
    "product": pl.Int64(),
    "title": pl.String(),
    "text": pl.String(),
    "brand": pl.String(),
    "mpn": pl.String(),
    "gtin": pl.String(),
    "category": pl.List(pl.String()),
    "merchant": pl.String(),
    "merchant_name": pl.String(),
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "unit": pl.String(),
    "unit_minor": pl.Int64(),
    "verdict": pl.String(),
    "honest_pct": pl.Int16(),
    "vouched": pl.Boolean(),
    "tags": pl.List(pl.String()),
    "deal": pl.Boolean(),
    "rating": pl.Int16(),
    "merchants": pl.Int32(),
    "stars": pl.Float64(),
    "available": pl.Boolean(),
    "new_at": UTC_TIME,
    "valid_to": UTC_TIME,
}


@dataclass(frozen=True)
class Query:
    """What a person asks for. Values inside one filter are alternatives; filters add up.

    Prices in minor units; `discount_min` in whole percent of our own. What ended before `at` (in
    whole minutes, so that equal queries stay equal) is no deal any more and ends soon no more;
    without it nothing is left out. `verbatim`: nothing is read into the words but their stems, none
    is mended and none passed over. An unknown sort, a negative number or a limit outside 1 to
    MOST_HITS is for the caller to refuse (`checked`).
    """

    text: str = ""
    categories: tuple[str, ...] = ()
    merchants: tuple[str, ...] = ()
    not_merchants: tuple[str, ...] = ()
    brands: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    discount_min: int | None = None
    only_deals: bool = False
    sort: Sort = Sort.RELEVANCE
    limit: int = 24
    cursor: str | None = None
    facets: bool = True
    at: datetime | None = None
    verbatim: bool = False


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet with how many listings have it. Bands are named by their lower edge."""

    value: str
    count: int
    selected: bool = False


@dataclass(frozen=True)
class Total:
    value: int
    approximate: bool = False


@dataclass(frozen=True)
class Swap:
    """A word as it was typed, and what was looked for in its place or besides."""

    typed: str
    taken: str


@dataclass(frozen=True)
class Understood:
    """What was read into the words of a query. Each of it can be refused (`Query.verbatim`).

    `words` are those that were looked for, as they are written after mending; `dropped` those of
    them that a hit need not have, for hardly anything has them all. `mended` were no words of the
    index and are taken for others; `also` are synonyms that find as well. `did_you_mean` is a text
    that would find more, offered and not taken. Prices in minor units. `brand`, `category` and
    `merchant` name what the words name; a merchant is filtered by where the words say so ("bei …"),
    the others come first.
    """

    words: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    mended: tuple[Swap, ...] = ()
    also: tuple[Swap, ...] = ()
    did_you_mean: str | None = None
    price_min: int | None = None
    price_max: int | None = None
    only_deals: bool = False
    local: bool = False
    brand: str | None = None
    category: str | None = None
    merchant: str | None = None


@dataclass(frozen=True)
class Relief:
    """A filter that leaves nothing, and how many listings there are without it."""

    filter: str
    value: int


@dataclass(frozen=True)
class Page:
    """The answer: ids in order, how many there are in all, facets, and where to go on.

    `generation` names the index that answered; `partial` says that it did not look at everything,
    `met` how many of the words a hit must have had; those that have all of them come first in order
    of relevance. `understood` is what was read into the words; `reliefs` say of a page without a
    hit which filters leave nothing, the one that gives most first.
    """

    hits: tuple[int, ...]
    total: Total
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    next_cursor: str | None = None
    generation: str = ""
    partial: bool = False
    met: Met = Met.ALL
    understood: Understood = Understood()
    reliefs: tuple[Relief, ...] = ()
