"""Past prices from a table that somebody else kept: rows of offer, moment and price.

The first line names the columns. `source_offer_id`, `gtin` or `mpn` says which offer, `seen_at`
when it was seen, `price` (a text as in feeds) or `price_minor` (whole minor units) what it cost;
`currency`, `available` and `audience` may follow. Other columns are left alone. Comma, semicolon
and tab are understood as separators, UTF-8 and cp1252 as encodings, gzip as packing.
"""

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import polars as pl
import xxhash

from sparfuchs.ingest.dates import read_moment
from sparfuchs.ingest.gtin import clean_gtins
from sparfuchs.ingest.prices import Grammar, amounts, currencies, minor_units
from sparfuchs.ingest.words import AVAILABILITIES, meanings
from sparfuchs.kernel.errors import FeedUnreadable
from sparfuchs.kernel.frames import (
    AUDIENCE,
    AVAILABILITY,
    REJECTION,
    UTC_TIME,
    Audience,
    Availability,
    Schema,
    conform,
)
from sparfuchs.kernel.money import DECIMALS, MAX_PRICE_MINOR
from sparfuchs.kernel.outcome import Reason

# Column of the table <- names under which it is met.
COLUMNS: Final = {
    "source_offer_id": ("source_offer_id", "offer_id", "id"),
    "gtin": ("gtin", "gtin14", "ean"),
    "mpn": ("mpn", "sku"),
    "seen_at": ("seen_at", "at", "date", "pricedate", "price_date", "timestamp"),
    "price": ("price",),
    "price_minor": ("price_minor",),
    "currency": ("currency",),
    "available": ("available", "availability", "in_stock", "isavailable", "is_available"),
    "audience": ("audience",),
}
_SIGNS: Final = ("source_offer_id", "gtin", "mpn")
_AUDIENCES: Final = (Audience.PUBLIC, Audience.COUPON_PUBLIC, Audience.MEMBER)
_SEPARATORS: Final = (",", ";", "\t", "|")
_SHOWN: Final = 200

# One row a price. `sign` names the offer, by its id at the source, its GTIN or its manufacturer's
# number, as `by` says. A price of null: seen without one, or out of stock.
PAST_PRICE: Final[Schema] = {
    "line": pl.UInt32(),
    "by": pl.String(),
    "sign": pl.String(),
    "seen_at": UTC_TIME,
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "availability": AVAILABILITY,
    "audience": AUDIENCE,
}


@dataclass(frozen=True)
class PastPrices:
    """`rows` are PAST_PRICE in the order of the table, `rejections` REJECTION of the others; read =
    both. `digest` is of the bytes as they came.
    """

    rows: pl.DataFrame
    rejections: pl.DataFrame
    digest: bytes
    by: str

    @property
    def read(self) -> int:
        return self.rows.height + self.rejections.height


def read_past_prices(
    path: Path, *, zone: str, currency: str | None, decimal: str = "."
) -> PastPrices:
    """Reads such a table. `zone` is for times without one, `currency` for rows without one.

    Raises FeedUnreadable when it has no line of names, or lacks what says which offer, when, and
    how much.
    """
    data = path.read_bytes()
    digest = xxhash.xxh3_128_digest(data)
    text = _text(data, path)
    table, malformed = _table(text, path)
    rows = _typed(table, zone, currency, Grammar(decimal))
    bad = rows.filter(pl.col("fault").is_not_null())
    fault = pl.col("fault").struct
    rejections = bad.select(
        "line",
        source_offer_id=pl.when(pl.col("by") == "source_offer_id").then("sign"),
        field=fault.field("field"),
        value=fault.field("value").str.slice(0, _SHOWN),
        reason=fault.field("reason"),
        rule=fault.field("rule"),
    )
    return PastPrices(
        rows=conform(rows.filter(pl.col("fault").is_null()), PAST_PRICE),
        rejections=pl.concat([malformed, conform(rejections, REJECTION)]).sort("line"),
        digest=digest,
        by=str(table.columns[1]),
    )


