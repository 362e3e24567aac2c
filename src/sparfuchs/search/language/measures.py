"""Measures and numbers of models: `500g`, `500 g` and `0,5 kg` are one amount, `WH-1000XM5` and
`wh1000xm5` one model. Each is one term of its own, beside the words it is written with.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sparfuchs.kernel.text import fold

# Unit as written -> the unit it is counted in, and how many of those it is.
_UNITS: Final[dict[str, tuple[str, str]]] = {
    "mg": ("g", "0.001"), "g": ("g", "1"), "gr": ("g", "1"), "gramm": ("g", "1"),
    "kg": ("g", "1000"), "kilo": ("g", "1000"), "kilogramm": ("g", "1000"),
    "ml": ("ml", "1"), "milliliter": ("ml", "1"), "cl": ("ml", "10"), "dl": ("ml", "100"),
    "l": ("ml", "1000"), "liter": ("ml", "1000"), "ltr": ("ml", "1000"), "litre": ("ml", "1000"),
    "mm": ("mm", "1"), "cm": ("mm", "10"), "m": ("mm", "1000"), "meter": ("mm", "1000"),
    "zoll": ("zoll", "1"), "inch": ("zoll", "1"), "inches": ("zoll", "1"), "in": ("zoll", "1"),
    '"': ("zoll", "1"), "″": ("zoll", "1"), "”": ("zoll", "1"), "''": ("zoll", "1"),
    "ft": ("ft", "1"), "foot": ("ft", "1"), "feet": ("ft", "1"), "yd": ("ft", "3"),
    "lb": ("lb", "1"), "lbs": ("lb", "1"), "pound": ("lb", "1"), "oz": ("oz", "1"),
    "ounce": ("oz", "1"), "gal": ("gal", "1"), "gallon": ("gal", "1"), "qt": ("qt", "1"),
    "mb": ("gb", "0.001"), "gb": ("gb", "1"), "tb": ("gb", "1000"),
    "w": ("w", "1"), "watt": ("w", "1"), "kw": ("w", "1000"),
    "v": ("v", "1"), "volt": ("v", "1"), "mah": ("mah", "1"), "ah": ("mah", "1000"),
    "hz": ("hz", "1"), "hertz": ("hz", "1"), "mp": ("mp", "1"), "megapixel": ("mp", "1"),
    "er pack": ("pack", "1"), "er-pack": ("pack", "1"), "erpack": ("pack", "1"),
}  # fmt: skip
_SIGNS: Final = ('"', "″", "”", "''")
_WORDS: Final = "|".join(sorted((u for u in _UNITS if u not in _SIGNS), key=len, reverse=True))
# For the expressions of columns as well: without anything that looks around.
MEASURE: Final = rf"\b[0-9]{{1,5}}(?:[.,][0-9]{{1,3}})?[ -]?(?:(?:{_WORDS})\b|{'|'.join(_SIGNS)})"
_MEASURE: Final = re.compile(MEASURE)
_AMOUNT: Final = re.compile(r"([0-9.,]+)[ -]?(.+)")
_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,1}[.,][0-9]{3}")
# A word of letters and digits, hyphens and slashes between: what makers call a model.
MODEL: Final = r"[a-z0-9]+(?:[-/.][a-z0-9]+)*"
_MODEL: Final = re.compile(MODEL)
_SQUASHED: Final = re.compile(r"[^a-z0-9]+")
_PARTS: Final = re.compile(r"[a-z]+|[0-9]+")
_FEW: Final = 3  # letters beside a digit that are no word
_SHORTEST_MODEL: Final = 4
_LONGEST_MODEL: Final = 24


@dataclass(frozen=True)
class Measure:
    """An amount in a query: its term, and where it is written."""

    term: str
    start: int
    end: int


def measure_term(written: str) -> str:
    """`=500g` of `0,5 kg`: the amount in the smallest usual unit, exact. The unit is known."""
    found = _AMOUNT.match(written)
    if found is None:
        return ""
    number, unit = found.group(1), _UNITS[found.group(2)]
    if _THOUSANDS.fullmatch(number):
        number = re.sub(r"[.,]", "", number)
    value = Decimal(number.replace(",", ".")) * Decimal(unit[1])
    return f"={format(value.normalize(), 'f')}{unit[0]}"


def measures(text: str) -> list[Measure]:
    """The amounts in a lower-case text, from left to right."""
    return [
        Measure(measure_term(found.group()), found.start(), found.end())
        for found in _MEASURE.finditer(text)
    ]


def squashed(text: str) -> str:
    """Letters and digits alone: `WH-1000XM5` as `wh1000xm5`."""
    return _SQUASHED.sub("", fold(text))


def is_model(word: str) -> bool:
    """Whether a squashed word may be a model: letters and digits, neither short nor endless."""
    return (
        _SHORTEST_MODEL <= len(word) <= _LONGEST_MODEL and not word.isalpha() and not word.isdigit()
    )


def pieces(token: str) -> tuple[tuple[str, ...], ...]:
    """A token of letters, digits and hyphens as words that stand alone and pieces of a model.

    Each part is a run of its own words: `wh-1000xm5` is one of four, `5g-smartphone` one of two
    and a word. Letters beside a digit are no word where they are few: `TV-800` is no television.
    """
    found: list[tuple[str, ...]] = []
    run: list[str] = []
    for part in _PARTS.findall(token):
        if part.isalpha() and len(part) > _FEW:
            found += [tuple(run), (part,)]
            run = []
        else:
            run.append(part)
    return tuple(each for each in (*found, tuple(run)) if each)


def is_mixed(token: str) -> bool:
    """Whether a token has letters and digits both."""
    return not token.isdigit() and any(map(str.isdigit, token)) and any(map(str.isalpha, token))


def models(text: str) -> list[str]:
    """What may be the numbers of models in a query: words, and up to three that follow each other
    (`hx 420` as `hx420`), squashed.
    """
    words = [squashed(found) for found in _MODEL.findall(fold(text))]
    joined: Iterable[str] = (
        "".join(words[start : start + many])
        for many in (1, 2, 3)
        for start in range(len(words) - many + 1)
    )
    return list(dict.fromkeys(word for word in joined if is_model(word)))
