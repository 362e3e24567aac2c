"""The SQL of exchange rates."""

from datetime import date, timedelta

import polars as pl
from sqlalchemy import func, select, text

from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.rates import OLDEST_DAYS, Rate
from sparfuchs.pricing.tables import exchange_rates


def keep_rates(work: Work, rates: pl.DataFrame) -> int:
    """Rates (RATE), those of a day that is there replaced; gives how many days were not there."""
    before = work.execute(select(func.count()).select_from(exchange_rates)).scalar_one()
    work.execute(
        text(
            "CREATE TEMP TABLE IF NOT EXISTS staging_rates (LIKE exchange_rates) "
            "ON COMMIT DELETE ROWS"
        )
    )
    work.execute(text("TRUNCATE staging_rates"))
    work.copy_frame("staging_rates", rates.select("currency", "day", "per_euro"))
    work.execute(
        text(
            "INSERT INTO exchange_rates SELECT currency, day, per_euro FROM staging_rates "
            "ON CONFLICT (currency, day) DO UPDATE SET per_euro = excluded.per_euro"
        )
    )
    after = work.execute(select(func.count()).select_from(exchange_rates)).scalar_one()
    return int(after) - int(before)


def rates_on(work: Work, day: date | None) -> dict[str, Rate]:
    """The newest rate of each currency at or before a day (None: the newest day there is), none
    older than OLDEST_DAYS.
    """
    day = day or work.execute(select(func.max(exchange_rates.c.day))).scalar_one()
    if day is None:
        return {}
    rows = work.execute(
        select(exchange_rates)
        .where(
            exchange_rates.c.day <= day,
            exchange_rates.c.day >= day - timedelta(days=OLDEST_DAYS),
        )
        .order_by(exchange_rates.c.day)
    )
    return {row.currency: Rate(row.currency, row.per_euro, row.day) for row in rows}
