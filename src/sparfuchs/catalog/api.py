"""The front door of the catalogue."""

from sparfuchs.catalog.adopt import Sign, adopt
from sparfuchs.catalog.backfill import Folded, Past, fold_in, observe_past
from sparfuchs.catalog.deals import JUDGED_DEAL, end_deals, keep_deals
from sparfuchs.catalog.effective import effective
from sparfuchs.catalog.errors import no_offer, no_run, no_source
from sparfuchs.catalog.gather import Gathering
from sparfuchs.catalog.hold import discard, held_run, hold
from sparfuchs.catalog.identify import Identified, identify
from sparfuchs.catalog.model import (
    MARKET_ZONE,
    Counts,
    Doubt,
    FeedRun,
    Merchant,
    RunKind,
    RunStatus,
    Source,
    SourceStatus,
    carry_of,
)
from sparfuchs.catalog.publish import (
    Reading,
    Written,
    publish,
    publish_past,
    publish_repeat,
    write_files,
)
from sparfuchs.catalog.rebuild import rebuild_state
from sparfuchs.catalog.recorded import (
    RECORDED,
    Recalled,
    RecordedPast,
    line_of,
    new_ids,
    publish_recalled,
    recall,
)
from sparfuchs.catalog.register import pause, register, remove, resolve, resume
from sparfuchs.catalog.seen import contains, merged, pack
from sparfuchs.catalog.segment import RunFacts
from sparfuchs.catalog.sheet import Stored
from sparfuchs.catalog.sighted import Sighted, sighted
from sparfuchs.catalog.state import LIVE, NO_ROW, SourceState
from sparfuchs.catalog.store import (
    all_sources,
    database_size,
    deal_row,
    mark_run,
    named_files,
    offer_row,
    run,
    run_kinds,
    run_with_digest,
    runs,
    seen_bitmaps,
    signs,
    source,
    stated,
    stored_prices,
    timeline,
    totals,
)
from sparfuchs.catalog.timeline import Timeline
from sparfuchs.catalog.weigh import weigh

__all__ = [
    "JUDGED_DEAL",
    "LIVE",
    "MARKET_ZONE",
    "NO_ROW",
    "RECORDED",
    "Counts",
    "Doubt",
    "FeedRun",
    "Folded",
    "Gathering",
    "Identified",
    "Merchant",
    "Past",
    "Reading",
    "Recalled",
    "RecordedPast",
    "RunFacts",
    "RunKind",
    "RunStatus",
    "Sighted",
    "Sign",
    "Source",
    "SourceState",
    "SourceStatus",
    "Stored",
    "Timeline",
    "Written",
    "adopt",
    "all_sources",
    "carry_of",
    "contains",
    "database_size",
    "deal_row",
    "discard",
    "effective",
    "end_deals",
    "fold_in",
    "held_run",
    "hold",
    "identify",
    "keep_deals",
    "line_of",
    "mark_run",
    "merged",
    "named_files",
    "new_ids",
    "no_offer",
    "no_run",
    "no_source",
    "observe_past",
    "offer_row",
    "pack",
    "pause",
    "publish",
    "publish_past",
    "publish_recalled",
    "publish_repeat",
    "rebuild_state",
    "recall",
    "register",
    "remove",
    "resolve",
    "resume",
    "run",
    "run_kinds",
    "run_with_digest",
    "runs",
    "seen_bitmaps",
    "sighted",
    "signs",
    "source",
    "stated",
    "stored_prices",
    "timeline",
    "totals",
    "weigh",
    "write_files",
]