def _text(data: bytes, path: Path) -> str:
    try:
        plain = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    except (OSError, EOFError) as error:
        raise FeedUnreadable(f"{path.name} is a damaged gzip", path=str(path)) from error
    try:
        return plain.decode("utf-8-sig")
    except UnicodeDecodeError:
        return plain.decode("cp1252", "replace")


def _table(text: str, path: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The columns that we know, as texts beside their `line`, the sign first; and broken rows."""
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    names = [name.strip().lower().replace(" ", "_") for name in next(reader, [])]
    places = {
        column: names.index(found)
        for column, known in COLUMNS.items()
        if (found := next((name for name in known if name in names), None)) is not None
    }
    sign = next((name for name in _SIGNS if name in places), None)
    if sign is None or "seen_at" not in places or not {"price", "price_minor"} & places.keys():
        raise FeedUnreadable(
            f"{path.name} must name the columns source_offer_id (or gtin, mpn), seen_at and price "
            f"in its first line; it names {', '.join(names[:12]) or 'nothing'}",
            path=str(path),
        )
    wanted = [sign, *(name for name in places if name not in _SIGNS)]
    chosen = [places[name] for name in wanted]
    lines: list[int] = []
    cells: list[list[str]] = []
    broken: list[dict[str, object]] = []
    # A loop over rows: only this reader knows on which line a row with quoted line ends began.
    line = reader.line_num
    for row in reader:
        began, line = line + 1, reader.line_num
        if not row:
            continue
        while len(row) > len(names) and not row[-1]:
            row.pop()  # lines that end with a separator where the first one does not
        if len(row) != len(names):
            broken.append({"line": began, "field": "row", "value": separator.join(row)[:_SHOWN]})
            continue
        lines.append(began)
        cells.append([row[place].strip() for place in chosen])
    frame = pl.DataFrame(
        cells, schema=dict.fromkeys(wanted, pl.String()), orient="row"
    ).with_columns(pl.when(pl.col(pl.String) != "").then(pl.col(pl.String)).name.keep())
    malformed = pl.DataFrame(
        broken, schema={"line": pl.UInt32(), "field": pl.String(), "value": pl.String()}
    ).with_columns(reason=pl.lit(Reason.ROW_MALFORMED.value), rule=pl.lit("R-F-1"))
    numbered = frame.insert_column(0, pl.Series("line", lines, dtype=pl.UInt32))
    return numbered, conform(malformed, REJECTION)


def _typed(table: pl.DataFrame, zone: str, currency: str | None, grammar: Grammar) -> pl.DataFrame:
    """PAST_PRICE columns with `fault`: null, or field, value, reason and rule."""
    sign = table.columns[1]
    signs = clean_gtins(table["gtin"]) if sign == "gtin" else table[sign]
    times = _times(table["seen_at"], ZoneInfo(zone))
    price, unit, reason, stated = _prices(table, currency, grammar)
    stock, odd_stock = _stock(table)
    audience, odd_audience = _audience(table)
    sold_out = stock == Availability.OUT_OF_STOCK.value
    missing = stated["price"].is_null() & ~sold_out
    known = unit.is_in(list(DECIMALS)).fill_null(value=False)
    faults = [
        _fault(signs.is_null(), sign, table[sign], Reason.ID_MISSING, "R-F-8"),
        _fault(times.is_null(), "seen_at", table["seen_at"], Reason.TIME_UNREADABLE, "R-G-2"),
        _fault(odd_audience, "audience", stated["audience"], Reason.AUDIENCE_UNKNOWN, "4.2"),
        _fault(odd_stock, "available", stated["available"], Reason.STOCK_UNREADABLE, "4.2"),
        _fault(unit.is_null(), "currency", stated["currency"], Reason.CURRENCY_MISSING, "R-F-5"),
        _fault(~known, "currency", stated["currency"], Reason.CURRENCY_UNKNOWN, "R-F-5"),
        _fault(missing, "price", stated["price"], Reason.PRICE_MISSING, "R-F-7"),
        pl.when(reason.is_not_null()).then(
            pl.struct(
                field=pl.lit("price"),
                value=stated["price"],
                reason=reason,
                rule=pl.lit("R-F-5"),
            )
        ),
    ]
    return table.select("line").with_columns(
        by=pl.lit(sign),
        sign=signs,
        seen_at=times,
        price_minor=price,
        currency=unit,
        availability=stock,
        audience=audience,
        fault=pl.coalesce(faults),
    )


def _fault(when: pl.Series, field: str, value: pl.Series, reason: Reason, rule: str) -> pl.Expr:
    return pl.when(when).then(
        pl.struct(field=pl.lit(field), value=value, reason=pl.lit(reason.value), rule=pl.lit(rule))
    )


def _times(texts: pl.Series, zone: ZoneInfo) -> pl.Series:
    # A loop over distinct texts: the rows of one day share theirs.
    read = {text: read_moment(text, zone) for text in texts.drop_nulls().unique()}
    if not read:
        return pl.Series([None], dtype=UTC_TIME).new_from_index(0, len(texts))
    return texts.replace_strict(
        pl.Series(list(read), dtype=pl.String),
        pl.Series(list(read.values()), dtype=UTC_TIME),
        default=None,
        return_dtype=UTC_TIME,
    )


def _prices(
    table: pl.DataFrame, currency: str | None, grammar: Grammar
) -> tuple[pl.Series, pl.Series, pl.Series, dict[str, pl.Series]]:
    """Minor units, currencies, why a row has none, and the texts as they stand in the table."""
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, table.height)
    stated = {
        name: table[name] if name in table.columns else nothing
        for name in ("price", "price_minor", "currency", "available", "audience")
    }
    texts = stated["price_minor"] if "price_minor" in table.columns else stated["price"]
    amount = amounts(texts, grammar)
    beside, own = currencies(amount["token"]), currencies(stated["currency"])
    unit = pl.select(
        pl.coalesce(beside, own, pl.when(stated["currency"].is_null()).then(pl.lit(currency)))
    ).to_series()
    if "price_minor" in table.columns:
        minor = texts.cast(pl.Int64, strict=False)
        reason = pl.select(
            pl.when(texts.is_not_null() & minor.is_null())
            .then(pl.lit(Reason.PRICE_UNREADABLE.value))
            .when(minor <= 0)
            .then(pl.lit(Reason.PRICE_NOT_POSITIVE.value))
            .when(minor > MAX_PRICE_MINOR)
            .then(pl.lit(Reason.PRICE_TOO_LARGE.value))
        ).to_series()
    else:
        units = minor_units(amount, unit)
        minor, reason = units["minor"], units["reason"]
    other = (beside != own).fill_null(value=False)
    reason = pl.select(
        pl.when(other)
        .then(pl.lit(Reason.CURRENCY_CONTRADICTS.value))
        .when(amount["token"].is_not_null() & beside.is_null())
        .then(pl.lit(Reason.CURRENCY_UNKNOWN.value))
        .otherwise(reason)
    ).to_series()
    return minor, unit, reason, {**stated, "price": texts}


def _stock(table: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """Availability of each row, in stock where it is not said; and where a word is none."""
    usual = pl.lit(Availability.IN_STOCK.value)
    if "available" not in table.columns:
        whole = table.select(usual.cast(AVAILABILITY).alias("s")).to_series()
        return whole.new_from_index(0, table.height), pl.repeat(
            value=False, n=table.height, dtype=pl.Boolean, eager=True
        )
    words = table["available"]
    read = meanings(words, AVAILABILITIES)
    stock = pl.select(pl.coalesce(read, usual).cast(AVAILABILITY)).to_series()
    return stock, words.is_not_null() & read.is_null()


def _audience(table: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """For whom each price was, everybody where it is not said; and where that is no audience."""
    if "audience" not in table.columns:
        public = pl.Series([Audience.PUBLIC.value], dtype=AUDIENCE).new_from_index(0, table.height)
        return public, pl.repeat(value=False, n=table.height, dtype=pl.Boolean, eager=True)
    words = table["audience"].str.to_lowercase()
    odd = words.is_not_null() & ~words.is_in([each.value for each in _AUDIENCES])
    fine = pl.select(
        pl.when(words.is_null() | odd).then(pl.lit(Audience.PUBLIC.value)).otherwise(words)
    )
    return fine.to_series().cast(AUDIENCE), odd
