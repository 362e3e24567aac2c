"""The front door of pricing."""

from sparfuchs.pricing.baseline import Sighted
from sparfuchs.pricing.evaluate import ClassFigures, VerdictFigures, evaluate_verdicts
from sparfuchs.pricing.explain import Language, Words, explain
from sparfuchs.pricing.fold import Span, fold, spans_of, spans_of_one, timeline_of
from sparfuchs.pricing.judge import judge, judge_spans
from sparfuchs.pricing.lows import LOW, TAG_WORDS, Low, Tag, lows, lows_of_one, tags
from sparfuchs.pricing.model import (
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
    due,
    ensure_months,
    forget,
    history,
    history_rows,
    rest,
    verdict_rows,
    verdicts_of,
)
from sparfuchs.pricing.unit_price import BASE_UNIT, Dimension, shrunk, sold_by_amount, unit_prices

__all__ = [
    "BASE_UNIT",
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
    "Language",
    "Low",
    "Sighted",
    "Span",
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
    "history_rows",
    "judge",
    "judge_spans",
    "lows",
    "lows_of_one",
    "rebuild",
    "record",
    "rest",
    "revise",
    "shrunk",
    "sold_by_amount",
    "spans_of",
    "spans_of_one",
    "tags",
    "timeline_of",
    "unit_prices",
    "verdict_rows",
    "verdicts_of",
]
