"""The front door of pricing."""

from sparfuchs.pricing.baseline import Sighted
from sparfuchs.pricing.evaluate import ClassFigures, VerdictFigures, evaluate_verdicts
from sparfuchs.pricing.explain import Language, Words, explain
from sparfuchs.pricing.fold import fold, spans_of, timeline_of
from sparfuchs.pricing.judge import judge, judge_spans
from sparfuchs.pricing.lows import LOW, TAG_WORDS, Tag, lows, tags
from sparfuchs.pricing.model import (
    JUDGED,
    SPAN,
    VERDICT,
    ClaimVerdict,
    Flag,
    Ground,
    Verdict,
)
from sparfuchs.pricing.past import PAST, Past, past
from sparfuchs.pricing.record import assess, rebuild, record, revise
from sparfuchs.pricing.store import (
    append_changes,
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
    "JUDGED",
    "LOW",
    "PAST",
    "SPAN",
    "TAG_WORDS",
    "VERDICT",
    "ClaimVerdict",
    "ClassFigures",
    "Dimension",
    "Flag",
    "Ground",
    "Language",
    "Past",
    "Sighted",
    "Tag",
    "Verdict",
    "VerdictFigures",
    "Words",
    "append_changes",
    "assess",
    "due",
    "ensure_months",
    "evaluate_verdicts",
    "explain",
    "fold",
    "forget",
    "history",
    "judge",
    "judge_spans",
    "lows",
    "past",
    "rebuild",
    "record",
    "rest",
    "revise",
    "shrunk",
    "sold_by_amount",
    "spans_of",
    "tags",
    "timeline_of",
    "unit_prices",
    "verdict_rows",
    "verdicts_of",
]
