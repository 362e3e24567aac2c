"""What a post of a deal community says of its deal: price, shipping, codes (German and English).

Posts are written by people for people. The field for the price is believed; without one the title,
where no other amount claims to be the price (R-F-5). The body is read for codes, shipping and
prices to compare alone: of real posts, the only amount in a body was another than the price in
three of eight.
"""

import re
from dataclasses import dataclass
from typing import Final

from sparfuchs.ingest.human_prices import Found, Kind, find_prices, one_price
from sparfuchs.ingest.prices import Amount
from sparfuchs.kernel.outcome import Reason

# `312° - …` at the start of a title: how warm a community finds it, which is not ours to repeat.
_TEMPERATURE: Final = re.compile(r"^\s*-?\d+°\s*[-–|:]?\s*")
# "Gutscheincode: WINTER20", "mit dem Code SAVE10", "use promo code FALL-25".
_CODE: Final = re.compile(
    r"(?i:gutschein(?:code)?s?|rabattcode|aktionscode|code|coupon(?:\s?code)?|promo(?:\s?code)?"
    r"|voucher(?:\s?code)?)\s{0,3}(?i:ist|lautet|is)?\s{0,2}[:=]?\s{0,3}[\"'„“”»«(\[]?\s?"
    r"(?P<code>[A-Z0-9ÄÖÜ][A-Z0-9ÄÖÜ_-]{3,23})(?![a-zäöü\w])"
)
_NOTHING: Final = frozenset({"", "nan", "none", "null"})
_LETTER: Final = re.compile(r"[A-ZÄÖÜ]")
# Words in capitals that follow "Code" or "Gutschein" and are none.
_NO_CODES: Final = frozenset(
    [
        "AUCH", "BEIM", "BITTE", "CODE", "CODES", "DEAL", "EURO", "FÜR", "FREE", "GRATIS",
        "GUTSCHEIN", "GUTSCHEINE", "HEUTE", "HIER", "IDEALO", "INKL", "KEIN", "KEINE",
        "MEDIAMARKT", "MINDESTBESTELLWERT", "NACH", "NEUKUNDEN", "NEWSLETTER", "NICHT", "NOCH",
        "ONLINE", "ONLY", "OVER", "RABATT", "SALE", "SATURN", "UPDATE", "VERSAND", "WERT", "WITH",
        "YOUR",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DealText:
    """What was read. `price` is an amount or why there is none, `from_title` that it stood in the
    title alone; `codes` in order, each once.
    """

    title: str
    price: Amount | Reason
    shipping: Amount | None
    compared: Amount | None
    codes: tuple[str, ...]
    from_title: bool


def read_deal(
    title: str, body: str = "", price_field: str | None = None, *, style: str | None = None
) -> DealText:
    """A post. `style` is the decimal sign of the community's language, None where unknown."""
    title = _TEMPERATURE.sub("", title).strip()
    in_title = find_prices(title, style=style)
    in_body = find_prices(body, style=style)
    field = price_field.strip() if price_field else ""
    stated = field.lower() not in _NOTHING
    price = one_price(field, style=style) if stated else _price_of(in_title)
    return DealText(
        title,
        price,
        _first(Kind.SHIPPING, in_title, in_body),
        _first(Kind.COMPARED, in_title, in_body),
        codes_in(f"{title}\n{body}"),
        from_title=not stated,
    )


def codes_in(text: str) -> tuple[str, ...]:
    """Coupon codes: in capitals, behind a word that announces one."""
    found = (match["code"].strip("-_") for match in _CODE.finditer(text))
    return tuple(
        dict.fromkeys(
            code
            for code in found
            if len(code) >= 4 and code not in _NO_CODES and _LETTER.search(code)  # noqa: PLR2004
        )
    )


def _price_of(found: list[Found]) -> Amount | Reason:
    """The one price among amounts; several different ones, or one that is a range, are none."""
    if any(one.kind in {Kind.FROM, Kind.RANGE, Kind.BUNDLE, Kind.RATE} for one in found):
        return Reason.PRICE_AMBIGUOUS
    prices = [one for one in found if one.kind is Kind.PRICE]
    if not prices:
        return Reason.PRICE_MISSING
    different = {(one.whole, one.fraction.rstrip("0")) for one in prices}
    if len(different) > 1 or prices[0].doubtful:
        return Reason.PRICE_AMBIGUOUS
    return prices[0].amount


def _first(kind: Kind, *texts: list[Found]) -> Amount | None:
    return next(
        (one.amount for found in texts for one in found if one.kind is kind and not one.doubtful),
        None,
    )
