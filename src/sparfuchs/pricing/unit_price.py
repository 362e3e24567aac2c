"""Grundpreis: what a kilogram, a litre, a metre or a square metre of it costs (§ 4, § 5 PAngV).

Amounts come from the field in which a source states them, else out of the title, in German or
English (R-GP-3). A title is only believed for goods that are sold by amount: 38 l of a rucksack
and 8 GB of memory are no litres to be paid for.
"""

import re
from enum import StrEnum
from typing import Final

import polars as pl

from sparfuchs.kernel.frames import Schema, conform


class Dimension(StrEnum):
    """What is counted. Unit prices are comparable inside one dimension alone (R-GP-1)."""

    MASS = "mass"
    VOLUME = "volume"
    LENGTH = "length"
    AREA = "area"
    BULK = "bulk"


DIMENSION: Final = pl.Enum([d.value for d in Dimension])

# The one base unit of each dimension since 28 May 2022, and how it is written.
BASE_UNIT: Final = {
    Dimension.MASS: "kg",
    Dimension.VOLUME: "l",
    Dimension.LENGTH: "m",
    Dimension.AREA: "m²",
    Dimension.BULK: "m³",
}


# Thousandths of the base unit in one of these: grams, millilitres, millimetres. The thousandth of a
# square metre is 10 cm², that of a cubic metre a litre.
_UNITS: Final = {
    "mg": (Dimension.MASS, 0.001),
    "g": (Dimension.MASS, 1.0),
    "gr": (Dimension.MASS, 1.0),
    "gramm": (Dimension.MASS, 1.0),
    "gram": (Dimension.MASS, 1.0),
    "grams": (Dimension.MASS, 1.0),
    "kg": (Dimension.MASS, 1000.0),
    "kilo": (Dimension.MASS, 1000.0),
    "kilogramm": (Dimension.MASS, 1000.0),
    "kilogram": (Dimension.MASS, 1000.0),
    "oz": (Dimension.MASS, 28.349523125),
    "ounce": (Dimension.MASS, 28.349523125),
    "ounces": (Dimension.MASS, 28.349523125),
    "lb": (Dimension.MASS, 453.59237),
    "lbs": (Dimension.MASS, 453.59237),
    "pound": (Dimension.MASS, 453.59237),
    "pounds": (Dimension.MASS, 453.59237),
    "ml": (Dimension.VOLUME, 1.0),
    "cl": (Dimension.VOLUME, 10.0),
    "dl": (Dimension.VOLUME, 100.0),
    "l": (Dimension.VOLUME, 1000.0),
    "liter": (Dimension.VOLUME, 1000.0),
    "litre": (Dimension.VOLUME, 1000.0),
    "liters": (Dimension.VOLUME, 1000.0),
    "litres": (Dimension.VOLUME, 1000.0),
    "milliliter": (Dimension.VOLUME, 1.0),
    "millilitre": (Dimension.VOLUME, 1.0),
    "floz": (Dimension.VOLUME, 29.5735295625),
    "pt": (Dimension.VOLUME, 473.176473),
    "qt": (Dimension.VOLUME, 946.352946),
    "gal": (Dimension.VOLUME, 3785.411784),
    "cm": (Dimension.LENGTH, 10.0),
    "m": (Dimension.LENGTH, 1000.0),
    "in": (Dimension.LENGTH, 25.4),
    "ft": (Dimension.LENGTH, 304.8),
    "yd": (Dimension.LENGTH, 914.4),
    "sqm": (Dimension.AREA, 1000.0),
    "qm": (Dimension.AREA, 1000.0),
    "m²": (Dimension.AREA, 1000.0),
    "sqft": (Dimension.AREA, 92.90304),
    "cbm": (Dimension.BULK, 1000.0),
    "m³": (Dimension.BULK, 1000.0),
}
# What a title may hold; `m`, `cm` and `in` there are sizes of the thing more often than its amount.
_IN_TITLES: Final = (
    "kilogramm", "kilogram", "kilo", "kg", "grams", "gramm", "gram", "gr", "g", "mg",
    r"fl\.?\s?oz", "ounces", "ounce", "oz", "pounds", "pound", "lbs", "lb",
    "milliliter", "millilitre", "ml", "cl", "dl", "liters", "litres", "liter", "litre", "l",
)  # fmt: skip

# Goods sold by amount, by words of the path in which the merchant files them.
_BY_AMOUNT: Final = (
    r"(?i)lebensmittel|getränk|nahrung|food|drink|beverage|grocer|drogerie|kosmetik|pflege|körper"
    r"|shampoo|waschmittel|reinig|putz|wasch|hygiene|tiernahrung|tierfutter|futter|pet ?food|kaffee"
    r"|tee\b|wein|bier|spirituos|süßwaren|snack|gewürz|farben|lacke|dünger|erde\b|creme|beauty"
)
_FILED: Final = re.compile(_BY_AMOUNT)

