"""The front door of matching."""

from sparfuchs.matching.attributes import attributes
from sparfuchs.matching.category_evaluate import (
    CategoryFigures,
    CrosswalkFigures,
    by_crosswalk,
    leave_one_shop_out,
)
from sparfuchs.matching.category_model import CategoryModel, shipped_categories
from sparfuchs.matching.category_read import read_crosswalk, read_trees
from sparfuchs.matching.category_teach import EXAMPLE, teach
from sparfuchs.matching.classify import CATEGORISED, DESCRIBED, HOWS, Classifier, How
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
from sparfuchs.matching.taxonomy import Node, Taxonomy, taxonomy
from sparfuchs.matching.train import Trained, train
from sparfuchs.matching.veto import vetoes

__all__ = [
    "CATEGORISED",
    "DESCRIBED",
    "EXAMPLE",
    "HOWS",
    "JUDGED",
    "OFFERED",
    "READ",
    "Band",
    "CategoryFigures",
    "CategoryModel",
    "Classifier",
    "Corpus",
    "CrosswalkFigures",
    "Figures",
    "GroupFigures",
    "Grouped",
    "GroupsFigures",
    "How",
    "MatchingFigures",
    "Node",
    "Relation",
    "Scorer",
    "Taxonomy",
    "Trained",
    "attributes",
    "by_crosswalk",
    "cluster",
    "evaluate_groups",
    "evaluate_matching",
    "explain",
    "facts_of",
    "group",
    "keep_ids",
    "leave_one_shop_out",
    "normalise",
    "read_crosswalk",
    "read_offers",
    "read_trees",
    "shipped",
    "shipped_categories",
    "taxonomy",
    "teach",
    "train",
    "vetoes",
]
