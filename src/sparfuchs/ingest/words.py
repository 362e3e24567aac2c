"""Words of feeds and what they mean here: availability, condition, yes and no, units."""

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Availability, Condition


def meanings(column: pl.Series, words: Mapping[str, str]) -> pl.Series:
    """What the words of a column mean; null for a word that is not in the table.

    A word is looked up in lower case, blanks and hyphens as `_`, of a schema.org address the end:
    `https://schema.org/InStock` is `instock`, `In Stock` is `in_stock`.
    """
    # A loop over distinct words: a column of them has a handful.
    found = column.drop_nulls().unique().to_list()
    known = {text: words.get(_word(text)) for text in found}
    if not any(known.values()):
        return pl.Series(column.name, [None], dtype=pl.String).new_from_index(0, len(column))
    return column.replace_strict(known, default=None, return_dtype=pl.String)


def _word(text: str) -> str:
    bare = re.sub(r"^https?://schema\.org/", "", text.strip().lower())
    return re.sub(r"[ -]+", "_", bare)


AVAILABILITIES: Final[Mapping[str, str]] = {
    text: kind.value
    for kind, texts in {
        Availability.IN_STOCK: (
            "in_stock instock available yes true 1 lieferbar auf_lager sofort_lieferbar verfügbar "
            "onlineonly online_only instoreonly in_store"
        ),
        Availability.OUT_OF_STOCK: (
            "out_of_stock outofstock oos unavailable not_available no false 0 sold_out soldout "
            "discontinued ausverkauft nicht_lieferbar nicht_verfügbar vergriffen"
        ),
        Availability.PREORDER: "preorder pre_order presale vorbestellbar vorbestellung",
        Availability.BACKORDER: (
            "backorder back_order on_backorder available_for_order made_to_order madetoorder"
        ),
        Availability.LIMITED: (
            "limited limited_availability limitedavailability low_stock few_left wenige_verfügbar"
        ),
    }.items()
    for text in texts.split()
}

CONDITIONS: Final[Mapping[str, str]] = {
    text: kind.value
    for kind, texts in {
        Condition.NEW: "new neu newcondition brand_new neuware",
        Condition.REFURBISHED: (
            "refurbished refurbishedcondition renewed generalüberholt generalueberholt aufbereitet"
        ),
        Condition.USED: "used usedcondition gebraucht damagedcondition second_hand b_ware",
    }.items()
    for text in texts.split()
}

SWITCHES: Final[Mapping[str, str]] = {
    **dict.fromkeys(["1", "true", "yes", "y", "ja", "j"], "yes"),
    **dict.fromkeys(["0", "false", "no", "n", "nein"], "no"),
    # Google's `pause` names what is paused.
    **dict.fromkeys(["ads", "all"], "yes"),
}

# Google's units (domain.md 1.4), plus pieces as German shops write them.
UNITS: Final = frozenset(
    [
        "oz",
        "lb",
        "mg",
        "g",
        "kg",
        "floz",
        "pt",
        "qt",
        "gal",
        "ml",
        "cl",
        "l",
        "cbm",
        "in",
        "ft",
        "yd",
        "cm",
        "m",
        "sqft",
        "sqm",
        "ct",
        "sheet",
        "item",
        "stück",
        "stk",
    ]
)
