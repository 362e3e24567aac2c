"""Guesses which column of a feed is what, and says where it is in doubt.

The guess goes by names alone (`column_names`) and is made once a reading, from the header or the
first items; what an operator says with `<attribute>_column` is never argued with. A look at the
first values only adds doubts: it changes no mapping, or the same feed would be read in two ways on
two days.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sparfuchs.ingest.formats.column_names import (
    ITSELF,
    NEUTRAL,
    OWNERS,
    PRICES,
    STOCKS,
    SURE,
    WEAK,
    squashed,
)
from sparfuchs.ingest.formats.google import attribute_name

# What an operator calls an attribute in `<attribute>_column` -> the stated column.
SETTABLE: Final[Mapping[str, str]] = {
    "link": "landing",
    "image_link": "image",
    "color": "colour",
    "google_product_category": "category_path",
    "shipping": "shipping_cost",
    "expiration_date": "expires",
    "list_price": "uvp",
    "old_price": "previous",
}
_SAID: Final = {stated: said for said, stated in SETTABLE.items()}
_ALWAYS: Final = ("id", "title", "price")
_ADDRESS: Final = re.compile(r"^\s*https?://", re.IGNORECASE)
_DIGIT: Final = re.compile(r"[0-9]")
_MOSTLY: Final = 0.8
_PICTURES: Final = frozenset({*SURE["image"], *SURE["more_images"]})


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Stated column -> names in the source, of which the first that a row fills counts.

    `doubts`: attribute -> a sentence. `missing`: of id, title and price those that nothing holds.
    """

    sources: Mapping[str, tuple[str, ...]]
    doubts: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    def said(self) -> str:
        """The mapping as a text, for the salt: another mapping reads other things (R-RUN-5)."""
        return ";".join(f"{name}={','.join(of)}" for name, of in sorted(self.sources.items()))

    def notes(self) -> list[str]:
        """Sentences for the operator: what is in doubt, and what nothing was found for."""
        notes = [
            f"{text} Say {_SAID.get(name, name)}_column=... if that is wrong"
            for name, text in self.doubts.items()
        ]
        if "id" in self.missing:
            notes.append(
                "Nothing that is surely an id of the offers was found: say which column holds it "
                "with id_column=..., or of what an id is to be made with id_from=link or "
                "id_from=title+brand"
            )
        notes.extend(
            f"No column for the {name} was found: say which it is with {name}_column=..."
            for name in self.missing
            if name != "id"
        )
        return notes


def guess(
    names: Sequence[str],
    columns: Mapping[str, str],
    samples: Mapping[str, Sequence[str]],
) -> ColumnMapping:
    """The mapping of columns (or paths of elements and keys) of these names.

    `columns` are the operator's own (attribute -> name), `samples` some values by name.
    """
    known: dict[str, list[str]] = {}
    for name in names:
        for key in _keys(name):
            known.setdefault(key, []).append(name)
            # Pictures are numbered: `image_url_2`, `additional_image_3`.
            if (bare := key.rstrip("0123456789")) != key and bare in _PICTURES:
                known.setdefault("additionalimages", []).append(name)
    guessed = _Guess(known)
    for attribute, own in columns.items():
        guessed.set(SETTABLE.get(attribute, attribute), _own(own, names))
    guessed.prices()
    for stated, wanted in SURE.items():
        if stated not in {"sale_price", "uvp", "previous", "id"}:
            guessed.take(stated, wanted)
    guessed.take("id", SURE["id"], most=1)
    for stated, wanted in WEAK.items():
        guessed.take_weak(stated, wanted)
    guessed.take("stock", STOCKS, most=1)
    doubts = dict(guessed.doubts)
    for stated, found in guessed.sources.items():
        if stated not in guessed.own and (why := _contradiction(stated, found, samples)):
            doubts[stated] = why
    missing = tuple(name for name in _ALWAYS if name not in guessed.sources)
    return ColumnMapping(guessed.sources, doubts, missing)


