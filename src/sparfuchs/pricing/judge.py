"""The verdict: is the reduction real, and is what the merchant says about it true (domain.md 4.5).

Missing data can only hide lower prices, so the percentage is an upper bound: "real discount" needs
coverage, "no discount" and "claim too high" do not.
"""

from collections.abc import Mapping
from datetime import datetime

import numpy as np
import polars as pl

from sparfuchs.catalog.api import Timeline
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import (
    REF_KIND,
    UTC_TIME,
    Audience,
    Availability,
    ChangeKind,
    RefKind,
    conform,
)
from sparfuchs.pricing.baseline import Sighted, measure
from sparfuchs.pricing.days import Micros, day_start, shifted, times
from sparfuchs.pricing.fold import spans_of
from sparfuchs.pricing.model import (
    BADGE_PERCENT,
    CLAIM_TOLERANCE,
    CLAIM_VERDICTS,
    GROUNDS,
    JUDGED,
    VERDICT,
    VERDICTS,
    WINDOW_DAYS,
    ClaimVerdict,
    Flag,
    Ground,
    Verdict,
)

_NO_TIMES = pl.lit(None, dtype=UTC_TIME)


def judge(
    changes: pl.DataFrame,
    offers: pl.DataFrame,
    timelines: Mapping[int, Timeline],
    sighted: Sighted,
    *,
    at: datetime,
    zone: str,
) -> pl.DataFrame:
    """VERDICT of every offer in `offers` at the moment `at`, sorted by offer_id.

    `changes` CHANGE, all history rows of these offers; `offers` JUDGED (absent columns null),
    unique; `timelines` by source id; `sighted` answers for (offers, from, to) whether a run saw
    the offer, asked only where it decides. `zone` is the market's, for local days. Rows and runs
    after `at` are not looked at (P6). Raises UsageError for a time without a zone.
    """
    if _all_new(changes, offers, at):
        return _of_new(changes, conform(offers, JUDGED), at, zone)
    return judge_spans(spans_of(changes), offers, timelines, sighted, at=at, zone=zone)


