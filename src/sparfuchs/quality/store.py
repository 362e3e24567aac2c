"""The SQL of ratings and of what they rest on; the only place that has any."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sqlalchemy import delete, insert, select, text

from sparfuchs.kernel.frames import UTC_TIME, Schema, conform
from sparfuchs.plumbing.db import Work
from sparfuchs.quality.levels import keys
from sparfuchs.quality.model import COUNTDOWN, LEVEL, PATTERN, PATTERNS, RATING, Pattern
from sparfuchs.quality.tables import (
    countdowns,
    patterns,
    price_level_versions,
    price_levels,
    ratings,
    standings,
)

# So many versions of what offers cost are kept: the present one and one to compare it with.
_VERSIONS_KEPT: Final = 2
# A pattern counts for so long after it was last found.
PATTERN_COUNTS: Final = timedelta(days=90)
# What was found of addresses weighs half after so long (`models.md` 5: 60 to 90 days).
_LINKS_HALVE: Final = timedelta(days=60)

# --- ratings --------------------------------------------------------------------------------------

_BY_OFFER: Final = text(
    "SELECT {} FROM ratings WHERE offer_id = ANY(CAST(:ids AS bigint[]))".format(  # noqa: S608 - our own columns
        ", ".join(column.name for column in ratings.c)
    )
)


def keep(work: Work, found: pl.DataFrame, *, first_id: int | None = None) -> None:
    """Stores RATING rows. Offers with an id from `first_id` on are new and cost no merge; when the
    first of them is there already (a repetition), they are merged like the others.
    """
    rows = conform(found, RATING)
    if first_id is not None:
        new = rows.filter(pl.col("offer_id") >= first_id)
        if len(new) and ratings_of(work, new["offer_id"].head(1).to_numpy()).is_empty():
            work.copy_frame(ratings.name, new)
            rows = rows.filter(pl.col("offer_id") < first_id)
    _merge(work, ratings.name, rows, ("offer_id",))


def ratings_of(work: Work, offers: NDArray[np.int64]) -> pl.DataFrame:
    """The stored RATING of these offers, by id; offers never rated are absent."""
    columns = ", ".join(f"r.{name}" for name in RATING)
    return work.fetch_frame(
        f"SELECT {columns} FROM ratings AS r "  # noqa: S608 - our own columns
        "JOIN unnest(CAST(:ids AS bigint[])) AS wanted(id) ON r.offer_id = wanted.id "
        "ORDER BY r.offer_id",
        {"ids": offers.tolist()},
        schema=RATING,
    )


def rating_rows(work: Work, offers: list[int]) -> dict[int, dict[str, Any]]:
    """The stored ratings of a few offers by id, as plain values with the names of RATING."""
    rows = work.execute(_BY_OFFER, {"ids": offers})
    return {row.offer_id: row._asdict() for row in rows}


def forget(work: Work, source: int) -> None:
    """Removes what is known of all offers of a source, and how the source stands."""
    low, high = source << 32, (source + 1) << 32
    for table in (ratings, patterns, countdowns):
        column = table.c.offer_id
        work.execute(delete(table).where(column >= low, column < high))
    work.execute(delete(standings).where(standings.c.source_id == source))


# --- what offers cost -----------------------------------------------------------------------------


def keep_levels(work: Work, levels: pl.DataFrame, *, offers: int, at: datetime) -> int:
    """Stores LEVEL rows as the newest version, learned from so many offers; gives its number."""
    version = int(
        work.execute(
            insert(price_level_versions)
            .values(learned_at=at, offers=offers, levels=levels.height)
            .returning(price_level_versions.c.version)
        ).scalar_one()
    )
    rows = conform(levels, LEVEL).with_columns(version=pl.lit(version, dtype=pl.Int32))
    if rows.height:
        work.copy_frame(price_levels.name, rows)
    old = price_level_versions.c.version <= version - _VERSIONS_KEPT
    work.execute(delete(price_level_versions).where(old))
    return version


def learned(work: Work) -> dict[str, Any] | None:
    """The newest version: version, learned_at, offers, levels; None where nothing was learned."""
    newest = price_level_versions.c.version.desc()
    row = work.execute(select(price_level_versions).order_by(newest).limit(1)).one_or_none()
    return row._asdict() if row else None


def levels_for(work: Work, offers: pl.DataFrame) -> pl.DataFrame:
    """LEVEL of the newest version for the likes of these offers (shelf and maker of RATED)."""
    alike = keys(offers.select("shelf", "maker")).select("maker_key", "shelf_key")
    wanted = pl.concat([alike["maker_key"], alike["shelf_key"]]).drop_nulls().unique()
    return work.fetch_frame(
        "SELECT l.key, l.currency, l.members, l.middle, l.spread FROM price_levels l "
        "JOIN unnest(CAST(:keys AS bigint[])) AS w(key) ON l.key = w.key "
        "WHERE l.version = (SELECT max(version) FROM price_level_versions)",
        {"keys": wanted.to_list()},
        schema=LEVEL,
    )


# --- patterns -------------------------------------------------------------------------------------

_CODED: Final[Schema] = {**PATTERN, "pattern": pl.Int16()}
_SHOWN: Final[Schema] = {"first_at": UTC_TIME, "last_at": UTC_TIME, **_CODED}


def keep_patterns(work: Work, source: int, found: pl.DataFrame, *, at: datetime) -> None:
    """Stores what was found of a source (PATTERN); what was not found again stays for as long as
    it counts.
    """
    rows = conform(
        found.with_columns(pl.col("pattern").cast(PATTERNS).to_physical().alias("pattern")), _CODED
    ).with_columns(pl.lit(at).cast(UTC_TIME).alias("first_at"))
    rows = rows.with_columns(pl.col("first_at").alias("last_at"))
    low, high = source << 32, (source + 1) << 32
    work.execute(
        delete(patterns).where(
            patterns.c.offer_id >= low,
            patterns.c.offer_id < high,
            patterns.c.last_at < at - PATTERN_COUNTS,
        )
    )
    _merge(work, patterns.name, rows, ("offer_id", "pattern"), kept=("first_at",))


def pattern_counts(work: Work) -> pl.DataFrame:
    """How many offers of each source show each pattern: source, pattern, offers."""
    rows = work.fetch_frame(
        "SELECT offer_id >> 32, pattern, count(*)::int FROM patterns GROUP BY 1, 2 ORDER BY 1, 2",
        {},
        schema={"source": pl.Int64(), "pattern": pl.Int16(), "offers": pl.Int32()},
    )
    return _named(rows)


def pattern_examples(
    work: Work, sources: list[int], pattern: Pattern | None, *, limit: int
) -> pl.DataFrame:
    """The newest finds of some sources (PATTERN with first_at, last_at), so many of each pattern.

    `pattern` None: of every pattern.
    """
    only = "" if pattern is None else "AND pattern = :code "
    columns = ", ".join(_SHOWN)
    rows = work.fetch_frame(
        f"SELECT {columns} FROM (SELECT *, row_number() OVER "  # noqa: S608 - our own columns
        "(PARTITION BY pattern ORDER BY last_at DESC, offer_id) AS place FROM patterns "
        f"WHERE offer_id >> 32 = ANY(CAST(:sources AS bigint[])) {only}) AS found "
        "WHERE place <= :limit ORDER BY pattern, place",
        {
            "sources": sources,
            "limit": limit,
            **({} if pattern is None else {"code": list(Pattern).index(pattern)}),
        },
        schema=_SHOWN,
    )
    return _named(rows)


def misleading(work: Work, source: int, *, but: tuple[Pattern, ...] = ()) -> pl.Series:
    """Offers of a source that show a pattern other than those."""
    codes = [place for place, one in enumerate(Pattern) if one not in but]
    return work.fetch_frame(
        "SELECT DISTINCT offer_id FROM patterns WHERE offer_id >= :low AND offer_id < :high "
        "AND pattern = ANY(CAST(:codes AS smallint[])) ORDER BY 1",
        {"low": source << 32, "high": (source + 1) << 32, "codes": codes},
        schema={"offer_id": pl.Int64()},
    )["offer_id"]


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("pattern").cast(pl.UInt8).cat.to(PATTERNS).alias("pattern"))


def countdowns_of(work: Work, offers: pl.Series) -> pl.DataFrame:
    """COUNTDOWN of those of these offers of which an end was noted."""
    columns = ", ".join(f"c.{name}" for name in COUNTDOWN)
    return work.fetch_frame(
        f"SELECT {columns} FROM countdowns c "  # noqa: S608 - our own columns
        "JOIN unnest(CAST(:ids AS bigint[])) AS w(id) ON c.offer_id = w.id",
        {"ids": offers.to_list()},
        schema=COUNTDOWN,
    )


def keep_countdowns(work: Work, rows: pl.DataFrame) -> None:
    """Stores COUNTDOWN rows."""
    _merge(work, countdowns.name, conform(rows, COUNTDOWN), ("offer_id",))


# --- standings ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Standing:
    """What is known of how sources deliver beside their rows; zeros: nothing yet."""

    claims_good: int = 0
    claims_bad: int = 0
    links_good: int = 0
    links_bad: int = 0


def standing(work: Work, sources: list[int]) -> Standing:
    """How some sources of one merchant stand together."""
    row = work.execute(
        text(
            "SELECT coalesce(sum(claims_good), 0)::int, coalesce(sum(claims_bad), 0)::int, "
            "coalesce(sum(links_good), 0)::int, coalesce(sum(links_bad), 0)::int "
            "FROM standings WHERE source_id = ANY(CAST(:sources AS bigint[]))"
        ),
        {"sources": sources},
    ).one()
    return Standing(*map(int, row))


def keep_claims(work: Work, source: int, good: int, bad: int, *, at: datetime) -> None:
    """Stores how many stated reductions of a source held and how many did not."""
    work.execute(
        text(
            "INSERT INTO standings (source_id, counted_at, claims_good, claims_bad, links_good, "
            "links_bad) VALUES (:source, :at, :good, :bad, 0, 0) ON CONFLICT (source_id) DO UPDATE "
            "SET counted_at = :at, claims_good = :good, claims_bad = :bad"
        ),
        {"source": source, "at": at, "good": good, "bad": bad},
    )


def note_links(work: Work, source: int, good: int, bad: int, *, at: datetime) -> None:
    """Adds addresses of a source that answered and that were dead; older ones fade."""
    work.execute(
        text(
            "INSERT INTO standings AS s (source_id, counted_at, claims_good, claims_bad, "
            "links_good, links_bad, links_at) VALUES (:source, :at, 0, 0, :good, :bad, :at) "
            "ON CONFLICT (source_id) DO UPDATE SET "
            "links_good = :good + coalesce(round(s.links_good * (0.5 ^ (extract(epoch FROM "
            "(:at - s.links_at)) / :half)::float8)), 0), "
            "links_bad = :bad + coalesce(round(s.links_bad * (0.5 ^ (extract(epoch FROM "
            "(:at - s.links_at)) / :half)::float8)), 0), links_at = :at"
        ),
        {
            "source": source,
            "at": at,
            "good": good,
            "bad": bad,
            "half": _LINKS_HALVE.total_seconds(),
        },
    )


def by_links_looked_at(work: Work, sources: list[int]) -> list[int]:
    """These sources, those first whose addresses were not looked at for longest."""
    rows = work.execute(
        text(
            "SELECT w.id FROM unnest(CAST(:sources AS bigint[])) AS w(id) "
            "LEFT JOIN standings s ON s.source_id = w.id ORDER BY s.links_at NULLS FIRST, w.id"
        ),
        {"sources": sources},
    )
    return [int(row.id) for row in rows]


# --- many rows ------------------------------------------------------------------------------------


def _merge(
    work: Work, name: str, rows: pl.DataFrame, key: tuple[str, ...], kept: tuple[str, ...] = ()
) -> None:
    """Rows whether they are there or not; columns in `kept` stay what they are where they are."""
    if rows.is_empty():
        return
    work.execute(
        text(f"CREATE TEMP TABLE IF NOT EXISTS staging_{name} (LIKE {name}) ON COMMIT DELETE ROWS")
    )
    work.execute(text(f"TRUNCATE staging_{name}"))
    work.copy_frame(f"staging_{name}", rows)
    names = ", ".join(rows.columns)
    assigned = ", ".join(
        f"{each} = excluded.{each}" for each in rows.columns if each not in {*key, *kept}
    )
    work.execute(
        text(
            f"INSERT INTO {name} ({names}) SELECT {names} FROM staging_{name} "  # noqa: S608 - our own
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {assigned}"
        )
    )