class _Guess:
    def __init__(self, known: Mapping[str, list[str]]) -> None:
        self._known = known
        self._used: set[str] = set()
        self.sources: dict[str, tuple[str, ...]] = {}
        self.doubts: dict[str, str] = {}
        self.own: set[str] = set()

    def set(self, stated: str, found: list[str]) -> None:
        if found:
            self.sources[stated] = tuple(found)
            self._used.update(found)
            self.own.add(stated)

    def find(self, wanted: Iterable[str]) -> list[str]:
        """Names not yet used that are among the wanted, in the order of the wanted."""
        found = [name for want in wanted for name in self._known.get(want, ())]
        return [name for name in dict.fromkeys(found) if name not in self._used]

    def take(self, stated: str, wanted: Iterable[str], *, most: int | None = None) -> None:
        if stated in self.sources:
            return
        found = self.find(wanted)[:most]
        if found:
            self.sources[stated] = tuple(found)
            self._used.update(found)

    def take_weak(self, stated: str, wanted: Iterable[str]) -> None:
        if stated in self.sources or not (found := self.find(wanted)):
            return
        self.take(stated, wanted, most=1)
        self.doubts[stated] = f"The {stated} is read from {found[0]!r}, whose name is not clear."

    def prices(self) -> None:
        """The price now, a sale price beside it, and what it is compared with.

        `price` with `sale_price` are Google's pair: the plain price and the reduced one. A sale
        price beside a list price alone is the price; a list price alone is one too, with doubt.
        """
        self.take("price", PRICES, most=1)
        if "price" in self.sources:
            self.take("sale_price", SURE["sale_price"], most=1)
        else:
            self.take("price", SURE["sale_price"], most=1)
            # Where nothing is reduced the sale price is empty and the plain one holds.
            if "price" in self.sources and (plain := self.find(("regularprice",))):
                self.sources["price"] = (*self.sources["price"], plain[0])
        self.take("uvp", SURE["uvp"], most=1)
        self.take("previous", SURE["previous"], most=1)
        for stated in ("previous", "uvp"):
            if "price" not in self.sources and stated in self.sources:
                found = self.sources.pop(stated)
                self.sources["price"] = found
                self.doubts["price"] = (
                    f"The price is read from {found[0]!r}, which may be a price to compare with."
                )


def _keys(name: str) -> list[str]:
    """The squashed names under which a column or path is looked for."""
    steps = [squashed(step) for step in name.split(".")]
    steps = [step for step in steps if step and not step.isdigit()]
    kept = [step for step in steps[:-1] if step not in NEUTRAL] + steps[-1:]
    keys = ["".join(kept)]
    if len(kept) > 1 and kept[-1] in ITSELF:
        keys.append("".join(kept[:-1]))
    if len(kept) == 1 and kept[0] in ITSELF and steps[-2:-1] and steps[-2] in OWNERS:
        # `images.0.link`: what it is the link of says what it is.
        keys = [steps[-2]]
    return [key for key in keys if key]


def _own(own: str, names: Sequence[str]) -> list[str]:
    wanted = {attribute_name(own), squashed(own)}
    return [name for name in names if name == own or attribute_name(name) in wanted] or [
        name for name in names if squashed(name) in wanted
    ]


def _contradiction(
    stated: str, found: Sequence[str], samples: Mapping[str, Sequence[str]]
) -> str | None:
    """Whether the first values are not what the name promises."""
    values = [value for value in samples.get(found[0], ()) if value.strip()]
    if not values:
        return None
    said = f"{_SAID.get(stated, stated)} is read from {found[0]!r}, "
    if stated == "id" and len(set(values)) < _MOSTLY * len(values):
        return f"The {said}but its values repeat."
    if stated in {"landing", "image"} and _share(_ADDRESS, values) < _MOSTLY:
        return f"The {said}but its values are no addresses."
    if stated in {"price", "sale_price"} and _share(_DIGIT, values) < _MOSTLY:
        return f"The {said}but its values hold no numbers."
    return None


def _share(pattern: re.Pattern[str], values: Sequence[str]) -> float:
    return sum(bool(pattern.search(value)) for value in values) / len(values)
