"""Whether an installation holds a run whole or not at all: looked up in tables and files.

Every check gives sentences about what is wrong, none when nothing is. Reads what is stored and not
what the program says of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

import numpy as np
import polars as pl

from sparfuchs.catalog.state import GONE, SourceState
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.subscriptions import SUBSCRIPTIONS
from sparfuchs.kernel.clock import to_micros
from sparfuchs.kernel.frames import AVAILABILITY, CHANGE_KIND, Availability, ChangeKind
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.files import Files
from sparfuchs.pricing import api as pricing
from sparfuchs.testing.changing_shop import HISTORY, Expected, Known

# Tables with rows of one source, and the column that says of which: its id, or that of an offer.
_OF_SOURCE: Final = {"sources": "id", "feed_runs": "source_id"}
_OF_OFFERS: Final = {
    "offers": "id",
    "offer_texts": "id",
    "price_changes": "offer_id",
    "recent_history": "offer_id",
    "verdicts": "offer_id",
    "ratings": "offer_id",
    "deals": "offer_id",
}

Fingerprint = Mapping[str, tuple[int, str]]
Row = Mapping[str, Any]


def source_row(work: Work, name: str) -> Row | None:
    """The row of the source of the merchant with this name, which has one source."""
    rows = work.execute(
        "SELECT s.*, :name AS shop FROM sources s JOIN merchants m ON m.id = s.merchant_id "
        "WHERE m.name = :name",
        {"name": name},
    )
    found = rows.mappings().one_or_none()
    return None if found is None else dict(found)


def fingerprint(work: Work, source: int) -> Fingerprint:
    """Number and sum of hashes of all rows that belong to a source, by table."""
    low, high = source << 32, (source + 1) << 32
    found: dict[str, tuple[int, str]] = {}
    bounds = {"low": low, "high": high, "source": source}
    for table, column in _OF_SOURCE.items():
        found[table] = _sum(work, table, f"t.{column} = :source", bounds)
    for table, column in _OF_OFFERS.items():
        found[table] = _sum(work, table, f"t.{column} >= :low AND t.{column} < :high", bounds)
    return found


def _sum(work: Work, table: str, where: str, bounds: Mapping[str, int]) -> tuple[int, str]:
    summed = "count(*) AS n, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS total"
    found = work.execute(f"SELECT {summed} FROM {table} t WHERE {where}", bounds).mappings()  # noqa: S608 - our own tables
    row = found.one()
    return row["n"], row["total"]


def differences(before: Fingerprint, after: Fingerprint) -> list[str]:
    return [
        f"{table} was touched: {before[table]} became {after[table]}"
        for table in before
        if before[table] != after[table]
    ]


@contextmanager
def undone(here: Installation) -> Iterator[Work]:
    """A transaction that is rolled back in the end: for checks, which also try things out."""
    try:
        with here.database.unit_of_work() as work:
            yield work
            _undo()
    except _UndoError:
        return


class _UndoError(Exception):
    """Ends a transaction that was only a trial."""


def _undo() -> None:
    raise _UndoError


def check_source(
    work: Work, files: Files, row: Row, known: Known, last: Expected | None
) -> list[str]:
    """Whether a source holds what must be known of it, no more and no less; verdicts apart.

    `last` are the counts of its newest run, None to leave them.
    """
    return [
        *_runs(work, row, known, last),
        *_offers(work, row, known),
        *_history(work, row, known),
        *_files(work, files, row),
        *_events(work),
    ]


def check_verdicts(work: Work, row: Row, known: Known, last: Expected | None) -> list[str]:
    """Whether every offer has one verdict and one rating, and what the newest run changed has them
    of its time. To be called when the consumers have caught up, in a transaction of `undone`.
    """
    source = int(row["id"])
    return [
        *_judged(work, source, known, last),
        *_waiting(work),
        *_derived(work, source),
    ]


def _judged(work: Work, source: int, known: Known, last: Expected | None) -> Iterator[str]:
    for table, moment in (("verdicts", "judged_at"), ("ratings", "rated_at")):
        rows = work.fetch_frame(
            f"SELECT t.offer_id, x.source_offer_id, (extract(epoch FROM t.{moment}) * 1000000)"  # noqa: S608 - our own tables
            f"::bigint FROM {table} t LEFT JOIN offer_texts x ON x.id = t.offer_id "
            "WHERE t.offer_id >= :low AND t.offer_id < :high",
            _bounds(source),
            schema={"id": pl.Int64(), "name": pl.String(), "at": pl.Int64()},
        )
        if rows["id"].n_unique() != rows.height or rows.height != known.ever.sum():
            yield (
                f"{rows.height} {table} of {rows['id'].n_unique()} offers, "
                f"where {known.ever.sum()} are known"
            )
        if last is None:
            continue
        of_the_run = rows.filter(pl.col("at") == to_micros(known.times[-1]))
        numbers = of_the_run["name"].str.strip_prefix("N-").cast(pl.Int64)
        late = set(last.judged.tolist()) - set(numbers.to_list())
        if late:
            yield f"{len(late)} changed offers have no row in {table} of the run's time"


def _waiting(work: Work) -> Iterator[str]:
    """No consumer has an event before it."""
    for one in SUBSCRIPTIONS:
        waiting = work.execute(
            "SELECT (SELECT count(*) FROM event_outbox WHERE topic = :topic) + coalesce("
            "(SELECT head FROM event_topics WHERE topic = :topic), 0) - coalesce((SELECT position "
            "FROM event_cursors WHERE topic = :topic AND consumer = :consumer), 0)",
            {"topic": one.topic, "consumer": one.consumer},
        ).scalar_one()
        if waiting:
            yield f"{one.consumer} has {waiting} events before it after catching up"


def _bounds(source: int) -> dict[str, int]:
    return {"low": source << 32, "high": (source + 1) << 32}


def _runs(work: Work, row: Row, known: Known, last: Expected | None) -> Iterator[str]:
    runs = work.execute(
        "SELECT * FROM feed_runs WHERE source_id = :source ORDER BY number", {"source": row["id"]}
    )
    held = [dict(run) for run in runs.mappings()]
    times = [run["at"] for run in held]
    if times != list(known.times):
        yield f"runs are of {[t.isoformat() for t in times]}, not {len(known.times)} expected ones"
        return
    if [run["number"] for run in held] != list(range(1, len(held) + 1)):
        yield f"runs are numbered {[run['number'] for run in held]}"
    if any(run["status"] != "published" for run in held):
        yield f"runs are {[run['status'] for run in held]}"
    head = held[-1]
    pointer = (row["head_run"], row["head_at"], row["next_number"])
    if pointer != (head["number"], head["at"], head["number"] + 1):
        yield f"the pointer is at {pointer}, the newest run is {head['number']} of {head['at']}"
    asserted = 0
    for before, run in pairwise(held):  # a row a run
        step = (run["at"] - before["at"]) // timedelta(microseconds=1)
        asserted += min(step, before["carry_micros"])
        if run["sum_micros"] != asserted:
            yield f"run {run['number']} has the sum {run['sum_micros']}, not {asserted}"
    if last is not None:
        counts = {name: head[name] for name in ("read", "new", "unchanged", "changed", "gone")}
        wanted = {name: getattr(last, name) for name in counts}
        if counts != wanted:
            yield f"run {head['number']} counts {counts}, not {wanted}"
        if (head["segment"] is not None) != last.has_segment:
            yield f"run {head['number']} has the segment {head['segment']}"


def _offers(work: Work, row: Row, known: Known) -> Iterator[str]:
    """Rows, texts and state against what the feed said last of each offer."""
    ever = int(known.ever.sum())
    stored = work.fetch_frame(
        "SELECT o.id, o.price_minor, o.status, o.availability, x.source_offer_id, x.title "
        "FROM offers o FULL JOIN offer_texts x ON x.id = o.id "
        "WHERE coalesce(o.id, x.id) >= :low AND coalesce(o.id, x.id) < :high",
        _bounds(row["id"]),
        schema={
            "id": pl.Int64(),
            "price_minor": pl.Int64(),
            "status": pl.Int16(),
            "availability": pl.Int16(),
            "name": pl.String(),
            "title": pl.String(),
        },
    )
    sizes = {
        "next_ordinal": row["next_ordinal"],
        "offers": stored["id"].drop_nulls().len(),
        "offer_texts": stored["name"].drop_nulls().len(),
        "distinct ids of the source": stored["name"].drop_nulls().n_unique(),
        "rows": stored.height,
    }
    if set(sizes.values()) != {ever}:
        yield f"{ever} offers are known, but there are {sizes}"
        return
    live = int((known.ever & ~known.gone).sum())
    if row["live"] != live:
        yield f"the source says that {row['live']} offers live, {live} do"
    order = stored.with_columns(offer=pl.col("name").str.strip_prefix("N-").cast(pl.Int64)).sort(
        "offer"
    )
    numbers = np.flatnonzero(known.ever)
    if order["offer"].to_list() != numbers.tolist():
        yield "the ids of the source are not those that it has had"
        return
    in_stock, out = (
        AVAILABILITY.categories.to_list().index(one.value)
        for one in (Availability.IN_STOCK, Availability.OUT_OF_STOCK)
    )
    says = known.says
    yield from _unequal("prices", order["price_minor"].to_numpy(), says.price[numbers])
    yield from _unequal("statuses", order["status"].to_numpy(), known.gone[numbers] * GONE)
    stock = np.where(says.stock[numbers], in_stock, out)
    yield from _unequal("availabilities", order["availability"].to_numpy(), stock)
    titles = order["title"].str.extract(r"(\d+)$").cast(pl.Int64).to_numpy()
    yield from _unequal("titles", titles, says.title[numbers])


def _unequal(what: str, stored: Any, expected: Any) -> Iterator[str]:
    wrong = np.flatnonzero(stored != expected)
    if len(wrong):
        yield f"{len(wrong)} {what} differ, such as {stored[wrong[0]]} for {expected[wrong[0]]}"


def _history(work: Work, row: Row, known: Known) -> Iterator[str]:
    """The whole price history, row by row: nothing lost, nothing doubled."""
    stored = work.fetch_frame(
        "SELECT x.source_offer_id, (extract(epoch FROM c.at) * 1000000)::bigint, c.kind, "
        "c.price_minor FROM price_changes c LEFT JOIN offer_texts x ON x.id = c.offer_id "
        "WHERE c.offer_id >= :low AND c.offer_id < :high",
        _bounds(row["id"]),
        schema={
            "name": pl.String(),
            "at": pl.Int64(),
            "kind": pl.Int16(),
            "price_minor": pl.Int64(),
        },
    ).select(
        pl.col("name").str.strip_prefix("N-").cast(pl.Int64).alias("offer"),
        "at",
        pl.col("kind").cast(pl.UInt8).cat.to(CHANGE_KIND).cast(pl.String),
        "price_minor",
    )
    order = list(HISTORY)
    held, wanted = stored.select(order).sort(order), known.history.select(order).sort(order)
    if not held.equals(wanted):
        lost = wanted.join(held, on=order, how="anti", nulls_equal=True)
        extra = held.join(wanted, on=order, how="anti", nulls_equal=True)
        yield (
            f"the history has {held.height} rows for {wanted.height}: {lost.height} lost, such as "
            f"{_example(lost)}, {extra.height} too many, such as {_example(extra)}"
        )
    first = held.filter(pl.col("kind") == ChangeKind.FIRST.value)
    if first.height != known.ever.sum():
        yield f"{first.height} first sightings of {known.ever.sum()} offers"


def _example(rows: pl.DataFrame) -> object:
    return rows.row(0, named=True) if rows.height else None


def _files(work: Work, files: Files, row: Row) -> Iterator[str]:
    """The state says of each offer what its row says, and every file that is named can be read."""
    named = work.execute(
        "SELECT segment FROM feed_runs WHERE source_id = :source AND segment IS NOT NULL "
        "UNION ALL SELECT rejections FROM feed_runs "
        "WHERE source_id = :source AND rejections IS NOT NULL",
        {"source": row["id"]},
    )
    for (name,) in named:
        if not files.exists(name):
            yield f"{name} is named and not there"
        elif not pl.read_ipc(files.path(name)).height:
            yield f"{name} is empty"
    if row["state_file"] is None or not files.exists(row["state_file"]):
        yield f"the state {row['state_file']} is not there"
        return
    state = SourceState.read(files.path(row["state_file"])).frame
    rows = work.fetch_frame(
        "SELECT o.id - :low, o.price_minor, o.status, x.source_offer_id FROM offers o "
        "JOIN offer_texts x ON x.id = o.id WHERE o.id >= :low AND o.id < :high ORDER BY o.id",
        _bounds(row["id"]),
        schema={
            "ordinal": pl.Int64(),
            "price_minor": pl.Int64(),
            "status": pl.Int64(),
            "source_offer_id": pl.String(),
        },
    )
    told = state.sort("ordinal").select(
        pl.col("ordinal").cast(pl.Int64),
        "price_minor",
        pl.col("status").cast(pl.Int64),
        "source_offer_id",
    )
    if not told.equals(rows):
        yield f"the state {row['state_file']} and the offers say different things"
    if not state["key"].is_sorted():
        yield f"the state {row['state_file']} is not sorted"


def _events(work: Work) -> Iterator[str]:
    """One event for each published run with a segment, and positions without gaps."""
    wrong = work.execute(
        """
        WITH told AS (
            SELECT key::bigint AS source, (payload->>'run')::int AS run,
                   payload->>'segment' AS segment
            FROM (SELECT key, type, payload FROM event_outbox
                  UNION ALL SELECT key, type, payload FROM event_log) e
            WHERE type = 'feed.RunPublished'
        ), ran AS (
            SELECT source_id AS source, number AS run, segment FROM feed_runs
            WHERE segment IS NOT NULL AND status = 'published'
        )
        SELECT coalesce(r.source, t.source) AS source, coalesce(r.run, t.run) AS run, t.n
        FROM ran r FULL JOIN
             (SELECT source, run, min(segment) AS segment, count(*) AS n FROM told GROUP BY 1, 2) t
             ON t.source = r.source AND t.run = r.run
        WHERE r.run IS NULL OR t.n IS DISTINCT FROM 1 OR t.segment <> r.segment
        """
    )
    for row in wrong:
        yield f"run {row.run} of source {row.source} has {row.n or 0} events"
    gaps = work.execute(
        "SELECT t.topic FROM event_topics t LEFT JOIN event_log l ON l.topic = t.topic "
        "GROUP BY t.topic, t.head HAVING count(l.position) <> t.head OR max(l.position) <> t.head"
    )
    for (topic,) in gaps:
        yield f"the topic {topic} has gaps"


def _derived(work: Work, source: int) -> Iterator[str]:
    """The recent history is what the change rows, which are the truth, make it (R-RUN-7)."""
    where = "t.offer_id >= :low AND t.offer_id < :high"
    before = _sum(work, "recent_history", where, _bounds(source))
    ids = work.fetch_frame(
        "SELECT id FROM offers WHERE id >= :low AND id < :high",
        _bounds(source),
        schema={"id": pl.Int64()},
    )
    pricing.rebuild(work, ids["id"].to_numpy())
    after = _sum(work, "recent_history", where, _bounds(source))
    if before != after:
        yield f"the recent history is {before}, rebuilt it is {after}"
