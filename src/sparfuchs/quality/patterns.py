"""Patterns: ways in which a stated reduction misleads, found in an offer's history.

Each is a fact of what was seen and stated, with the numbers that show it; what they mean is for the
operator to judge. A price is "claimed" while the merchant states a reduction that is not against a
UVP. Only offers that claim something now are looked at, and only what was seen counts as time.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl

from sparfuchs.kernel.frames import UTC_TIME, RefKind, conform
from sparfuchs.kernel.money import Money
from sparfuchs.quality.model import COUNTDOWN, EPISODE, MARKET, PATTERN, Pattern

_DAY: Final = 86_400_000_000

# How far back is looked.
LOOK_BACK: Final = timedelta(days=180)
# R-Q-1: a rise of a tenth within so many days before the cut (`models.md` 5), back to about the old
# price, which was asked for two weeks without a claim.
RAISE_PERCENT: Final = 10
RAISED_WITHIN_DAYS: Final = 45
OLD_PRICE_DAYS: Final = 14
ABOUT_PERCENT: Final = 3
# R-Q-2: claimed for four fifths of the time, in at least a quarter of a year that was seen.
PERMANENT_PERCENT: Final = 80
PERMANENT_DAYS: Final = 90
# R-Q-3: no price came within a twentieth of the reference in at least two months that were seen.
NEVER_SEEN_DAYS: Final = 60
ABOVE_PERCENT: Final = 5
# R-Q-4: the UVP lies so far above what each of at least so many shops asks.
LEAST_SHOPS: Final = 3
# R-Q-5: once may be an extension.
LEAST_RESTARTS: Final = 2


def find(
    episodes: pl.DataFrame,
    market: pl.DataFrame,
    countdowns: pl.DataFrame,
    *,
    at: datetime,
) -> pl.DataFrame:
    """PATTERN of the offers of these histories, sorted by offer and pattern.

    `episodes` EPISODE of the last LOOK_BACK, sorted by offer and start; `market` MARKET; and
    `countdowns` COUNTDOWN, of as many of the offers as there are.
    """
    rows = _claimed(conform(episodes, EPISODE))
    now = _now(rows, at)
    found = [
        _pump_then_drop(rows, now),
        _permanent_sale(rows, now),
        _never_seen(rows, now),
        _uvp_above_all(now, conform(market, MARKET)),
        _restarts(now, conform(countdowns, COUNTDOWN), at),
    ]
    return pl.concat(found).sort("offer_id", "pattern")


def _claimed(episodes: pl.DataFrame) -> pl.DataFrame:
    """With `claim` and `uvp`: what the merchant said of a reduction in each stretch."""
    price, reference = pl.col("price_minor"), pl.col("ref_price_minor")
    stated = (reference > price).fill_null(value=False) | (
        (pl.col("claim_percent") > 0).fill_null(value=False) & price.is_not_null()
    )
    uvp = pl.col("ref_kind").eq_missing(RefKind.UVP.value)
    return episodes.with_columns(claim=stated & ~uvp, uvp=stated & uvp)


def _now(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """One row an offer that claims something at this moment, with the stretch that lasts."""
    here = pl.lit(at).cast(UTC_TIME)
    return (
        rows.group_by("offer_id", maintain_order=True)
        .last()
        .filter(
            (pl.col("end") >= here)
            & pl.col("price_minor").is_not_null()
            & (pl.col("claim") | pl.col("uvp"))
        )
    )


def _stated(found: pl.DataFrame, pattern: Pattern) -> pl.DataFrame:
    return conform(found.with_columns(pl.lit(pattern.value).alias("pattern")), PATTERN)


def _beside(rows: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Each stretch of an offer that claims now, beside the price and reference of now."""
    current = now.filter("claim").select(
        "offer_id",
        now_minor="price_minor",
        reference="ref_price_minor",
        now_currency="currency",
    )
    return rows.join(current, on="offer_id", how="inner", maintain_order="left").filter(
        pl.col("price_minor").is_not_null() & (pl.col("currency") == pl.col("now_currency"))
    )


