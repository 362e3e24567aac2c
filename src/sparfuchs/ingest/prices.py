"""Price texts of machine formats to whole minor units, by a declared grammar (domain.md 1.2).

A price is one number with at most one currency beside it. Most rows are plain and are read by one
expression over the column; what that does not take goes through `read_amount`, which knows grouping
and symbols, and says why it refuses. Both agree where both read.
"""

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from sparfuchs.kernel.money import DECIMALS, MAX_PRICE_MINOR
from sparfuchs.kernel.outcome import Reason

_TEXT: Final = re.compile(
    r"^(?:(?P<before>[^\s0-9+.,'’-][^\s0-9]{0,9}) ?)?"
    r"(?P<number>[+-]?[0-9](?:[0-9.,'’]*[0-9])?)"
    r"(?: ?(?P<glued>[^\s0-9.,'’+-][^\s0-9]{0,9})| (?P<after>\S+))?$"
)
_AMOUNT: Final = re.compile(r"[0-9][0-9.,'’]*")
# "ab 9,99", "from 9.99", "3 für 2": a price of something, but not the price of this offer (R-F-5).
_FROM: Final = frozenset({"ab", "from", "von", "bis", "ca", "ca.", "à", "vanaf", "dès", "od", "up"})
# `3 100р.`: the blank groups, and three digits of the number went to the currency.
_THOUSAND: Final = re.compile(r"[0-9]{3}(?![0-9A-Fa-f])")
# How programs write that there is no value.
_NOTHING: Final = frozenset({"nan", "null", "none", "n/a", "#n/a"})
_FREE: Final = frozenset({"free", "gratis", "kostenlos", "umsonst"})
_SYMBOLS: Final = {"€": "EUR", "£": "GBP", "ZŁ": "PLN", "KČ": "CZK", "¥": "JPY", "₹": "INR"}
_DIGITS: Final = 15  # whole digits that fit into minor units of 64 bits with room to spare


