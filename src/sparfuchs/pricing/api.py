"""The front door of pricing."""

from sparfuchs.pricing.baseline import Sighted
from sparfuchs.pricing.episodes import claim_since, episodes
from sparfuchs.pricing.evaluate import (
    ClassFigures,
    Labelled,
    VerdictFigures,
    claims_at,
    compare,
    evaluate_verdicts,
    judge_labelled,
    read_labelled,
)
from sparfuchs.pricing.explain import Language, Words, explain
from sparfuchs.pricing.fold import fold, spans_of, timeline_of
from sparfuchs.pricing.judge import judge, judge_spans
from sparfuchs.pricing.lows import LOW, TAG_WORDS, Tag, Tagged, lows, tagged, tags
from sparfuchs.pricing.model import (
    EPISODE,
    JUDGED,
    SPAN,
    VERDICT,
    ClaimVerdict,
    Flag,
    Ground,
    Verdict,
)
from sparfuchs.pricing.record import assess, rebuild, record, revise
from sparfuchs.pricing.store import (
    append_changes,
    claims_judged,
    due,
    ensure_months,
    forget,
    history,
    rest,
    verdict_rows,
    verdicts_of,
)
from sparfuchs.pricing.unit_price import BASE_UNIT, Dimension, shrunk, sold_by_amount, unit_prices

__all__ = [
    "BASE_UNIT",
    "EPISODE",
    "JUDGED",
    "LOW",
    "SPAN",
    "TAG_WORDS",
    "VERDICT",
    "ClaimVerdict",
    "ClassFigures",
    "Dimension",
    "Flag",
    "Ground",
    "Labelled",
    "Language",
    "Sighted",
    "Tag",
    "Tagged",
    "Verdict",
    "VerdictFigures",
    "Words",
    "append_changes",
    "assess",
    "claim_since",
    "claims_at",
    "claims_judged",
    "compare",
    "due",
    "ensure_months",
    "episodes",
    "evaluate_verdicts",
    "explain",
    "fold",
    "forget",
    "history",
    "judge",
    "judge_labelled",
    "judge_spans",
    "lows",
    "read_labelled",
    "rebuild",
    "record",
    "rest",
    "revise",
    "shrunk",
    "sold_by_amount",
    "spans_of",
    "tagged",
    "tags",
    "timeline_of",
    "unit_prices",
    "verdict_rows",
    "verdicts_of",
]
