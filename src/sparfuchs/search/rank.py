"""Rank: by what listings are ordered when relevance is asked for, with every weight there is.

Two stages. The first is how well the words fit (BM25 by field, with these weights). The second
looks at the first RANKED of those and raises each by what is known of the listing itself, a
quarter at most: a better fit of the words wins over anything that is not about words, unless the
two fit nearly alike. What a click or a sale earns is no column of LISTING, so it cannot be here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# How much a word counts by where it stands. `head` is what a compound is, `part` what of or for.
FIELDS: Final = {"title": 3.0, "head": 2.0, "brand": 2.0, "shelf": 1.5, "text": 1.0, "part": 0.7}
# Letters of a model's number; looked for where a query has a digit beside them.
PIECE: Final = "piece"
PIECES: Final = {**FIELDS, PIECE: 1.0}
TIE: Final = 0.1  # what a word counts in its other fields
# A word that says what the thing is (`language/things.py`), shared by the words of the query.
THING: Final = 3.0
TYPED: Final = 3.0  # all words as they were typed, where others mean the same
PHRASE: Final = 2.0  # what the words are worth on top where they follow each other
NUMBER: Final = 10.0  # a number of the maker or of the world is the thing itself
AMOUNT: Final = 2.0  # an amount that is the same, however it is written
CATEGORY: Final = 2.0  # the shelf that a word names
BRAND: Final = 1.0  # the brand that a word names
RANKED: Final = 300
FRESH_DAYS: Final = 14.0  # after so many days a listing is half as new
MANY_MERCHANTS: Final = 10.0

# What a listing is raised by at most, as a part of how well its words fit.
QUALITY: Final = {"verdict": 0.10, "rating": 0.08, "popularity": 0.04, "freshness": 0.03}


@dataclass(frozen=True)
class Standing:
    """What is known of listings besides their words, a value a listing.

    `deal` and `vouched`: whether the reduction holds, and may stand as a badge; `rating` 0 to 100;
    `merchants`: how many offer it; `new_at`: seconds since 1970.
    """

    deal: Floats
    vouched: Floats
    rating: Floats
    merchants: Floats
    new_at: Floats


def quality(standing: Standing, at: datetime | None) -> Floats:
    """By how much each listing is raised: 0 to the sum of QUALITY. Without `at` nothing is new."""
    verdict = np.where(standing.vouched > 0, 1.0, np.where(standing.deal > 0, 0.6, 0.0))
    many = np.log1p(np.maximum(standing.merchants - 1, 0)) / np.log(MANY_MERCHANTS)
    fresh = np.zeros(len(verdict))
    if at is not None:
        days = np.maximum(at.timestamp() - standing.new_at, 0) / 86_400
        fresh = FRESH_DAYS / (FRESH_DAYS + days)
    parts = {
        "verdict": verdict,
        "rating": np.clip(standing.rating / 100, 0, 1),
        "popularity": np.clip(many, 0, 1),
        "freshness": fresh,
    }
    total: Floats = sum(
        (QUALITY[name] * part for name, part in parts.items()), np.zeros(len(fresh))
    )
    return total


def rank(fit: Floats, standing: Standing, at: datetime | None) -> Floats:
    """The second stage: how well the words fit, raised by what the listing is."""
    ranked: Floats = fit * (1 + quality(standing, at))
    return ranked


def ranking() -> dict[str, Any]:
    """What the order of relevance goes by, as anybody may read it: the weights in force."""
    return {
        "words": {
            "fields": dict(PIECES),
            "other_fields": TIE,
            "thing_named": THING,
            "as_typed": TYPED,
            "phrase": PHRASE,
            "number": NUMBER,
            "amount": AMOUNT,
            "category_named": CATEGORY,
            "brand_named": BRAND,
        },
        "listing": dict(QUALITY),
        "listings_ranked": RANKED,
        "fresh_days": FRESH_DAYS,
        "paid": [],
        "text": {"de": _TEXT_DE, "en": _TEXT_EN},
    }


_TEXT_DE: Final = (
    "Zuerst zählt, wie gut die Wörter der Suche passen: im Titel am meisten, dann als Grundwort "
    "einer Zusammensetzung, als Marke, im Namen der Kategorie und in der Beschreibung. Unter den "
    "besten Treffern hebt dann, was über das Angebot bekannt ist: unser Urteil über den Rabatt, "
    "die Bewertung, wie viele Händler es führen und wie neu es ist, zusammen um höchstens ein "
    "Viertel. Provisionen und Zahlungen spielen keine Rolle."
)
_TEXT_EN: Final = (
    "First counts how well the words of the search fit: in the title most, then as what a compound "
    "is, as the brand, in the name of the category and in the description. Among the best of "
    "those, what is known of the offer raises it: our verdict on the discount, the rating, how "
    "many merchants offer it and how new it is, by a quarter at most together. Commissions and "
    "payments play no part."
)
