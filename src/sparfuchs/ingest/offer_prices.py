"""What an offer costs, as stated: price, currency, sale with its interval, reference, shipping."""

from typing import Final

import polars as pl

from sparfuchs.ingest.dates import intervals
from sparfuchs.ingest.prices import amounts, currencies, minor_units
from sparfuchs.ingest.shipping import shipping_minor
from sparfuchs.ingest.stated import absent, stripped, text
from sparfuchs.ingest.terms import Terms
from sparfuchs.kernel.frames import REF_KIND, UTC_TIME, RefKind
from sparfuchs.kernel.outcome import Reason

FAULT: Final = pl.Struct({"field": pl.String(), "value": pl.String(), "reason": pl.String()})


def offer_prices(
    stated: pl.DataFrame, how: Terms, columns: dict[str, pl.Series], flags: dict[str, pl.Series]
) -> None:
    """Adds `currency`, `regular_minor`, sale, reference, claim, shipping and what members pay.

    With them `price_fault`, `currency_fault` and `sale_fault`: why a row has no price that can be
    believed, as field, value and reason, or null.
    """
    texts = stripped(stated, "price")
    price = amounts(texts, how.grammar)
    currency, fault = _currency(stated, price["token"], how)
    columns["currency"], columns["currency_fault"] = currency, fault
    regular = minor_units(price, currency)
    missing = pl.lit(Reason.PRICE_MISSING.value)
    reason = regular.select(
        pl.coalesce(
            text(stated, "price_reason"),
            "reason",
            pl.when(price["whole"].is_null()).then(missing),
        )
    ).to_series()
    columns["price_fault"] = _fault("price", texts, reason)
    columns["regular_minor"] = regular["minor"]
    _sale(stated, how, columns, flags)
    _reference(stated, how, columns, flags)
    percent = text(stated, "claim_percent").str.extract(
        r"^\s*-?([0-9]{1,2})(?:[.,][0-9]+)?\s*%?\s*$"
    )
    claimed = percent.cast(pl.Int16)
    columns["claim_percent"] = pl.select(pl.when(claimed > 0).then(claimed)).to_series()
    columns["shipping_minor"] = _shipping(stated, how, currency)
    columns["member_minor"] = _member(stated, how, currency, flags)


def _member(
    stated: pl.DataFrame, how: Terms, currency: pl.Series, flags: dict[str, pl.Series]
) -> pl.Series:
    """What members pay; what cannot be read or is in another currency is left out and flagged."""
    texts = stripped(stated, "member_price")
    if absent(texts):
        return pl.Series([None], dtype=pl.Int64).new_from_index(0, stated.height)
    amount = amounts(texts, how.grammar)
    units = minor_units(amount, currency)
    other = pl.select(currencies(amount["token"]) != currency).to_series().fill_null(value=False)
    flags["bad_member_price"] = units["reason"].is_not_null() | other
    return pl.select(pl.when(~other).then(units["minor"])).to_series()


def _currency(stated: pl.DataFrame, tokens: pl.Series, how: Terms) -> tuple[pl.Series, pl.Series]:
    """The currency of each row: beside the price, else in its own column, else the setting.

    What is stated and is no ISO 4217 code gives way to the setting; without one it is a fault. Two
    codes that differ are one as well.
    """
    column = stripped(stated, "currency")
    beside, own = currencies(tokens), currencies(column)
    found = pl.select(pl.coalesce(beside, own, pl.lit(how.currency, pl.String))).to_series()
    said = pl.select(pl.coalesce(tokens, column)).to_series()
    reason = pl.select(
        pl.when(beside != own)
        .then(pl.lit(Reason.CURRENCY_CONTRADICTS.value))
        .when(found.is_null() & said.is_null())
        .then(pl.lit(Reason.CURRENCY_MISSING.value))
        .when(found.is_null())
        .then(pl.lit(Reason.CURRENCY_UNKNOWN.value))
    ).to_series()
    contradiction = pl.when(beside != own).then(tokens + pl.lit(" / ") + column)
    value = pl.select(pl.coalesce(contradiction, said)).to_series()
    return found, _fault("currency", value, reason)


def _fault(field: str, value: pl.Series, reason: pl.Series) -> pl.Series:
    if absent(reason):
        return pl.Series([None], dtype=FAULT).new_from_index(0, len(reason))
    return pl.select(
        pl.when(reason.is_not_null()).then(
            pl.struct(pl.lit(field).alias("field"), value.alias("value"), reason.alias("reason"))
        )
    ).to_series()