_NUMBER: Final = r"(\d{1,5}(?:[.,]\d{1,3})?)"
_UNIT: Final = rf"({'|'.join(_IN_TITLES)})\b"
# 6 x, 6 bottles of, 6 Flaschen à
_VESSELS: Final = (
    r"(?:flaschen|dosen|beutel|packungen|riegel|tüten|gläser|stück|stk\.?"
    r"|cans|bottles|packs|bags|bars|jars|sachets)"
)
_TIMES: Final = rf"(\d{{1,3}})\s*(?:x|×|\*|{_VESSELS}\s*(?:à|je|zu|of|x)?)\s*"
_MULTIPLE: Final = rf"(?i)\b{_TIMES}{_NUMBER}\s*{_UNIT}"
_PACK_FIRST: Final = r"(?i)\b(\d{1,3})\s*er[- ]?(?:pack|packung|set|pk)\b"
_PACK_ENGLISH: Final = r"(?i)\b(?:pack of|set of|case of)\s*(\d{1,3})\b"
_PACK_COUNTED: Final = r"(?i)\b(\d{1,3})[- ]pack\b"
_SINGLE: Final = rf"(?i)(?:^|[^\dx×*.,])\s*{_NUMBER}\s*{_UNIT}"
_AMOUNT: Final = rf"(?i)\b{_NUMBER}\s*{_UNIT}"
_DRAINED: Final = (
    rf"(?i){_NUMBER}\s*{_UNIT}\s*(?:\(?abtropf\w*|drained|atg\b)"
    rf"|(?:abtropfgewicht|drained(?: weight)?)\s*:?\s*{_NUMBER}\s*{_UNIT}"
)
# What a shop itself says a kilogram costs: `5,16 €/kg`, `1 kg = 5,16 €`, `€ 5.16 per 100 g`.
_MONEY: Final = r"(?:€|eur)?\s*(\d{1,5}(?:[.,]\d{2})?)\s*(?:€|eur)?"
_PER: Final = rf"(?i){_MONEY}\s*(?:/|pro|je|per)\s*(\d{{1,4}})?\s*{_UNIT}"
_EQUALS: Final = rf"(?i)(\d{{1,4}})?\s*{_UNIT}\s*=\s*{_MONEY}"
# Shops round, and so do we: beside half a minor unit of what they state, one in a hundred.
_AGREES_WITHIN: Final = 0.01
_ABOUT: Final = r"(?i)\b(?:ca\.?|circa|approx\.?|about|etwa)\s*\d"

# One row an offer. `amount` in thousandths of the base unit (g, ml, mm), of the whole pack;
# `unit_minor` is the price of one base unit in minor units, reckoned from price and amount;
# `stated_minor` what the shop says it is, and `contradicts` that the two do not agree: then amount,
# price or statement is wrong. Null where nothing is to be said.
UNIT_PRICE: Final[Schema] = {
    "offer_id": pl.Int64(),
    "amount": pl.Float64(),
    "dimension": DIMENSION,
    "unit_minor": pl.Int64(),
    "estimated": pl.Boolean(),
    "stated_minor": pl.Int64(),
    "contradicts": pl.Boolean(),
}


def sold_by_amount(path: str | None, kind: str | None) -> bool:
    """Whether goods filed there are sold by weight, volume and the like."""
    return _FILED.search(f"{path or ''} > {kind or ''}") is not None


def unit_prices(offers: pl.DataFrame) -> pl.DataFrame:
    """UNIT_PRICE of each offer, in the order given.

    Takes `offer_id`, `title`, `category_path`, `product_type`, `price_minor` (minor units),
    `unit_amount`, `unit` (as a source states them; both null: it does not), and, if there,
    `unit_text` (what the shop says of the unit price; else it is looked for in the title). Rounded
    half up: unit_minor = price * 1000 / amount (domain.md 4.3). A stated unit price is checked and
    never taken over: merchants are known to put former prices there.
    """
    if "unit_text" not in offers.columns:
        offers = offers.with_columns(unit_text=pl.lit(None, dtype=pl.String))
    rows = offers.select(
        "offer_id",
        "price_minor",
        pl.col("title")
        .fill_null("")
        .str.replace_all(_EQUALS, " ")
        .str.replace_all(_PER, " ")
        .alias("title"),
        *_stated_unit_price(pl.coalesce("unit_text", "title")),
        pl.concat_str(
            pl.col("category_path").fill_null(""),
            pl.col("product_type").fill_null(""),
            separator=" > ",
        )
        .str.contains(_BY_AMOUNT)
        .alias("by_amount"),
        _amount(pl.col("unit_amount").cast(pl.Float64), pl.col("unit")).alias("stated"),
        _dimension(pl.col("unit")).alias("stated_dimension"),
    ).with_columns(*_titled())
    told = pl.col("stated").is_not_null()
    believed = pl.col("by_amount") & ~told
    made = rows.with_columns(
        amount=pl.when(told).then("stated").when(believed).then("titled"),
        dimension=pl.when(told).then("stated_dimension").when(believed).then("titled_dimension"),
        estimated=pl.when(believed & pl.col("titled").is_not_null()).then(
            pl.col("title").str.contains(_ABOUT)
        ),
    ).with_columns(
        unit_minor=pl.when((pl.col("amount") > 0) & pl.col("price_minor").is_not_null())
        .then((pl.col("price_minor") * 1000 / pl.col("amount") + 0.5).floor())
        .cast(pl.Int64)
    )
    # Of another dimension than the amount it says nothing about this price.
    same = pl.col("said_dimension") == pl.col("dimension")
    known = same & pl.col("unit_minor").is_not_null()
    apart = (pl.col("said_minor") - pl.col("unit_minor")).abs()
    tolerance = pl.max_horizontal("said_step", pl.col("unit_minor") * _AGREES_WITHIN)
    return conform(
        made.with_columns(
            stated_minor=pl.when(same).then("said_minor"),
            contradicts=pl.when(known).then(apart > tolerance),
        ),
        UNIT_PRICE,
    )


