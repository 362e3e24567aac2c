"""Shipping as Google writes it: `DE::Standard:4.90 EUR`, several joined by comma (1.4)."""

import re

import polars as pl

from sparfuchs.ingest.prices import Amount, Grammar, currency_of, read_amount
from sparfuchs.kernel.money import DECIMALS

# An entry begins with a country of two letters or with an empty one.
_ENTRY = re.compile(r"(?:^|,)\s*([A-Z]{2})?:")


def shipping_minor(
    texts: pl.Series, currency: pl.Series, grammar: Grammar, country: str
) -> pl.Series:
    """Shipping to a country in minor units of the row's currency; null: not stated, which is not 0.

    The entry of that country counts, else one without a country, else the only one there is.
    """
    if texts.null_count() == len(texts):
        return texts.cast(pl.Int64)
    pairs = pl.DataFrame({"text": texts, "currency": currency})
    # A loop over distinct texts: a shop has a handful of shipping prices.
    known = [
        (text, code, _read(text, code, grammar, country))
        for text, code in pairs.unique().drop_nulls().rows()
    ]
    found = pl.DataFrame(
        known, schema={"text": pl.String, "currency": pl.String, "minor": pl.Int64}, orient="row"
    )
    return pairs.join(found, on=["text", "currency"], how="left", maintain_order="left")["minor"]


def _read(text: str, currency: str, grammar: Grammar, country: str) -> int | None:
    entries = _entries(text)
    for wanted in (country, ""):
        if wanted in entries:
            return _minor(entries[wanted], currency, grammar)
    if len(entries) == 1:
        return _minor(next(iter(entries.values())), currency, grammar)
    return None


def _entries(text: str) -> dict[str, str]:
    """Country -> price text; of several services of a country the first."""
    starts = [match.start() for match in _ENTRY.finditer(text)] or [0]
    entries: dict[str, str] = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        parts = text[start:end].strip(", ").split(":")
        entries.setdefault(parts[0].strip() if len(parts) > 1 else "", parts[-1])
    return entries


def _minor(text: str, currency: str, grammar: Grammar) -> int | None:
    amount = read_amount(text, grammar)
    if not isinstance(amount, Amount):
        return None
    if amount.token and currency_of(amount.token) != currency:
        return None
    places = DECIMALS[currency]
    if amount.fraction[places:].strip("0"):
        return None
    fraction = amount.fraction.ljust(places, "0")[:places]
    return int(amount.whole + fraction)
