"""The SQL of pairs that wait for a person, of answers, and of the labels that they are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import insert, select, update

from sparfuchs.kernel.frames import UTC_TIME
from sparfuchs.matching.settle import LABEL
from sparfuchs.matching.tables import match_answers, match_labels, match_reviews
from sparfuchs.plumbing.db import Work

REVIEW: Final = {
    "left": pl.Int64(),
    "right": pl.Int64(),
    "probability": pl.Float32(),
    "reasons": pl.String(),
}


def keep_reviews(work: Work, rows: pl.DataFrame, version: int, at: datetime) -> None:
    """Adds pairs (REVIEW, left < right) that are to be asked; those that wait already stay."""
    if rows.is_empty():
        return
    told = rows.select(
        left_id="left",
        right_id="right",
        probability="probability",
        reasons="reasons",
        version=pl.lit(version, dtype=pl.Int32),
        asked_at=pl.lit(at).cast(UTC_TIME),
    )
    work.execute(
        "CREATE TEMP TABLE IF NOT EXISTS staging_match_reviews (LIKE match_reviews) "
        "ON COMMIT DELETE ROWS"
    )
    work.execute("ALTER TABLE staging_match_reviews ALTER COLUMN id DROP NOT NULL")
    work.execute("TRUNCATE staging_match_reviews")
    work.copy_frame("staging_match_reviews", told)
    names = ", ".join(told.columns)
    work.execute(
        f"INSERT INTO match_reviews ({names}) SELECT {names} FROM staging_match_reviews "  # noqa: S608 - our own columns
        "ON CONFLICT (left_id, right_id) DO UPDATE SET probability = excluded.probability, "
        "reasons = excluded.reasons, version = excluded.version"
    )


def drop_reviews(work: Work, ids: pl.Series | None = None) -> None:
    """Takes waiting pairs with one of these offers, or all."""
    if ids is None:
        work.execute("DELETE FROM match_reviews")
        return
    work.execute(
        "WITH w AS MATERIALIZED (SELECT unnest(CAST(:ids AS bigint[])) AS id) "
        "DELETE FROM match_reviews WHERE left_id IN (SELECT id FROM w) "
        "OR right_id IN (SELECT id FROM w)",
        {"ids": ids.to_list()},
    )


def drop_review(work: Work, left: int, right: int) -> None:
    """Takes one waiting pair: it is answered."""
    work.execute(
        "DELETE FROM match_reviews WHERE left_id = :left AND right_id = :right",
        {"left": left, "right": right},
    )


def reviews_waiting(
    work: Work, limit: int, *, below: float | None = None, after: int = 0
) -> list[Mapping[str, Any]]:
    """Pairs that wait, the likeliest first: id, left_id, right_id, probability, reasons, asked_at.

    `below` and `after` are probability and id of where the last page ended.
    """
    rows = work.execute(
        "SELECT r.* FROM match_reviews r "
        "JOIN product_members a ON a.offer_id = r.left_id "
        "JOIN product_members b ON b.offer_id = r.right_id AND b.product_id <> a.product_id "
        "WHERE CAST(:below AS real) IS NULL OR r.probability < CAST(:below AS real) "
        "OR (r.probability = CAST(:below AS real) AND r.id > :after) "
        "ORDER BY r.probability DESC, r.id LIMIT :limit",
        {"limit": limit, "below": below, "after": after},
    )
    return [row._asdict() for row in rows]


def review(work: Work, number: int) -> Mapping[str, Any] | None:
    row = work.execute(select(match_reviews).where(match_reviews.c.id == number)).one_or_none()
    return row._asdict() if row else None


def add_answer(work: Work, kind: str, labels: pl.DataFrame, at: datetime) -> int:
    """Stores an answer with its LABEL rows. Gives its number."""
    number = int(
        work.execute(
            insert(match_answers).values(kind=kind, at=at).returning(match_answers.c.id)
        ).scalar_one()
    )
    work.copy_frame(
        match_labels.name,
        labels.select(
            answer_id=pl.lit(number, dtype=pl.Int64), left_id="left", right_id="right", same="same"
        ),
    )
    return number


def last_answer(work: Work) -> int | None:
    """The newest answer that is not undone."""
    return work.execute(
        select(match_answers.c.id)
        .where(match_answers.c.undone_at.is_(None))
        .order_by(match_answers.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def undo_answer(work: Work, number: int, at: datetime) -> pl.DataFrame | None:
    """Marks an answer as undone and gives its LABEL rows; None if there is none in force."""
    done = work.execute(
        update(match_answers)
        .where(match_answers.c.id == number, match_answers.c.undone_at.is_(None))
        .values(undone_at=at)
    )
    if not done.rowcount:
        return None
    return work.fetch_frame(
        "SELECT left_id, right_id, same FROM match_labels WHERE answer_id = :id",
        {"id": number},
        schema=LABEL,
    )


def answers(work: Work, limit: int) -> list[Mapping[str, Any]]:
    """The newest answers: id, kind, at, undone_at and how many pairs each is about."""
    rows = work.execute(
        "SELECT a.id, a.kind, a.at, a.undone_at, count(l.answer_id)::int AS pairs "
        "FROM match_answers a LEFT JOIN match_labels l ON l.answer_id = a.id "
        "GROUP BY a.id ORDER BY a.id DESC LIMIT :limit",
        {"limit": limit},
    )
    return [row._asdict() for row in rows]


# Of several answers about one pair the newest counts.
_IN_FORCE: Final = (
    "SELECT DISTINCT ON (l.left_id, l.right_id) l.left_id, l.right_id, l.same "
    "FROM match_labels l JOIN match_answers a ON a.id = l.answer_id AND a.undone_at IS NULL "
)


def labels_among(work: Work, ids: pl.Series) -> pl.DataFrame:
    """LABEL rows in force with two of these offers."""
    return work.fetch_frame(
        "WITH w AS MATERIALIZED (SELECT unnest(CAST(:ids AS bigint[])) AS id) "  # noqa: S608 - ours
        f"{_IN_FORCE}WHERE l.left_id IN (SELECT id FROM w) AND l.right_id IN (SELECT id FROM w) "
        "ORDER BY l.left_id, l.right_id, a.id DESC",
        {"ids": ids.to_list()},
        schema=LABEL,
    )


def labelled(work: Work, ids: pl.Series | None = None) -> pl.DataFrame:
    """LABEL rows in force, all or those with one of these offers at either end."""
    only = (
        ""
        if ids is None
        else "WHERE l.left_id = ANY(CAST(:ids AS bigint[])) "
        "OR l.right_id = ANY(CAST(:ids AS bigint[])) "
    )
    return work.fetch_frame(
        f"{_IN_FORCE}{only}ORDER BY l.left_id, l.right_id, a.id DESC",
        {} if ids is None else {"ids": ids.to_list()},
        schema=LABEL,
    )