def _stated_unit_price(text: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """What a text says that one base unit costs, in hundredths, how far rounding may have moved
    that, and of which dimension it is.
    """
    equals, per = text.str.extract_groups(_EQUALS), text.str.extract_groups(_PER)
    money = pl.coalesce(equals.struct.field("3"), per.struct.field("1"))
    count = pl.coalesce(equals.struct.field("1"), per.struct.field("2"))
    unit = pl.coalesce(equals.struct.field("2"), per.struct.field("3"))
    parts = _amount(_number(count).fill_null(1.0), unit)
    minor = (_number(money) * 100 * 1000 / parts).round()
    return (
        minor.cast(pl.Int64).alias("said_minor"),
        (500 / parts + 1).alias("said_step"),
        _dimension(unit).alias("said_dimension"),
    )


def _amount(number: pl.Expr, unit: pl.Expr) -> pl.Expr:
    per_one = _named(unit).replace_strict(
        {name: parts for name, (_, parts) in _UNITS.items()},
        default=None,
        return_dtype=pl.Float64,
    )
    # Thousandths of a thousandth are no amount; without them 0.1 + 0.2 would show.
    return (number * per_one).round(6)


def _named(unit: pl.Expr) -> pl.Expr:
    """A unit as the table has it: `fl. oz` is `floz`."""
    return unit.str.to_lowercase().str.replace_all(r"[\s.]", "")


def _dimension(unit: pl.Expr) -> pl.Expr:
    return _named(unit).replace_strict(
        {name: dimension.value for name, (dimension, _) in _UNITS.items()},
        default=None,
        return_dtype=DIMENSION,
    )


def _number(text: pl.Expr) -> pl.Expr:
    return text.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)


def _titled() -> tuple[pl.Expr, pl.Expr]:
    """The amount and its dimension that a title tells: drained before whole, packs multiplied.

    A title with two different amounts that are no drained weight tells none.
    """
    title = pl.col("title")
    drained = title.str.extract_groups(_DRAINED)
    drained_number = pl.coalesce(drained.struct.field("1"), drained.struct.field("3"))
    drained_unit = pl.coalesce(drained.struct.field("2"), drained.struct.field("4"))
    multiple = title.str.extract_groups(_MULTIPLE)
    packs = pl.coalesce(
        title.str.extract(pattern) for pattern in (_PACK_FIRST, _PACK_ENGLISH, _PACK_COUNTED)
    )
    single = title.str.extract_groups(_SINGLE)
    alone = title.str.replace_all(_DRAINED, " ").str.count_matches(_SINGLE) == 1
    count = _number(pl.coalesce(multiple.struct.field("1"), packs)).fill_null(1.0)
    number = pl.coalesce(
        drained_number,
        multiple.struct.field("2"),
        pl.when(alone).then(single.struct.field("1")),
    )
    unit = pl.coalesce(
        drained_unit, multiple.struct.field("3"), pl.when(alone).then(single.struct.field("2"))
    )
    many = pl.when(drained_number.is_null()).then(count).otherwise(1.0)
    return (
        _amount(_number(number) * many, unit).alias("titled"),
        _dimension(unit).alias("titled_dimension"),
    )


def without_amounts(title: pl.Expr) -> pl.Expr:
    """A title in small letters without what it says of amounts and packs, words parted by one
    space: what is left is the same for all packs of one thing.
    """
    told = (_EQUALS, _PER, _DRAINED, _MULTIPLE, _PACK_FIRST, _PACK_ENGLISH, _PACK_COUNTED, _AMOUNT)
    for pattern in told:
        title = title.str.replace_all(pattern, " ")
    return title.str.to_lowercase().str.replace_all(r"[^\pL\pN]+", " ").str.strip_chars()
