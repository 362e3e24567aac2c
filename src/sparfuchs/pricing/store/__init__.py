"""The SQL of the price history and of the verdicts; the only place that has any.

`rows` are the changes, the recent history and the verdicts; `folded` are the blocks into which old
changes go. Who asks for a history gets both as one.
"""

from sparfuchs.pricing.store.claims import claim_since
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
from sparfuchs.pricing.store.packs import keep_packs, packs_of, packs_of_lines
from sparfuchs.pricing.store.rates import keep_rates, rates_on
from sparfuchs.pricing.store.revisions import (
    add_revision,
    corrections_of,
    revisions_of,
    void_changes,
)
from sparfuchs.pricing.store.rows import (
    add_recent,
    add_verdicts,
    append_changes,
    badged,
    claims_judged,
    due,
    forget,
    history,
    history_rows,
    recent,
    remove_changes,
    rest,
    verdict_rows,
    verdicts_of,
    wake,
    write_recent,
    write_verdicts,
)
from sparfuchs.pricing.store.side import beside, has_side, keep_side, side_rows

__all__ = [
    "Extent",
    "Folded",
    "add_recent",
    "add_revision",
    "add_verdicts",
    "append_changes",
    "badged",
    "beside",
    "blocks_after",
    "claim_since",
    "claims_judged",
    "corrections_of",
    "drop_month",
    "due",
    "empty_months",
    "ensure_months",
    "extent",
    "first_unfolded",
    "fold_rows",
    "forget",
    "has_side",
    "history",
    "history_rows",
    "keep_packs",
    "keep_rates",
    "keep_side",
    "months_with_rows",
    "packs_of",
    "packs_of_lines",
    "quarter_of",
    "rates_on",
    "recent",
    "remove_changes",
    "rest",
    "revisions_of",
    "side_rows",
    "unfold_rows",
    "verdict_rows",
    "verdicts_of",
    "void_changes",
    "wake",
    "write_recent",
    "write_verdicts",
]
