"""Prices, words, moments and addresses as texts: expressions over STATED columns."""

from datetime import datetime
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Availability, Condition
from sparfuchs.kernel.money import decimals_of
from sparfuchs.market.write.style import CurrencyPlace, Shop, Style, Words

_AVAILABILITY: Final = {
    Words.CODES: ("in_stock", "out_of_stock", "preorder", "backorder", "limited"),
    Words.SPACED: ("in stock", "out of stock", "pre order", "on backorder", "low stock"),
    Words.SCHEMA: tuple(
        f"https://schema.org/{name}"
        for name in ("InStock", "OutOfStock", "PreOrder", "BackOrder", "LimitedAvailability")
    ),
    Words.GERMAN: (
        "sofort lieferbar", "ausverkauft", "vorbestellbar", "made to order", "wenige verfügbar",
    ),
}  # fmt: skip
_KINDS: Final = (
    Availability.IN_STOCK,
    Availability.OUT_OF_STOCK,
    Availability.PREORDER,
    Availability.BACKORDER,
    Availability.LIMITED,
)
_GERMAN_CONDITIONS: Final = {
    Condition.NEW.value: "neu",
    Condition.REFURBISHED.value: "generalüberholt",
    Condition.USED.value: "gebraucht",
}
# Signs that neither XML nor a line of text can hold.
_UNPRINTABLE: Final = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]"
_SIGNS: Final = {"EUR": "€", "GBP": "£"}


def printable(name: str) -> pl.Expr:
    """A text column without control characters."""
    return pl.col(name).str.replace_all(_UNPRINTABLE, " ")


def amount(minor: pl.Expr, currency: str, style: Style) -> pl.Expr:
    """Whole minor units as a number in the shop's way of writing."""
    places = decimals_of(currency)
    unit = int(10**places)
    whole = (minor // unit).cast(pl.String)
    if style.grouped:
        mark = "." if style.decimal == "," else ","
        # Twice, for prices of a million and more.
        whole = whole.str.replace(r"^(\d+)(\d{3})$", f"${{1}}{mark}${{2}}")
        whole = whole.str.replace(rf"^(\d+)(\d{{3}}\{mark}\d{{3}})$", f"${{1}}{mark}${{2}}")
    if not places:
        return whole
    return whole + style.decimal + (minor % unit).cast(pl.String).str.zfill(places)


def price(minor: pl.Expr, shop: Shop, *, with_column: bool = True) -> pl.Expr:
    """A price with its currency where the shop puts it; after it in documents that have no column
    for it.
    """
    number = amount(minor, shop.currency, shop.style)
    match shop.style.currency:
        case CurrencyPlace.COLUMN if not with_column:
            return number + f" {shop.currency}"
        case CurrencyPlace.AFTER:
            return number + f" {shop.currency}"
        case CurrencyPlace.BEFORE:
            return f"{shop.currency} " + number
        case CurrencyPlace.SIGN:
            return number + f" {_SIGNS.get(shop.currency, shop.currency)}"
        case CurrencyPlace.COLUMN:
            return number


def shipping(shop: Shop) -> pl.Expr:
    """`DE::Standard:4.90 EUR`, as text."""
    return "DE::Standard:" + price(pl.col("shipping_minor"), shop)


def availability(words: Words) -> pl.Expr:
    """The shop's word for it; nothing where the shop itself does not know."""
    texts = dict(zip((kind.value for kind in _KINDS), _AVAILABILITY[words], strict=True))
    return pl.col("availability").replace_strict(texts, default=None, return_dtype=pl.String)


def condition(words: Words) -> pl.Expr:
    if words is not Words.GERMAN:
        return pl.col("condition")
    return pl.col("condition").replace_strict(
        _GERMAN_CONDITIONS, default=pl.col("condition"), return_dtype=pl.String
    )


def moment(column: pl.Expr, zone: str) -> pl.Expr:
    if zone == "UTC":
        return column.dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    return column.dt.convert_time_zone(zone).dt.to_string("%Y-%m-%dT%H:%M:%S%z")


# Google's interval has no form for a sale whose beginning is not stated.
_LONG_AGO: Final = "2020-01-01T00:00:00Z"


def sale_interval(zone: str) -> pl.Expr:
    """`start/end`, `start/` without an end, nothing where neither is stated."""
    start, end = moment(pl.col("sale_from"), zone), moment(pl.col("sale_to"), zone)
    dated = pl.col("sale_from").is_not_null() | pl.col("sale_to").is_not_null()
    return pl.when(dated & pl.col("sale_minor").is_not_null()).then(
        start.fill_null(_LONG_AGO) + "/" + end.fill_null("")
    )


def asked_price(at: datetime) -> pl.Expr:
    """The price at a moment: the sale's while it lasts. For formats that know no dates."""
    begun = pl.col("sale_from").is_null() | (pl.col("sale_from") <= at)
    lasting = pl.col("sale_to").is_null() | (pl.col("sale_to") > at)
    on = pl.col("sale_minor").is_not_null() & begun & lasting
    return pl.when(on).then("sale_minor").otherwise("regular_minor")


def address(name: str, origin: str | None) -> pl.Expr:
    """An address of the shop, led to where it is served."""
    if origin is None:
        return printable(name)
    return printable(name).str.replace(r"^https?://[^/?#]*", origin.replace("$", "$$"))
