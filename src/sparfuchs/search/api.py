"""The front door of search."""

from sparfuchs.search.engine import Renewal, SearchEngine
from sparfuchs.search.engines.tantivy_engine import TantivyEngine
from sparfuchs.search.errors import no_index
from sparfuchs.search.evaluate import SearchFigures, evaluate_search
from sparfuchs.search.language.synonyms import Synonyms, read_synonyms
from sparfuchs.search.model import (
    DISCOUNT_BANDS,
    FACETS,
    LISTING,
    MOST_HITS,
    MOST_VALUES,
    POPULAR_MEANS,
    PRICE_BANDS,
    TEXT_LETTERS,
    FacetValue,
    Met,
    Page,
    Query,
    Relief,
    Sort,
    Swap,
    Total,
    Understood,
)
from sparfuchs.search.project import project
from sparfuchs.search.rank import ranking
from sparfuchs.search.suggest import MOST_SHOWN, Suggestion, Suggestions
from sparfuchs.search.suggest_build import Kind

__all__ = [
    "DISCOUNT_BANDS",
    "FACETS",
    "LISTING",
    "MOST_HITS",
    "MOST_SHOWN",
    "MOST_VALUES",
    "POPULAR_MEANS",
    "PRICE_BANDS",
    "TEXT_LETTERS",
    "FacetValue",
    "Kind",
    "Met",
    "Page",
    "Query",
    "Relief",
    "Renewal",
    "SearchEngine",
    "SearchFigures",
    "Sort",
    "Suggestion",
    "Suggestions",
    "Swap",
    "Synonyms",
    "TantivyEngine",
    "Total",
    "Understood",
    "evaluate_search",
    "no_index",
    "project",
    "ranking",
    "read_synonyms",
]
