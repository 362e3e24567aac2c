"""The SQL of the price history and of the verdicts; the only place that has any."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import Table, delete, func, insert, or_, select, text

from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import (
    AUDIENCE,
    AVAILABILITY,
    CHANGE,
    CHANGE_KIND,
    REF_KIND,
    UTC_TIME,
    ChangeKind,
    Schema,
    conform,
)
from sparfuchs.plumbing.db import Work
from sparfuchs.pricing.fold import ChangeRow
from sparfuchs.pricing.model import SIDE, Revision
from sparfuchs.pricing.pack import (
    BADGE,
    PACKED,
    code,
    pack_verdicts,
    plain_verdict,
    unpack_verdicts,
)
from sparfuchs.pricing.rates import OLDEST_DAYS, Rate
from sparfuchs.pricing.tables import (
    exchange_rates,
    price_changes,
    price_revisions,
    recent_history,
    side_prices,
    source_of_verdict,
    verdicts,
    voided_changes,
)

_MONTHS_LOCK: Final = 0x5350_4D4F  # any number that nobody else takes for a transaction lock
_IN_HISTORY: Final = [
    kind.value for kind in ChangeKind if kind not in (ChangeKind.IDENTITY, ChangeKind.DISPLAY)
]
_BY_OFFER: Final = text(
    "SELECT {} FROM verdicts WHERE offer_id = ANY(CAST(:ids AS bigint[]))".format(  # noqa: S608 - our own columns
        ", ".join(column.name for column in verdicts.c)
    )
)
_CODES: Final = {"kind": CHANGE_KIND, "availability": AVAILABILITY, "ref_kind": REF_KIND}

_ROWS_OF_ONE: Final = text(
    "SELECT at, kind, price_minor, currency, availability FROM price_changes "
    "WHERE offer_id = :id ORDER BY at, kind"
)

_VERDICT_ROWS: Final[Schema] = {
    "offer_id": pl.Int64(),
    "judged_at": UTC_TIME,
    "price_minor": pl.Int64(),
    "currency": pl.String(),
    "verdict": pl.Int16(),
    "claim_verdict": pl.Int16(),
    "honest_pct": pl.Int16(),
    "at_most_pct": pl.Int16(),
    "reason": pl.Int16(),
    "t0": UTC_TIME,
    "window_start": UTC_TIME,
    "chain_start": UTC_TIME,
    "chain_steps": pl.Int16(),
    "l30_minor": pl.Int64(),
    "l30_at": UTC_TIME,
    "coverage_window": pl.Float32(),
    "coverage_since": pl.Float32(),
    "days_seen": pl.Int32(),
    "first_seen": UTC_TIME,
    "claim_pct": pl.Int16(),
    "ref_price_minor": pl.Int64(),
    "ref_kind": pl.Int16(),
    "ref_first_seen": UTC_TIME,
    "marks": pl.Int16(),
    "lowest_since_days": pl.Int32(),
    "asserted_at": UTC_TIME,
    "next_at": UTC_TIME,
}


# --- months ---------------------------------------------------------------------------------------


def ensure_months(work: Work, moments: pl.Series) -> None:
    """Partitions of `price_changes` for the months of these moments; those there are left alone.

    Made aside and then attached: that takes no lock that readers or writers would wait for. Two at
    once wait for each other here, and the second finds the work done.
    """
    wanted = _months(moments)
    if not wanted or not _missing(work, wanted):
        return
    work.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MONTHS_LOCK})
    for year, month in _missing(work, wanted):  # one turn a month, and only once a month
        name = _month_table(year, month)
        start = datetime(year, month, 1, tzinfo=UTC)
        end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
        work.execute(text(f"CREATE TABLE {name} (LIKE price_changes INCLUDING ALL)"))
        work.execute(
            text(
                f"ALTER TABLE price_changes ATTACH PARTITION {name} "
                f"FOR VALUES FROM ('{start.isoformat()}') TO ('{end.isoformat()}')"
            )
        )


def _months(moments: pl.Series) -> list[tuple[int, int]]:
    months = moments.dt.convert_time_zone("UTC").dt.truncate("1mo").unique().sort().to_list()
    return [(month.year, month.month) for month in months]


def _month_table(year: int, month: int) -> str:
    return f"price_changes_{year:04}_{month:02}"


def _missing(work: Work, months: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    there = {
        row[0]
        for row in work.execute(
            text(
                "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid "
                "WHERE i.inhparent = 'price_changes'::regclass"
            )
        )
    }
    return [month for month in months if _month_table(*month) not in there]


# --- the history ----------------------------------------------------------------------------------


def append_changes(work: Work, changes: pl.DataFrame) -> None:
    """Rows of the price history (CHANGE; kinds that are no part of it are left out)."""
    rows = changes.filter(pl.col("kind").is_in(_IN_HISTORY))
    if rows.is_empty():
        return
    ensure_months(work, rows["at"])
    work.copy_frame(
        price_changes.name,
        conform(rows, CHANGE).with_columns(code(pl.col(name)).alias(name) for name in _CODES),
    )


def remove_changes(work: Work, rows: pl.DataFrame) -> None:
    """Takes rows of the price history (`offer_id`, `at`, `kind` of CHANGE) that are not true."""
    if rows.is_empty():
        return
    work.execute(
        text(
            "DELETE FROM price_changes AS p USING unnest(CAST(:ids AS bigint[]), "
            "CAST(:times AS timestamptz[]), CAST(:kinds AS smallint[])) AS r(id, at, kind) "
            "WHERE p.offer_id = r.id AND p.at = r.at AND p.kind = r.kind"
        ),
        {
            "ids": rows["offer_id"].to_list(),
            "times": rows["at"].to_list(),
            "kinds": rows["kind"].to_physical().cast(pl.Int16).to_list(),
        },
    )


def add_revision(work: Work, revision: Revision, source: int, run: int) -> int:
    """Notes why prices are mended; gives the number of the revision."""
    row = work.execute(
        insert(price_revisions)
        .values(
            source_id=source,
            run=run,
            offer_id=revision.offer_id,
            cause=revision.cause,
            reason=revision.reason,
        )
        .returning(price_revisions.c.id)
    ).one()
    return int(row.id)


def void_changes(work: Work, rows: pl.DataFrame, revision: int) -> None:
    """Keeps rows (CHANGE) that a revision takes out of the history."""
    if rows.height:
        coded = conform(rows, CHANGE).with_columns(
            *(code(pl.col(name)).alias(name) for name in _CODES),
            revision=pl.lit(revision, dtype=pl.Int64),
        )
        work.copy_frame(
            voided_changes.name, coded.select(column.name for column in voided_changes.columns)
        )


def revisions_of(work: Work, offer: int) -> list[dict[str, Any]]:
    """Why and when the history of one offer was mended, oldest first, each with `voided`: the rows
    that stood before (kind, at, price_minor, currency, availability).
    """
    voided = work.execute(
        select(voided_changes)
        .where(voided_changes.c.offer_id == offer)
        .order_by(voided_changes.c.at, voided_changes.c.kind)
    )
    rows: dict[int, list[dict[str, Any]]] = {}
    for row in voided:
        rows.setdefault(row.revision, []).append(
            {
                "kind": CHANGE_KIND.categories[row.kind],
                "at": row.at,
                "price_minor": row.price_minor,
                "currency": row.currency,
                "availability": None
                if row.availability is None
                else AVAILABILITY.categories[row.availability],
            }
        )
    found = work.execute(
        select(price_revisions)
        .where(
            or_(price_revisions.c.offer_id == offer, price_revisions.c.id.in_(list(rows))),
            price_revisions.c.source_id == offer >> 32,
        )
        .order_by(price_revisions.c.id)
    )
    return [{**row._asdict(), "voided": rows.get(row.id, [])} for row in found]


def history(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """All change rows of these offers (CHANGE), oldest first."""
    stored: Schema = {**CHANGE, **dict.fromkeys(_CODES, pl.Int16())}
    rows = _of(work, price_changes, offers, stored).sort("offer_id", "at", "kind")
    return conform(
        rows.with_columns(
            pl.col(name).cast(pl.UInt8).cat.to(values).alias(name)
            for name, values in _CODES.items()
        ),
        CHANGE,
    )


def history_rows(work: Work, offer: int) -> list[ChangeRow]:
    """The change rows of one offer that are part of its price history, oldest first."""
    rows = work.execute(_ROWS_OF_ONE, {"id": offer})
    return [
        ChangeRow(to_micros(row.at), row.kind, row.price_minor, row.currency, row.availability)
        for row in rows
    ]


def recent(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """The packed recent history of these offers (PACKED); offers without one are absent."""
    return _of(work, recent_history, offers, PACKED)


def add_recent(work: Work, packed: pl.DataFrame) -> None:
    """First history of offers that have none (PACKED)."""
    if len(packed):
        work.copy_frame(recent_history.name, packed)


def write_recent(work: Work, packed: pl.DataFrame) -> None:
    """History of offers whether they have one or not (PACKED)."""
    _merge(work, recent_history, packed)


# --- prices of members and with a code ------------------------------------------------------------


def keep_side(work: Work, rows: pl.DataFrame) -> None:
    """Rows of series beside the public one (SIDE); of two at one moment the later told counts."""
    if rows.is_empty():
        return
    work.execute(
        text(
            "CREATE TEMP TABLE IF NOT EXISTS staging_side_prices (LIKE side_prices) "
            "ON COMMIT DELETE ROWS"
        )
    )
    work.execute(text("TRUNCATE staging_side_prices"))
    coded = conform(rows, SIDE).with_columns(code(pl.col("audience")).alias("audience"))
    work.copy_frame("staging_side_prices", coded)
    work.execute(
        text(
            "INSERT INTO side_prices SELECT * FROM staging_side_prices "
            "ON CONFLICT (offer_id, audience, at) DO UPDATE SET run = excluded.run, "
            "price_minor = excluded.price_minor, currency = excluded.currency"
        )
    )


def side_rows(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """All rows of the series beside the public ones of these offers (SIDE), oldest first."""
    rows = _of(work, side_prices, offers, {**SIDE, "audience": pl.Int16()})
    return rows.with_columns(pl.col("audience").cast(pl.UInt8).cat.to(AUDIENCE)).sort(
        "offer_id", "audience", "at"
    )


def beside(work: Work, offer: int) -> list[dict[str, Any]]:
    """The newest price of one offer for each other audience that has one: `audience`, `at`,
    `price_minor`, `currency`.
    """
    rows = work.execute(
        select(side_prices).where(side_prices.c.offer_id == offer).order_by(side_prices.c.at)
    )
    newest = {row.audience: row for row in rows}
    return [
        {**row._asdict(), "audience": AUDIENCE.categories[place]}
        for place, row in sorted(newest.items())
        if row.price_minor is not None
    ]


def has_side(work: Work, source: int) -> bool:
    """Whether a source ever stated a price that is not everybody's."""
    low, high = source << 32, (source + 1) << 32
    column = side_prices.c.offer_id
    return (
        work.execute(select(column).where(column >= low, column < high).limit(1)).one_or_none()
        is not None
    )


