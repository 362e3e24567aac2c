"""The front door of matching."""

from sparfuchs.matching.cluster import cluster, facts_of
from sparfuchs.matching.corpus import Corpus
from sparfuchs.matching.evaluate import Figures, MatchingFigures, evaluate_matching
from sparfuchs.matching.evaluate_groups import (
    GroupFigures,
    GroupsFigures,
    evaluate_groups,
    read_offers,
)
from sparfuchs.matching.explain import explain
from sparfuchs.matching.group import JUDGED, Grouped, group
from sparfuchs.matching.identify_products import keep_ids
from sparfuchs.matching.model import OFFERED, READ, Band, Relation
from sparfuchs.matching.normalise import normalise
from sparfuchs.matching.scorer import Scorer, shipped
from sparfuchs.matching.train import Trained, train
from sparfuchs.matching.veto import vetoes

__all__ = [
    "JUDGED",
    "OFFERED",
    "READ",
    "Band",
    "Corpus",
    "Figures",
    "GroupFigures",
    "Grouped",
    "GroupsFigures",
    "MatchingFigures",
    "Relation",
    "Scorer",
    "Trained",
    "cluster",
    "evaluate_groups",
    "evaluate_matching",
    "explain",
    "facts_of",
    "group",
    "keep_ids",
    "normalise",
    "read_offers",
    "shipped",
    "train",
    "vetoes",
]
