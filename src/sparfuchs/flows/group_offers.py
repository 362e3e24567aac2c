"""Offers become products: new ones are compared with what is known, and touched products settled.

Only offers that are new, or whose words changed, are compared; a price never starts it. What waits
is handed on by the event log, several runs at once, and one transaction holds their products and
the place in the log: after a crash the same is simply done again. One process at a time groups.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import polars as pl

from sparfuchs.catalog import api as catalog
from sparfuchs.events.envelope import LoggedEvent
from sparfuchs.events.feed import RunPublished, SourceRemoved
from sparfuchs.flows.installation import Installation
from sparfuchs.flows.matcher import Matcher, new_version, scorer_of
from sparfuchs.flows.settle_products import ask, write_settled
from sparfuchs.kernel.frames import ChangeKind
from sparfuchs.matching import api as matching
from sparfuchs.plumbing import metrics
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.logging import get_logger

log = get_logger(__name__)

GROUPING: Final = "grouping"
SHIPPED: Final = "shipped"
LOCK_SPACE: Final = 7
_RUNS_AT_ONCE: Final = 1_000
# Words are weighed anew, and everything compared again, when there are so many times the offers.
_GROWN: Final = 4
# Touched products are compared again as a whole in pieces of so many.
_TOUCHED_AT_ONCE: Final = 5_000
_BLOCK: Final = 50_000
_ALL: Final = 1 << 31
# Kinds of change after which an offer may be another thing than before, or one at all.
_IDENTITY: Final = (ChangeKind.FIRST.value, ChangeKind.IDENTITY.value, ChangeKind.BACK.value)

Step = Callable[[str, int], None]


def silent(_name: str, _rows: int) -> None:
    """Progress for callers that show none."""


def group_waiting(here: Installation, *, now: datetime, step: Step = silent) -> int | None:
    """Groups what runs brought since it was last done. Gives how many offers were compared; None
    when another process is at it.
    """
    with here.database.hold_lock(LOCK_SPACE, 0) as held:
        if not held:
            return None
        compared = 0
        while waiting := here.log.read(GROUPING, RunPublished.topic, _RUNS_AT_ONCE):
            with (
                metrics.STEP_SECONDS.labels(step="match").time(),
                here.database.unit_of_work() as work,
            ):
                compared += _group(here, work, waiting, now, step)
                here.log.advance(work, GROUPING, RunPublished.topic, waiting[-1].position)
        return compared


def regroup(
    here: Installation, *, now: datetime, step: Step = silent, model: tuple[str, str | None] | None
) -> int | None:
    """Compares all offers anew, under a new version, with this model (name, file) or the present
    one. Products keep their ids. Gives how many offers; None when another process is at it.
    """
    with here.database.hold_lock(LOCK_SPACE, 0) as held:
        if not held:
            return None
        waiting = here.log.read(GROUPING, RunPublished.topic, _RUNS_AT_ONCE)
        with here.database.unit_of_work() as work:
            compared = _all_anew(here, work, now, step, model)
            if waiting:
                here.log.advance(work, GROUPING, RunPublished.topic, waiting[-1].position)
        return compared


def regroup_touched(here: Installation, *, now: datetime, step: Step = silent) -> int | None:
    """Compares the offers of products that changed again, each with all others of its product and
    of those that it might belong to. Gives how many; None when another process is at it.
    """
    with here.database.hold_lock(LOCK_SPACE, 0) as held:
        if not held:
            return None
        compared, after = 0, 0
        while True:
            with here.database.unit_of_work() as work:
                numbers = matching.touched(work, after, _TOUCHED_AT_ONCE)
                matcher = Matcher.in_force(here, work)
                if matcher is None or numbers.is_empty():
                    matching.untouch(work)
                    return compared
                compared += _as_a_whole(work, matcher, numbers, now)
            after = int(numbers[-1])
            step("products looked at again", compared)


def resettle(
    work: Work, matcher: Matcher, offers: pl.Series, *, at: datetime, step: Step = silent
) -> pl.Series:
    """Settles the products of these offers from what was compared and answered, and compares
    nothing. Gives the offers that moved.
    """
    mine = matching.members(work, offers)
    ids = matching.products_of(work, mine["product_id"].unique())
    stated = catalog.compared(work, ids, letters=matching.MOST_DESCRIPTION)
    step("settling", stated.height)
    return _settled(work, matcher, stated, _rows(stated), at=at)


def _group(
    here: Installation, work: Work, waiting: list[LoggedEvent], now: datetime, step: Step
) -> int:
    ids = [pl.Series(dtype=pl.Int64)]
    for one in waiting:
        if one.event.type == RunPublished.type:
            ids.append(_touched(here, work, RunPublished.from_event(one.event)))
        elif one.event.type == SourceRemoved.type:
            _forget(here, work, SourceRemoved.from_event(one.event).source, now)
    return place_offers(here, work, pl.concat(ids).unique().sort(), now=now, step=step)


def _touched(here: Installation, work: Work, told: RunPublished) -> pl.Series:
    """Offers that a run brought, or whose words it changed."""
    if told.segment is not None and here.files.exists(told.segment):
        changes = pl.read_ipc(here.files.path(told.segment), columns=["offer_id", "kind"])
        return changes.filter(pl.col("kind").is_in(_IDENTITY))["offer_id"].unique()
    if told.segment is None:
        return pl.Series(dtype=pl.Int64)
    # The segment is let go already: all of the source, of which those stay out that did not change.
    low, high = told.source << 32, (told.source + 1) << 32
    return pl.Series(catalog.live_ids(work, low - 1, _ALL, below=high))


def place_offers(
    here: Installation, work: Work, ids: pl.Series, *, now: datetime, step: Step = silent
) -> int:
    """Compares those of these offers whose words are not known as they are. Gives how many."""
    stated = catalog.compared(work, ids, letters=matching.MOST_DESCRIPTION)
    before = matching.members(work, ids).select("signature", offer="offer_id")
    signed = stated.select("offer").with_columns(matching.signatures(stated).alias("signature"))
    known = signed.join(before, on=["offer", "signature"], how="semi")["offer"]
    stated = stated.filter(~pl.col("offer").is_in(known.implode()))
    if stated.is_empty():
        return 0
    matcher = Matcher.in_force(here, work)
    there = matching.known_offers(work)
    if matcher is None or there + stated.height >= _GROWN * matcher.weights.offers:
        return _all_anew(here, work, now, step, None)
    step("matching", stated.height)
    placed = matcher.place(work, stated)
    fresh = stated["offer"]
    read_again = fresh.filter(fresh.is_in(before["offer"].implode()))
    if len(read_again):
        matching.drop_edges(work, read_again)
        matching.drop_reviews(work, read_again)
    matching.add_edges(work, placed.edges, matcher.version)
    linked = placed.edges.filter(pl.col("band") == matching.Band.AUTOMATIC.value)
    labels = matching.labelled(work, fresh)
    ends = pl.concat(
        [fresh, *(part[side] for part in (linked, labels) for side in ("left", "right"))]
    )
    numbers = matching.members(work, ends.unique())["product_id"].unique()
    others = matching.products_of(work, numbers)
    others = others.filter(~others.is_in(fresh.implode()))
    more = catalog.compared(work, others, letters=matching.MOST_DESCRIPTION)
    rows = pl.concat([placed.rows[: placed.fresh], _rows(more)])
    step("settling", rows.height)
    _settled(work, matcher, pl.concat([stated, more]), rows, at=now, read_again=read_again)
    ask(work, matcher.version, placed.edges, placed.rows, matcher.weights, now)
    log.info("offers.matched", offers=stated.height, pairs=placed.edges.height)
    return stated.height


def _all_anew(
    here: Installation,
    work: Work,
    now: datetime,
    step: Step,
    model: tuple[str, str | None] | None,
) -> int:
    """All offers that live or have a product, compared from nothing under a new version."""
    stated = _everything(work, step)
    if stated.is_empty():
        return 0
    present = Matcher.in_force(here, work)
    name, file = model or chosen(work)
    placed = matching.place(stated, scorer_of(here, file), step=step)
    matcher = new_version(here, work, name, file, placed.corpus.weights, now)
    matching.add_edges(work, placed.edges, matcher.version, none_there=True)
    matching.drop_reviews(work)
    step("settling", stated.height)
    _settled(work, matcher, stated, placed.rows, edges=placed.edges, at=now, anew=True)
    matching.untouch(work)
    ask(work, matcher.version, placed.edges, placed.rows, matcher.weights, now)
    log.info(
        "offers.grouped_anew",
        offers=stated.height,
        pairs=placed.edges.height,
        version=matcher.version,
        before=None if present is None else present.version,
    )
    return stated.height


def _as_a_whole(work: Work, matcher: Matcher, numbers: pl.Series, now: datetime) -> int:
    mine = matching.products_of(work, numbers)
    near = matching.edges_of(work, mine).filter(pl.col("band") != matching.Band.SEPARATE.value)
    ends = pl.concat([mine, near["left"], near["right"]]).unique()
    ids = matching.products_of(work, matching.members(work, ends)["product_id"].unique())
    stated = catalog.compared(work, ids, letters=matching.MOST_DESCRIPTION)
    placed = matching.place(stated, matcher.scorer, weights=matcher.weights)
    matching.drop_edges(work, ids, among=True)
    matching.add_edges(work, placed.edges, matcher.version)
    _settled(work, matcher, stated, placed.rows, at=now)
    ask(work, matcher.version, placed.edges, placed.rows, matcher.weights, now)
    return stated.height


def _settled(
    work: Work,
    matcher: Matcher,
    stated: pl.DataFrame,
    rows: pl.DataFrame,
    *,
    at: datetime,
    edges: pl.DataFrame | None = None,
    anew: bool = False,
    read_again: pl.Series | None = None,
) -> pl.Series:
    ids = rows["offer"]
    before = matching.members(work, ids)
    settled = matching.settle(
        rows,
        matching.edges_among(work, ids) if edges is None else edges,
        matching.labels_among(work, ids),
        _claims(before.select(offer="offer_id", product="product_id"), read_again),
        matching.next_product(work),
        before.filter(pl.col("run").is_not_null())["offer_id"],
    )
    return write_settled(
        work, matcher, stated, rows, settled, at=at, anew=anew, read_again=read_again
    )


def _claims(before: pl.DataFrame, read_again: pl.Series | None) -> pl.DataFrame:
    """Who claims which product: an offer whose words changed leaves its own to those that stay."""
    if read_again is None:
        return before
    changed = pl.col("offer").is_in(read_again.implode())
    stays = before.filter(~changed)
    return pl.concat([stays, before.filter(changed).join(stays, on="product", how="anti")])


def _forget(here: Installation, work: Work, source: int, now: datetime) -> None:
    """Takes the offers of a source that is removed, and settles what they leave behind."""
    left = matching.forget(work, source)
    if left.is_empty():
        return
    matching.touch(work, left, now)
    others = matching.products_of(work, left)
    matcher = Matcher.in_force(here, work)
    if len(others) and matcher is not None:
        resettle(work, matcher, others, at=now)
    matching.end_empty(work, now)


def _everything(work: Work, step: Step) -> pl.DataFrame:
    live = pl.Series(catalog.live_ids(work, 0, _ALL))
    ids = pl.concat([live, matching.member_ids(work)]).unique().sort()
    parts, rows = [], 0
    for start in range(0, max(len(ids), 1), _BLOCK):
        block = ids[start : start + _BLOCK]
        parts.append(catalog.compared(work, block, letters=matching.MOST_DESCRIPTION))
        rows += parts[-1].height
        step("offers read", rows)
    return pl.concat(parts)


def asked_again(work: Work, matcher: Matcher, offers: pl.Series, now: datetime) -> None:
    """Asks about doubtful pairs of these offers again, as far as they are not answered."""
    edges = matching.edges_of(work, offers)
    ids = pl.concat([offers, edges["left"], edges["right"]]).unique().sort()
    rows = _rows(catalog.compared(work, ids, letters=matching.MOST_DESCRIPTION))
    ask(work, matcher.version, edges, rows, matcher.weights, now)


def chosen(work: Work) -> tuple[str, str | None]:
    """Name and file of the model of this site that was chosen last; the shipped one where there is
    none.
    """
    known = matching.models(work)
    if known and known[0]["chosen_at"] is not None:
        return str(known[0]["name"]), known[0]["file"]
    return SHIPPED, None


def _rows(stated: pl.DataFrame) -> pl.DataFrame:
    return matching.known_rows(stated, matching.normalise(stated))
