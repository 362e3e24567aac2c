"""The SQL of the price history and of the verdicts; the only place that has any.

`rows` are the changes, the recent history and the verdicts; `folded` are the blocks into which old
changes go. Who asks for a history gets both as one.
"""

from sparfuchs.pricing.store.folded import (
    Extent,
    Folded,
    blocks_after,
    drop_month,
    empty_months,
    extent,
    first_unfolded,
    fold_rows,
    months_with_rows,
    quarter_of,
    unfold_rows,
)
from sparfuchs.pricing.store.months import ensure_months
from sparfuchs.pricing.store.rows import (
    add_recent,
    add_verdicts,
    append_changes,
    due,
    forget,
    history,
    history_rows,
    recent,
    remove_changes,
    rest,
    verdict_rows,
    verdicts_of,
    write_recent,
    write_verdicts,
)

__all__ = [
    "Extent",
    "Folded",
    "add_recent",
    "add_verdicts",
    "append_changes",
    "blocks_after",
    "drop_month",
    "due",
    "empty_months",
    "ensure_months",
    "extent",
    "first_unfolded",
    "fold_rows",
    "forget",
    "history",
    "history_rows",
    "months_with_rows",
    "quarter_of",
    "recent",
    "remove_changes",
    "rest",
    "unfold_rows",
    "verdict_rows",
    "verdicts_of",
    "write_recent",
    "write_verdicts",
]
