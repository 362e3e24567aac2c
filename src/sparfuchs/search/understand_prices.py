"""Words about money in a query: `unter 50 euro`, `bis 100`, `zwischen 20 und 30`."""

import re
from dataclasses import dataclass
from typing import Final

from sparfuchs.search.language.measures import MEASURE

_NUMBER: Final = r"([0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]{1,2})?|[0-9]{1,6}(?:[.,][0-9]{1,2})?)"
_EURO: Final = r"(?:\s*(?:euros?|eur|€)(?![a-z0-9]))"
# After a number without a currency: what makes it no price ("bis 100 watt", "ab 3 jahren").
_NO_PRICE: Final = (
    r"(?!\s*(?:-|x|%|°|prozent|grad|jahre?n?|monate?n?|teile?|personen|stueck|stuck|er[\s-]?pack|"
    r"[0-9]))(?![.,]?[0-9a-z])"
)
_UP_TO: Final = (
    r"(?:fuer\s+)?(?:unter|bis\s+zu|bis|max(?:imal|\.)?|hoechstens|weniger\s+als|nicht\s+mehr\s+als|"
    r"under|below|up\s+to|less\s+than)"
)
_FROM: Final = r"(?:ueber|ab|von|mindestens|min\.?|mehr\s+als|over|above|from|more\s+than)"
_CURRENCY: Final = r"(?:€\s*)?"
# In this order: what says more comes first. Each gives what is lowest and what is highest.
_BETWEEN: Final = (
    re.compile(
        rf"\b(?:zwischen|between)\s+{_NUMBER}{_EURO}?\s+(?:und|and|bis)\s+{_NUMBER}{_EURO}?{_NO_PRICE}"
    ),
    re.compile(rf"\b(?:von|from)\s+{_NUMBER}{_EURO}?\s+(?:bis|to)\s+{_NUMBER}{_EURO}?{_NO_PRICE}"),
    re.compile(
        rf"(?:\b(?:ab|von)\s+|(?<![a-z0-9])){_NUMBER}{_EURO}?\s*(?:-|–|bis)\s*{_NUMBER}{_EURO}"
    ),
)
_BELOW: Final = (
    re.compile(rf"\b{_UP_TO}\s+{_CURRENCY}{_NUMBER}{_EURO}"),
    re.compile(rf"(?<![0-9] )\b{_UP_TO}\s+{_CURRENCY}{_NUMBER}{_NO_PRICE}"),
)
_ABOVE: Final = (re.compile(rf"\b{_FROM}\s+{_CURRENCY}{_NUMBER}{_EURO}"),)
_UNIT_NEXT: Final = re.compile(MEASURE)


@dataclass(frozen=True)
class PriceWish:
    """What a price may be, in cents, and the text without the words that said so."""

    rest: str
    low: int | None = None
    high: int | None = None


def price_wish(text: str) -> PriceWish:
    """Reads a folded text (`kernel.text.fold`). Where nothing is said of money it stays as it is.

    A number without a currency is a price after `unter` and `bis` alone, and only where no unit
    follows: `bis 100 watt` is about watts, `ab 18` about age.
    """
    for pattern in _BETWEEN:
        found = pattern.search(text)
        if found is not None:
            low, high = sorted((_cents(found.group(1)), _cents(found.group(2))))
            return PriceWish(_without(text, found), low, high)
    lowest: int | None = None
    highest: int | None = None
    for pattern in _BELOW:
        found = pattern.search(text)
        if found is not None and not _measured(text, found):
            highest, text = _cents(found.group(1)), _without(text, found)
            break
    for pattern in _ABOVE:
        found = pattern.search(text)
        if found is not None:
            lowest, text = _cents(found.group(1)), _without(text, found)
            break
    if lowest is not None and highest is not None and lowest > highest:
        lowest, highest = highest, lowest
    return PriceWish(text, lowest, highest)


def _measured(text: str, found: re.Match[str]) -> bool:
    """Whether the number is an amount of something else: it has a unit."""
    return _UNIT_NEXT.match(text, found.start(1)) is not None


def _without(text: str, found: re.Match[str]) -> str:
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


def _cents(number: str) -> int:
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]{1,2})?", number):
        number = number.replace(".", "")
    whole, _, part = number.replace(",", ".").partition(".")
    return int(whole) * 100 + int((part + "00")[:2])
