"""Prices as people write them: in titles of deals, in price fields of communities (domain.md 1.2).

Machine formats have a declared grammar (`prices`); this is for human text alone, where a price may
be a range, "ab", per month or per kilogram, and such a one is no price to compare (R-F-5). Which
sign is the decimal one follows from the text where it can (`1.299,00`), else from the style of the
site or the currency; where neither says, the text is refused rather than guessed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sparfuchs.ingest.prices import Amount
from sparfuchs.kernel.money import DECIMALS
from sparfuchs.kernel.outcome import Reason


class Kind(StrEnum):
    """What an amount in a text is the price of."""

    PRICE = "price"
    FROM = "from"
    RANGE = "range"
    BUNDLE = "bundle"
    UNIT = "unit"
    RATE = "rate"
    SHIPPING = "shipping"
    COMPARED = "compared"
    SAVING = "saving"


@dataclass(frozen=True, slots=True)
class Found:
    """An amount in a text: digits cut at the decimal sign, currency text, kind, place.

    `doubtful`: one group of three digits, and nothing says whether it is thousands or decimals.
    """

    whole: str
    fraction: str
    token: str | None
    kind: Kind
    start: int
    end: int
    doubtful: bool = False

    @property
    def amount(self) -> Amount:
        return Amount(self.whole, self.fraction, self.token)


# Signs and words of currencies -> ISO 4217; None: that of several countries.
CURRENCIES: Final[dict[str, str | None]] = {
    "€": "EUR", "euro": "EUR", "euros": "EUR", "eur": "EUR", "£": "GBP", "us$": "USD",
    "usd$": "USD", "$us": "USD", "ca$": "CAD", "c$": "CAD", "cad$": "CAD", "can$": "CAD",
    "a$": "AUD", "au$": "AUD", "aud$": "AUD", "nz$": "NZD", "hk$": "HKD", "s$": "SGD",
    "r$": "BRL", "mx$": "MXN", "nt$": "TWD", "$": None, "¥": None, "円": "JPY", "元": "CNY",
    "₹": "INR", "rs.": None, "rs": None, "₽": "RUB", "руб.": "RUB", "руб": "RUB", "р.": "RUB",
    "₺": "TRY", "tl": "TRY", "₫": "VND", "đ": "VND", "₴": "UAH", "грн": "UAH", "грн.": "UAH",
    "₩": "KRW", "₪": "ILS", "฿": "THB", "zł": "PLN", "zl": "PLN", "kč": "CZK", "kc": "CZK",
    "ft": "HUF", "kr.": None, "kr": None, "lei": "RON", "лв.": "BGN", "лв": "BGN",
    "sfr.": "CHF", "sfr": "CHF", "fr.": "CHF", "₱": "PHP", "rm": "MYR", "rp": "IDR",
    "₡": "CRC", "₦": "NGN", "₸": "KZT", "kn": "HRK", "din": "RSD", "p.": "RUB", "р": "RUB",
    "r": "ZAR", "र": "INR",
}  # fmt: skip
# Letters that mean a currency in a field of prices, and anything in a sentence (`Ultra R100`).
_ONLY_IN_FIELDS: Final = frozenset(
    {
        "r",
        "p.",
        "р",
        "rm",
        "rp",
        "kn",
        "din",
        "tl",
        "ft",
        "fr.",
        "c$",
        "s$",
        "rs",
        "lei",
        "zl",
        "kc",
    }
)
_CODES: Final = "|".join(sorted(DECIMALS))
_SIGNS: Final = "|".join(re.escape(sign) for sign in sorted(CURRENCIES, key=len, reverse=True))
_CURRENCY: Final = rf"(?:(?:{_SIGNS})(?![^\W\d_])|(?:{_CODES})(?![^\W\d_]))"
# A blank groups as well, but only digits in threes; a dash may stand for no cents.
_NUMBER: Final = (
    r"\d{1,3}(?:[\u0020\u00a0\u202f\u2009]\d{3})+(?:[.,]\d{1,2})?(?!\d)"
    r"|\d{1,3}(?:[.,'’]\d{3})+(?:[.,]\d{1,2})?(?!\d)"
    r"|\d{1,3}(?:,\d{2})+,\d{3}(?:\.\d{1,2})?(?!\d)"
    r"|\d+(?:[.,]\d+)?"
    r"|[.,]\d{1,2}(?!\d)"
)
_PRICE: Final = re.compile(
    rf"(?<![\w.,])(?P<before>{_CURRENCY})?[\s:]{{0,2}}(?<![\d.,])(?P<number>{_NUMBER})"
    rf"(?![.,]?\d)(?P<dash>[.,]?\s?[-–—]{{1,2}}(?!\s?\d))?"
    # In France the sign stands where the decimal sign would: 1250€60.
    rf"(?:\s?(?P<after>{_CURRENCY})(?:(?<=€)\s?(?P<cents>\d{{2}})(?![\d.,]|\s?[%€]))?)?",
    re.IGNORECASE,
)
# A blank that slipped in behind the decimal sign: `118, 99 TL`.
_TORN: Final = re.compile(r"(\d[.,])\s(\d{2})(?!\d)")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_WORD_BEFORE: Final = re.compile(r"[^\W\d_]{3,}\W{0,3}$")
_PERCENT: Final = re.compile(r"^\s?(?:%|prozent\b|percent\b)", re.IGNORECASE)


def _said(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_TIMES: Final = _said(r"^\s?[x×]\s?\d|^\s?(?:für|for)\s?\d+(?![\d.,]*\s?(?:€|£|\$|eur))")
# Words before and after an amount that say what it is the price of.
_BEFORE: Final = (
    (Kind.SHIPPING, _said(r"(?:versand(?:kosten)?|vsk|shipping|delivery|\bp&p)\W{0,3}$")),
    (
        Kind.COMPARED,
        _said(
            r"(?:statt|uvp|pvg|vergleichspreis|idealo|geizhals|regulär|sonst|vorher|\bwar|\bwas|rrp"
            r"|\blist|instead of|\breg\.?|bestpreis|next best)"
            r"(?:\s(?:ab|ca\.?|bisher|bei|nur|von|laut|idealo|preis|price))?\W{0,3}$"
        ),
    ),
    (
        Kind.SAVING,
        _said(
            r"(?:spar(?:e|t|en)?|ersparnis|rabatt|\bsave|\boff|gutschein|cashback|mbw|mindestens"
            r"|mindestbestellwert|ab einem einkauf von|minimum spend)\W{0,3}$"
        ),
    ),
    (
        Kind.FROM,
        _said(
            r"(?:^|\W)(?:ab|from|von|starting at|bis zu|up to|bis|unter|under|evtl\.?|ggf\.?|oder"
            r"|or|effektiv)\W{0,2}$"
        ),
    ),
)
_AFTER: Final = (
    (Kind.RATE, _said(r"^\s?(?:/|pro|per|im|a|mtl|monatl)\s?\.?(?:monat|month|mo\b|mtl)")),
    (Kind.RATE, _said(r"^\s?(?:mtl|monatlich|monthly)\b")),
    (
        Kind.UNIT,
        _said(
            r"^\s?(?:/|pro|je|per)\s?(?:\d+\s?)?(?:kg|g|l|ml|liter|litre|m²|m2|m|stück|stk|lb|oz"
            r"|100)\b"
        ),
    ),
    (Kind.SHIPPING, _said(r"^\s?(?:versand|vsk|shipping|delivery|p&p)")),
    (Kind.COMPARED, _said(r"^\s?(?:uvp|rrp|vergleichspreis)")),
    (
        Kind.SAVING,
        _said(
            r"^\s?(?:in\s)?(?:[\w.-]{1,15}\s)?(?:rabatt|[\w-]*gutschein|\w*coupon|sparen|gespart|ersparnis|günstiger|off\b|discount|cashback"
            r"|bonus|guthaben|mbw|mindest|\w*abzug|\w*gebühr)"
        ),
    ),
)
_RANGE: Final = re.compile(r"^\s?(?:[-–—]|bis|to)\s?$", re.IGNORECASE)
_POINTS: Final = frozenset({"$", "£", "us$", "₹", "usd", "gbp", "inr", "¥", "rs.", "rs"})


def find_prices(text: str, *, style: str | None = None, bare: bool = False) -> list[Found]:
    """The amounts of money in a text, in order, each with what it is the price of.

    `style` is the decimal sign of the site's language. `bare` also takes numbers without a currency
    beside them, for a field that is a price.
    """
    found: list[Found] = []
    for match in _PRICE.finditer(text):
        token = match["before"] or match["after"]
        if (token is None and not bare) or _PERCENT.match(text[match.end() :]):
            continue
        if not bare and token is not None and not _in_prose(token):
            continue
        if _is_feet(token) or (token is None and _is_year(match["number"], text[: match.start()])):
            continue
        cut = _cut(match["number"], token, style)
        if match["cents"] and not cut.fraction:
            cut = _Cut(cut.whole, match["cents"], cut.doubtful)
        start, end = match.start(), match.end()
        glued = not bare and " " in match["number"]  # `iPhone 8 400 €`
        if glued or (match["after"] and text[end : end + 1].isdigit()):
            cut = _Cut(cut.whole, cut.fraction, doubtful=True)
        found.append(
            Found(cut.whole, cut.fraction, token, _kind(text, start, end), start, end, cut.doubtful)
        )
    return _with_ranges(found, text)


def one_price(text: str, *, style: str | None = None) -> Amount | Reason:
    """The one price of a field that is a price, or why it has none (R-F-5).

    Several amounts are one price if they are the same one, or all but one of them are shipping,
    savings or prices to compare with.
    """
    if not text.strip():
        return Reason.PRICE_MISSING
    found = find_prices(_TORN.sub(r"\1\2", text), style=style, bare=True)
    if not found:
        return Reason.PRICE_UNREADABLE
    # A number with a currency makes one without into something else: a size, a number of pieces.
    named = [one for one in found if one.token] or found
    prices = [one for one in named if one.kind is Kind.PRICE]
    if not prices or any(one.kind in {Kind.FROM, Kind.RANGE, Kind.BUNDLE} for one in named):
        return Reason.PRICE_AMBIGUOUS
    if len({(one.whole, one.fraction.rstrip("0")) for one in prices}) > 1 or prices[0].doubtful:
        return Reason.PRICE_AMBIGUOUS
    return prices[0].amount


def currency_code(token: str | None) -> str | None:
    """ISO 4217 code of a sign, word or code; None: none, or that of several countries."""
    if token is None:
        return None
    upper = token.upper()
    return upper if upper in DECIMALS else CURRENCIES.get(token.lower())


def _in_prose(token: str) -> bool:
    """Whether a token means a currency in a sentence: codes in capitals or the usual ones."""
    lower = token.lower()
    if lower in _ONLY_IN_FIELDS:
        return False
    return lower in CURRENCIES or token.isupper() or lower in {"usd", "gbp", "chf"}


def _is_feet(token: str | None) -> bool:
    """Forints are written `Ft`; `ft` is a length."""
    return token is not None and token.lower() == "ft" and not token.istitle()


def _is_year(number: str, before: str) -> bool:
    """`July, 2004`: a number like a year behind a word, without a currency, is no price."""
    return bool(_YEAR.fullmatch(number) and _WORD_BEFORE.search(before))


@dataclass(frozen=True, slots=True)
class _Cut:
    whole: str
    fraction: str
    doubtful: bool = False


def _cut(number: str, token: str | None, style: str | None) -> _Cut:
    """A number at its decimal sign."""
    bare = re.sub(r"[\s\u00a0\u202f\u2009'’]", "", number)
    point, comma = bare.rfind("."), bare.rfind(",")
    if point < 0 and comma < 0:
        return _Cut(bare, "")
    sign = "." if point > comma else ","
    if min(point, comma) >= 0:
        # Both signs: the last is the decimal one.
        whole, _, fraction = bare.rpartition(sign)
        return _Cut(re.sub(r"[.,]", "", whole), fraction)
    groups = bare.split(sign)
    if len(groups) > 2:  # noqa: PLR2004
        # Two of the same sign can only group; in `1,712,44` they do neither.
        return _Cut("".join(groups), "", doubtful=len(groups[-1]) != 3)  # noqa: PLR2004
    whole, fraction = groups
    grouped_already = bare != number
    if len(fraction) != 3 or whole in {"", "0"} or grouped_already:  # noqa: PLR2004
        return _Cut(whole or "0", fraction)
    code = currency_code(token)
    places = DECIMALS.get(code or "", 2)
    if places == 0:
        return _Cut(whole + fraction, "")
    style = style or ("." if (token or "").lower() in _POINTS else None)
    if style is not None:
        return _Cut(whole, fraction) if sign == style else _Cut(whole + fraction, "")
    return _Cut(whole + fraction, "", doubtful=True)


def _kind(text: str, start: int, end: int) -> Kind:
    before, after = text[max(0, start - 24) : start], text[end : end + 24]
    if _TIMES.match(after):
        return Kind.BUNDLE
    for kind, pattern in _AFTER:
        if pattern.search(after):
            return kind
    for kind, pattern in _BEFORE:
        if pattern.search(before):
            return kind
    return Kind.PRICE


def _with_ranges(found: list[Found], text: str) -> list[Found]:
    """Two prices with nothing but a dash between them are a range."""

    def kinds() -> Iterator[Kind]:
        for place, one in enumerate(found):
            before = found[place - 1] if place else None
            after = found[place + 1] if place + 1 < len(found) else None
            joined = (before is not None and _RANGE.match(text[before.end : one.start])) or (
                after is not None and _RANGE.match(text[one.end : after.start])
            )
            yield Kind.RANGE if joined else one.kind

    return [
        Found(one.whole, one.fraction, one.token, kind, one.start, one.end, one.doubtful)
        for one, kind in zip(found, kinds(), strict=True)
    ]
