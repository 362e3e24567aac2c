"""The front door of pricing."""

from sparfuchs.pricing.baseline import Sighted
from sparfuchs.pricing.correct import correct
from sparfuchs.pricing.evaluate import ClassFigures, VerdictFigures, evaluate_verdicts
from sparfuchs.pricing.explain import Language, Words, explain
from sparfuchs.pricing.fold import Span, fold, spans_of, spans_of_one, timeline_of
from sparfuchs.pricing.judge import judge, judge_spans
from sparfuchs.pricing.lows import LOW, TAG_WORDS, Low, Tag, lows, lows_of_one, tags
from sparfuchs.pricing.model import (
    JUDGED,
    SPAN,
    VERDICT,
    Cause,
    ClaimVerdict,
    Flag,
    Ground,
    Revision,
    Verdict,
)
from sparfuchs.pricing.record import assess, rebuild, record, revise
from sparfuchs.pricing.store import (
    add_revision,
    append_changes,
    corrections_of,
    due,
    ensure_months,
    forget,
    history,
    history_rows,
    rest,
    revisions_of,
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
    "Cause",
    "ClaimVerdict",
    "ClassFigures",
    "Dimension",
    "Flag",
    "Ground",
    "Language",
    "Low",
    "Revision",
    "Sighted",
    "Span",
    "Tag",
    "Verdict",
    "VerdictFigures",
    "Words",
    "add_revision",
    "append_changes",
    "assess",
    "correct",
    "corrections_of",
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
    "revisions_of",
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
