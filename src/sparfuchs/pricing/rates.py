"""Exchange rates of the European Central Bank: for display and sorting, never for a verdict.

A price series has one currency and judging converts nothing (domain.md 4.2). Where prices of
several currencies stand beside each other, they are shown and sorted by the rate of a day, which is
said with it. Rates are exact decimals: units of a currency for one euro.
"""

import csv
import gzip
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

import polars as pl
from lxml import etree

from sparfuchs.kernel.errors import FeedUnreadable, UsageError
from sparfuchs.kernel.frames import Schema
from sparfuchs.kernel.money import DECIMALS, Money, decimals_of, round_half_up

EURO: Final = "EUR"
# No rate older than this stands beside a price: banks rest for a few days at most.
OLDEST_DAYS: Final = 14

RATE: Final[Schema] = {
    "day": pl.Date(),
    "currency": pl.String(),
    "per_euro": pl.Decimal(18, 8),
}
_DATES: Final = ("%Y-%m-%d", "%d %B %Y")
_MOST_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of `currency` for one euro, as of a day."""

    currency: str
    per_euro: Decimal
    day: date


def read_rates(data: bytes, name: str) -> pl.DataFrame:
    """RATE of a file of the ECB: `eurofxref.csv`, `eurofxref-hist.csv` or their XML, also packed as
    zip or gzip. Currencies that ISO 4217 does not list today are left out.

    Raises FeedUnreadable when it is none.
    """
    plain = _unpacked(data, name)
    rows = list(_of_xml(plain, name) if plain.lstrip()[:1] == b"<" else _of_csv(plain, name))
    if not rows:
        raise FeedUnreadable(f"{name} holds no rates as the ECB publishes them", path=name)
    return (
        pl.DataFrame(rows, schema=RATE, orient="row")
        .unique(["day", "currency"])
        .sort("day", "currency")
    )


def _unpacked(data: bytes, name: str) -> bytes:
    try:
        if data[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(data)) as file:
                return file.read(_MOST_BYTES)
        if data[:2] == b"PK":
            with (
                zipfile.ZipFile(io.BytesIO(data)) as archive,
                archive.open(archive.namelist()[0]) as member,
            ):
                return member.read(_MOST_BYTES)
    except (OSError, EOFError, zipfile.BadZipFile, IndexError) as error:
        raise FeedUnreadable(f"{name} is a damaged archive", path=name) from error
    return data


def _of_csv(data: bytes, name: str) -> Iterator[tuple[date, str, Decimal]]:
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig", "replace")))
    head = [cell.strip() for cell in next(reader, [])]
    if not head or head[0] != "Date":
        raise FeedUnreadable(f"{name} does not begin with the column Date", path=name)
    # A loop over days: the table is as wide as it is long, and read once a day at most.
    for row in reader:
        if not row or not row[0].strip():
            continue
        day = _day(row[0].strip(), name)
        for currency, cell in zip(head[1:], row[1:], strict=False):  # lines end with a comma
            rate = _rate(cell)
            if currency in DECIMALS and rate is not None:
                yield day, currency, rate


def _of_xml(data: bytes, name: str) -> Iterator[tuple[date, str, Decimal]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise FeedUnreadable(f"{name} is no XML", path=name) from error
    for cube in root.iter("{*}Cube"):
        moment = cube.get("time")
        if moment is None:
            continue
        day = _day(moment, name)
        for each in cube:
            rate = _rate(each.get("rate") or "")
            currency = each.get("currency")
            if currency in DECIMALS and rate is not None:
                yield day, currency, rate


def _day(text: str, name: str) -> date:
    for form in _DATES:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise FeedUnreadable(f"{name} has a day that is none: {text[:40]!r}", path=name)


def _rate(text: str) -> Decimal | None:
    try:
        rate = Decimal(text.strip())
    except InvalidOperation:  # N/A: there was none on that day
        return None
    return rate if rate.is_finite() and rate > 0 else None


def convert(amount: Money, into: str, rates: Mapping[str, Rate]) -> tuple[Money, date] | None:
    """About what an amount is in another currency, and the day of the rate; None without a rate.

    Rounded half up to the minor unit. For showing beside the real amount alone: it is no price.
    Raises UsageError for a code that ISO 4217 does not know.
    """
    decimals_of(into)
    days = []
    euros = amount.decimal
    if amount.currency != EURO:
        rate = rates.get(amount.currency)
        if rate is None:
            return None
        euros /= rate.per_euro
        days.append(rate.day)
    if into != EURO:
        rate = rates.get(into)
        if rate is None:
            return None
        euros *= rate.per_euro
        days.append(rate.day)
    if not days:
        raise UsageError(f"{amount.currency} is {into} already", currency=into)
    return Money(round_half_up(euros.scaleb(decimals_of(into))), into), min(days)


def in_euros(prices: pl.DataFrame, rates: Mapping[str, Rate]) -> pl.Series:
    """`price_minor` of these rows (with `currency`) in cents of a euro, to be sorted and filtered
    by; null where there is no rate. Not exact, and no price.
    """
    factors = {EURO: 1.0} | {
        code: 100 / (float(rate.per_euro) * 10 ** DECIMALS[code]) for code, rate in rates.items()
    }
    factor = prices["currency"].replace_strict(factors, default=None, return_dtype=pl.Float64)
    if prices["currency"].drop_nulls().eq(EURO).all():
        return prices["price_minor"]
    return pl.select(
        price_minor=pl.when(prices["currency"] == EURO)
        .then(prices["price_minor"])
        .otherwise((prices["price_minor"] * factor).round())
        .cast(pl.Int64)
    ).to_series()
