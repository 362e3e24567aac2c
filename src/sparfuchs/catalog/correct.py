"""Correct: what an operator says of an offer's price, noted as a run that asserts nothing.

History is mended by `pricing`; here the present follows: a price that waits is believed, or one
that is stated is held by hand until the shop says something else (R-F-7).
"""

from datetime import timedelta

import numpy as np
import polars as pl

from sparfuchs.catalog import store
from sparfuchs.catalog.mend import segment_of_mended
from sparfuchs.catalog.model import Counts, FeedRun, RunKind, RunStatus, Source
from sparfuchs.catalog.publish import lay_down
from sparfuchs.catalog.state import SourceState
from sparfuchs.events.feed import RunPublished
from sparfuchs.kernel.errors import Conflict
from sparfuchs.kernel.ids import ordinal_of
from sparfuchs.plumbing.db import Work
from sparfuchs.plumbing.files import Files


def present_of(state: SourceState, offer: int) -> dict[str, object]:
    """The row of one offer in the state, as plain values. It must be there."""
    return state.frame.row(by_predicate=pl.col("ordinal") == ordinal_of(offer), named=True)


def with_present(
    state: SourceState,
    offer: int,
    *,
    price_minor: int | None,
    held_minor: int | None,
    last_minor: int | None,
) -> pl.DataFrame:
    """The state with another present price of one offer; a price held here is held by hand."""
    mine = pl.col("ordinal") == ordinal_of(offer)
    values = {"price_minor": price_minor, "held_minor": held_minor, "last_minor": last_minor}
    return state.frame.with_columns(
        *(
            pl.when(mine).then(pl.lit(value, dtype=pl.Int64)).otherwise(name).alias(name)
            for name, value in values.items()
        ),
        pl.when(~mine).then("held_at").alias("held_at"),
    )


def publish_corrected(
    work: Work,
    files: Files,
    source: Source,
    offer: int,
    state: pl.DataFrame,
    *,
    present: bool,
    reason: str,
) -> FeedRun:
    """Notes a correction of one offer as a run of its own and tells of it.

    With `present` the offer's price of today follows the `state` and that becomes the source's; the
    change is told as a correction and never as a change of a price. Raises Conflict when another
    run was published meanwhile.
    """
    number = source.next_number
    segment = segment_of_mended(state, np.array([offer], dtype=np.int64), source)
    names = lay_down(
        files, source, number, {"states": state if present else None, "segments": segment}
    )
    assert source.head_at is not None
    assert names["segments"] is not None
    row = FeedRun(
        source_id=source.id,
        number=number,
        kind=RunKind.FULL,
        status=RunStatus.CORRECTED,
        at=source.head_at,
        counts=Counts(changed=1),
        doubts=(),
        settings={"reason": reason},
        detected={},
        segment=names["segments"],
        rejections=None,
        payload=(),
        seconds=0.0,
        slow_rows=0,
    )
    pointer = {"state_file": names["states"]} if present else {}
    if not store.swap_head(work, source, next_number=number + 1, **pointer):
        raise Conflict(f"Another run of {source.path} was published meanwhile", source=source.path)
    store.add_run(work, row, carry=timedelta(0), sum_micros=0, seen=None, digest=None)
    if present:
        mine = state.filter(pl.col("ordinal") == ordinal_of(offer))
        store.set_price(work, offer, number, mine.row(0, named=True))
    work.append(
        RunPublished(source=source.id, run=number, segment=names["segments"]).to_event(
            occurred_at=source.head_at
        )
    )
    return row