def _sale(
    stated: pl.DataFrame, how: Terms, columns: dict[str, pl.Series], flags: dict[str, pl.Series]
) -> None:
    """Sale price and its interval. One that is no reduction is ignored and flagged (R-G-3).

    A sale price that cannot be read is a fault of the row: its price would be a guess.
    """
    texts = stripped(stated, "sale_price")
    nothing = pl.Series([None], dtype=pl.Int64).new_from_index(0, stated.height)
    if absent(texts):
        columns["sale_minor"], columns["sale_fault"] = nothing, _fault("", texts, texts)
        columns["sale_from"] = columns["sale_to"] = nothing.cast(UTC_TIME)
        return
    read = amounts(texts, how.grammar)
    currency = columns["currency"]
    sale = minor_units(read, currency)
    other = pl.select(currencies(read["token"]) != currency).to_series().fill_null(value=False)
    zero = _is(sale["reason"], Reason.PRICE_NOT_POSITIVE)
    reason = pl.select(
        pl.when(other)
        .then(pl.lit(Reason.CURRENCY_CONTRADICTS.value))
        .when(~zero)
        .then(sale["reason"])
    ).to_series()
    columns["sale_fault"] = _fault("sale_price", texts, reason)
    starts, ends, wrong = intervals(text(stated, "sale_interval"), how.zone)
    no_less = (sale["minor"] >= columns["regular_minor"]).fill_null(value=False)
    bad = no_less | zero | (wrong & sale["minor"].is_not_null())
    flags["bad_sale"] = bad
    flags["bad_interval"] = wrong
    valid = ~bad & sale["minor"].is_not_null()
    kept = pl.select(
        sale_minor=pl.when(valid).then(sale["minor"]),
        sale_from=pl.when(valid).then(starts),
        sale_to=pl.when(valid).then(ends),
    )
    for name in kept.columns:
        columns[name] = kept[name]


def _reference(
    stated: pl.DataFrame, how: Terms, columns: dict[str, pl.Series], flags: dict[str, pl.Series]
) -> None:
    """The merchant's reference price: a former price, else the list price, above the price only.

    One that cannot be read, or is in another currency, is left out and flagged: it is a claim, and
    no reason to lose the offer.
    """
    price, currency = columns["regular_minor"], columns["currency"]
    read: dict[str, pl.Series] = {}
    bad: list[pl.Series] = []
    for name in ("previous", "uvp"):
        texts = stripped(stated, name)
        if absent(texts):
            continue
        amount = amounts(texts, how.grammar)
        units = minor_units(amount, currency)
        other = (
            pl.select(currencies(amount["token"]) != currency).to_series().fill_null(value=False)
        )
        zero = _is(units["reason"], Reason.PRICE_NOT_POSITIVE)
        bad.append((units["reason"].is_not_null() & ~zero) | other)
        above = (units["minor"] > price).fill_null(value=False) & ~other
        read[name] = pl.select(pl.when(above).then(units["minor"])).to_series()
    nothing = pl.Series([None], dtype=pl.Int64).new_from_index(0, stated.height)
    previous, uvp = read.get("previous", nothing), read.get("uvp", nothing)
    kinds = (
        pl.when(previous.is_not_null())
        .then(pl.lit(RefKind.PREVIOUS.value))
        .when(uvp.is_not_null())
        .then(pl.lit(RefKind.UVP.value))
        .otherwise(pl.lit(RefKind.NONE.value))
    )
    columns["ref_price_minor"] = pl.select(pl.coalesce(previous, uvp)).to_series()
    kind = pl.select(kinds.cast(REF_KIND)).to_series()
    columns["ref_kind"] = (
        kind if len(kind) == stated.height else kind.new_from_index(0, stated.height)
    )
    if bad:
        flags["bad_reference"] = pl.select(pl.any_horizontal(*bad)).to_series()


def _shipping(stated: pl.DataFrame, how: Terms, currency: pl.Series) -> pl.Series:
    bare = stripped(stated, "shipping_cost")
    if not absent(bare):
        # Free shipping is a price of nothing here, not a fault.
        units = minor_units(amounts(bare, how.grammar), currency)
        fine = units["reason"].is_null() | _is(units["reason"], Reason.PRICE_NOT_POSITIVE)
        return pl.select(pl.when(fine).then(units["minor"])).to_series()
    return shipping_minor(text(stated, "shipping"), currency, how.grammar, how.country)


def _is(reasons: pl.Series, reason: Reason) -> pl.Series:
    return (reasons == reason.value).fill_null(value=False)
