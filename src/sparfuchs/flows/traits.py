"""What an offer is like, as its answer says it: typed attributes, and short words for filters."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from sparfuchs.kernel.frames import Condition
from sparfuchs.matching import api as matching

Answer = dict[str, Any]

# Feature -> what it is called.
FEATURES: Final[dict[str, dict[str, str]]] = {
    "free_shipping": {"de": "Gratisversand", "en": "Free shipping"},
    "local": {"de": "Lokal", "en": "Local"},
    "refurbished": {"de": "Generalüberholt", "en": "Refurbished"},
    "used": {"de": "Gebraucht", "en": "Used"},
}
_PLACE: Final = ("latitude", "place")
_ENERGY: Final = "energy_efficiency_class"


def attributes_answer(row: Mapping[str, Any]) -> Answer:
    """Colours (English names), size, storage in gigabytes and energy class of a stored offer; null
    where neither a field nor the title says it.
    """
    stated = {
        "offer": [0],
        "title": [row["title"]],
        "colour": [row["colour"]],
        "size": [row["size"]],
        "energy": [(row["attributes"] or {}).get(_ENERGY)],
    }
    frame = pl.DataFrame(stated, schema_overrides=dict.fromkeys(_TEXTS, pl.String()))
    found = matching.attributes(frame).row(0, named=True)
    return {name: value for name, value in found.items() if name != "offer"}


_TEXTS: Final = ("title", "colour", "size", "energy")


def features_answer(row: Mapping[str, Any]) -> list[Answer]:
    """Which of FEATURES a stored offer has, with their words. Free shipping is only what is stated
    as such: an unknown cost is not none.
    """
    extra = row["attributes"] or {}
    condition = list(Condition)[row["condition"] or 0]
    has = {
        "free_shipping": row["shipping_minor"] == 0,
        "local": any(extra.get(name) for name in _PLACE),
        "refurbished": condition is Condition.REFURBISHED,
        "used": condition is Condition.USED,
    }
    return [{"feature": name, "text": FEATURES[name]} for name in FEATURES if has[name]]