def judge_spans(
    spans: pl.DataFrame,
    offers: pl.DataFrame,
    timelines: Mapping[int, Timeline],
    sighted: Sighted,
    *,
    at: datetime,
    zone: str,
    codes: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """As `judge`, of histories that are spans already (SPAN).

    `codes` are spans of prices that a code open to everybody gave: a series of its own that lowers
    the reference of the public one (the strict reading of domain.md 4.2; None: the lenient one).
    """
    facts = conform(offers, JUDGED).sort("offer_id")
    evidence = measure(spans, facts, timelines, sighted, at=to_micros(at), zone=zone, codes=codes)
    return _decide(facts.join(evidence, on="offer_id", how="left"), at, zone)


def _all_new(changes: pl.DataFrame, offers: pl.DataFrame, at: datetime) -> bool:
    """Whether each offer has one row alone, its first, with a price, at the moment of judging."""
    return bool(
        len(changes)
        and len(changes) == len(offers)
        and changes.select(
            (pl.col("kind") == ChangeKind.FIRST.value).all()
            & (pl.col("at").to_physical() == to_micros(at)).all()
            & pl.col("price_minor").is_not_null().all()
            & pl.col("availability").ne_missing(Availability.OUT_OF_STOCK.value).all()
            & pl.col("offer_id").is_unique().all()
        ).item()
        and (changes["offer_id"].sort() == offers["offer_id"].sort()).all()
    )


def _of_new(changes: pl.DataFrame, facts: pl.DataFrame, at: datetime, zone: str) -> pl.DataFrame:
    """Evidence of offers seen for the first time just now: nothing to measure, all is known.

    A new source's first run is the largest it will ever have, and none of it has a past.
    """
    here = np.array([to_micros(at)], dtype=np.int64)
    moment = pl.lit(at).cast(UTC_TIME)
    evidence = changes.select(
        "offer_id",
        "price_minor",
        "currency",
        moment.alias("t0"),
        moment.alias("judged_moment"),
        pl.lit(value=True).alias("live"),
        moment.alias("first_seen"),
        pl.lit(value=False).alias("after_gap"),
        pl.lit(times(day_start(here, zone, -WINDOW_DAYS))[0], dtype=UTC_TIME).alias("window_start"),
        _NO_TIMES.alias("chain_start"),
        _NO_TIMES.alias("chain_until"),
        pl.lit(None, dtype=pl.Int16).alias("chain_steps"),
        pl.lit(None, dtype=pl.Int64).alias("l30_minor"),
        _NO_TIMES.alias("l30_at"),
        pl.lit(None, dtype=pl.Int64).alias("sighted_minor"),
        pl.lit(0.0).alias("coverage_window"),
        pl.lit(1.0).alias("coverage_since"),
        pl.lit(value=False).alias("hinted"),
        pl.lit(value=False).alias("vouched"),
        pl.lit(value=True).alias("vouched_since"),
        _NO_TIMES.alias("ref_first_seen"),
        pl.lit(value=False).alias("recent_raise"),
        pl.lit(value=False).alias("all_time_low"),
        pl.lit(None, dtype=pl.Int32).alias("lowest_since_days"),
        pl.lit(value=False).alias("stale"),
        pl.lit(0, dtype=pl.Int32).alias("days_seen"),
        pl.lit(value=False).alias("code_low"),
    )
    return _decide(facts.join(evidence, on="offer_id", how="left").sort("offer_id"), at, zone)


def _said(word: Verdict | ClaimVerdict | Ground) -> pl.Expr:
    """A word with the type of its column: as plain text each row would be a text of its own."""
    kinds = {Verdict: VERDICTS, ClaimVerdict: CLAIM_VERDICTS, Ground: GROUNDS}
    return pl.lit(word.value, dtype=kinds[type(word)])


def _percent(low: pl.Expr) -> pl.Expr:
    """How far the price lies below `low`, whole percent, floored; 0 if it does not."""
    price = pl.col("price_minor")
    return (
        pl.when(low.is_null() | price.is_null())
        .then(None)
        .when(price < low)
        .then((low - price) * 100 // low)
        .otherwise(0)
        .cast(pl.Int64)
    )


def _days_from(column: pl.Series, days: int, zone: str) -> pl.Series:
    """The same time on the clock `days` days on; null stays null."""
    there: Micros = column.to_physical().fill_null(0).to_numpy()
    return times(shifted(there, zone, days)).set(column.is_null(), None)


def _decide(rows: pl.DataFrame, at: datetime, zone: str) -> pl.DataFrame:
    here = np.array([to_micros(at)], dtype=np.int64)
    tomorrow = pl.lit(times(day_start(here, zone, 1))[0], dtype=UTC_TIME)
    rows = rows.with_columns(
        _days_from(rows["t0"], WINDOW_DAYS, zone).alias("steady_from"),
        _days_from(rows["t0"], -WINDOW_DAYS, zone).alias("ref_due"),
        _days_from(rows["first_seen"], WINDOW_DAYS, zone).alias("grown_at"),
        times(
            day_start(rows["t0"].to_physical().fill_null(0).to_numpy(), zone, WINDOW_DAYS + 1)
        ).alias("stale_at"),
        _percent(pl.col("l30_minor")).alias("bound"),
        _percent(pl.col("sighted_minor")).alias("sighted_bound"),
    )
    price, ref = pl.col("price_minor"), pl.col("ref_price_minor")
    uvp = pl.col("ref_kind").eq_missing(RefKind.UVP.value)
    unknown = pl.col("l30_minor").is_null()
    moment = pl.col("judged_moment")
    individual = pl.col("audience").eq_missing(Audience.COUPON_INDIVIDUAL.value)
    perishable = pl.col("perishable").eq_missing(other=True)
    # Of two prices nobody knows which is asked: neither is the ground of a verdict (R-J-3).
    differs = pl.col("price_differs").eq_missing(other=True) & price.is_not_null()
    # Nothing of our own: no price ever, or this very sighting is the first.
    no_history = price.is_null() | (pl.col("first_seen") >= moment)
    low_seen = pl.col("sighted_minor").is_not_null() & (price >= pl.col("sighted_minor"))
    steady = (
        unknown & price.is_not_null() & (moment >= pl.col("steady_from")) & pl.col("vouched_since")
    )
    bound = pl.col("bound")
    verdict = (
        pl.when(perishable | individual)
        .then(_said(Verdict.EXEMPT))
        .when(differs)
        .then(_said(Verdict.INSUFFICIENT))
        .when(no_history & uvp)
        .then(_said(Verdict.UVP_ONLY))
        .when(price.is_not_null() & (low_seen | steady))
        .then(_said(Verdict.NO_REDUCTION))
        .when(unknown | ~pl.col("hinted"))
        .then(_said(Verdict.INSUFFICIENT))
        .when(~pl.col("vouched"))
        .then(_said(Verdict.PLAUSIBLE))
        .when(bound < BADGE_PERCENT)
        .then(_said(Verdict.SMALL))
        .otherwise(_said(Verdict.GENUINE))
    )
    reason = (
        pl.when(perishable)
        .then(_said(Ground.PERISHABLE))
        .when(individual)
        .then(_said(Ground.INDIVIDUAL))
        .when(pl.col("verdict") == Verdict.NO_REDUCTION.value)
        .then(pl.when(steady).then(_said(Ground.STEADY)).otherwise(_said(Ground.SIGHTED_LOW)))
        .when(pl.col("verdict") == Verdict.INSUFFICIENT.value)
        .then(
            pl.when(price.is_null())
            .then(_said(Ground.NO_PRICE))
            .when(differs)
            .then(_said(Ground.PRICE_DIFFERS))
            .when(pl.col("after_gap"))
            .then(_said(Ground.AFTER_GAP))
            .when(pl.col("t0") <= pl.col("first_seen"))
            .then(_said(Ground.NO_HISTORY))
            .when(unknown)
            .then(_said(Ground.NOTHING_IN_WINDOW))
            .otherwise(_said(Ground.THIN))
        )
    )
    from_reference = ref.is_not_null() & (ref > price)
    stated = ref.is_not_null() | pl.col("claim_percent").is_not_null()
    claim_pct = (
        pl.when(from_reference)
        .then((ref - price) * 100 // ref)
        .when(stated)
        .then(
            # A reference that is not above the price claims nothing.
            pl.col("claim_percent").cast(pl.Int64).fill_null(pl.when(price.is_not_null()).then(0))
        )
    )
    refuted = pl.col("claim_pct") > bound + CLAIM_TOLERANCE
    surely = pl.col("sighted_bound").is_not_null() & (
        pl.col("claim_pct") > pl.col("sighted_bound") + CLAIM_TOLERANCE
    )
    never_asked = pl.col("ref_first_seen").is_null() | (
        pl.col("ref_first_seen") > pl.col("ref_due")
    )
    claim = (
        pl.when(~stated)
        .then(_said(ClaimVerdict.CLAIM_NONE))
        .when(uvp)
        .then(_said(ClaimVerdict.CLAIM_UVP))
        .when(unknown | differs)
        .then(_said(ClaimVerdict.CLAIM_UNJUDGED))
        .when(~refuted)
        .then(_said(ClaimVerdict.CLAIM_OK))
        .when(~surely)
        .then(_said(ClaimVerdict.CLAIM_UNJUDGED))
        .when(from_reference & never_asked & pl.col("vouched"))
        .then(_said(ClaimVerdict.CLAIM_INFLATED))
        .otherwise(_said(ClaimVerdict.CLAIM_OVERSTATED))
    )
    printed = pl.col("verdict").is_in(
        [
            Verdict.PLAUSIBLE.value,
            Verdict.SMALL.value,
            Verdict.GENUINE.value,
        ]
    ) | (pl.col("reason").eq_missing(Ground.SIGHTED_LOW.value))
    young = pl.col("grown_at") > moment
    due = _due(at, tomorrow)
    rows = rows.with_columns(verdict.alias("verdict"), claim_pct.alias("claim_pct"))
    rows = rows.with_columns(reason.alias("reason"), claim.alias("claim_verdict"))
    rows = rows.with_columns(
        pl.lit(at).cast(UTC_TIME).alias("judged_at"),
        pl.when(printed).then(bound).alias("honest_pct"),
        pl.when((pl.col("verdict") == Verdict.INSUFFICIENT.value) & ~differs)
        .then(bound)
        .alias("at_most_pct"),
        pl.when(~unknown)
        .then(pl.col("sighted_minor").eq_missing(pl.col("l30_minor")))
        .alias("l30_seen"),
        pl.when(~unknown).then(pl.col("l30_at")).alias("l30_at"),
        pl.min_horizontal("coverage_window", "coverage_since").alias("coverage"),
        _flags(young).alias("flags"),
        pl.when(~pl.col("live")).then(moment).alias("asserted_at"),
        ((pl.col("verdict") == Verdict.GENUINE.value) & pl.col("live") & ~pl.col("stale"))
        .fill_null(value=False)
        .alias("badge"),
        due.alias("next_at"),
        pl.col("ref_kind").cast(REF_KIND),
        pl.when(ref.is_not_null()).then(pl.col("ref_first_seen")).alias("ref_first_seen"),
    )
    return conform(rows, VERDICT)


def _flags(young: pl.Expr) -> pl.Expr:
    """The names of the flags that hold, as one list; an offer without a price has none.

    They are few, so each row takes one of all the lists there can be.
    """
    marks = {
        Flag.RECENT_RAISE: pl.col("recent_raise"),
        Flag.STALE: pl.col("stale"),
        Flag.YOUNG: young,
        Flag.ALL_TIME_LOW: pl.col("all_time_low"),
        Flag.STEPWISE: pl.col("chain_start").is_not_null(),
        Flag.CODE_LOW: pl.col("code_low"),
    }
    lists = [
        [flag.value for bit, flag in enumerate(marks) if place >> bit & 1]
        for place in range(1 << len(marks))
    ]
    place = pl.sum_horizontal(
        holds.fill_null(value=False).cast(pl.UInt32) * (1 << bit)
        for bit, holds in enumerate(marks.values())
    )
    return pl.lit(pl.Series("flags", lists, dtype=pl.List(pl.String))).gather(place)


def _due(at: datetime, tomorrow: pl.Expr) -> pl.Expr:
    """The next moment at which time alone may change what is said; null: none.

    Steady and grown up after thirty days, stale at the midnight after them, as is a chain. Where
    coverage since t0 has a hole it grows or shrinks with each day, and where nothing is asserted
    though the offer was never missed the source may come back without a change row: both are looked
    at daily, for as long as the price is young enough for a badge.
    """
    now = pl.lit(at).cast(UTC_TIME)
    fixed = [
        pl.when(pl.col(name) > now).then(pl.col(name))
        for name in ("steady_from", "grown_at", "stale_at", "chain_until")
    ]
    moving = (
        ~pl.col("stale")
        & pl.col("l30_minor").is_not_null()
        & ((pl.col("coverage_since") < 1) | ~pl.col("live"))
        & pl.col("bound").gt(0)
    )
    return pl.when(pl.col("price_minor").is_not_null()).then(
        pl.min_horizontal(*fixed, pl.when(moving).then(tomorrow))
    )