def _pump_then_drop(rows: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """R-Q-1: raised shortly before, then "reduced" to about the old price."""
    beside = _beside(rows, now)
    plain = beside.filter(~pl.col("claim"))
    cut = plain.group_by("offer_id").agg(pl.col("end").max().alias("cut_at"))
    plain = plain.join(cut, on="offer_id")
    recent = pl.col("end") > pl.col("cut_at") - pl.duration(days=RAISED_WITHIN_DAYS)
    raised = (
        plain.filter(recent)
        .group_by("offer_id")
        .agg(pl.col("price_minor").max().alias("raised_minor"))
    )
    low = plain.join(raised, on="offer_id").filter(
        pl.col("price_minor") * (100 + RAISE_PERCENT) <= pl.col("raised_minor") * 100
    )
    latest = pl.col("end") > pl.col("end").max() - pl.duration(days=OLD_PRICE_DAYS)
    before = low.group_by("offer_id").agg(
        pl.col("end").max().alias("raised_at"),
        pl.col("price_minor").filter(latest).max().alias("old_minor"),
        pl.col("known").sum(),
        pl.col("cut_at", "raised_minor", "now_minor", "reference").first(),
        pl.col("currency").first(),
    )
    about = 100 - ABOUT_PERCENT
    found = before.filter(
        (pl.col("known") >= OLD_PRICE_DAYS * _DAY)
        & (pl.col("raised_at") > pl.col("cut_at") - pl.duration(days=RAISED_WITHIN_DAYS))
        & (pl.col("raised_at") < pl.col("cut_at"))
        & (pl.col("now_minor") < pl.col("raised_minor"))
        & (pl.col("now_minor") * 100 >= pl.col("old_minor") * about)
        & (
            pl.col("reference").fill_null(pl.col("raised_minor")) * 100
            >= pl.col("raised_minor") * about
        )
    )
    return _stated(
        found.select(
            "offer_id",
            pl.col("cut_at").alias("since"),
            pl.col("now_minor").alias("price_minor"),
            pl.col("old_minor").alias("other_minor"),
            "currency",
            (pl.col("cut_at") - pl.col("raised_at")).dt.total_days().alias("number"),
        ),
        Pattern.PUMP_THEN_DROP,
    )


def _permanent_sale(rows: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """R-Q-2: reduced nearly all the time; then the reduced price is the normal one."""
    known = pl.col("known")
    found = (
        _beside(rows, now)
        .group_by("offer_id")
        .agg(
            known.sum().alias("seen"),
            known.filter(pl.col("claim")).sum().alias("claimed"),
            pl.col("start").min().alias("since"),
            pl.col("now_minor", "reference", "currency").first(),
        )
        .filter(
            (pl.col("seen") >= PERMANENT_DAYS * _DAY)
            & (pl.col("claimed") * 100 >= pl.col("seen") * PERMANENT_PERCENT)
        )
    )
    return _stated(
        found.select(
            "offer_id",
            "since",
            pl.col("now_minor").alias("price_minor"),
            pl.col("reference").alias("other_minor"),
            "currency",
            (pl.col("claimed") * 100 // pl.col("seen")).alias("number"),
        ),
        Pattern.PERMANENT_SALE,
    )


def _never_seen(rows: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """R-Q-3: nobody was ever asked the price that the reduction is stated against."""
    found = (
        _beside(rows, now)
        .group_by("offer_id")
        .agg(
            pl.col("known").sum().alias("seen"),
            pl.col("start").min().alias("since"),
            pl.col("price_minor").max().alias("highest"),
            pl.col("now_minor", "reference", "currency").first(),
        )
        .filter(
            (pl.col("seen") >= NEVER_SEEN_DAYS * _DAY)
            & (pl.col("highest") * (100 + ABOVE_PERCENT) < pl.col("reference") * 100)
        )
    )
    return _stated(
        found.select(
            "offer_id",
            "since",
            pl.col("now_minor").alias("price_minor"),
            pl.col("reference").alias("other_minor"),
            "currency",
            (pl.col("seen") // _DAY).alias("number"),
        ),
        Pattern.CLAIM_NEVER_SEEN,
    )


def _uvp_above_all(now: pl.DataFrame, market: pl.DataFrame) -> pl.DataFrame:
    """R-Q-4: a UVP that no shop comes near is nobody's price."""
    found = (
        now.filter("uvp")
        .join(market, on="offer_id", how="inner", maintain_order="left")
        .filter(
            (pl.col("shops") >= LEAST_SHOPS)
            & (pl.col("highest_minor") * (100 + ABOVE_PERCENT) < pl.col("ref_price_minor") * 100)
        )
    )
    return _stated(
        found.select(
            "offer_id",
            pl.lit(None, dtype=UTC_TIME).alias("since"),
            pl.col("highest_minor").alias("price_minor"),
            pl.col("ref_price_minor").alias("other_minor"),
            "currency",
            pl.col("shops").alias("number"),
        ),
        Pattern.UVP_ABOVE_ALL,
    )


def _restarts(now: pl.DataFrame, countdowns: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """R-Q-5: the end of the sale is moved on whenever it comes."""
    found = now.join(countdowns, on="offer_id", how="inner", maintain_order="left").filter(
        (pl.col("restarts") >= LEAST_RESTARTS)
        & (pl.col("restarted_at") > pl.lit(at - LOOK_BACK).cast(UTC_TIME))
    )
    return _stated(
        found.select(
            "offer_id",
            pl.col("restarted_at").alias("since"),
            "price_minor",
            pl.lit(None, dtype=pl.Int64).alias("other_minor"),
            "currency",
            pl.col("restarts").alias("number"),
        ),
        Pattern.COUNTDOWN_RESTARTS,
    )


NAMES: Final = {
    Pattern.PUMP_THEN_DROP: {"de": "erst teurer, dann „reduziert“", "en": "raised, then “reduced”"},
    Pattern.PERMANENT_SALE: {"de": "dauernd reduziert", "en": "permanently reduced"},
    Pattern.CLAIM_NEVER_SEEN: {
        "de": "Vergleichspreis nie gesehen",
        "en": "reference price never seen",
    },
    Pattern.UVP_ABOVE_ALL: {
        "de": "UVP über dem Preis jedes Händlers",
        "en": "recommended price above every shop's",
    },
    Pattern.COUNTDOWN_RESTARTS: {
        "de": "Ablauffrist beginnt neu",
        "en": "countdown that restarts",
    },
}


def told(row: Mapping[str, Any], *, zone: str) -> dict[str, str]:
    """What one stored pattern (a PATTERN row) says, in German and English, with its numbers."""

    def money(name: str) -> str:
        return Money(row[name], row["currency"]).german()

    number = row["number"]
    day = row["since"] and f"{row['since'].astimezone(ZoneInfo(zone)):%d.%m.%Y}"
    match Pattern(row["pattern"]):
        case Pattern.PUMP_THEN_DROP:
            return {
                "de": f"Seit {day} als reduziert angegeben: {money('price_minor')}. {number} Tage "
                f"vorher wurde von {money('other_minor')} angehoben.",
                "en": f"Stated as reduced since {day}: {money('price_minor')}. It was raised from "
                f"{money('other_minor')} {number} days before.",
            }
        case Pattern.PERMANENT_SALE:
            return {
                "de": f"Seit {day} in {number} % der gesehenen Zeit als reduziert angegeben: "
                f"{money('price_minor')}.",
                "en": f"Stated as reduced in {number}% of the time seen since {day}: "
                f"{money('price_minor')}.",
            }
        case Pattern.CLAIM_NEVER_SEEN:
            return {
                "de": f"{money('price_minor')} statt {money('other_minor')}; diesen Preis haben "
                f"wir in {number} beobachteten Tagen seit {day} nie gesehen.",
                "en": f"{money('price_minor')} instead of {money('other_minor')}, a price never "
                f"seen in {number} days watched since {day}.",
            }
        case Pattern.UVP_ABOVE_ALL:
            return {
                "de": f"UVP {money('other_minor')}; der höchste Preis von {number} Händlern ist "
                f"{money('price_minor')}.",
                "en": f"Recommended price {money('other_minor')}; the highest price of {number} "
                f"shops is {money('price_minor')}.",
            }
        case Pattern.COUNTDOWN_RESTARTS:
            return {
                "de": f"Das Ende der Aktion wurde {number}-mal verschoben, zuletzt am {day}; der "
                f"Preis blieb {money('price_minor')}.",
                "en": f"The end of the sale was moved on {number} times, last on {day}; the price "
                f"stayed {money('price_minor')}.",
            }