@dataclass(frozen=True, slots=True)
class Grammar:
    """How numbers are written: the decimal sign; the other one may only group thousands.

    `lenient` also takes the other sign before one or two last digits, where it can mean nothing
    else (`249,90` in an Awin feed of points). `grouped` says that the other sign is known to group:
    `1,299` is a thousand and more then, and nothing that needs to be asked about.
    """

    decimal: str = "."
    lenient: bool = False
    grouped: bool = False


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as written, cut at its decimal sign, with the currency text beside it."""

    whole: str
    fraction: str
    token: str | None


def read_amount(text: str, grammar: Grammar) -> Amount | Reason:
    """One price text, or the reason why it is none (R-F-5)."""
    text = " ".join(text.split())
    if not text or text.lower() in _NOTHING:
        return Reason.PRICE_MISSING
    if text.lower() in _FREE:
        return Reason.PRICE_NOT_POSITIVE
    match = _TEXT.match(text)
    if match is None:
        several = len(_AMOUNT.findall(text)) > 1
        return Reason.PRICE_AMBIGUOUS if several else Reason.PRICE_UNREADABLE
    tokens = [token for token in match.group("before", "glued", "after") if token]
    if any(token.lower() in _FROM for token in tokens):
        return Reason.PRICE_AMBIGUOUS
    if len(tokens) > 1 or any("%" in token or "/" in token for token in tokens):
        return Reason.PRICE_UNREADABLE
    if tokens and (_AMOUNT.fullmatch(tokens[0]) or _THOUSAND.match(tokens[0])):
        return Reason.PRICE_AMBIGUOUS
    if tokens and not _plausible(tokens[0]):
        return Reason.PRICE_UNREADABLE
    number = match["number"]
    if number.startswith("-"):
        return Reason.PRICE_NOT_POSITIVE
    parts = _cut(number.removeprefix("+"), grammar)
    if isinstance(parts, Reason):
        return parts
    return Amount(parts[0], parts[1], tokens[0] if tokens else None)


def _plausible(token: str) -> bool:
    """`Rs.` is a currency; `$..` and `July,` end in a sign that belongs to a number or sentence."""
    return not token.endswith(",") and (not token.endswith(".") or token[:-1].isalpha())


def _cut(number: str, grammar: Grammar) -> tuple[str, str] | Reason:
    point = grammar.decimal
    other = "," if point == "." else "."
    whole, _, fraction = number.partition(point)
    if point in fraction:
        # 1.234.567 with decimal point: nothing but grouping makes sense of two of them.
        groups = number.split(point)
        return ("".join(groups), "") if _grouped(groups) else Reason.PRICE_UNREADABLE
    if fraction and not fraction.isdigit():
        return Reason.PRICE_UNREADABLE
    if whole.isdigit():
        return whole, fraction
    groups = re.split(r"[" + other + r"'’]", whole)
    if _grouped(groups):
        # 10,999 with decimal point: thousands, or a fuel price? One group alone does not say.
        if len(groups) == 2 and not fraction and other in whole and not grammar.grouped:  # noqa: PLR2004
            return Reason.PRICE_AMBIGUOUS
        return "".join(groups), fraction
    if grammar.lenient and not fraction:
        left, _, right = number.partition(other)
        if left.isdigit() and right.isdigit() and len(right) <= 2:  # noqa: PLR2004
            return left, right
    return Reason.PRICE_UNREADABLE


def _grouped(groups: list[str]) -> bool:
    return (
        len(groups) > 1
        and 1 <= len(groups[0]) <= 3  # noqa: PLR2004
        and all(len(group) == 3 for group in groups[1:])  # noqa: PLR2004
        and all(group.isdigit() for group in groups)
    )


AMOUNT: Final = {
    "whole": pl.Int64(),
    "fraction": pl.String(),
    "token": pl.String(),
    "reason": pl.String(),
}


def amounts(column: pl.Series, grammar: Grammar) -> pl.DataFrame:
    """Amounts of a column of price texts: `whole`, `fraction`, `token`, or a `reason`.

    An empty text gives nulls throughout: whether that is a fault depends on the field.
    """
    point = re.escape(grammar.decimal)
    pattern = (
        rf"^(?<whole>[0-9]{{1,{_DIGITS}}})(?:{point}(?<fraction>[0-9]+))?"
        r"(?: ?(?<token>[A-Z]{3}))?$"
    )
    frame = pl.select(column.alias("text").str.extract_groups(pattern).alias("read")).unnest("read")
    frame = frame.with_columns(
        pl.col("whole").cast(pl.Int64), pl.lit(None, pl.String).alias("reason")
    )
    open_rows = frame["whole"].is_null() & column.is_not_null()
    if not open_rows.any():
        return frame.select(list(AMOUNT))
    texts = column.filter(open_rows).unique()
    # A loop over distinct texts outside the plain grammar: few in most feeds.
    slow = pl.DataFrame(
        [(text, *_as_row(read_amount(text, grammar))) for text in texts],
        schema={"text": pl.String(), **AMOUNT},
        orient="row",
    )
    joined = (
        column.alias("text").to_frame().join(slow, on="text", how="left", maintain_order="left")
    )
    return frame.select(
        pl.when(open_rows).then(joined[name]).otherwise(pl.col(name)).alias(name) for name in AMOUNT
    )


def _as_row(read: Amount | Reason) -> tuple[int | None, str | None, str | None, str | None]:
    if isinstance(read, Amount):
        if len(read.whole) > _DIGITS:
            return None, None, None, Reason.PRICE_TOO_LARGE.value
        return int(read.whole), read.fraction, read.token, None
    if read is Reason.PRICE_MISSING:
        return None, None, None, None
    return None, None, None, read.value


def currency_of(token: str) -> str | None:
    """ISO 4217 code behind a code or symbol; None: neither. `$` alone is that of many countries."""
    text = token.upper()
    if text in DECIMALS:
        return text
    return _SYMBOLS.get(text)


def currencies(tokens: pl.Series) -> pl.Series:
    """The code of each currency text; null where there is none or it is no currency."""
    # A loop over distinct texts: a feed has a handful.
    known = {token: currency_of(token) for token in tokens.drop_nulls().unique()}
    if not known:
        return pl.Series(tokens.name, [None], dtype=pl.String).new_from_index(0, len(tokens))
    return tokens.replace_strict(known, default=None, return_dtype=pl.String)


def minor_units(amount: pl.DataFrame, currency: pl.Series) -> pl.DataFrame:
    """`minor` (whole minor units) of amounts in their currencies, or a `reason`.

    More decimals than the currency has are an error (R-F-6), save zeros that change nothing;
    exactly three decimals are always one, since `10.990 EUR` may as well mean ten thousand.
    """
    places = currency.replace_strict(DECIMALS, default=None, return_dtype=pl.Int64)
    fraction = amount["fraction"]
    lowest, highest = places.min(), places.max()
    if lowest is None:
        # No currency, no minor units: that is the currency's fault, not the price's.
        return amount.select(minor=pl.lit(None, pl.Int64), reason="reason")
    if lowest == highest and (fraction.drop_nulls().str.len_bytes() == lowest).all():
        return _whole_minor(amount, places)
    fraction = fraction.fill_null("")
    frame = amount.select(
        "whole",
        "reason",
        fraction.alias("fraction"),
        places.alias("places"),
    )
    # One currency a feed is the rule: then the cut is a constant, which is much faster.
    cut = pl.lit(lowest, pl.Int64) if lowest == highest else pl.col("places")
    kept = (pl.col("fraction") + "0000").str.slice(0, cut)
    surplus = pl.col("fraction").str.slice(cut).str.strip_chars("0")
    length = pl.col("fraction").str.len_bytes()
    scale = pl.lit(10, pl.Int64).pow(cut)
    minor = pl.col("whole") * scale + kept.cast(pl.Int64, strict=False).fill_null(0)
    precise = (surplus != "") | ((length == 3) & (pl.col("places") < 3))  # noqa: PLR2004
    return frame.with_columns(minor=minor, too_precise=precise).select(
        minor=pl.when(pl.col("reason").is_null() & ~pl.col("too_precise")).then("minor"),
        reason=pl.coalesce(
            "reason",
            pl.when("too_precise").then(pl.lit(Reason.PRICE_TOO_PRECISE.value)),
            *_OUT_OF_BOUNDS,
        ),
    )


_OUT_OF_BOUNDS: Final = (
    pl.when(pl.col("minor") == 0).then(pl.lit(Reason.PRICE_NOT_POSITIVE.value)),
    pl.when(pl.col("minor") > MAX_PRICE_MINOR).then(pl.lit(Reason.PRICE_TOO_LARGE.value)),
)


def _whole_minor(amount: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    """The usual case: one currency, and as many decimals as it has, or none."""
    scale = pl.lit(10, pl.Int64).pow(places)
    fraction = pl.col("fraction").cast(pl.Int64).fill_null(0)
    return amount.with_columns(minor=pl.col("whole") * scale + fraction).select(
        minor=pl.when(pl.col("reason").is_null()).then("minor"),
        reason=pl.coalesce("reason", *_OUT_OF_BOUNDS),
    )