# --- verdicts -------------------------------------------------------------------------------------


def add_verdicts(work: Work, found: pl.DataFrame) -> None:
    """First verdicts of offers that have none (VERDICT)."""
    if len(found):
        work.copy_frame(verdicts.name, conform(pack_verdicts(found), _VERDICT_ROWS))


def write_verdicts(work: Work, found: pl.DataFrame) -> None:
    """Verdicts of offers whether they have one or not (VERDICT)."""
    _merge(work, verdicts, conform(pack_verdicts(found), _VERDICT_ROWS))


def verdicts_of(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """The stored verdicts of these offers (VERDICT); offers never judged are absent."""
    return unpack_verdicts(_of(work, verdicts, offers, _VERDICT_ROWS)).sort("offer_id")


def verdict_rows(work: Work, offers: list[int]) -> dict[int, dict[str, Any]]:
    """The stored verdicts of a few offers by id, as plain values with the names of VERDICT."""
    rows = work.execute(_BY_OFFER, {"ids": offers})
    return {row.offer_id: plain_verdict(row._asdict()) for row in rows}


def due(work: Work, source: int, at: datetime, limit: int) -> NDArray[np.int64]:
    """Offers of a source whose verdict may have changed by time alone, the longest due first."""
    rows = work.fetch_frame(
        select(verdicts.c.offer_id)
        .where(source_of_verdict == source, verdicts.c.next_at <= at)
        .order_by(verdicts.c.next_at)
        .limit(limit),
        schema={"offer_id": pl.Int64()},
    )
    found: NDArray[np.int64] = rows["offer_id"].to_numpy()
    return found


def badged(work: Work, source: int, limit: int) -> NDArray[np.int64]:
    """Offers of a source whose verdict stands as a badge."""
    rows = work.fetch_frame(
        select(verdicts.c.offer_id)
        .where(
            verdicts.c.offer_id >= source << 32,
            verdicts.c.offer_id < (source + 1) << 32,
            verdicts.c.marks.op("&")(BADGE) != 0,
        )
        .order_by(verdicts.c.offer_id)
        .limit(limit),
        schema={"offer_id": pl.Int64()},
    )
    found: NDArray[np.int64] = rows["offer_id"].to_numpy()
    return found


def wake(work: Work, offers: NDArray[np.int64], at: datetime) -> None:
    """Makes the verdicts of these offers due from a moment on."""
    work.execute(
        text("UPDATE verdicts SET next_at = :at WHERE offer_id = ANY(CAST(:ids AS bigint[]))"),
        {"ids": offers.tolist(), "at": at},
    )


def rest(work: Work, offers: NDArray[np.int64]) -> None:
    """Lets the verdicts of offers that are gone stand: they are due no more."""
    work.execute(
        text(
            "UPDATE verdicts SET next_at = NULL "
            "WHERE offer_id = ANY(CAST(:ids AS bigint[])) AND next_at IS NOT NULL"
        ),
        {"ids": offers.tolist()},
    )


def forget(work: Work, source: int) -> None:
    """Removes all that is known of a source's prices (R-RUN-8)."""
    low, high = source << 32, (source + 1) << 32
    work.execute(delete(price_revisions).where(price_revisions.c.source_id == source))
    for table in (verdicts, recent_history, price_changes, voided_changes, side_prices):
        column = table.c.offer_id
        work.execute(delete(table).where(column >= low, column < high))


# --- rates ----------------------------------------------------------------------------------------


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


# --- many rows ------------------------------------------------------------------------------------


def _of(work: Work, table: Table, offers: NDArray[np.int64], schema: Schema) -> pl.DataFrame:
    """Rows of a table by offer; many ids go as one array, not as that many parameters."""
    columns = ", ".join(f't."{name}"' for name in schema)
    return work.fetch_frame(
        f"SELECT {columns} FROM {table.name} AS t "  # noqa: S608 - names of our own tables
        "JOIN unnest(CAST(:ids AS bigint[])) AS wanted(id) ON t.offer_id = wanted.id",
        {"ids": offers.tolist()},
        schema=schema,
    )


def _merge(work: Work, table: Table, frame: pl.DataFrame) -> None:
    if frame.is_empty():
        return
    staging = f"staging_{table.name}"
    work.execute(
        text(f"CREATE TEMP TABLE IF NOT EXISTS {staging} (LIKE {table.name}) ON COMMIT DELETE ROWS")
    )
    work.execute(text(f"TRUNCATE {staging}"))
    work.copy_frame(staging, frame)
    names = ", ".join(f'"{name}"' for name in frame.columns)
    assigned = ", ".join(f'"{name}" = excluded."{name}"' for name in frame.columns[1:])
    work.execute(
        text(
            f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staging} "  # noqa: S608 - as above
            f"ON CONFLICT (offer_id) DO UPDATE SET {assigned}"
        )
    )


def corrections_of(work: Work, offer: int) -> list[dict[str, Any]]:
    """Where the history of one offer was corrected: `at`, `run`, and the `reason` of that run."""
    rows = work.execute(
        select(price_changes.c.at, price_changes.c.run, price_revisions.c.reason)
        .outerjoin(
            price_revisions,
            (price_revisions.c.source_id == offer >> 32)
            & (price_revisions.c.run == price_changes.c.run),
        )
        .where(
            price_changes.c.offer_id == offer,
            price_changes.c.kind == list(ChangeKind).index(ChangeKind.CORRECTION),
        )
        .order_by(price_changes.c.at)
    )
    return [row._asdict() for row in rows]
